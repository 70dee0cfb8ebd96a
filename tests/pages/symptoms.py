"""Measures the tables of docs/why-did-my-session-die.md and prints their rows: real sessions through a real
NAT that forgets. For root; takes 17 minutes.

PYTHONPATH=tests/integration .venv/bin/python tests/pages/symptoms.py
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nat import SERVER, Nat

ROOT = Path(__file__).resolve().parents[2]
#: What the NAT forgets after, how long a session is idle, how long it is watched after something was typed.
#: Seconds.
FORGETS, IDLE, WATCHED = 5, 12, 45
#: Longer than Linux goes on sending what nobody confirms (tcp_retries2).
WHOLE = 1000

# what is set, lines of ssh_config, lines of sshd_config, what the far shell does first, whether the NAT
# resets, for how long it is watched
SESSIONS = [
    ("nothing", "", "", "", False, WHOLE),
    ("nothing; the firewall resets", "", "", "", True, WATCHED),
    ("client 2 s", "ServerAliveInterval 2", "", "", False, WATCHED),
    ("client 2 s; the firewall resets", "ServerAliveInterval 2", "", "", True, WATCHED),
    ("server 1 s", "", "ClientAliveInterval 1", "", False, WATCHED),
    ("client 8 s", "ServerAliveInterval 8", "", "", False, WATCHED),
    ("client 8 s; the firewall resets", "ServerAliveInterval 8", "", "", True, WATCHED),
    ("server 8 s", "", "ClientAliveInterval 8", "", False, WATCHED),
    ("`TCPKeepAlive yes` alone", "TCPKeepAlive yes", "TCPKeepAlive yes", "", False, WATCHED),
    ("client 2 s, and the far shell has `TMOUT=4`", "ServerAliveInterval 2", "", "TMOUT=4", False, WATCHED),
    (
        "client 2 s, and sshd has `ChannelTimeout session:*=4`",
        "ServerAliveInterval 2",
        "ChannelTimeout session:*=4",
        "",
        False,
        WATCHED,
    ),
    ("client 2 s, and the far sshd ends", "ServerAliveInterval 2", "", "sleep 4; kill $PPID", False, WATCHED),
    ("client 2 s, and the cable is cut", "ServerAliveInterval 2", "", "cut", False, WATCHED),
]
PATHS = [(3, False, "900"), (7, False, "900"), (20, False, "900"), (7, True, "900"), (3600, False, "30")]


def session(directory, name, case):
    """One row: what becomes of an interactive session, when (seconds since its last keystroke before the
    pause), and what ssh prints."""
    what, client, server, shell, resets, watched = case
    with Nat(directory, name, FORGETS, resets) as nat:
        nat.serve(server)
        config = directory / "ssh_config"
        config.write_text(
            f"Host *\nUserKnownHostsFile {directory}/known_hosts\nIdentityFile {directory}/key\n{client}\n"
        )
        command = [
            "ip",
            "netns",
            "exec",
            f"{name}-c",
            "ssh",
            "-tt",
            "-F",
            str(config),
            f"root@{SERVER}",
            "bash --norc",
        ]
        ssh = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.set_blocking(ssh.stdout.fileno(), False)
        type_in(ssh, "echo he''re")
        assert wait(lambda: b"here" in heard(ssh), 60) is not None
        began = time.monotonic()
        if shell == "cut":
            nat.at("r", "iptables -I FORWARD -j DROP")
        elif shell:
            type_in(ssh, shell)
        wait(lambda: ssh.poll() is not None, IDLE)
        if ssh.poll() is None:
            type_in(ssh, "echo th''ere")
        lived = (
            wait(lambda: b"there" in heard(ssh) or ssh.poll() is not None, watched) is not None
            and ssh.poll() is None
        )
        after = time.monotonic() - began
        ended = ssh.poll() is not None
        ssh.kill()
        fate = (
            "lives"
            if lived
            else f"ends after {after:.0f} s"
            if ended
            else f"hangs, for {after:.0f} s at least"
        )
        terminal = [line for line in heard(ssh).decode().splitlines() if "logout" in line]
        printed = " ".join(f"`{line.strip()}`" for line in terminal + ssh.stderr.read().decode().splitlines())
        return f"| {what} | {fate} | {printed or '-'} |"


HEARD = {}


def heard(ssh):
    HEARD[ssh] = HEARD.get(ssh, b"") + (ssh.stdout.read() or b"")
    return HEARD[ssh]


def type_in(ssh, line):
    ssh.stdin.write(line.encode() + b"\n")
    ssh.stdin.flush()


def wait(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return None
        time.sleep(0.05)
    return True


def path(directory, name, case):
    """One row: what idle_probe says of a path."""
    forgets, resets, longest = case
    with Nat(directory, name, forgets, resets) as nat:
        options = {
            "host": SERVER,
            "user": "root",
            "identity_file": f"{directory}/key",
            "max_wait": longest,
            "ssh_args": f"-F none -o UserKnownHostsFile={directory}/known_hosts",
        }
        ansible = Path(sys.executable).parent / "ansible"
        command = f"{ansible} localhost -c local -m fleetops.keepalive.idle_probe -a '{json.dumps(options)}'"
        output = nat.at(
            "c", command, env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".build" / "source"))
        ).stdout
        told = json.JSONDecoder().raw_decode(output.partition("=> ")[2])[0]
        return (
            f"| {forgets} s, {'resets' if resets else 'drops'} | {longest} | {told['idle_timeout']} | "
            f"{told['behaviour']} | {len(told['rounds'])} "
            f"| {told['elapsed']:.0f} s | {told['recommended_interval']} |"
        )


def main():
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(
        len(SESSIONS) + len(PATHS)
    ) as pool:
        jobs = [(session, case) for case in SESSIONS] + [(path, case) for case in PATHS]
        rows = [
            pool.submit(measure, Path(directory) / str(number), f"d{number}", case)
            for number, (measure, case) in enumerate(jobs)
        ]
        for row in rows:
            print(row.result(), flush=True)


if __name__ == "__main__":
    main()

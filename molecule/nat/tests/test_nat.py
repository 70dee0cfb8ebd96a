"""Sessions through routers that forget: each lives or hangs, or ends as its policy says. Nothing is set by -o
but what is about host keys."""

import json
import os
import subprocess
import time

import pytest

import controller

ENGINE = os.environ["KEEPALIVE_ENGINE"]
#: What the routers on the usual path forget after, in seconds; how long sessions are idle; how long an answer
#: may take.
FORGETS, IDLE, PATIENCE = 6, 16, 90
HANGS_FOR = 12
HOST_KEYS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
#: How late a busy machine may be, where a time is measured.
BUSY = 60

# client, who, destination, what becomes of an idle session
CASES = {
    "no policy": ("plain", "alice", "silent", "hangs"),
    "client-wide": ("wide", "alice", "silent", "lives"),
    "client-wide, another user": ("wide", "bob", "silent", "lives"),
    "the server alone": ("plain", "alice", "asking", "lives"),
    "one user": ("user", "alice", "silent", "lives"),
    "another user than the one": ("user", "bob", "silent", "hangs"),
    "one destination": ("chosen", "alice", "inside", "lives"),
    "another destination than the one": ("chosen", "alice", "silent", "hangs"),
    "an interval above the timeout": ("chosen", "alice", "hourly", "hangs"),
    "one far above it": ("chosen", "alice", "four-hourly", "hangs"),
    "the kernel's keepalive alone": ("kernel", "alice", "silent", "hangs"),
    "a router that resets": ("plain", "alice", "silent-resets", "ends"),
    "client-wide, a router that resets": ("wide", "alice", "silent-resets", "lives"),
}


class Session:
    """A login from a client container, with `cat` at its far end."""

    def __init__(self, client, who, destination):
        command = [
            ENGINE,
            "exec",
            "-i",
            "--user",
            who,
            f"keepalive-nat-{client}",
            "ssh",
            *HOST_KEYS.split(),
            "-i",
            f"/srv/keys/{who}",
        ]
        command += [f"admin@{destination}", "cat"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        os.set_blocking(self.process.stdout.fileno(), False)
        self.heard = b""
        assert self.echoes("up"), self.process.stderr.read().decode()

    def say(self, word):
        try:
            self.process.stdin.write(word.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def hears(self, word):
        """Whether the word has come back by now."""
        self.heard += self.process.stdout.read() or b""
        return word.encode() + b"\n" in self.heard

    def echoes(self, word, seconds=PATIENCE):
        """Whether the word comes back in that time, while the session lives."""
        self.say(word)
        return happens(lambda: self.hears(word) or self.ended(), seconds) is not None and self.hears(word)

    def ended(self):
        return self.process.poll() is not None

    def fate(self):
        """What has become of it since it was asked whether it is still there."""
        if self.hears("still there"):
            return "lives"
        return "ends" if self.ended() else "hangs"

    def close(self):
        self.process.kill()
        self.process.wait()


def happens(condition, seconds=PATIENCE):
    """After how many seconds the condition came true, None if it did not in that time."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            return None
        time.sleep(0.1)
    return time.monotonic() - began


def sh(container, script):
    done = subprocess.run(
        [ENGINE, "exec", f"keepalive-nat-{container}", "sh", "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.stdout


def in_netns(container, *command):
    pid = subprocess.run(
        [ENGINE, "inspect", "-f", "{{.State.Pid}}", f"keepalive-nat-{container}"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    subprocess.run(["nsenter", "-t", pid.strip(), "-n", *command], check=True)


@pytest.fixture(name="probes", scope="module")
def _probes(tmp_path_factory):
    """idle_probe on every kind of path, started here so that they measure while the sessions below are
    idle."""
    started = {}
    for name, (host, address, max_wait) in PATHS.items():
        directory = tmp_path_factory.mktemp(name)
        [instance] = [instance for instance in controller.instances() if instance["instance"] == host]
        options = {
            "host": address,
            "user": "admin",
            "identity_file": "/srv/keys/alice",
            "max_wait": max_wait,
            "ssh_args": HOST_KEYS,
        }
        task = {"fleetops.keepalive.idle_probe": options, "become": True, "register": "path"}
        result = {"content": "{{ path | to_json }}", "dest": str(directory / "result.json"), "mode": "0644"}
        show = {"ansible.builtin.copy": result, "delegate_to": "localhost"}
        book = directory / "probe.yml"
        book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task, show]}]))
        started[name] = (
            controller.start(controller.inventory(directory, [instance], {}), book),
            directory / "result.json",
        )
    yield started
    for play, _result in started.values():
        play.kill()
        play.wait()


# where from, to which address, the longest wait
PATHS = {
    "three": ("plain", "10.89.72.113", 30),
    "seven": ("wide", "10.89.72.117", 30),
    "twenty": ("user", "10.89.72.120", 30),
    "resets": ("chosen", "10.89.72.112", 30),
    "direct": ("asking", "10.89.72.11", 10),
}
MEASURED = {
    "three": (3, "silent"),
    "seven": (7, "silent"),
    "twenty": (20, "silent"),
    "resets": (6, "reset"),
    "direct": (None, "none"),
}


@pytest.fixture(name="fates", scope="module")
def _fates(probes):
    """What becomes of a session of every case, all idle at the same time."""
    assert probes
    sessions = {name: Session(*case[:3]) for name, case in CASES.items()}
    time.sleep(IDLE)
    for session in sessions.values():
        session.say("still there")
    happens(
        lambda: all(session.fate() == CASES[name][3] != "hangs" for name, session in sessions.items()),
        HANGS_FOR,
    )
    try:
        yield {name: session.fate() for name, session in sessions.items()}
    finally:
        for session in sessions.values():
            session.close()


@pytest.mark.parametrize("name", CASES)
def test_an_idle_session(fates, name):
    assert fates[name] == CASES[name][3]


@pytest.mark.parametrize("name", PATHS)
def test_idle_probe_measures(probes, name):
    play, result = probes[name]
    output = play.communicate(timeout=300)[0]
    assert play.returncode == 0, output
    told = json.loads(result.read_text())
    timeout, behaviour = MEASURED[name]
    assert told["behaviour"] == behaviour, told
    assert len(told["rounds"]) <= 4
    if timeout is None:
        assert told["idle_timeout"] is None and told["lived"] >= 10
    else:
        # Its precision is a tenth; and a tenth of a second is for the clocks of a busy machine.
        assert abs(told["idle_timeout"] - timeout) <= 0.1 * timeout + 0.1, told
    assert sh(PATHS[name][0], "pgrep -u root -x ssh") == ""


def test_a_cut_cable_ends_the_session_on_both_sides():
    """Interval × (count_max + 1): the client drops a dead server after 2 s × 4, the server a dead client
    after 1 s × 4, twice that if it probes late."""
    client, server = Session("wide", "alice", "silent"), Session("plain", "alice", "asking")
    late = 2 if sh("asking", "ssh -V 2>&1").startswith(("OpenSSH_9.2", "OpenSSH_9.3", "OpenSSH_9.4")) else 1
    timeouts = "journalctl -t sshd -t sshd-session -o cat | grep -c 'Timeout, client not responding'"
    before = int(sh("asking", timeouts) or 0)
    dropped = {}
    in_netns("forgets", "iptables", "-I", "FORWARD", "-j", "DROP")
    began = time.monotonic()
    try:
        client.say("into the void")
        waiting = {"client": client.ended, "server": lambda: int(sh("asking", timeouts) or 0) > before}

        def both():
            for side in [side for side, is_over in waiting.items() if is_over()]:
                dropped[side] = time.monotonic() - began
                del waiting[side]
            return not waiting

        happens(both)
    finally:
        in_netns("forgets", "iptables", "-D", "FORWARD", "1")
        said = client.process.stderr.read().decode() if client.ended() else ""
        client.close()
        server.close()
    assert not waiting, f"still there: {', '.join(waiting)}"
    assert "Timeout, server" in said
    # The last sign of life came up to an interval before the cut.
    assert 8 - 2 - 0.5 <= dropped["client"] <= 8 + 2 + BUSY, dropped
    assert 4 - 1 - 0.5 <= dropped["server"] <= late * 4 + 1 + BUSY, dropped

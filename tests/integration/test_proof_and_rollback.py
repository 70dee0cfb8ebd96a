"""sshd_reload where something is wrong: what is never loaded, what is taken back, and who takes it back."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fleet import free_ports
from loading import change, greeting, journal, left_behind, listener, logins, reload, write

NOT_LISTED = "User alice from {} not allowed because not listed in AllowUsers"


@pytest.fixture(name="host")
def _host(fleet):
    """web1, in its last proven state, of which the journal is gone again after the test."""
    host = fleet.hosts[0]
    yield host
    if host.sshd_config.exists():
        journal(host).clear()
        left = left_behind(host)
        for name in left:
            Path(journal(host).path).with_name(name).unlink()
        assert not left


def peer():
    """The address that the trial's sshd sees: the play's, where a network namespace can be made."""
    return "127.0.0.1" if os.geteuid() == 0 else "UNKNOWN"


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


UNTRUSTED = [
    ("AllowUsers nobody", lambda: NOT_LISTED.format(peer())),
    ("AuthorizedKeysFile /nowhere/%u", lambda: "Permission denied"),
    ("Match User alice\nForceCommand false\nMatch all", lambda: "login_command 'true' ended with 1"),
    ("PubkeyAuthentication no", lambda: "Permission denied"),
    ("HostKey none", lambda: "no hostkeys available"),
    ("ServerAliveInterval 60", lambda: "line 1: Bad configuration option: ServerAliveInterval"),
]


@pytest.mark.parametrize(
    "text, reason", UNTRUSTED, ids=[text.partition("\n")[0] for text, _reason in UNTRUSTED]
)
def test_a_configuration_that_lets_nobody_in_is_never_loaded(fleet, host, text, reason):
    before, bytes_before = listener(host), host.sshd_config.read_bytes()
    others = [line for line in bytes_before.splitlines() if line.split()[:1] != text.encode().split()[:1]]
    write(host, host.sshd_config, b"\n".join([text.encode(), *others, b""]))
    result = reload(fleet, host)
    assert result["failed"] and not result["changed"]
    assert reason() in result["reason"]
    assert result["msg"].startswith("A login under the changed configuration fails (")
    assert result["msg"].endswith(
        f"so it was not loaded, and the last proven state of {host.sshd_config} is back"
    )
    assert (result["rolled_back"], result["restored"]) == (True, [str(host.sshd_config)])
    assert host.sshd_config.read_bytes() == bytes_before
    assert listener(host) == before
    assert not journal(host).pending()


def test_a_lockout_in_a_file_beside_ours_is_not_loaded_either(fleet, host):
    """Our change goes back, so that the next load of whoever comes is not ours; the other file is its
    owner's."""
    ours, other = (
        host.directory / "sshd_config.d/00-keepalive.conf",
        host.directory / "sshd_config.d/20-other.conf",
    )
    before = listener(host)
    write(host, ours, b"ClientAliveInterval 60\n")
    other.write_text("AllowUsers nobody\n")
    result = reload(fleet, host)
    assert NOT_LISTED.format(peer()) in result["reason"]
    assert result["restored"] == [str(ours)]
    assert not ours.exists() and other.exists()
    assert listener(host) == before


@pytest.mark.skipif(
    os.geteuid() != 0,
    reason="a trial with the addresses of the play's connection needs root, which makes a network namespace",
)
@pytest.mark.parametrize("address, works", [("127.0.0.1", True), ("198.51.100.7", False)])
def test_the_trial_comes_from_the_address_of_the_play(fleet, host, address, works):
    change(host, f"AllowUsers alice@{address}")
    assert reload(fleet, host)["failed"] is not works


def test_a_fault_that_only_the_real_listener_shows_is_taken_back(fleet, host):
    before = host.sshd_config.read_bytes()
    write(host, host.sshd_config, before.replace(b"Port %d" % host.port, b"Port %d" % next(free_ports())))
    result = reload(fleet, host, rollback_after=15)
    assert result["failed"] and result["changed"], (result["msg"], (host.directory / "sshd.log").read_text())
    assert "Connection refused" in result["reason"], (
        result["reason"],
        (host.directory / "sshd.log").read_text(),
    )
    assert result["msg"].startswith("sshd had loaded its changed configuration, but it is not proven (")
    assert result["msg"].endswith(
        f"so the last proven state of {host.sshd_config} is back; a new login works again"
    )
    assert (result["rolled_back"], result["restored"]) == (True, [str(host.sshd_config)])
    assert host.sshd_config.read_bytes() == before
    assert host.answers()
    assert not journal(host).pending()


def test_a_daemon_that_dies_of_the_load_is_started_again(fleet, host):
    """sshd -t does not try the port, and another program has it."""
    before = host.sshd_config.read_bytes()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        write(
            host,
            host.sshd_config,
            before.replace(b"Port %d" % host.port, b"Port %d" % other.getsockname()[1]),
        )
        result = reload(fleet, host)
    assert result["failed"]
    assert "ended when it was told to load" in result["reason"]
    assert result["restored"] == [str(host.sshd_config)]
    assert host.sshd_config.read_bytes() == before
    wait_until(host.answers)


def test_a_login_command_that_fails_is_no_proof(fleet, host):
    change(host, "VersionAddendum changed")
    command = "echo no such thing >&2; exit 7"
    result = reload(fleet, host, login_command=command)
    assert result["failed"]
    assert f"login_command '{command}' ended with 7: no such thing" in result["reason"]
    assert "under the running configuration a new login fails, too" in result["reason"]
    assert not greeting(host).endswith("changed")
    assert not reload(fleet, host, login_command=f"test -d {host.directory}")["failed"]


def test_two_changes_before_one_load_go_back_to_the_first_state(fleet, host):
    before = host.sshd_config.read_bytes()
    change(host, "VersionAddendum first")
    change(host, "AllowUsers nobody")
    assert reload(fleet, host)["restored"] == [str(host.sshd_config)]
    assert host.sshd_config.read_bytes() == before


def test_what_somebody_else_has_edited_since_is_reported_and_stays(fleet, host):
    ours = host.directory / "sshd_config.d/00-keepalive.conf"
    write(host, ours, b"ClientAliveInterval 60\n")
    change(host, "AllowUsers nobody")
    host.sshd_config.write_bytes(b"# by hand\n" + host.sshd_config.read_bytes())
    edited = host.sshd_config.read_bytes()
    result = reload(fleet, host)
    assert result["restored"] == [str(ours)]
    assert (
        f"somebody else has edited {host.sshd_config} since, so it stays as it is: put it right"
        in result["msg"]
    )
    assert host.sshd_config.read_bytes() == edited


def test_a_removed_file_comes_back_as_it_was(fleet, host):
    ours = host.directory / "sshd_config.d/00-keepalive.conf"
    ours.write_bytes(b"ClientAliveInterval 60\n")
    ours.chmod(0o640)
    journal(host).record(str(ours), ours.read_bytes(), None)
    ours.unlink()
    change(host, "AllowUsers nobody")
    assert sorted(reload(fleet, host)["restored"]) == sorted([str(ours), str(host.sshd_config)])
    assert ours.read_bytes() == b"ClientAliveInterval 60\n"
    assert ours.stat().st_mode & 0o7777 == 0o640


def killed_between_load_and_proof(fleet, host, seconds):
    """Start a load whose login after it does not return, and kill the controller in that login."""
    marker = host.directory / "tried"
    options = {
        "path": str(host.sshd_config),
        "rollback_after": seconds,
        "login_command": f"mkdir {marker} 2>/dev/null || exec sleep 60",
    }
    program = Path(sys.executable).parent / "ansible"
    command = [str(program), host.name, "-m", "fleetops.keepalive.sshd_reload", "-a", json.dumps(options)]
    play = subprocess.Popen(
        command,
        env=fleet.environment(),
        cwd=str(fleet.directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: greeting(host).endswith("changed"))
    # Its workers have sessions of their own.
    subprocess.run(["pkill", "-KILL", "-f", f"ansible {host.name} -m .*{marker}"], check=True)
    play.wait()


def test_the_watchdog_alone_brings_the_host_back(fleet, host):
    before = host.sshd_config.read_bytes()
    change(host, "VersionAddendum changed")
    killed_between_load_and_proof(fleet, host, 10)
    assert journal(host).pending()
    wait_until(lambda: host.sshd_config.read_bytes() == before)
    wait_until(lambda: not journal(host).pending())
    wait_until(lambda: any(name.endswith(".told") for name in left_behind(host)))
    assert not greeting(host).endswith("changed")

    result = reload(fleet, host)
    assert "The last load was not proven in time, so the last proven state of" in " ".join(
        result["said"].split()
    )
    assert "WARNING" not in reload(fleet, host)["said"]


def test_the_watchdog_is_off_after_a_proof(fleet, host):
    change(host, "VersionAddendum changed")
    assert not reload(fleet, host, rollback_after=10)["failed"]
    assert not left_behind(host)
    time.sleep(11)
    assert greeting(host).endswith("changed")
    assert (
        subprocess.run(
            ["pgrep", "-f", journal(host).beside("watchdog")], stdout=subprocess.DEVNULL, check=False
        ).returncode
        == 1
    )


def test_without_a_watchdog_a_failed_proof_is_undone_all_the_same(fleet, host):
    before = host.sshd_config.read_bytes()
    write(host, host.sshd_config, before.replace(b"Port %d" % host.port, b"Port %d" % next(free_ports())))
    result = reload(fleet, host, rollback_after=0)
    assert result["restored"] == [str(host.sshd_config)]
    assert host.answers()


def test_existing_sessions_live_through_a_load_and_a_rollback(fleet, host):
    session = subprocess.Popen(
        [
            "ssh",
            "-F",
            "none",
            "-i",
            str(fleet.key),
            "-p",
            str(host.port),
            "-o",
            f"UserKnownHostsFile={fleet.known_hosts}",
            "alice@127.0.0.1",
            "cat",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    session.stdin.write(b"before\n")
    session.stdin.flush()
    assert session.stdout.readline() == b"before\n"
    before = host.sshd_config.read_bytes()
    write(host, host.sshd_config, before.replace(b"Port %d" % host.port, b"Port %d" % next(free_ports())))
    assert reload(fleet, host, rollback_after=10)["rolled_back"]
    assert session.communicate(b"after\n", timeout=10)[0] == b"after\n"


def test_logins_that_cannot_be_repeated_are_named_as_such(fleet, host):
    """The play's connection is open and shared; nobody can log in a second time, as with a one-time code."""
    reload(fleet, host)
    change(host, "VersionAddendum changed")
    keys = host.directory / "authorized_keys"
    keys.rename(host.directory / "kept_keys")
    result = reload(fleet, host)
    assert "under the running configuration a new login fails, too" in result["reason"]
    assert "set proof: none" in result["reason"]
    assert result["restored"] == [str(host.sshd_config)]

    change(host, "VersionAddendum changed")
    assert not reload(fleet, host, proof="none")["failed"]
    assert greeting(host).endswith("changed")


WAYS = {
    "unshared": lambda fleet: {"ansible_ssh_args": "-C -o ControlMaster=no"},
    "through a jump host": lambda fleet: {
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={fleet.known_hosts} "
        f"-o 'ProxyCommand=ssh -F none -i {fleet.key} -o UserKnownHostsFile={fleet.known_hosts} -p "
        f"{fleet.hosts[1].port} -W %h:%p alice@127.0.0.1'"
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_the_trial_takes_the_way_of_the_play(fleet, host, way):
    variables = json.dumps(WAYS[way](fleet))
    change(host, "VersionAddendum changed")
    assert not reload(fleet, host, "-e", variables)["failed"]
    change(host, "AllowUsers nobody")
    assert NOT_LISTED.format(peer()) in reload(fleet, host, "-e", variables)["reason"]


def test_several_ports_are_all_opened_anew(fleet, host):
    second = next(free_ports())
    change(host, f"Port {second}")
    assert not reload(fleet, host)["failed"]
    old = listener(host)[1]
    assert len(old) >= 2
    change(host, "VersionAddendum changed")
    assert not reload(fleet, host)["failed"]
    assert not old & listener(host)[1]


LOCAL = json.dumps({"ansible_connection": "local"})


def test_over_other_connections_the_trial_is_made_on_the_host(fleet, host):
    change(host, "VersionAddendum changed")
    sessions = logins(host)
    result = reload(fleet, host, "-e", LOCAL)
    assert not result["failed"], result["said"]
    assert (result["changed"], result["proof"], result["login_seconds"]) == (True, "trial", None)
    assert "the connection local has no login of its own" in " ".join(result["said"].split())
    assert greeting(host).endswith("changed")
    assert logins(host) == sessions

    before = listener(host)
    change(host, "AllowUsers nobody")
    result = reload(fleet, host, "-e", LOCAL, proof="trial")
    assert "not allowed because not listed in AllowUsers" in result["reason"]
    assert "WARNING" not in result["said"]
    assert listener(host) == before


def test_proof_none_takes_the_load_for_the_proof_over_any_connection(fleet, host):
    change(host, "VersionAddendum changed")
    sessions = logins(host)
    result = reload(fleet, host, "-e", LOCAL, proof="none")
    assert (result["changed"], result["proof"], result["login_seconds"]) == (True, "none", None)
    assert greeting(host).endswith("changed")
    assert logins(host) == sessions


def test_a_login_is_refused_over_a_connection_that_has_none(fleet, host):
    before = listener(host)
    result = reload(fleet, host, "-e", LOCAL, proof="login")
    assert result["msg"] == "proof: login needs SSH, and the connection is local; set proof: trial"
    assert listener(host) == before


def hanging(fleet, host):
    """A forced command that hangs, for the address of the play alone; the seconds that it sleeps are this
    test's own."""
    seconds = 10**6 + host.port
    text = f"\nMatch Address 127.0.0.1\n    ForceCommand sleep {seconds}\nMatch all\n"
    write(host, host.sshd_config, host.sshd_config.read_bytes() + text.encode())
    return f"sleep {seconds}"


def is_running(command):
    return (
        subprocess.run(["pgrep", "-x", "-f", command], stdout=subprocess.DEVNULL, check=False).returncode == 0
    )


def test_a_login_that_hangs_is_ended_and_the_files_go_back(fleet, host):
    before, running = host.sshd_config.read_bytes(), listener(host)
    command = hanging(fleet, host)
    started = time.monotonic()
    result = reload(fleet, host, proof="trial", login_timeout=3)
    assert result["failed"] and result["restored"] == [str(host.sshd_config)]
    assert "it did not end within 3 s (login_timeout)" in result["reason"]
    assert host.sshd_config.read_bytes() == before
    assert listener(host) == running, "nothing was loaded"
    assert time.monotonic() - started < 60
    wait_until(lambda: not is_running(command), 20)
    assert not is_running(str(fleet.known_hosts) + ".*-o ProxyCommand")


def test_a_new_login_that_hangs_is_ended_and_the_load_is_taken_back(fleet, host):
    """Without a trial, as with a password and no shared connection: here because the path of the Python
    cannot stand in a command line."""
    python = fleet.directory / "a python"
    python.symlink_to("/usr/bin/python3")
    variables = json.dumps({"ansible_python_interpreter": str(python)})
    reload(fleet, host)
    before = host.sshd_config.read_bytes()
    command = hanging(fleet, host)
    result = reload(fleet, host, "-e", variables, login_timeout=3)
    assert "no trial was made before the load" in " ".join(result["said"].split())
    assert result["failed"] and result["changed"] and result["restored"] == [str(host.sshd_config)]
    assert "it did not end within 3 s (login_timeout)" in result["reason"]
    assert result["msg"].endswith("is back; a new login works again")
    assert host.sshd_config.read_bytes() == before
    wait_until(lambda: not is_running(command), 20)

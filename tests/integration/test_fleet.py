"""The fleet itself: without a real login, a real account and a real reload, no test on it proves anything."""

import os
import signal
import subprocess
import time

import pytest

from fleet import Fleet, FleetError, processes


def login(fleet, host, user, command):
    """Run a shell command on a host over SSH and return what it prints."""
    ssh = [
        "ssh",
        "-F",
        "none",
        "-i",
        str(fleet.key),
        "-p",
        str(host.port),
        "-o",
        f"UserKnownHostsFile={fleet.known_hosts}",
    ]
    return subprocess.run(
        [*ssh, "-o", "BatchMode=yes", f"{user}@127.0.0.1", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout.strip()


def listening_sockets(pid):
    return {
        target for target in map(link_target, os.scandir(f"/proc/{pid}/fd")) if target.startswith("socket:")
    }


def link_target(entry):
    """Where an open descriptor leads; nowhere when sshd has closed it since it was listed."""
    try:
        return os.readlink(entry.path)
    except FileNotFoundError:
        return ""


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_accounts_and_homes_are_the_hosts_own(fleet, user):
    ask = f"""python3 -c "import os, pwd; print(os.environ['HOME'], pwd.getpwnam('{user}').pw_dir)" """
    for host in fleet.hosts:
        home = f"{host.directory}/home/{user}"
        assert login(fleet, host, user, ask) == f"{home} {home}"


def test_sighup_gives_a_new_listener_in_the_same_process(fleet):
    host = fleet.hosts[0]
    pid = int(host.pid_file.read_text())
    before = listening_sockets(pid)
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + 30
    while listening_sockets(pid) & before or not host.answers():
        assert time.monotonic() < deadline, "sshd still listens on the old socket"
        time.sleep(0.02)
    assert int(host.pid_file.read_text()) == pid
    assert login(fleet, host, "alice", "echo in") == "in"


def test_ansible_reaches_every_host(fleet):
    play = fleet.ansible("all", "-m", "ansible.builtin.ping")
    assert play.status == 0, play.output
    assert play.output.count('"pong"') == 3


def test_inventory_gives_each_environment_its_policy(fleet):
    play = fleet.ansible(
        "all",
        "-m",
        "ansible.builtin.debug",
        "-a",
        "msg={{ keepalive_server_interval }}-{{ keepalive_user_users | length }}",
    )
    assert play.status == 0, play.output
    assert play.output.count("60-2") == 2
    assert play.output.count("300-2") == 1


def test_nothing_survives_the_fleet_even_where_its_sshd_died_first(tmp_path):
    with Fleet(tmp_path / "fleet", size=1) as fleet:
        host = fleet.hosts[0]
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
            ]
            + ["alice@127.0.0.1", "echo in; sleep 600"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert session.stdout.readline() == b"in\n"
        os.kill(int(host.pid_file.read_text()), signal.SIGKILL)
    session.communicate(timeout=10)
    assert processes.of_host(host.directory) == set()


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter").write_text("dear\n")
    with pytest.raises(FleetError, match="holds something else"):
        Fleet(tmp_path).start()
    assert (tmp_path / "letter").read_text() == "dear\n"

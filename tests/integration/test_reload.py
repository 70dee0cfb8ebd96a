"""sshd_reload on real daemons: what a new session gets, what stays pending, and what is said of bad input."""

import json
import subprocess

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import pid_file, service

from loading import change, greeting, journal, listener, logins, reload


@pytest.fixture(name="host")
def _host(fleet):
    """web1, of which the journal is gone again after the test."""
    host = fleet.hosts[0]
    yield host
    if host.sshd_config.exists():
        journal(host).clear()


def test_a_new_session_gets_the_new_values(fleet, host):
    change(host, "VersionAddendum changed")
    assert not greeting(host).endswith("changed")
    result = reload(fleet, host)
    assert not result["failed"], (result["said"], (host.directory / "sshd.log").read_text())
    assert greeting(host).endswith("changed")
    assert result["changed"]
    assert (result["method"], result["proof"], result["reason"]) == ("signal", "login", None)
    assert (result["rolled_back"], result["restored"]) == (False, [])
    assert result["login_seconds"] > 0
    assert not journal(host).pending()


def test_keepalive_probes_come_at_the_new_interval(fleet, host):
    def probes():
        command = [
            "ssh",
            "-v",
            "-F",
            "none",
            "-i",
            str(fleet.key),
            "-p",
            str(host.port),
            "-o",
            f"UserKnownHostsFile={fleet.known_hosts}",
        ]
        done = subprocess.run(
            [*command, "alice@127.0.0.1", "sleep 3"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=True,
        )
        return done.stderr.count(b"rtype keepalive@openssh.com")

    assert probes() == 0
    change(host, "ClientAliveInterval 1")
    assert reload(fleet, host)["changed"]
    assert probes() > 0


def test_the_proof_is_a_login_of_its_own(fleet, host):
    """The play's connection is shared by all its tasks; the proof neither uses nor replaces it."""
    reload(fleet, host)
    before = logins(host)
    reload(fleet, host)
    assert logins(host) == before + 1


def test_one_hundred_loads_and_no_answer_from_the_old_listener(host):
    daemon = pid_file.Signal(str(host.sshd_config), str(host.pid_file))
    unchanged = host.sshd_config.read_text()
    for number in range(100):
        host.sshd_config.write_text(f"VersionAddendum number-{number}\n{unchanged}")
        daemon.load()
        assert greeting(host).endswith(f"number-{number}")


def test_a_play_that_fails_in_between_leaves_the_load_to_the_next_run(fleet, host, tmp_path):
    """The same role, run twice: the first time a task between its two fails."""
    broken = tmp_path / "broken.yml"
    broken.write_text(
        """
- hosts: web1
  gather_facts: false
  tasks:
    - fleetops.keepalive.sshd_config:
        interval: "{{ keepalive_server_interval }}"
        count_max: "{{ keepalive_server_count_max }}"
        path: "{{ keepalive_server_path }}"
      register: policy
    - ansible.builtin.assert:
        that: [policy is changed, policy.reload_required]
    - ansible.builtin.fail:
        msg: the network went away
"""
    )
    play = fleet.playbook("-i", fleet.inventory, broken)
    assert "the network went away" in play.output, play.output
    assert journal(host).pending()
    pid, sockets = listener(host)

    role = tmp_path / "role.yml"
    role.write_text("- hosts: web1\n  gather_facts: false\n  roles: [fleetops.keepalive.keepalive_server]\n")
    play = fleet.playbook("-i", fleet.inventory, role)
    assert play.status == 0, play.output
    assert "changed=1 " in play.output, "the file was right already, so that only the load is a change"
    assert not sockets & listener(host)[1]
    assert not journal(host).pending()

    play = fleet.playbook("-i", fleet.inventory, role)
    assert "changed=0 " in play.output, play.output


def test_check_mode_touches_nothing(fleet, host):
    change(host, "VersionAddendum changed")
    before, state, sessions = listener(host), journal(host).state(), logins(host)
    result = reload(fleet, host, "--check")
    assert result["changed"]
    assert result["login_seconds"] is None
    assert (listener(host), journal(host).state()) == (before, state)
    assert logins(host) == sessions + 1, "that of the play itself"


def test_check_mode_fails_where_the_load_would(fleet, host):
    change(host, "ServerAliveInterval 60")
    assert "sshd refuses" in reload(fleet, host, "--check")["msg"]


REFUSED = [
    ({"rollback_after": "soon"}, "rollback_after: 'soon' is not valid"),
    ({"proof": "hope"}, "value of proof must be one of: auto, login, trial, none, got: hope"),
    ({"_step": {}}, "_step is not for playbooks; leave it out"),
    (
        {"login_command": "-oProxyCommand=id"},
        "login_command: begins with a dash; give a command, such as true",
    ),
    (
        {"login_timeout": 0},
        "login_timeout: 0 is not valid; give how many seconds a login may take, at least 1",
    ),
    ({"login_timeout": "soon"}, "login_timeout: 'soon' is not valid"),
    (
        {"path": "/nowhere"},
        "sshd refuses /nowhere, so nothing was loaded: /nowhere: No such file or directory",
    ),
    ({"pid_file": "/nowhere"}, "its pid file /nowhere cannot be read (No such file or directory)"),
    ({"service": "ssh", "method": "signal"}, "service is ssh, but method asks for a signal: leave one out"),
    ({"sshd": "/nowhere"}, "sshd: /nowhere is not a program that can be run"),
]


def test_bad_input_is_one_sentence_and_loads_nothing(fleet, host, tmp_path):
    tasks = [
        {
            "fleetops.keepalive.sshd_reload": dict({"path": str(host.sshd_config)}, **options),
            "ignore_errors": True,
        }
        for options, _sentence in REFUSED
    ]
    book = tmp_path / "refused.yml"
    book.write_text(json.dumps([{"hosts": host.name, "gather_facts": False, "tasks": tasks}]))
    before = listener(host)
    play = fleet.playbook("-i", fleet.inventory, book)
    said = [line for line in play.output.splitlines() if "FAILED!" in line]
    assert len(said) == len(REFUSED), play.output
    for line, (_options, sentence) in zip(said, REFUSED):
        assert sentence in json.loads(line.partition("=> ")[2])["msg"]
    assert "Traceback" not in play.output
    assert listener(host) == before


def test_a_pid_file_of_another_sshd_is_refused(fleet, host):
    result = reload(fleet, host, pid_file=str(fleet.hosts[1].pid_file))
    assert (
        f"belongs to an sshd that runs {fleet.hosts[1].sshd_config}, not path {host.sshd_config}"
        in result["msg"]
    )


def test_an_sshd_that_has_ended_leaves_a_stale_pid_file(fleet, host):
    other = fleet.hosts[1]
    pid = other.pid_file.read_text()
    other.stop()
    other.pid_file.write_text(pid)
    with pytest.raises(KeepaliveError, match=f"is stale: process {pid.strip()} is"):
        service.find(str(other.sshd_config), "/usr/sbin/sshd", pid_file=str(other.pid_file))

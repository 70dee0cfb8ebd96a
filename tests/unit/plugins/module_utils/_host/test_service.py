"""Telling sshd to load: who runs it, and what is said where nobody does."""

import os

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import (
    daemon,
    openssh,
    proc,
    service,
    systemd,
)
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.run import Done

DEBIAN = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
SECOND = "sshd: /usr/sbin/sshd -D -f /etc/ssh/second [listener] 0 of 10-100 startups"


def test_systemctl_show_is_read_unit_by_unit():
    units = systemd.parse_units(
        "MainPID=812\nId=ssh.service\nActiveState=active\n\n"
        "MainPID=0\nId=sshd.service\nActiveState=inactive\n\n"
        "Accept=yes\nId=ssh.socket\nActiveState=active\n"
    )
    assert [(unit.name, unit.active, unit.pid, unit.accepts) for unit in units] == [
        ("ssh.service", True, 812, False),
        ("sshd.service", False, 0, False),
        ("ssh.socket", True, 0, True),
    ]


class Machine:
    """A machine of which the tests say what systemd and /proc tell."""

    def __init__(self, monkeypatch, tmp_path):
        self.units = {}
        self.titles = {}
        self.told = []
        self.succeeds = True
        self.accepted = True
        monkeypatch.setattr(systemd, "DIRECTORY", str(tmp_path))
        monkeypatch.setattr(systemd, "run", self._run)
        monkeypatch.setattr(openssh, "ask_sshd", self._ask_sshd)
        monkeypatch.setattr(proc, "title", lambda pid: self.titles.get(pid, ""))
        monkeypatch.setattr(
            proc, "read", lambda pid, name: "sshd\n" if name == "comm" and pid in self.titles else ""
        )

    def _run(self, command, seconds):
        options, names = command[: command.index("--")], command[command.index("--") + 1 :]
        assert options[0] == "systemctl"
        if options[1] != "show":
            assert seconds > 90, "systemd itself takes so long to give up"
            self.told.append((options[1], *names))
            return Done(0 if self.succeeds else 1, "", "see its\n status\n")
        none = "ActiveState=inactive\nMainPID=0\n"
        return Done(
            0, "\n".join("Id={0}\n{1}".format(name, self.units.get(name, none)) for name in names), ""
        )

    def _ask_sshd(self, _program, _path, _connection):
        return openssh.Answer(
            self.accepted, {"pidfile": str(self.pid_file)}, None, "", "line 1: Bad configuration option: Prot"
        )


@pytest.fixture
def machine(monkeypatch, tmp_path):
    return Machine(monkeypatch, tmp_path)


def find(path="/etc/ssh/sshd_config", **options):
    return service.find(path, "sshd", **options)


def test_the_unit_that_runs_this_sshd_is_found_by_either_name(machine):
    machine.units["sshd.service"] = "ActiveState=active\nMainPID=812\n"
    machine.titles[812] = DEBIAN
    found = find()
    assert isinstance(found, systemd.Unit)
    assert (found.method, found.name) == ("service", "sshd.service")


def test_a_unit_that_runs_another_configuration_is_not_taken(machine, tmp_path):
    machine.units["ssh.service"] = "ActiveState=active\nMainPID=812\n"
    machine.titles = {812: DEBIAN, 900: SECOND}
    machine.pid_file = tmp_path / "pid"
    machine.pid_file.write_text("900\n")
    assert find("/etc/ssh/second").method == "signal"
    with pytest.raises(KeepaliveError, match="Neither unit ssh nor sshd runs an sshd with /etc/ssh/second"):
        find("/etc/ssh/second", method="service")
    with pytest.raises(KeepaliveError, match="unit ssh runs no sshd with /etc/ssh/second"):
        find("/etc/ssh/second", unit="ssh")


def test_a_named_unit_is_taken_with_and_without_its_suffix(machine):
    machine.units["second.service"] = "ActiveState=active\nMainPID=900\n"
    machine.titles[900] = SECOND
    assert find("/etc/ssh/second", unit="second").name == "second.service"
    assert find("/etc/ssh/second", unit="second.service").name == "second.service"


def test_an_sshd_behind_a_socket_is_restarted_since_it_would_die_of_a_signal(machine):
    machine.units["ssh.service"] = "ActiveState=active\nMainPID=812\nKillMode=process\n"
    machine.units["ssh.socket"] = "ActiveState=active\nAccept=no\n"
    machine.titles[812] = DEBIAN
    find().load()
    assert machine.told == [("restart", "ssh.service")]


def test_a_unit_whose_sshd_dies_of_the_reload_is_said_to_have_ended(machine, monkeypatch):
    """systemctl reload then fails too, in words that do not say that nobody listens any more."""
    machine.units["ssh.service"] = "ActiveState=active\nMainPID=812\n"
    machine.titles[812] = DEBIAN
    machine.succeeds = False
    monkeypatch.setattr(daemon, "GONE_SECONDS", 0)
    monkeypatch.setattr(daemon, "listening_sockets", lambda pid: {"4711"} if machine.told == [] else set())
    for alive, sentence in (
        (True, "systemctl reload ssh.service failed: see its status"),
        (False, r"sshd \(process 812\) ended when it was told"),
    ):
        machine.told.clear()
        monkeypatch.setattr(proc, "is_alive", lambda pid, alive=alive: alive)
        with pytest.raises(KeepaliveError, match=sentence):
            find().load()


def test_a_restart_that_would_end_sessions_is_refused(machine):
    machine.units["ssh.service"] = "ActiveState=active\nMainPID=812\nKillMode=control-group\n"
    machine.units["ssh.socket"] = "ActiveState=active\nAccept=no\n"
    machine.titles[812] = DEBIAN
    with pytest.raises(KeepaliveError, match="set KillMode=process"):
        find()


@pytest.mark.parametrize("accept", ["yes", "no"])
def test_a_socket_without_a_running_sshd_has_nothing_to_load(machine, accept):
    machine.units["ssh.socket"] = "ActiveState=active\nAccept={0}\n".format(accept)
    found = find()
    assert (found.method, found.loads) == ("none", False)


def test_without_systemd_the_pid_file_that_sshd_names_decides(machine, monkeypatch, tmp_path):
    machine.pid_file = tmp_path / "pid"
    machine.pid_file.write_text("812\n")
    machine.titles[812] = DEBIAN
    monkeypatch.setattr(systemd, "DIRECTORY", str(tmp_path / "nowhere"))
    assert find().pid_file == str(machine.pid_file)
    with pytest.raises(KeepaliveError, match="systemd does not run here, so leave service out"):
        find(unit="ssh")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("812", r"stale: process 812 is not there"),
        ("813", r"stale: process 813 is not an sshd that listens"),
        ("900", r"belongs to an sshd that runs /etc/ssh/second, not path /etc/ssh/sshd_config"),
        ("", r"holds '', not a process id"),
        ("no pid", r"holds 'no pid', not a process id"),
        (None, r"cannot be read \(No such file or directory\)"),
    ],
)
def test_a_pid_file_that_does_not_name_this_sshd_is_one_sentence(machine, tmp_path, content, sentence):
    machine.titles = {813: "sshd: alice@pts/0", 900: SECOND}
    pid_file = tmp_path / "pid"
    if content is not None:
        pid_file.write_text(content)
    with pytest.raises(KeepaliveError, match=sentence):
        find(pid_file=str(pid_file))


def test_a_configuration_too_broken_to_name_its_pid_file_is_refused(machine, tmp_path):
    machine.accepted, machine.pid_file = False, tmp_path
    with pytest.raises(
        KeepaliveError, match="sshd refuses /etc/ssh/sshd_config, so nothing was loaded: line 1: Bad"
    ):
        find(method="signal")


@pytest.mark.parametrize("accepted", [True, False])
def test_a_configuration_for_sockets_is_judged_too(machine, accepted):
    machine.units["ssh.socket"] = "ActiveState=active\nAccept=yes\n"
    machine.accepted, machine.pid_file = accepted, "none"
    if accepted:
        return find().check("sshd")
    with pytest.raises(KeepaliveError, match="sshd refuses /etc/ssh/sshd_config"):
        find().check("sshd")


def test_an_sshd_of_another_account_needs_become(machine, monkeypatch, tmp_path):
    """Before sshd is asked, which would complain that it cannot read the host keys."""
    owner = os.stat("/proc/self").st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    machine.titles[os.getpid()] = DEBIAN
    pid_file = tmp_path / "pid"
    pid_file.write_text(str(os.getpid()))
    machine.units["ssh.service"] = "ActiveState=active\nMainPID={0}\n".format(os.getpid())
    for options in ({}, {"pid_file": str(pid_file)}):
        with pytest.raises(KeepaliveError, match="belongs to another account: set become to true"):
            find(**options)


def test_no_pid_file_at_all_is_one_sentence(machine):
    machine.pid_file = "none"
    with pytest.raises(KeepaliveError, match="has PidFile none"):
        find(method="signal")


@pytest.mark.parametrize(
    "options",
    [
        {"method": "service", "pid_file": "/p"},
        {"method": "signal", "unit": "ssh"},
        {"unit": "ssh", "pid_file": "/p"},
    ],
)
def test_options_that_contradict_each_other_are_refused(machine, options):
    with pytest.raises(KeepaliveError, match="leave one out"):
        find(**options)

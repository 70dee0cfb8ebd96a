"""Programs that hang or are missing, as seen by each of those who wait for one."""

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import (
    daemon,
    openssh,
    proc,
    run,
    service,
    system,
    systemd,
    watchdog,
)
from ansible_collections.fleetops.keepalive.plugins.module_utils._probe.command import command

SECONDS = 1
PATIENCE = 20
MAIN = "/etc/ssh/sshd_config"
HANGS = "exec /bin/sleep 600"
UNITS = "Id=ssh.service\nActiveState=active\nMainPID=812\nKillMode=process\n\nId=ssh.socket\nActiveState={}\nAccept=no\n"


@pytest.fixture(name="programs", autouse=True)
def _programs(monkeypatch, tmp_path):
    """A machine with systemd and no other programs on the PATH than those that are made; gives what makes one
    and returns its path."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setattr(run, "_USUAL", str(directory))
    monkeypatch.setattr(run.run, "__defaults__", (SECONDS,) + run.run.__defaults__[1:])
    monkeypatch.setattr(systemd, "TELL_SECONDS", SECONDS)
    monkeypatch.setattr(watchdog, "START_SECONDS", SECONDS)
    monkeypatch.setattr(systemd, "DIRECTORY", str(tmp_path))
    monkeypatch.setattr(
        proc,
        "title",
        lambda pid: "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups" if pid == 812 else "",
    )
    began = time.monotonic()

    def make(name, script):
        (directory / name).write_text(f"#!/bin/sh\n{script}\n")
        (directory / name).chmod(0o755)
        return str(directory / name)

    yield make
    assert time.monotonic() - began < PATIENCE


def systemctl_that_hangs_at(verb, socket="inactive"):
    return f'[ "$1" = {verb} ] && {HANGS}\nprintf %s "{UNITS.format(socket)}"'


def test_systemctl_hangs_when_the_unit_is_looked_for(programs, monkeypatch):
    monkeypatch.setattr(systemd, "ANSWER_SECONDS", SECONDS)
    programs("systemctl", HANGS)
    for ask in (lambda: service.find(MAIN, "sshd"), lambda: service.is_live_at_once(MAIN)):
        with pytest.raises(
            KeepaliveError,
            match=r"^systemctl: did not answer within 1 s and was ended; see why it hangs \(systemctl show ",
        ):
            ask()


def test_systemctl_is_missing_when_the_unit_is_looked_for():
    for ask in (lambda: service.find(MAIN, "sshd"), lambda: service.is_live_at_once(MAIN)):
        with pytest.raises(
            KeepaliveError,
            match=r"^systemctl: could not be run \(No such file or directory\); see whether it is there",
        ):
            ask()


def test_systemctl_hangs_at_the_restart(programs):
    programs("systemctl", systemctl_that_hangs_at("restart", "active"))
    with pytest.raises(
        KeepaliveError,
        match=r"^systemctl: did not answer within 1 s .*\(systemctl restart -- ssh\.service\), and run this again$",
    ):
        service.find(MAIN, "sshd").load()


def test_systemctl_hangs_at_the_reload(programs, monkeypatch):
    monkeypatch.setattr(daemon, "listening_sockets", lambda pid: {"4711"})
    monkeypatch.setattr(proc, "is_alive", lambda pid: True)
    programs("systemctl", systemctl_that_hangs_at("reload"))
    with pytest.raises(
        KeepaliveError,
        match=r"^systemctl: did not answer within 1 s .*\(systemctl reload -- ssh\.service\), and run this again$",
    ):
        service.find(MAIN, "sshd").load()


@pytest.mark.parametrize("name", ["--help", "-H"])
def test_a_unit_with_the_name_of_an_option_is_a_unit(programs, tmp_path, name):
    programs("systemctl", f'echo "$*" > {tmp_path}/asked')
    with pytest.raises(KeepaliveError, match=f"^The unit {name} runs no sshd"):
        service.find(MAIN, "sshd", unit=name)
    assert (tmp_path / "asked").read_text().endswith(f" -- {name}.service {name}.socket\n")


def test_sshd_hangs_at_the_check(programs):
    programs("systemctl", systemctl_that_hangs_at("reload"))
    sshd = programs("sshd", HANGS)
    with pytest.raises(
        KeepaliveError, match=r"sshd: did not answer within 1 s .*\(\S+/sshd -t -f /etc/ssh/sshd_config\)"
    ):
        service.find(MAIN, sshd).check(sshd)


@pytest.mark.parametrize(
    "ask",
    [
        openssh.about,
        lambda program: openssh.ask_sshd(program, MAIN),
        lambda program: openssh.ask_ssh(program, MAIN, "gw"),
    ],
    ids=["its version", "sshd -T", "ssh -G"],
)
def test_openssh_hangs(programs, ask):
    with pytest.raises(
        KeepaliveError, match=r"/ssh: did not answer within 1 s and was ended; see why it hangs \("
    ):
        ask(programs("ssh", HANGS))


def test_ssh_keygen_hangs(programs):
    programs("ssh-keygen", HANGS)
    with pytest.raises(KeepaliveError, match=r"/ssh-keygen: did not answer within 1 s"):
        openssh.ask_sshd(programs("sshd", "echo 'sshd: no hostkeys available -- exiting.' >&2; exit 1"), MAIN)


def test_rpm_that_hangs_tells_nothing_of_the_package(programs):
    programs("rpm", HANGS)
    assert system.known_build("/usr/sbin/sshd", (8, 0)) == (8, 0)


def test_ssh_hangs_at_the_question_for_jump_hosts(programs):
    with pytest.raises(
        KeepaliveError,
        match=r"/ssh: did not answer within 1 s and was ended; see why it hangs \(\S+/ssh -G .* -- gw\)",
    ):
        command(programs("ssh", HANGS), 900, "gw")


def test_ssh_is_missing_at_the_question_for_jump_hosts():
    with pytest.raises(
        KeepaliveError, match=r"^/nowhere/ssh: could not be run \(No such file or directory\)"
    ):
        command("/nowhere/ssh", 900, "gw")


@pytest.mark.parametrize("script", [HANGS, "exit 1", None], ids=["it hangs", "it fails", "it is missing"])
def test_the_watchdog_is_started_without_systemd_run(programs, monkeypatch, tmp_path, script):
    monkeypatch.setattr(watchdog.os, "geteuid", lambda: 0)
    if script:
        programs("systemd-run", script)
    watchdog._start_detached(["/bin/sh", "-c", f"echo started > {tmp_path}/started"])
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_watchdog_has_with_it_what_waits_for_programs(tmp_path):
    """Its zip is imported by a Python that knows nothing else, as on a host from which Ansible has taken away
    what it had copied."""
    program, room = str(tmp_path / "program"), run.__package__
    making = f"import sys; from {room} import watchdog; watchdog._write_program(sys.argv[1], {{}})"
    subprocess.run(
        [sys.executable, "-c", making, program],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    using = f"import sys; sys.path.insert(0, sys.argv[1]); from {room} import systemd; print(systemd.run.__code__.co_filename)"
    told = subprocess.run(
        [sys.executable, "-I", "-c", using, program], stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    assert told == f"{program}/{run.__name__.replace('.', '/')}.py\n"

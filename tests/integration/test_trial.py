"""A trial's own promises, on real sshds: who is let in, what the host's log has of it, and that nothing is
left of one that failed."""

import ast
import base64
import ctypes
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import (
    descendants,
    host_log,
    proc,
    relay,
    run,
    trial_process,
)
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.trial import Trial

from fleet import accounts, free_ports
from fleet.host import find_sshd

NOBODY = 65534
RELAY = Path(relay.__file__).read_text()
SOURCE = Path(__file__).resolve().parents[2] / ".build" / "source"
needs_root = pytest.mark.skipif(
    os.geteuid() != 0,
    reason="that other accounts are kept out was not tried: only root can act as one of them",
)


class Running:
    """A trial on a host of the fleet, and its process."""

    def __init__(self, fleet, host, seconds=30):
        self.fleet, self.host = fleet, host
        self.trial = Trial(str(host.sshd_config), find_sshd(), str(host.directory / "trial.log"), seconds)
        before = children()
        self.token = self.trial.listen()
        [self.pid] = children() - before

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(relay.PREFIX + self.token)
        return connection

    def ssh(self, command, *options):
        """An ssh that logs in through the relay, as the controller's does."""
        program = base64.b64encode(RELAY.encode()).decode()
        proxy = f"{shlex.quote(sys.executable)} -c 'import base64;exec(base64.b64decode(\"{program}\"))' {self.token}"
        login = [
            "ssh",
            "-F",
            "none",
            "-i",
            str(self.fleet.key),
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        ]
        return subprocess.Popen(
            [*login, "-o", f"ProxyCommand={proxy}", *options, "alice@trial", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )

    def log(self):
        return Path(self.trial.log).read_text()

    def has_ended(self):
        return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid


@pytest.fixture(name="start")
def _start(fleet, monkeypatch):
    """A function that starts a trial on web1, where alice is known and `text` stands in front of the
    configuration."""
    host = fleet.hosts[0]
    for name, value in accounts.environment(host.directory, accounts.find_wrapper()).items():
        monkeypatch.setenv(name, value)
    started = []

    def start(text="", **options):
        host.sshd_config.write_text(f"{text}\n{host.sshd_config.read_text()}")
        started.append(Running(fleet, host, **options))
        return started[-1]

    yield start
    for running in started:
        running.trial.end()


@pytest.fixture(name="marker")
def _marker():
    """An argument that no other process has; what a failed test leaves running is ended."""
    found = str(10**8 + int.from_bytes(os.urandom(3), "big"))
    yield found
    for pid in marked(found):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(name="lines")
def _lines(monkeypatch, tmp_path):
    """A function that gives what the host's log was told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        log.setblocking(False)
        monkeypatch.setattr(host_log, "ADDRESS", str(tmp_path / "log"))
        yield lambda: received(log)


def received(log):
    found = []
    while True:
        try:
            found.append(log.recv(65536).decode())
        except BlockingIOError:
            return found


def children():
    return {process.pid for process in proc.table().values() if process.parent == os.getpid()}


def marked(marker):
    """The processes that are a program with this one argument."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if title(pid).split()[1:] == [marker]]


def title(pid):
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def in_a_process(function):
    """Run a function, which gives an exit status, in a process of its own; gives its pid."""
    child = os.fork()
    if not child:
        status = 99
        try:
            status = function()
        finally:
            os._exit(status)
    return child


def as_nobody(function):
    """The same as another account; gives the exit status."""

    def become():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        return function()

    return os.waitpid(in_a_process(become), 0)[1] >> 8


def gets_nothing(running):
    """Whether a connection to the trial ends without a byte."""
    try:
        with running.connect() as connection:
            return connection.recv(1) == b""
    except OSError:
        return True


def greeted(running):
    with running.connect() as connection:
        return connection.recv(8)


@needs_root
def test_another_account_gets_nothing_and_the_right_one_still_does(start):
    running = start()
    assert as_nobody(lambda: 0 if gets_nothing(running) else 1) == 0
    time.sleep(0.3)
    assert not descendants.below(running.pid), "an sshd was started for somebody else"
    assert running.log() == ""
    assert greeted(running) == b"SSH-2.0-"


@needs_root
def test_another_account_s_flood_does_not_keep_the_right_one_out(start, lines):
    """Two thousand connections, side by side with the one that counts."""
    running = start()

    def flood():
        held = [socket.socket(socket.AF_UNIX) for _number in range(1000)]
        for connection in held:
            connection.connect(relay.PREFIX + running.token)
        return 0

    floods = [in_a_process(lambda: as_nobody(flood)) for _number in range(2)]
    started = time.monotonic()
    assert running.ssh("echo in").communicate(timeout=20)[0] == "in\n"
    assert time.monotonic() - started < 20
    for child in floods:
        os.waitpid(child, 0)
    assert sum("refused" in line for line in lines()) == 1


def test_there_is_one_login_and_no_second(start):
    running = start()
    os.kill(running.pid, signal.SIGSTOP)
    with running.connect() as first, running.connect() as second:
        os.kill(running.pid, signal.SIGCONT)
        assert first.recv(8) == b"SSH-2.0-"
        try:
            assert second.recv(1) == b""
        except ConnectionResetError:
            pass
        with pytest.raises(ConnectionRefusedError):
            running.connect()
        assert (
            len([process for process in descendants.below(running.pid) if process.parent == running.pid]) == 1
        )


def test_a_login_works_and_leaves_what_it_left_on_purpose(start, marker):
    running = start()
    login = running.ssh(
        f"setsid sleep {marker} >/dev/null 2>&1 </dev/null & sleep {marker} >/dev/null 2>&1 </dev/null & "
        f"echo in"
    )
    assert login.communicate(timeout=20)[0] == "in\n"
    wait_until(running.has_ended)
    # One may still be about to become a sleep.
    wait_until(lambda: len(marked(marker)) == 2)


def test_a_command_that_hangs_is_ended_when_its_time_is_up(start, marker):
    started = time.monotonic()
    running = start(
        f"ForceCommand sleep {marker} | sleep {marker} & setsid sleep {marker} & nohup sleep {marker}",
        seconds=5,
    )
    login = running.ssh("true")
    wait_until(lambda: len(marked(marker)) == 4)
    wait_until(running.has_ended)
    assert 5 <= time.monotonic() - started < 20
    assert not marked(marker)
    assert login.wait(timeout=20) != 0
    assert running.trial.end() == "the login was ended after 5 s (login_timeout)"


def test_without_the_kernel_s_help_the_command_is_ended_all_the_same(start, marker, monkeypatch):
    """What does not run away, that is: Linux before 3.4 gives no process the children of others."""
    monkeypatch.setattr(descendants, "adopt", lambda whether=True: False)
    running = start(f"ForceCommand sleep {marker} | setsid sleep {marker}", seconds=5)
    running.ssh("true")
    wait_until(lambda: len(marked(marker)) == 2)
    wait_until(running.has_ended)
    assert not marked(marker)


RUNS_AWAY = """
import os, sys, time
end = time.monotonic() + 60
os.setsid()
while time.monotonic() < end:
    os.utime(sys.argv[1])
    if os.fork():
        os._exit(0)
"""


def test_a_command_that_runs_away_is_ended_too(start, marker, tmp_path):
    """Each of its processes has ended as soon as it is seen; what shows them is that a file is touched."""
    (tmp_path / "away").write_text(RUNS_AWAY)
    touched = tmp_path / "touched"
    touched.touch()
    running = start(f"ForceCommand {sys.executable} {tmp_path}/away {touched} & sleep {marker}", seconds=5)
    before = touched.stat().st_mtime_ns
    running.ssh("true")
    wait_until(lambda: touched.stat().st_mtime_ns != before)
    wait_until(running.has_ended)
    last = touched.stat().st_mtime_ns
    time.sleep(0.3)
    assert touched.stat().st_mtime_ns == last
    assert not marked(marker)


def test_a_login_that_says_nothing_is_ended_when_its_time_is_up(start):
    running = start("LoginGraceTime 1000", seconds=2)
    with running.connect() as silent:
        assert silent.recv(8) == b"SSH-2.0-"
        started = time.monotonic()
        wait_until(running.has_ended)
        assert 1 < time.monotonic() - started < 20


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_with_its_client_everything_goes(start, marker, how):
    running = start(f"ForceCommand sleep {marker}")
    login = running.ssh("true")
    wait_until(lambda: marked(marker))
    login.send_signal(how)
    wait_until(running.has_ended)
    assert not marked(marker)


@pytest.mark.skipif(
    os.geteuid() != 0,
    reason="a login that hangs while keys are looked up was not tried: sshd runs that command for root alone",
)
def test_with_its_client_goes_what_sshd_waits_for(start, marker, monkeypatch):
    monkeypatch.setattr(trial_process, "LEAVE_SECONDS", 1)
    running = start(
        f"AuthorizedKeysCommand {shutil.which('sleep')} {marker}\nAuthorizedKeysCommandUser "
        f"root\nAuthorizedKeysFile none"
    )
    login = running.ssh("true")
    wait_until(lambda: marked(marker))
    login.kill()
    wait_until(running.has_ended)
    assert not marked(marker)


def test_a_login_that_sshd_cuts_leaves_nothing(start, marker):
    """A client that does not answer, though its connection is there."""
    running = start(f"ForceCommand sleep {marker}\nClientAliveInterval 1\nClientAliveCountMax 1")
    login = running.ssh("true")
    wait_until(lambda: marked(marker))
    login.send_signal(signal.SIGSTOP)
    wait_until(running.has_ended)
    assert not marked(marker)
    login.kill()


def test_the_end_of_the_trial_ends_a_login_in_progress(start, marker):
    running = start(f"ForceCommand sleep {marker}")
    login = running.ssh("true")
    wait_until(lambda: marked(marker))
    running.trial.end()
    assert not marked(marker)
    assert running.has_ended()
    assert login.wait(timeout=20) != 0


def test_the_process_of_a_trial_ends_with_all_when_it_is_told_to(start, marker):
    running = start(f"ForceCommand sleep {marker}")
    running.ssh("true")
    wait_until(lambda: marked(marker))
    os.kill(running.pid, signal.SIGTERM)
    wait_until(running.has_ended)
    assert not marked(marker)


def test_a_trial_that_nobody_uses_ends(start, monkeypatch):
    monkeypatch.setattr(trial_process, "LIVES_SECONDS", 1)
    running = start()
    wait_until(running.has_ended)
    assert gets_nothing(running)


def test_a_new_trial_ends_the_one_before(start):
    old, new = start(), start()
    wait_until(old.has_ended)
    assert not new.has_ended()
    assert greeted(new) == b"SSH-2.0-"
    new.trial.end()
    assert new.has_ended()


def test_a_relay_without_a_trial_says_so_in_one_sentence(start):
    running = start()
    running.trial.end()
    login = running.ssh("true")
    _output, complaint = login.communicate(timeout=20)
    assert relay.GONE in complaint and "Traceback" not in complaint
    token = [sys.executable, relay.__file__]
    for arguments in ([], ["x" * 200], ["0" * 32]):
        done = subprocess.run(
            [*token, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (1, "", relay.GONE + "\n")


@needs_root
def test_a_relay_of_another_account_says_so_in_one_sentence(start):
    running = start()
    command = [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "/usr/bin/python3",
        "-c",
        RELAY,
        running.token,
    ]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    ) as joined:
        assert joined.wait(timeout=20) == 1
        assert (joined.stdout.read(), joined.stderr.read()) == ("", relay.REFUSED % NOBODY + "\n")


@needs_root
def test_a_trial_is_one_line_in_the_host_s_log(start, lines):
    running = start()
    for _time in range(3):
        assert as_nobody(lambda: 0 if gets_nothing(running) else 1) == 0
    assert running.ssh("echo in").communicate(timeout=20)[0] == "in\n"
    wait_until(running.has_ended)
    head = (
        r"<%d>[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d fleetops\.keepalive\["
        + str(running.pid)
        + r"\]: trial login: "
    )
    refused, login = lines()
    path = re.escape(running.trial.path)
    assert re.fullmatch(
        head % 84 + rf"refused to uid {NOBODY}, process [0-9]+, under {path}; others are not reported",
        refused,
    )
    assert re.fullmatch(
        head % 85 + rf"account root, uid 0, from an address that is not known, under {path}", login
    )


def test_a_log_that_takes_nothing_costs_a_moment(start, monkeypatch, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, socket.socket(
        socket.AF_UNIX, socket.SOCK_DGRAM
    ) as writer:
        log.bind(str(tmp_path / "log"))
        writer.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                writer.sendto(b"full", str(tmp_path / "log"))
        monkeypatch.setattr(host_log, "ADDRESS", str(tmp_path / "log"))
        running = start()
        started = time.monotonic()
        assert greeted(running) == b"SSH-2.0-"
        assert time.monotonic() - started < 10


PRIVATE_DEVICES = """
mount --make-rprivate /
mount -t tmpfs tmpfs /media
for name in null zero full random urandom tty; do touch /media/$name; mount --bind /dev/$name /media/$name; done
mkdir /media/pts /media/shm; mount --bind /dev/pts /media/pts; ln -s pts/ptmx /media/ptmx
mount --move /media /dev
"""


@pytest.mark.skipif(
    os.geteuid() != 0,
    reason="what sshd itself writes to /dev/log was not looked at: only root can put another one in its place",
)
def test_nothing_of_a_trial_is_logged_as_sshd_s(start, tmp_path):
    def look():
        if ctypes.CDLL(None).unshare(0x20000) or subprocess.call(["sh", "-ec", PRIVATE_DEVICES]):
            return 98
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind("/dev/log")
            log.setblocking(False)
            running = start("LogLevel DEBUG3")
            running.ssh("true", "-l", "nobody-else").wait(timeout=20)
            wait_until(running.has_ended)
            of_trial = received(log)
            subprocess.run(
                [find_sshd(), "-i", "-f", running.trial.path],
                input=b"x\n",
                stdout=subprocess.DEVNULL,
                check=False,
            )
            (tmp_path / "told").write_text(repr((of_trial, received(log))))
        return 0

    assert os.waitpid(in_a_process(look), 0)[1] == 0
    of_trial, control = ast.literal_eval((tmp_path / "told").read_text())
    assert any("sshd[" in line for line in control)
    assert len(of_trial) == 1 and " fleetops.keepalive[" in of_trial[0]


def test_a_login_from_the_host_itself_that_hangs_is_ended_on_both_sides(start, marker):
    trial = start(f"ForceCommand sleep {marker} & setsid sleep {marker}", seconds=5).trial
    started = time.monotonic()
    assert trial.log_in_here("alice", "true") == "it took more than 5 s (login_timeout)"
    assert time.monotonic() - started < 20
    assert not marked(marker)
    assert not [
        process
        for process in descendants.alive()
        if process.name in ("ssh", "sshd") and str(trial.log) in title(process.pid)
    ]


def test_a_login_from_the_host_itself_says_why_it_failed(start):
    trial = start("AllowUsers nobody").trial
    assert "Permission denied" in trial.log_in_here("alice", "true")
    assert trial.end().endswith("not allowed because not listed in AllowUsers")


def test_a_login_from_the_host_itself_works_and_leaves_what_it_left_on_purpose(start, marker, lines):
    trial = start().trial
    assert trial.log_in_here("alice", f"setsid sleep {marker} >/dev/null 2>&1 </dev/null &") is None
    wait_until(lambda: len(marked(marker)) == 1)
    [line] = lines()
    assert line.endswith(
        f"]: trial login: account alice, uid unknown, from this host itself, under {trial.path}"
    )


def test_an_account_is_never_taken_for_an_option_of_ssh(start, tmp_path):
    trial = start().trial
    assert trial.log_in_here(f"-oProxyCommand=touch {tmp_path}/touched;", "true")
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "script, reason",
    [("echo no; echo entropy >&2; exit 3", "ssh-keygen says: entropy"), (None, "ssh-keygen: ")],
)
def test_without_a_key_one_sentence_says_so(start, monkeypatch, tmp_path, script, reason):
    trial = start().trial
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ssh").symlink_to(shutil.which("ssh"))
    if script:
        (programs / "ssh-keygen").write_text(f"#!/bin/sh\n{script}\n")
        (programs / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(run, "_USUAL", "")
    with pytest.raises(KeepaliveError) as told:
        trial.log_in_here("alice", "true")
    assert str(told.value).startswith("No key can be made for the trial login, so nothing was loaded: ")
    assert reason in str(told.value) and "\n" not in str(told.value)


# A machine of its own: alice and bob have uids of their own, alice becomes root by su, and an sshd of root's
# with sessions by PAM lets them in.
MACHINE = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /media
chmod 755 /media
grep -v ^alice: /etc/passwd >/media/passwd
printf '%s:*:%d:%d::/home:/bin/sh\n' alice $ALICE $ALICE bob $BOB $BOB >>/media/passwd
cp -r /etc/pam.d /media/pam.d
printf '%s sufficient pam_permit.so\n' auth account password session >/media/pam.d/su
mount --bind /media/passwd /etc/passwd
mount --bind /media/pam.d /etc/pam.d
for directory in /etc/ssh /run /home; do mount -t tmpfs tmpfs $directory; chmod 755 $directory; done
chmod 1777 /home
mkdir -m 755 /run/sshd
cp $HOST/ssh_host_ed25519_key /etc/ssh/host_key
cp $HOST/authorized_keys /etc/ssh/keys
printf '%s\n' "Port $PORT" 'ListenAddress 127.0.0.1' 'HostKey /etc/ssh/host_key' 'UsePAM yes' 'LogLevel VERBOSE' 'PermitRootLogin yes' \
    'AuthorizedKeysFile /etc/ssh/keys' >/etc/ssh/sshd_config
/usr/sbin/sshd -E /media/log
trap 'kill $(cat /run/sshd.pid)' EXIT
login() {
    who=$1; shift
    ssh -F none -i $KEY -p $PORT -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR $who@127.0.0.1 "$@"
}
"""
LISTEN = """
import sys
sys.path.insert(0, {source!r})
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.trial import Trial
print(Trial("/etc/ssh/sshd_config", "/usr/sbin/sshd", "/run/trial.log", 5).listen())
"""
# Their standard input stays open, so that it is the other side that ends: for the one that gets in, when its
# time is up.
JOIN = """
mkfifo /media/open
exec 9<>/media/open
join() {
    login $1 <&9 "/usr/bin/python3 -c 'import base64;exec(base64.b64decode(\\"$RELAY\\"))' $token" 2>&1 | head -c 300 | tr -d '\\r\\0' | head -1
}
"""
BECOME = {
    "su": 'su root -c "/usr/bin/python3 /media/listen.py"',
    "su by the name of sshd": "ln -s /bin/su sshd; ./sshd root -c '/usr/bin/python3 /media/listen.py; :'",
    "root": "/usr/bin/python3 /media/listen.py",
}


@pytest.mark.skipif(
    os.geteuid() != 0,
    reason="that a play with become lets in its own account was not tried: only root can have a machine of its own",
)
@pytest.mark.parametrize("how", BECOME)
def test_the_account_of_the_play_is_the_one_that_sshd_has_let_in(fleet, how):
    account = "root" if how == "root" else "alice"
    uid = 10000 + os.getpid() % 5000 * 10
    script = f"""
cat >/media/listen.py <<'END'
{LISTEN.format(source=str(SOURCE))}
END
token=$(login {account} {shlex.quote(BECOME[how])})
for who in bob {"root" if account == "alice" else "alice"} {account} {account}; do join $who; done
grep '^Connection from' /run/trial.log
"""
    environment = dict(
        os.environ,
        HOST=str(fleet.hosts[0].directory),
        KEY=str(fleet.key),
        PORT=str(next(free_ports())),
        ALICE=str(uid),
        BOB=str(uid + 1),
        RELAY=base64.b64encode(RELAY.encode()).decode(),
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", MACHINE + JOIN + script],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    other = 0 if account == "alice" else uid
    said = done.stdout.splitlines()
    assert said[:2] == [relay.REFUSED % (uid + 1), relay.REFUSED % other], done.stdout
    assert said[2].startswith("SSH-2.0-") and said[3] == relay.GONE, done.stdout
    assert said[4].startswith("Connection from 127.0.0.1 port ") and said[4].endswith(
        f' on 127.0.0.1 port {environment["PORT"]} rdomain ""'
    ), done.stdout

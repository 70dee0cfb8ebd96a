"""Waiting for a program, with shell scripts that answer, hang, say too much or leave something behind."""

import os
import signal
import time

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import run as running
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.run import run

SECONDS = 0.5
#: A machine that is busy with other tests is slow, but does not take as long as any of the scripts would.
PATIENCE = 20


def shell(script, seconds=PATIENCE, **options):
    return run(["sh", "-c", script, "sh"], seconds, **options)


def state(pid):
    """The state of a process as the kernel abbreviates it, '' where there is none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def wait_for_end(*pids):
    """Wait until none of the processes runs; one that init has not yet been told of has ended, too."""
    deadline = time.monotonic() + PATIENCE
    while any(state(pid) not in ("", "Z", "X") for pid in pids):
        assert time.monotonic() < deadline, f"{pids} run still"
        time.sleep(0.01)


@pytest.fixture(name="left_nothing", autouse=True)
def _left_nothing(tmp_path, monkeypatch):
    """What the scripts note in the file pids has ended after each test, and no descriptor is open that was
    not before."""
    monkeypatch.chdir(tmp_path)
    before = os.listdir("/proc/self/fd")
    yield
    assert os.listdir("/proc/self/fd") == before
    pids = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
    wait_for_end(*pids)


def refused(script, seconds=SECONDS):
    """The sentence of a program that has to be ended, which takes no longer than it may."""
    began = time.monotonic()
    with pytest.raises(KeepaliveError) as error:
        shell(script, seconds)
    assert seconds <= time.monotonic() - began < seconds + PATIENCE
    return str(error.value)


def test_an_answer():
    assert shell("echo told; echo complained >&2; exit 3") == (3, "told\n", "complained\n")


def test_bytes_that_are_not_text_are_escaped():
    assert shell(r"printf 'a\377\303\244'; printf '\200' >&2") == (0, "a\\xffä", "\\x80")


def test_a_program_that_a_signal_ends_says_so():
    assert shell("kill -TERM $$").status == -signal.SIGTERM


def test_the_locale_is_c_and_the_environment_else_is_kept(monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("KEPT", "kept")
    assert shell('echo "$LC_ALL $KEPT"').output == "C kept\n"
    assert os.environ["LC_ALL"] == "de_DE.UTF-8"


@pytest.fixture(name="given")
def _given(tmp_path):
    """A file that is this process's own standard input, too."""
    (tmp_path / "given").write_text("given")
    own = os.dup(0)
    with open(tmp_path / "given") as file:
        os.dup2(file.fileno(), 0)
        yield file
    os.dup2(own, 0)
    os.close(own)


def test_there_is_nothing_to_read_unless_something_is_given(given):
    assert shell("cat").output == ""
    assert shell("cat", stdin=given).output == "given"


def test_it_has_a_session_of_its_own():
    own, session = shell("cut -d' ' -f1,6 /proc/$$/stat").output.split()
    assert own == session


def test_a_program_that_hangs_is_ended():
    assert refused("echo $$ > pids; exec sleep 600") == (
        "sh: did not answer within 0.5 s and was ended; see why it hangs (sh -c 'echo $$ > pids; exec sleep "
        "600' sh), and run this again"
    )


@pytest.mark.parametrize(
    "script",
    [
        "sleep 600 & echo $! > pids; exit 0",
        "(trap '' TERM HUP; sleep 600 & echo $! >> pids; wait) & echo $! $$ >> pids; wait",
        "sleep 600 >/dev/null & echo $! > pids; exit 0",
        "trap '' TERM HUP INT; echo $$ > pids; while :; do sleep 600; done",
        "echo $$ > pids; exec sleep 600 >/dev/null 2>&1",
        "echo $$ > pids; kill -STOP $$",
    ],
    ids=[
        "a grandchild has its output",
        "a grandchild's child, too",
        "a grandchild has its complaints",
        "it takes no signal",
        "it has closed its output",
        "it is stopped",
    ],
)
def test_whatever_a_program_that_hangs_is_at(script):
    assert "did not answer within 0.5 s" in refused(script)


def test_a_program_that_goes_on_telling_has_no_more_time(monkeypatch):
    """It is faster than we are, so that there is something to read whenever we look."""
    read = os.read
    monkeypatch.setattr(os, "read", lambda *given: (read(*given), time.sleep(0.02))[0])
    assert "did not answer within 0.5 s" in refused("echo $$ > pids; exec yes")


def test_a_grandchild_in_a_session_of_its_own_does_not_hold_us_up(tmp_path):
    """It is not ended: a daemon that somebody's script starts has gone into a session of its own, too."""
    refused("setsid sh -c 'echo $$ > noted; exec sleep 600' & until [ -s noted ]; do sleep 0.01; done", 2)
    end(int((tmp_path / "noted").read_text()))


def test_what_a_program_leaves_behind_without_its_output_is_left_alone():
    end(int(shell("sleep 600 >/dev/null 2>&1 & echo $!").output))


def end(pid):
    """End what runs still, and has not just been killed."""
    time.sleep(0.2)
    assert state(pid) in ("S", "R", "D")
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)


@pytest.mark.parametrize("script", ["exec head -c %d /dev/zero", "exec head -c %d /dev/zero >&2"])
def test_an_answer_may_be_long(script):
    done = shell(script % running.MOST_BYTES)
    assert len(done.output + done.complaint) == 16 << 20


@pytest.mark.parametrize(
    "script",
    ["cat /dev/zero", "cat /dev/zero >&2", "head -c 9000000 /dev/zero; head -c 9000000 /dev/zero >&2"],
)
def test_an_answer_may_not_be_endless(script):
    with pytest.raises(KeepaliveError) as error:
        shell("echo $$ > pids; sleep 600 & echo $! >> pids; " + script)
    assert str(error.value).startswith(
        "sh: answered more than 16 MiB and was ended; see what it says (sh -c "
    )


PROGRAMS = {
    "it is missing": (None, "No such file or directory"),
    "it may not be run": (0o644, "Permission denied"),
    "it is not a program": (0o755, "Exec format error"),
}


@pytest.mark.parametrize("mode, reason", PROGRAMS.values(), ids=list(PROGRAMS))
def test_a_program_that_cannot_be_run_is_one_sentence(tmp_path, mode, reason):
    program = tmp_path / "systemctl"
    if mode:
        program.write_bytes(b"\0")
        program.chmod(mode)
    with pytest.raises(KeepaliveError) as error:
        run([str(program)])
    assert (
        str(error.value)
        == f"{program}: could not be run ({reason}); see whether it is there, and whether this account may run it"
    )


def test_a_program_that_is_not_on_the_path(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(running, "_USUAL", str(tmp_path))
    with pytest.raises(
        KeepaliveError, match=r"^systemctl: could not be run \(No such file or directory\); see whether"
    ):
        run(["systemctl", "show"])


def test_arguments_that_no_program_can_have():
    with pytest.raises(
        KeepaliveError, match=r"^sh: cannot be given 'a\\x00b' as arguments \(embedded null byte\)$"
    ):
        run(["sh", "a\0b"])


class Alarm(BaseException):
    """What a signal's handler raises wherever this process is at; so is the time of a user's process
    ended."""


def test_who_waits_no_longer_leaves_nothing_behind():
    def ring(_number, _frame):
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with pytest.raises(Alarm):
            shell("echo $$ > pids; sleep 600 & echo $! >> pids; wait")
    finally:
        signal.signal(signal.SIGALRM, before)


def test_what_the_kernel_does_not_end_is_left_behind(monkeypatch):
    monkeypatch.setattr(running, "DYING_SECONDS", SECONDS)
    killed = []
    monkeypatch.setattr(os, "killpg", lambda group, number: killed.append((group, number)))
    began = time.monotonic()
    assert "did not answer within 0.5 s" in refused("exec sleep 600")
    assert time.monotonic() - began >= 2 * SECONDS
    monkeypatch.undo()
    [(group, number)] = killed
    assert number == signal.SIGKILL
    os.killpg(group, number)
    os.waitpid(group, 0)

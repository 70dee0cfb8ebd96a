"""What a process has started is found and ended, however it tries to get away."""

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import descendants, proc
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.proc import Process

ROWS = {
    pid: Process(pid, parent, pid, pid, "x", "S", 0)
    for pid, parent in [(9, 3), (2, 1), (3, 2), (4, 2), (5, 4), (6, 1), (7, 6), (10, 11), (11, 10)]
}


@pytest.mark.parametrize(
    "pid, spared, found",
    [
        (1, (), [2, 6, 3, 4, 7, 9, 5]),
        (1, {4}, [2, 6, 3, 7, 9]),
        (2, (), [3, 4, 9, 5]),
        (5, (), []),
        (1, {2, 6}, []),
        (10, (), [11, 10]),
    ],
)
def test_whoever_descends_is_found_and_a_circle_does_no_harm(pid, spared, found):
    """Rows are read one after the other, so that they may contradict each other."""
    assert [row.pid for row in descendants.below(pid, spared, ROWS)] == found


ESCAPES = {
    "nothing": "sleep {0}",
    "sessions of their own": "setsid sleep {0} & setsid sh -c 'setsid sleep {0} & wait' & wait",
    "parents that end": "(setsid sleep {0} &) ; (sh -c '(sleep {0} &)' &); true",
    "deaf ears": "trap '' TERM HUP INT; sleep {0} & sleep {0}",
    "standing still": "sleep {0} & kill -STOP $! $$",
}


def in_a_process(function):
    """What a function gives (a number) in a process of its own, which adopts."""
    child = os.fork()
    if not child:
        status = 99
        try:
            descendants.adopt()
            status = function()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] >> 8


def marked(marker):
    return subprocess.run(
        ["pgrep", "-f", f"sleep {marker}"], stdout=subprocess.PIPE, check=False
    ).stdout.split()


@pytest.mark.parametrize("escape", ESCAPES)
def test_everything_is_ended(escape):
    marker = str(10**8 + int.from_bytes(os.urandom(3), "big"))

    def end():
        subprocess.Popen(["sh", "-c", ESCAPES[escape].format(marker)])
        time.sleep(0.5)
        if not marked(marker):
            return 1
        descendants.end()
        return 2 if descendants.below(os.getpid()) else 0

    assert in_a_process(end) == 0
    assert not marked(marker)


def test_one_that_forks_and_ends_again_and_again_is_ended(tmp_path):
    program = tmp_path / "chain.py"
    program.write_text(
        "import os\nos.setsid()\nend = os.times()[4] + 60\nwhile os.times()[4] < end:\n    if os.fork():\n  "
        "      os._exit(0)\n"
    )

    def end():
        subprocess.Popen([sys.executable, str(program)])
        time.sleep(0.5)
        descendants.end()
        return 0 if descendants._is_childless() else 1

    assert in_a_process(end) == 0


def test_what_was_there_before_is_spared():
    def end():
        with subprocess.Popen(["sh", "-c", "sleep 60 & wait"]) as before, subprocess.Popen(
            ["sleep", "60"]
        ) as later:
            time.sleep(0.2)
            descendants.end({before.pid})
            status = (
                0
                if later.poll() is not None and before.poll() is None and descendants.below(before.pid)
                else 1
            )
            descendants.end()
        return status

    assert in_a_process(end) == 0


def test_without_the_kernel_s_help_what_has_its_parents_is_ended(monkeypatch):
    monkeypatch.setattr(descendants, "adopt", lambda whether=True: False)

    def end():
        with subprocess.Popen(["sh", "-c", "setsid sleep 60 & wait"]):
            time.sleep(0.2)
            found = descendants.below(os.getpid())
            descendants.end()
        return 0 if len(found) == 2 and not set(found) & set(proc.table().values()) else 1

    assert in_a_process(end) == 0


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_a_group_is_ended_with_what_is_seen_of_it():
    """Here its first process, which has ended; a group of this process's own session may hold others."""

    def end():
        with subprocess.Popen(
            ["sh", "-c", "sleep 60 & exec true"], start_new_session=True
        ) as first, subprocess.Popen(["sleep", "60"]) as own:
            is_there = until(lambda: any(row.group == first.pid != row.pid for row in proc.table().values()))
            rows = proc.table()
            descendants._kill_groups([rows[first.pid], rows[own.pid]])
            is_gone = until(lambda: [row.pid for row in descendants.alive()] == [own.pid])
            own.kill()
        return 0 if is_there and is_gone else 1

    assert in_a_process(end) == 0


def test_a_look_that_finds_nothing_is_not_taken_for_the_end(monkeypatch):
    looks, below = [], descendants.below

    def blind_at_first(pid, spared=()):
        looks.append(pid)
        return below(pid, spared) if len(looks) > 3 else []

    def end():
        subprocess.Popen(["sleep", "60"])
        monkeypatch.setattr(descendants, "below", blind_at_first)
        descendants.end()
        return 0 if descendants._is_childless() else 1

    assert in_a_process(end) == 0

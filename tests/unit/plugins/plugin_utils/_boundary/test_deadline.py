"""A limit on what takes time on the controller: it is kept, nothing is left running, and Ansible's own limit
goes on."""

import os
import signal
import subprocess
import time

import pytest
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.deadline import (
    Late,
    deadline,
    leaving_nothing,
)


def wait_for(program):
    """As a connection plugin does: nobody but this function knows of the program."""
    waiting = subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE)
    return waiting.communicate()


def runs(marker):
    return subprocess.run(["pgrep", "-f", marker], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.fixture(name="marker")
def _marker():
    # A number of seconds that is this test's alone.
    yield f"10{os.getpid()}{time.monotonic_ns() % 10**6}"


@pytest.fixture(autouse=True)
def _no_alarm_is_left():
    yield
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


def test_what_is_in_time_is_left_alone():
    with deadline(60):
        assert wait_for("echo done")[0] == b"done\n"


def test_what_is_late_is_ended(marker):
    started = time.monotonic()
    with pytest.raises(Late), deadline(0.5):
        wait_for(f"exec sleep {marker}")
    assert time.monotonic() - started < 30
    assert not runs(f"sleep {marker}")


def test_what_does_not_want_to_end_is_killed(marker):
    with pytest.raises(Late), deadline(0.5):
        wait_for(f"trap '' TERM; while :; do sleep 0.1; : {marker}; done")
    assert not runs(marker)


def test_what_it_has_started_is_ended_with_it(marker):
    """As an ssh that has not logged in yet, and its ProxyCommand."""
    with pytest.raises(Late), deadline(0.5):
        wait_for(f"sh -c 'trap \"\" HUP TERM; sleep {marker}; sleep {marker}' & exec sleep {marker}")
    assert not runs(marker)


def test_a_fault_in_time_is_passed_on():
    with pytest.raises(ValueError), deadline(60):
        raise ValueError


def test_a_retry_in_between_does_not_swallow_it():
    def stubborn():
        while True:
            try:
                time.sleep(60)
            except Exception:
                continue

    with pytest.raises(Late), deadline(0.2):
        stubborn()


class TaskTimeout(BaseException):
    """Ansible's own."""


def ring(_number, _frame):
    raise TaskTimeout


@pytest.fixture(name="task")
def _task():
    """What Ansible does for a task with a `timeout`."""

    def limited(seconds):
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield limited
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_the_limit_of_the_task_holds_where_it_is_nearer(task, marker):
    task(0.5)
    with pytest.raises(TaskTimeout), deadline(60):
        wait_for(f"exec sleep {marker}")
    assert not runs(f"sleep {marker}")


def test_without_a_limit_of_ours_that_of_the_task_leaves_nothing(task, marker):
    task(0.5)
    with pytest.raises(TaskTimeout), leaving_nothing():
        wait_for(f"exec sleep {marker}")
    assert not runs(f"sleep {marker}")


def test_the_limit_of_the_task_goes_on_afterwards(task):
    task(1.5)
    with pytest.raises(Late), deadline(0.2):
        time.sleep(60)
    with pytest.raises(TaskTimeout):
        time.sleep(60)


def test_the_limit_of_the_task_goes_on_where_all_was_in_time(task):
    task(0.7)
    with deadline(0.5):
        pass
    with pytest.raises(TaskTimeout):
        time.sleep(60)

"""The lock: who waits for whom, for how long, and what is said."""

import os
import signal

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.lock import check, locked


def in_another_process(function):
    """Whether the function ends without a KeepaliveError in a process of its own."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except KeepaliveError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def take(directory, seconds):
    with locked(directory, seconds):
        pass


def test_the_directory_is_made_for_its_owner_alone(tmp_path):
    directory = str(tmp_path / "state")
    with locked(directory):
        assert os.stat(directory).st_mode & 0o777 == 0o700
    assert os.listdir(directory) == []


def test_another_run_waits_no_longer_than_it_is_told(tmp_path):
    directory = str(tmp_path)
    with locked(directory):
        assert not in_another_process(lambda: take(directory, 0.1))
    assert in_another_process(lambda: take(directory, 0.1))


def test_a_process_that_holds_it_may_take_it_again(tmp_path):
    directory = str(tmp_path)
    with locked(directory):
        with locked(directory):
            pass
        assert not in_another_process(lambda: take(directory, 0))


def test_the_wait_ends_in_a_sentence(tmp_path):
    directory = str(tmp_path)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with locked(directory):
            os.write(writer, b"held")
            signal.pause()
    assert os.read(reader, 4) == b"held"
    with pytest.raises(
        KeepaliveError, match=f"has held the lock on {directory} for more than 0.1 s: wait until it has ended"
    ):
        take(directory, 0.1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    take(directory, 1)


def test_check_makes_nothing(tmp_path):
    check(str(tmp_path / "a" / "b"))
    assert not (tmp_path / "a").exists()

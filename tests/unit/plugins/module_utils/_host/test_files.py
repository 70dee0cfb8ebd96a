"""Files that somebody changes while they are read."""

import os
import signal

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import files


def test_one_look_does_not_contradict_itself(tmp_path):
    path, source = tmp_path / "config", files.FileSystem()
    path.write_text("before")
    seen = [
        (
            source.read(str(path)),
            source.exists(str(path)),
            source.glob(str(tmp_path / "*")),
            source.target(str(path)),
        )
    ]
    path.unlink()
    path.symlink_to("elsewhere")
    (tmp_path / "other").touch()
    seen.append(
        (
            source.read(str(path)),
            source.exists(str(path)),
            source.glob(str(tmp_path / "*")),
            source.target(str(path)),
        )
    )
    assert seen[0] == seen[1]
    source.look_again()
    assert not source.exists(str(path)) and len(source.glob(str(tmp_path / "*"))) == 2


@pytest.fixture(name="swapped")
def _swapped(tmp_path, monkeypatch):
    """The path of a file of which stat() saw something else than what is opened then."""
    path, regular, stat = tmp_path / "config", tmp_path / "regular", os.stat
    regular.touch()
    monkeypatch.setattr(files.os, "stat", lambda found: stat(str(regular) if found == str(path) else found))
    signal.alarm(10)
    yield path
    signal.alarm(0)


def test_a_pipe_put_in_the_place_of_a_file_is_not_waited_for(swapped):
    os.mkfifo(str(swapped))
    with pytest.raises(KeepaliveError, match="not a regular file"):
        files.FileSystem().read(str(swapped))


def test_a_device_put_in_the_place_of_a_file_is_not_read(swapped):
    swapped.symlink_to("/dev/zero")
    with pytest.raises(KeepaliveError, match="not a regular file"):
        files.FileSystem().read(str(swapped))


def test_a_file_that_grew_since_is_not_read_to_its_end(swapped):
    swapped.touch()
    os.truncate(str(swapped), files.LARGEST + 1)
    with pytest.raises(KeepaliveError, match="more than 16 MiB"):
        files.FileSystem().read(str(swapped))


def test_the_largest_file_is_read(tmp_path):
    path = tmp_path / "config"
    path.touch()
    os.truncate(str(path), files.LARGEST)
    assert len(files.FileSystem().read(str(path))) == files.LARGEST

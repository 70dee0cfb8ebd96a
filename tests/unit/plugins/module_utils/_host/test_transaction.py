"""Several files replaced as one: what an edit by somebody else in between, and a failure half-way, do."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.transaction import (
    Backups,
    Ownership,
    Transaction,
)


@pytest.fixture(name="files")
def _files(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"one\n")
    second.write_bytes(b"two\n")
    return first, second


def transaction(**how):
    return Transaction(Ownership(0o600), 0o700, **how)


def test_a_file_that_somebody_else_has_edited_is_not_overwritten(tmp_path, files):
    first, second = files
    second.write_bytes(b"by hand\n")
    with pytest.raises(
        KeepaliveError,
        match="second was changed by somebody else while this ran, and nothing was changed by us; run again",
    ):
        transaction(backups=Backups(str(tmp_path / "kept"))).commit(
            [(str(first), b"one\n", b"1\n"), (str(second), b"two\n", b"2\n")]
        )
    assert (first.read_bytes(), second.read_bytes()) == (b"one\n", b"by hand\n")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["first", "second"]


def test_a_failure_at_the_second_file_takes_the_first_back_and_the_new_directory_away(tmp_path, files):
    first, second = files
    told = []

    def before_each(path, before, after):
        told.append((path, before, after))
        if path == str(second) and after == b"2\n":
            raise KeepaliveError("no journal")

    changes = [
        (str(tmp_path / "new" / "file"), None, b"new\n"),
        (str(first), b"one\n", b"1\n"),
        (str(second), b"two\n", b"2\n"),
    ]
    with pytest.raises(KeepaliveError, match="no journal"):
        transaction(before_each=before_each).commit(changes)
    assert (first.read_bytes(), second.read_bytes()) == (b"one\n", b"two\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]
    assert told[-1] == (changes[0][0], b"new\n", None)


def test_what_a_kill_has_left_behind_goes_with_the_next_change(tmp_path, files):
    (tmp_path / ".first.fleetops.keepalive.tmp").write_bytes(b"half")
    transaction().commit([(str(files[0]), b"one\n", b"1\n")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]


def test_nothing_is_written_through_a_link_in_the_place_of_the_temporary_file(tmp_path, files):
    (tmp_path / ".first.fleetops.keepalive.tmp").symlink_to(files[1])
    transaction().commit([(str(files[0]), b"one\n", b"1\n")])
    assert (files[0].read_bytes(), files[1].read_bytes()) == (b"1\n", b"two\n")

"""The journal: what it keeps, what it forgets, and that a kill at any step loses nothing."""

import os
import stat
from unittest import mock

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.journal import Journal


@pytest.fixture
def main(tmp_path):
    path = tmp_path / "sshd_config"
    path.write_bytes(b"Port 22\n")
    return path


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def journal(main, directory):
    return Journal(str(main), str(directory))


def test_reading_and_clearing_create_nothing(journal, directory):
    assert not journal.pending()
    assert journal.entries() == []
    assert journal.state() == ""
    assert journal.clear()
    assert not directory.exists()


def test_a_change_is_pending_until_cleared(journal, main):
    journal.record(str(main), b"Port 22\n", b"Port 23\n")
    assert journal.pending()
    assert journal.clear()
    assert not journal.pending()
    assert not os.path.exists(journal.path)


def test_it_survives_the_process(main, directory):
    Journal(str(main), str(directory)).record(str(main), b"\xff\x00", b"x")
    assert Journal(str(main), str(directory)).entries()[0].before == b"\xff\x00"


def test_the_first_state_stays_and_owner_and_mode_with_it(journal, main):
    main.chmod(0o640)
    journal.record(str(main), b"1", b"2")
    main.chmod(0o600)
    journal.record(str(main), b"2", b"3")
    (entry,) = journal.entries()
    assert (entry.path, entry.before, entry.mode) == (str(main), b"1", 0o640)
    assert (entry.uid, entry.gid) == (main.stat().st_uid, main.stat().st_gid)
    assert len(entry.written) == 2
    assert not entry.foreign


@pytest.mark.parametrize(("before", "between"), [(b"1", b"2"), (None, b"2"), (b"1", None)])
def test_a_file_back_at_its_proven_state_is_no_change(journal, main, before, between):
    journal.record(str(main), before, between)
    assert journal.pending()
    journal.record(str(main), between, before)
    assert not journal.pending()
    assert not os.path.exists(journal.path)


def test_one_file_of_two_back_leaves_the_other(journal, main):
    journal.record(str(main), b"1", b"2")
    journal.record(str(main) + ".new", None, b"3")
    journal.record(str(main), b"2", b"1")
    (entry,) = journal.entries()
    assert (entry.path, entry.before, entry.mode, entry.uid, entry.gid) == (
        str(main) + ".new",
        None,
        None,
        None,
        None,
    )


def test_an_edit_by_somebody_else_in_between_is_remembered(journal, main):
    journal.record(str(main), b"1", b"2")
    journal.record(str(main), b"theirs", b"3")
    journal.record(str(main), b"3", b"4")
    (entry,) = journal.entries()
    assert entry.foreign
    assert entry.before == b"1"


def test_a_change_recorded_but_never_written_is_not_taken_for_somebody_elses(journal, main):
    journal.record(str(main), b"1", b"2")
    journal.record(str(main), b"2", b"3")
    journal.record(str(main), b"2", b"4")
    assert not journal.entries()[0].foreign


def test_a_proof_covers_only_what_was_loaded(journal, main):
    journal.record(str(main), b"1", b"2")
    loaded = journal.state()
    journal.record(str(main), b"2", b"3")
    assert not journal.clear(loaded)
    assert journal.pending()
    assert journal.clear(journal.state())
    assert not journal.pending()


def test_a_proof_of_nothing_does_not_cover_a_change_made_since(journal, main):
    loaded = journal.state()
    journal.record(str(main), b"1", b"2")
    assert not journal.clear(loaded)
    assert journal.pending()


def test_two_main_files_have_a_journal_each_and_two_names_of_one_share_it(main, directory, tmp_path):
    other = tmp_path / "other" / "sshd_config"
    link = tmp_path / "link"
    link.symlink_to(main)
    Journal(str(main), str(directory)).record(str(main), b"1", b"2")
    assert not Journal(str(other), str(directory)).pending()
    assert Journal(str(link), str(directory)).pending()


def test_nobody_else_can_read_it(journal, main, directory):
    mask = os.umask(0)
    try:
        journal.record(str(main), b"1", b"2")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(os.stat(journal.path).st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"files": [{}]}',
        b'{"files": [{"path": 1}]}',
        b'{"files": 7}',
    ]
    + [b'{"files": [{"path":"p","before":"***","mode":1,"uid":0,"gid":0,"written":[],"foreign":false}]}'],
)
def test_a_damaged_journal_is_one_sentence_that_says_what_to_do(journal, main, content):
    journal.record(str(main), b"1", b"2")
    with open(journal.path, "wb") as stream:
        stream.write(content)
    with pytest.raises(KeepaliveError) as caught:
        journal.pending()
    assert journal.path in str(caught.value)
    assert str(main) in str(caught.value)
    assert "remove the journal" in str(caught.value)


@pytest.mark.parametrize("step", ["rename", "fsync"])
def test_a_failure_at_any_step_leaves_the_old_journal_and_nothing_else(journal, main, directory, step):
    journal.record(str(main), b"1", b"2")
    before = journal.entries()
    with mock.patch.object(os, step, side_effect=OSError(28, "No space left on device")):
        with pytest.raises(KeepaliveError, match="cannot be written: No space left on device"):
            journal.record(str(main), b"2", b"3")
    assert journal.entries() == before
    assert os.listdir(str(directory)) == [os.path.basename(journal.path)]


def test_a_kill_leaves_the_old_journal_or_the_new_one(journal, main, directory):
    """The process is killed ahead of each system call that record() makes through os, one after the other."""
    journal.record(str(main), b"1", b"2")
    calls = ("makedirs", "open", "fchmod", "fsync", "rename", "close")
    for call in calls:
        old = journal.entries()
        child = os.fork()
        if child == 0:
            with mock.patch.object(
                os, call, side_effect=lambda *_arguments, **_options: os.kill(os.getpid(), 9)
            ):
                journal.record(str(main), b"2", call.encode())
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 9, call
        new = [old[0]._replace(written=journal.entries()[0].written)]
        assert journal.entries() == new
        assert journal.entries()[0].written[: len(old[0].written)] == old[0].written
    journal.record(str(main), b"2", b"1")
    assert not journal.pending(), "a lock that outlived its process would have stopped this"
    assert os.listdir(str(directory)) == []


def test_two_processes_at_once_lose_no_change(journal, main):
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            journal.record("{0}.{1}".format(main, number), None, b"x")
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
    assert len(journal.entries()) == 8


def test_the_default_directory_is_the_systems_for_root_and_the_homes_for_others(main, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert os.path.dirname(Journal(str(main)).path) == str(tmp_path / ".local/state/fleetops.keepalive")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert os.path.dirname(Journal(str(main)).path) == "/var/lib/fleetops.keepalive"

"""What a process that acts as a user holds of its parent, and what the parent believes of it. Here the user
is whoever runs this;
tests/integration/test_hostile_users.py has users of their own."""

import os
import pwd
import signal
import time

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import identity

ME = pwd.getpwuid(os.geteuid())


def test_it_holds_nothing_that_its_parent_has_open(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    with secret.open() as held:
        os.set_inheritable(held.fileno(), True)
        told = identity.as_user(
            ME,
            lambda: {
                "open": [
                    os.readlink("/proc/self/fd/" + name)
                    for name in os.listdir("/proc/self/fd")
                    if _is_open(name)
                ]
            },
        )
    assert [path for path in told["open"] if path != "/dev/null"] == [
        path for path in told["open"] if path.startswith("pipe:")
    ]
    assert len(told["open"]) == 4


def _is_open(name):
    return os.path.lexists("/proc/self/fd/" + name)


def test_it_has_a_session_a_directory_and_a_mask_of_its_own():
    told = identity.as_user(
        ME,
        lambda: {"session": os.getsid(0), "pid": os.getpid(), "directory": os.getcwd(), "mask": os.umask(0)},
    )
    assert told == {"session": told["pid"], "pid": told["pid"], "directory": "/", "mask": 0o077}


def test_what_it_raises_is_told():
    def fail():
        error = KeepaliveError("no")
        error.provenance = ["a line"]
        raise error

    with pytest.raises(KeepaliveError) as told:
        identity.as_user(ME, fail)
    assert (str(told.value), told.value.provenance) == ("no", ("a line",))


def sentence(function):
    with pytest.raises(KeepaliveError) as told:
        identity.as_user(ME, function)
    assert "\n" not in str(told.value) and len(str(told.value)) <= identity.LONGEST_SENTENCE
    return str(told.value)


def raising(error):
    def function():
        raise error

    return function


def sending(number):
    def function():
        os.kill(os.getpid(), number)
        time.sleep(60)

    return function


def test_one_that_is_ended_or_stopped_is_told_in_time(monkeypatch):
    monkeypatch.setattr(identity, "LONGEST", 1)
    monkeypatch.setattr(identity, "_DYING", 1)
    start = time.monotonic()
    assert "was ended by somebody" in sentence(sending(signal.SIGKILL))
    assert "stopped after 1 s" in sentence(sending(signal.SIGSTOP))
    assert "stopped after 1 s" in sentence(lambda: time.sleep(60))
    assert time.monotonic() - start < 10


def test_time_that_is_up_leaves_no_temporary_directory_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(identity, "LONGEST", 1)
    left = tmp_path / "left"

    def function():
        left.touch()
        try:
            time.sleep(60)
        finally:
            left.unlink()

    assert "stopped after 1 s" in sentence(function)
    assert not left.exists()


def test_an_answer_without_end_is_not_listened_to():
    def function():
        [writer] = [
            number
            for number in map(int, os.listdir("/proc/self/fd"))
            if number > 2 and os.path.exists("/proc/self/fd/%d" % number)
        ]
        while True:
            os.write(writer, b" " * 65536)

    start = time.monotonic()
    assert "longer than 2 MiB" in sentence(function)
    assert time.monotonic() - start < identity.LONGEST / 2


def test_other_errors_are_one_sentence_too():
    assert "/x: No space left on device" in sentence(raising(OSError(28, "No space left on device", "/x")))
    assert "MiB of memory" in sentence(lambda: {"much": "x" * (identity.MOST_MEMORY + 1)})
    assert "longer than 2 MiB" in sentence(lambda: {"much": "x" * (identity.LONGEST_ANSWER + 1)})
    assert "A defect" in sentence(raising(ZeroDivisionError("by\nzero")))
    sentence(raising(KeepaliveError("x" * 100000)))


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b'"done"',
        b"{}",
        b'{"done": 7}',
        b'{"done": null}',
        b'{"done": null, "refused": "x", "provenance": 5}',
        b"[" * 100000,
    ],
)
def test_an_answer_that_makes_no_sense_is_not_believed(told):
    assert "no answer that makes sense" in str(identity._understood("alice", told))


@pytest.mark.parametrize(
    "value, shown",
    [
        ("a\nb\x1b[2J\x07\u202e\udcff\x85", r"a\x0ab\x1b[2J\x07\u202e\xff\x85"),
        ({"k\n": ["\r", {"before": "a\n\tb\r\x1b"}]}, {r"k\x0a": [r"\x0d", {"before": "a\n\tb\\x0d\\x1b"}]}),
        (
            {"changed": True, "drop_after": None, "number": 7, "text": "ü \u65e5"},
            {"changed": True, "drop_after": None, "number": 7, "text": "ü \u65e5"},
        ),
    ],
)
def test_texts_do_nothing_to_a_terminal(value, shown):
    assert identity.harmless(value) == shown


def test_many_are_done_side_by_side_and_told_in_order():
    start = time.monotonic()
    answers = identity.each_as_user(
        [ME] * 2 * identity.AT_ONCE, lambda entry: time.sleep(0.5) or {"name": entry.pw_name}
    )
    assert answers == [{"name": ME.pw_name}] * 2 * identity.AT_ONCE
    assert time.monotonic() - start < 0.5 * identity.AT_ONCE

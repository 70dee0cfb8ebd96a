"""The one loop of every change: what is planned when, under which lock, and what is written."""

from contextlib import contextmanager

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import lock
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import change


@pytest.fixture(name="seen")
def _seen(monkeypatch):
    """What happens, in its order."""
    seen = []

    @contextmanager
    def locked():
        seen.append("lock")
        yield
        seen.append("unlock")

    monkeypatch.setattr(lock, "check", lambda: seen.append("check"))
    monkeypatch.setattr(lock, "locked", locked)
    return seen


def job(seen, *answers):
    """An attempt that gives one answer a call: whether something changes, or an error."""
    left = list(answers)

    def attempt(dry):
        seen.append("plan" if dry else "write")
        answer = left.pop(0)
        if isinstance(answer, KeepaliveError):
            raise answer
        return {"changed": answer, "dry": dry}

    return attempt


@pytest.mark.parametrize(
    "check_mode, checks_lock, changes, wanted",
    [
        (False, True, True, ["plan", "check", "lock", "write", "unlock"]),
        (False, False, True, ["plan", "lock", "write", "unlock"]),
        (True, True, True, ["plan", "check"]),
        (True, False, True, ["plan", "check"]),
        (False, True, False, ["plan"]),
        (True, True, False, ["plan"]),
    ],
)
def test_what_happens_in_which_order(seen, check_mode, checks_lock, changes, wanted):
    told = change.carry_out(job(seen, changes, True), check_mode, checks_lock)
    assert seen == wanted
    assert told == {"changed": changes, "dry": "write" not in wanted}


def test_another_run_may_have_written_meanwhile(seen):
    assert change.carry_out(job(seen, True, False), False) == {"changed": False, "dry": False}


@pytest.mark.parametrize("answers", [[KeepaliveError("no")], [True, KeepaliveError("no")]])
def test_an_error_is_raised_as_it_is(seen, answers):
    with pytest.raises(KeepaliveError) as raised:
        change.carry_out(job(seen, *answers), False)
    assert raised.value is answers[-1]


def test_many_are_written_some_at_a_time(seen):
    def attempt(jobs, dry):
        seen.append((jobs, dry))
        return [KeepaliveError("no") if name == "b" else {"changed": name != "c"} for name in jobs]

    told = change.carry_out_each(list("abcdef"), attempt, False, at_once=2)
    assert seen == [
        (list("abcdef"), True),
        "check",
        "lock",
        (["a", "d"], False),
        "unlock",
        "lock",
        (["e", "f"], False),
        "unlock",
    ]
    assert isinstance(told[1], KeepaliveError)
    assert [told[2]["changed"], told[5]["changed"]] == [False, True]


class Transaction:
    def __init__(self, seen):
        self.seen = seen

    def check(self, changes):
        self.seen.append("check")

    def commit(self, changes):
        self.seen.append("commit")
        return {"/a": "/copy"}


@pytest.mark.parametrize(
    "dry, wanted, kept",
    [
        (True, ["check"], {}),
        (False, ["check", "before", "commit"], {"/a": "/copy"}),
    ],
)
def test_what_is_written_is_checked_first(dry, wanted, kept):
    seen = []
    assert change.write(Transaction(seen), [], dry, lambda: seen.append("before")) == kept
    assert seen == wanted

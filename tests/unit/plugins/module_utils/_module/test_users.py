"""What the parent makes of the answers of users' processes, and of a lock that it cannot have."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import accounts, identity, lock
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import users

GOOD = {
    "changed": True,
    "files": [],
    "warnings": [],
    "drop_after": None,
    "effective": {"serveraliveinterval": "60"},
    "lines": [],
    "verified": "openssh",
    "openssh_version": "9.2",
}


def entry(name):
    return SimpleNamespace(pw_name=name, pw_dir="/home/" + name)


@pytest.fixture(name="manage")
def _manage(monkeypatch):
    """users.many() on answers by name; each call of a user's process takes the next of the list."""

    def manage(answers, check_mode=False):
        left = {name: list(told) for name, told in answers.items()}
        monkeypatch.setattr(accounts, "named", entry)
        monkeypatch.setattr(lock, "check", lambda: None)
        monkeypatch.setattr(
            identity,
            "each_as_user",
            lambda entries, function: [left[found.pw_name].pop(0) for found in entries],
        )
        module = SimpleNamespace(
            params={"users": list(answers), "exclude": []}, check_mode=check_mode, _diff=True
        )
        return users.many(module, None)

    return manage


@contextmanager
def had():
    yield


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"changed": "yes"},
        {"files": "all"},
        {"files": [{"path": 5}]},
        {"lines": [[[]]]},
        {"changed": 1},
        {"effective": {"$(id)": "1"}},
        {"drop_after": True},
        {"verified": "by me"},
        {"openssh_version": "-oProxyCommand=id"},
    ],
)
def test_what_does_not_answer_the_question_is_not_believed(manage, monkeypatch, told):
    monkeypatch.setattr(lock, "locked", had)
    result = manage({"alice": [GOOD, dict(GOOD)], "mallory": [dict(GOOD, **told) if told else {}]})
    assert "mallory did not answer what it was asked (" in result["users"]["mallory"]["msg"]
    assert result["failed"] and result["changed"] and result["users"]["alice"]["changed"]


def test_what_was_not_asked_is_dropped(manage, monkeypatch):
    monkeypatch.setattr(lock, "locked", had)
    more = {"ansible_facts": {"a": 1}, "failed": True, "msg": "no", "invocation": {}}
    result = manage({"mallory": [dict(GOOD, **more), dict(GOOD, **more)]})
    assert set(result["users"]["mallory"]) <= set(GOOD)
    assert "failed" not in result


def test_a_lock_that_cannot_be_had_is_told_of_those_it_is_for(manage, monkeypatch):
    def refused():
        raise KeepaliveError("held")

    monkeypatch.setattr(lock, "locked", refused)
    names = ["u%d" % number for number in range(identity.AT_ONCE + 1)]
    result = manage(dict({name: [GOOD] for name in names}, alice=[dict(GOOD, changed=False)]))
    assert {name for name, own in result["users"].items() if own.get("failed")} == set(names)
    assert not result["changed"] and "held" in result["msg"]


def test_check_mode_takes_no_lock(manage, monkeypatch):
    monkeypatch.setattr(lock, "locked", None)
    assert manage({"alice": [GOOD]}, check_mode=True)["changed"]

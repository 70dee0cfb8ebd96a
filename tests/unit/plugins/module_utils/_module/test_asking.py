"""Whether what is in force is OpenSSH's own word or our reading, and what is said of it."""

from types import SimpleNamespace

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import examples, resolve, scope
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSHD
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.reader import read_tree
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.sources import Candidate, Directories
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.openssh import Answer
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import asking

from in_memory import Files

MAIN = "/etc/ssh/sshd_config"
ASKED, READ = {"clientaliveinterval": "7"}, "60"


def tree(text):
    return read_tree(MAIN, Candidate(Files({MAIN: text})), SSHD, (9, 9), Directories("/etc/ssh"))


@pytest.mark.parametrize(
    "doubt, objection, asked, said",
    [
        (None, None, True, None),
        (None, "refused", True, "refused"),
        ("verify is false", None, False, "verify is false"),
    ],
)
def test_openssh_is_asked_where_nothing_speaks_against_it(doubt, objection, asked, said):
    found, calls = tree(b"ClientAliveInterval 60\n"), []

    def ask():
        calls.append("asked")
        return Answer(True, dict(ASKED, port="22"), (9, 9), "", ""), objection

    effective, why = asking.effective(SSHD, found, doubt, ask, lambda: resolve.everybody(found))
    assert why == said and bool(calls) == asked
    assert effective["clientaliveinterval"] == (READ if said else "7")
    assert "port" not in effective


def test_somebody_is_named_or_it_is_said_why_not():
    side = SimpleNamespace(accounts=examples.NoAccounts())
    found = tree(b"Match User alice\n    ClientAliveInterval 60\n")
    where = scope.for_match(SSHD, "User alice", (9, 9), "match")
    somebody, reason = asking.whom(side, where, found, SSHD.directives)
    assert somebody.user == "alice" and reason is None
    where = scope.for_match(SSHD, "Group strange", (9, 9), "match")
    somebody, reason = asking.whom(side, where, found, SSHD.directives)
    assert somebody is None and "strange" in reason

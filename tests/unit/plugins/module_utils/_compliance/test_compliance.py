"""Every rule by which a control is judged, one row each; the rules are those of docs/profiles.md, "How a host is judged"."""

from types import SimpleNamespace

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._compliance import benchmarks, compliance
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import resolve
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSHD
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.reader import read_tree
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.sources import Candidate, Directories

from in_memory import Files

MAIN, AHEAD, BEHIND = (
    "/etc/ssh/sshd_config",
    "/etc/ssh/sshd_config.d/00-first.conf",
    "/etc/ssh/sshd_config.d/60-last.conf",
)
DROP_INS = "Include /etc/ssh/sshd_config.d/*.conf\n"
INTERVAL, COUNT = benchmarks.INTERVAL, benchmarks.COUNT


def control(keyword=INTERVAL, least=1, most=600, **more):
    required = {
        "name": "x",
        "benchmark": "x",
        "product": "x",
        "systems": ("*",),
        "control": "1",
        "write": most,
        "source": "x",
        "confidence": benchmarks.PRIMARY,
    }
    return benchmarks.Row(keyword=keyword, least=least, most=most, **dict(required, **more))


def verdict(files, row, limit=None, release=(9, 9)):
    files = files if isinstance(files, dict) else {MAIN: files}
    candidate = Candidate(Files({path: text.encode() for path, text in files.items()}))
    tree = read_tree(MAIN, candidate, SSHD, release, Directories("/etc/ssh"))
    decisions = resolve.everybody(tree)
    values = {
        directive.keyword: directive.default if decision.value is None else decision.value
        for directive, decision in decisions.items()
    }
    texts = {path: candidate.document(path) for path in tree.files}
    evidence = compliance.Evidence(tree, decisions, values, texts)
    resolved = SimpleNamespace(rows=[row], profile=SimpleNamespace(limit=limit), placement="auto", note=None)
    [found] = compliance.judge(resolved, {"server": evidence})
    return found


# what is there, what is asked, the verdict, its file and line, words of the reason
RULES = {
    "the value fits": ("ClientAliveInterval 600\n", control(), "pass", (MAIN, 1), "is 600, by"),
    "too large": ("ClientAliveInterval 900\n", control(), "fail", (MAIN, 1), "is 900 for everybody"),
    "too small": ("ClientAliveInterval 0\n", control(), "fail", (MAIN, 1), "is 0 for everybody"),
    "no lower limit": ("ClientAliveCountMax 0\n", control(COUNT, None, 1), "pass", (MAIN, 1), "is 0"),
    "not a value": (
        "ClientAliveInterval soon\n",
        control(),
        "fail",
        (MAIN, 1),
        "is not a value that OpenSSH reads",
    ),
    "the default fits": (
        "\n",
        control(COUNT, 3, 3),
        "pass",
        (None, None),
        "OpenSSH's default; no line says so",
    ),
    "a default is not a line": (
        "\n",
        control(COUNT, 3, 3, line=True),
        "fail",
        (None, None),
        "the benchmark wants a line",
    ),
    "another line, no matter": (
        "ClientAliveInterval 600\nClientAliveInterval 900\n",
        control(),
        "pass",
        (MAIN, 1),
        "is 600, by",
    ),
    "another line, a finding": (
        "ClientAliveInterval 600\nClientAliveInterval 300\n",
        control(conflict=True),
        "fail",
        (MAIN, 2),
        "conflicting values are a finding, whichever wins",
    ),
    "the same again": (
        "ClientAliveInterval 600\nClientAliveInterval 10m\n",
        control(conflict=True),
        "pass",
        (MAIN, 1),
        "is 600, by",
    ),
    "a Match block gives too much": (
        "ClientAliveInterval 600\nMatch User backup\n  ClientAliveInterval 3600\n",
        control(),
        "fail",
        (MAIN, 3),
        "(Match User backup) gives its connections ClientAliveInterval 3600",
    ),
    "a Match block gives what fits": (
        "ClientAliveInterval 600\nMatch User backup\n  ClientAliveInterval 300\n",
        control(),
        "pass",
        (MAIN, 1),
        "is 600, by",
    ),
    "in the place that is asked for": (
        {MAIN: DROP_INS, AHEAD: "ClientAliveInterval 600\n"},
        control(place=True),
        "pass",
        (AHEAD, 1),
        "is 600, by",
    ),
    "behind that place": (
        {MAIN: DROP_INS, BEHIND: "ClientAliveInterval 600\n"},
        control(place=True),
        "fail",
        (BEHIND, 1),
        "sorts ahead of 50-redhat.conf",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule(name):
    files, row, status, place, words = RULES[name]
    found = verdict(files, row)
    assert (found.status, (found.file, found.line)) == (status, place)
    assert words in found.reason


@pytest.mark.parametrize(
    "text, status, words",
    [
        ("ClientAliveInterval 600\nClientAliveCountMax 1\n", "fail", "a dead peer is dropped after 1200 s"),
        ("ClientAliveInterval 300\nClientAliveCountMax 1\n", "pass", "is 300"),
        (
            "ClientAliveInterval 300\nClientAliveCountMax 0\n",
            "fail",
            "a dead peer is dropped after no time at all",
        ),
        (
            "ClientAliveInterval 300\nClientAliveCountMax 1\nMatch User a\n  ClientAliveCountMax 9\n  ClientAliveInterval 200\n",
            "fail",
            "(Match User a) gives its connections ClientAliveInterval 200",
        ),
    ],
)
def test_a_limit_on_the_time_to_drop_a_dead_peer(text, status, words):
    found = verdict(text, control(), limit=600)
    assert found.status == status and words in found.reason


def test_a_directive_that_this_openssh_does_not_have():
    found = verdict("\n", control("ChannelTimeout", 1, 600), release=(8, 4))
    assert (found.status, found.actual) == ("fail", "unknown to this OpenSSH")
    assert found.reason == "ChannelTimeout came with OpenSSH 9.2"


def test_a_count_of_zero_is_said_to_protect_nothing():
    assert (
        "never ends a session on this OpenSSH"
        in verdict("ClientAliveCountMax 0\n", control(COUNT, 0, 0)).reason
    )


@pytest.mark.parametrize(
    "channels, status",
    [
        ("session:*=600", "pass"),
        ("session:shell=600 session:command=600 session:subsystem:sftp=600", "pass"),
        ("session:shell=600", "fail"),
        ("session=600", "fail"),
        ("session:shell=900 session:*=600", "fail"),
    ],
)
def test_every_kind_of_session_has_to_have_its_timeout(channels, status):
    assert verdict(f"ChannelTimeout {channels}\n", control("ChannelTimeout", 1, 600)).status == status


@pytest.mark.parametrize(
    "text, scanner",
    [
        ("ClientAliveInterval 600\n", None),
        ("ClientAliveInterval 10m\n", "fail"),
        ("ClientAliveInterval 600\nMatch User a\n  ClientAliveInterval 0\n", None),
        ("ClientAliveInterval 900\nClientAliveInterval 600\n", None),
        ("Match all\n  ClientAliveInterval 600\n", None),
    ],
)
def test_what_a_scanner_of_lines_would_say_where_that_is_another_thing(text, scanner):
    assert verdict(text, control()).scanner == scanner


def test_a_scanner_that_asks_sshd_says_what_we_say():
    assert verdict("ClientAliveInterval 10m\n", control(scanned=benchmarks.BY_SSHD)).scanner is None

"""The table of the playbook probe, and the variables that follow from it."""

import pytest
import yaml
from ansible_collections.fleetops.keepalive.plugins.filter import probe_summary

HOME, SYSTEM = 0, 1


def measured(timeout, recommended, **more):
    forgets = timeout is not None
    rounds = [{"rungs": [900.0], "lived": [900.0], "died": []}]
    return {
        "rounds": rounds,
        "lived": 900.0,
        "died": timeout,
        "idle_timeout": timeout,
        "behaviour": "silent" if forgets else "none",
        "recommended_interval": recommended,
        "server_probes": None,
        "path": "192.0.2.7 port 22",
        "elapsed": 1.0,
        **more,
    }


def told(seconds, has_line=True):
    """What keepalive_info tells of one file."""
    lines = (
        [{"directive": "ServerAliveInterval", "status": "wins"}]
        if has_line
        else [{"directive": "TCPKeepAlive", "status": "wins"}]
    )
    return {"hosts": {"192.0.2.7": {"effective": {"serveraliveinterval": str(seconds)}, "lines": lines}}}


def verdict(result, *now):
    """The cells of one host."""
    headings, row = probe_summary.summary([["web1", "192.0.2.7", result]], list(now or [told(0)]))["table"]
    starts = [
        headings.index(heading)
        for heading in ("host", "idle timeout", "behaviour", "recommended", "set now", "suffices", "path")
    ]
    return [row[start:end].strip() for start, end in zip(starts, starts[1:] + [None])]


@pytest.mark.parametrize(
    "result, interval, words",
    [
        (measured(30.2, 13), 0, "no"),
        (measured(30.2, 13), 30, "no"),
        (measured(30.2, 13), 29, "barely"),
        (measured(30.2, 13), 14, "barely"),
        (measured(30.2, 13), 13, "yes"),
        (measured(0.7, None), 1, "no"),
        (measured(None, 60), 0, "up to 900.0 s"),
        (measured(None, 60), 901, "up to 900.0 s"),
        (measured(None, 60), 900, "yes"),
        (measured(None, 20, lived=45.0, server_probes=45.0), 0, "yes: sshd asks every 45 s"),
    ],
)
def test_whether_an_interval_suffices(result, interval, words):
    assert verdict(result, told(interval))[5] == words


def test_a_row():
    assert verdict(measured(30.2, 13), told(60)) == [
        "web1",
        "30.2 s",
        "silent",
        "13 s",
        "60 s",
        "no",
        "192.0.2.7 port 22",
    ]
    assert verdict(measured(None, 60))[1:5] == ["above 900.0 s", "none", "60 s", "off"]
    assert verdict(measured(0.7, None))[3] == "none"


@pytest.mark.parametrize(
    "home, system, seconds",
    [
        (told(30), told(60), "30 s"),
        (told(0, has_line=False), told(60), "60 s"),
        (told(0), told(60), "off"),
        (told(0, has_line=False), told(0, has_line=False), "off"),
    ],
    ids=["the person's own", "the system's", "off on purpose", "nobody's"],
)
def test_the_first_file_with_a_line_decides(home, system, seconds):
    assert verdict(measured(30.2, 13), home, system)[4] == seconds


@pytest.mark.parametrize(
    "result, words",
    [
        ({"msg": "host: no session"}, "host: no session"),
        ({}, "there is no result"),
        (None, "there is no result"),
    ],
)
def test_what_was_not_measured(result, words):
    summary = probe_summary.summary(
        [["web1", "", result], ["web2", "192.0.2.7", measured(30.2, 13)]], [told(0)]
    )
    assert summary["table"][1] == f"web1  not measured: {words}"
    assert summary["variables"]["keepalive_client_rules"] == [{"host": "web2 192.0.2.7", "interval": 13}]


def variables(*hosts):
    addresses = {address: told(0)["hosts"]["192.0.2.7"] for _name, address, _result in hosts}
    return probe_summary.summary(hosts, [{"hosts": addresses}])["variables"]


def test_the_tightest_path_comes_first_and_names_stand_once():
    found = variables(
        ["a", "192.0.2.1", measured(100, 45)],
        ["b", "192.0.2.2", measured(30, 13)],
        ["c", "c", measured(30, 13)],
        ["d", "192.0.2.2", measured(30, 13)],
        ["e", "192.0.2.5", measured(350, 60)],
        ["f", "192.0.2.6", measured(1, None)],
        ["g", "192.0.2.7", measured(None, 20, server_probes=45.0)],
    )
    assert found == {
        "keepalive_client_interval": 60,
        "keepalive_client_rules": [
            {"host": "b 192.0.2.2 c d", "interval": 13},
            {"host": "a 192.0.2.1", "interval": 45},
        ],
    }


def test_no_name_becomes_a_pattern():
    odd = ["*", "!a", "a b", 'a"b', "a,b", "a\n", "a#", "a?"]
    assert variables(*[[name, name, measured(30, 13)] for name in odd])["keepalive_client_rules"] == []
    assert variables(["*", "fe80::1%eth0", measured(30, 13)])["keepalive_client_rules"] == [
        {"host": "fe80::1%eth0", "interval": 13}
    ]


def test_the_documentation_is_yaml_and_its_sample_is_so():
    sample = yaml.safe_load(probe_summary.RETURN)["_value"]["sample"]
    now = told(60)
    found = probe_summary.summary([["web1", "192.0.2.7", measured(30.2, 13)]], [now])
    assert found == sample

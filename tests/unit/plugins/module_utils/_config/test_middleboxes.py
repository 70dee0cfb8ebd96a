"""The catalogue of idle timeouts: rows that hold together, and names that are found or have close ones."""

import re

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import middleboxes, timing, values
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSH
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import policies

BOXES = middleboxes.MIDDLEBOXES


def test_no_name_is_given_twice():
    assert len({box.name for box in BOXES}) == len(BOXES) >= 50


@pytest.mark.parametrize("box", BOXES, ids=[box.name for box in BOXES])
def test_a_row_holds_together(box):
    assert re.match(r"[a-z][a-z0-9_]+$", box.name)
    with pytest.raises(KeepaliveError):
        values.option_seconds("idle_timeout", box.name)
    assert box.seconds > 0 and box.product and box.source.startswith("http")
    assert box.settable is None or box.settable[0] <= box.seconds <= box.settable[1]
    assert box.end in (middleboxes.SILENT, middleboxes.RESET, middleboxes.CLOSED, middleboxes.UNKNOWN)
    assert box.confidence in (middleboxes.PRIMARY, middleboxes.THIRD_PARTY)
    assert re.match(r"(20\d\d-\d\d)?$", box.read)


@pytest.mark.parametrize("box", BOXES, ids=[box.name for box in BOXES])
def test_auto_fits_two_probes_into_every_timeout(box):
    for release in ((9, 1), (9, 2)):
        interval = timing.required_interval("sshd", release, box.seconds)
        seconds = 2 * interval if timing.probes_late("sshd", release) else interval
        assert 0 < 2 * seconds <= 0.9 * box.seconds


@pytest.mark.parametrize(
    "name, close",
    [
        ("aws_natgateway", "aws_nat_gateway"),
        ("nat-gateway", "aws_nat_gateway"),
        ("Azure NAT Gateway", "azure_nat_gateway"),
        ("fortigate", "fortinet"),
        ("fritz_box", "fritzbox"),
        ("conntrack", "linux_conntrack"),
        ("haproxy_debian", None),
        ("10 parsecs", None),
        ("-5", None),
        ("", None),
    ],
)
def test_a_name_that_is_not_known_lists_the_close_ones(name, close):
    with pytest.raises(KeepaliveError) as refusal:
        policies.idle_timeout({"idle_timeout": name})
    told = str(refusal.value)
    assert told.startswith("idle_timeout: %r " % name) and middleboxes.PAGE in told and "\n" not in told
    listed = told.partition("close are ")[2].split(", ")
    assert listed[0] == close if close else listed == [""]
    assert len(listed) <= middleboxes.MOST_CLOSE


def test_the_first_word_lists_all_of_that_maker():
    with pytest.raises(KeepaliveError) as refusal:
        middleboxes.named("aws")
    assert all(box.name in str(refusal.value) for box in BOXES if box.name.startswith("aws_"))


@pytest.mark.parametrize(
    "given, seconds", [("350", 350), (350, 350), ("5m", 300), ("aws_nat_gateway", 350), (None, None)]
)
def test_a_name_is_as_good_as_a_time(given, seconds):
    found = policies.idle_timeout({"idle_timeout": given})
    assert (found and found.seconds) == seconds


@pytest.mark.parametrize("name, told", [("azure_firewall", ["scale-in"]), (240, [])])
def test_what_no_interval_helps_against_is_said_once_and_of_names_alone(name, told):
    params = {"idle_timeout": name, "interval": "auto", "rules": [{"host": "gw.example.com", "interval": 20}]}
    found = policies.warnings(SSH, policies.build(SSH, params, (9, 2)), params, (9, 2))
    assert len(found) == len(told) and all(words in text for words, text in zip(told, found))

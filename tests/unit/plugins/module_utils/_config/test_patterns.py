"""Wildcards, lists and addresses, as OpenSSH has them."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import examples, patterns


@pytest.mark.parametrize(
    "text, listed, fits",
    [
        ("backup", "backup", True),
        ("backup", "Backup", False),
        ("backup", "b*", True),
        ("backup", "b?ckup", True),
        ("backup", "*,!backup", False),
        ("root", "!backup", False),
        ("root", "*,!backup", True),
        ("a.b", "a.b", True),
        ("axb", "a.b", False),
        ("a[b", "a[b", True),
    ],
)
def test_pattern_lists(text, listed, fits):
    assert patterns.matches_list(text, listed) == fits


@pytest.mark.parametrize(
    "address, listed, fits",
    [
        ("10.0.0.5", "10.0.0.0/8", True),
        ("10.0.0.5", "!10.0.0.5,10.0.0.0/8", False),
        ("192.0.2.7", "10.*", False),
        ("10.1.2.3", "10.*", True),
        ("2001:db8::9", "2001:db8::/32", True),
        ("2001:db8::9", "10.0.0.0/8", False),
        ("10.0.0.5", "nonsense/99", False),
        ("2001:db8::1", "2001:db8:0:0::1", True),
        ("2001:db8::9", "2001:0DB8::9", True),
        ("2001:db8::9", "!2001:0db8::9,2001:db8::/32", False),
        ("::1", "::0001", True),
        ("10.0.0.1", "10.1", True),
        ("10.0.0.1", "0x0a.1", True),
        ("10.0.0.1", "167772161", True),
        ("8.0.0.1", "010.0.0.1", True),
        ("10.0.0.1", "010.0.0.1", False),
        ("10.12.3.4", "10.1*", True),
        ("10.0.0.1", "::ffff:10.0.0.1", False),
        ("10.0.0.0", "10.0.0.0/", False),
        ("10.0.0.1", "10.0.0.1/+32", False),
        ("2001:db8::5", "2001:DB8::*", False),
        ("2001:db8::5", "2001:db8::*", True),
    ],
)
def test_address_lists(address, listed, fits):
    assert patterns.address_matches_list(address, listed) == fits


@pytest.mark.parametrize("listed", ["backup", "b*", "*,!root", "alice,bob", "?x*"])
def test_an_example_fits_its_list(listed):
    found = examples.texts(listed.split(","), "keepalive-nobody")
    assert found and all(patterns.matches_list(text, listed) for text in found)


@pytest.mark.parametrize(
    "listed",
    [
        "10.0.0.0/8",
        "192.0.2.7",
        "10.*",
        "192.168.*",
        "!10.0.0.1,10.0.0.0/8",
        "2001:db8::/32",
        "2001:db8:0:0::1",
        "192.0.2.1/32",
        "10.1",
    ],
)
def test_an_example_address_fits_its_list(listed):
    assert patterns.address_matches_list(examples.address(listed, "203.0.113.9"), listed)


def test_a_comma_is_a_letter_in_a_host_header():
    assert patterns.matches_words("gw,db", ["gw,db"]) and not patterns.matches_words("gw", ["gw,db"])


def test_where_there_is_no_example():
    assert examples.texts(["!root"], "root") == []
    assert examples.address("!10.0.0.1", "10.0.0.1") is None

"""Times, counts and flags: what OpenSSH reads, release by release, and what playbooks may give."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import timing, values
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSHD
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError


@pytest.mark.parametrize(
    "text, release, seconds",
    [
        ("600", (9, 2), 600),
        ("10m", (9, 2), 600),
        ("1h30m", (9, 2), 5400),
        ("030", (9, 2), 30),
        ("1W", (9, 2), 604800),
        ("1m30s", (9, 2), 90),
        ("1m30s", (8, 1), 1860),
        ("1h30", (8, 1), 111600),
        ("1h30", (8, 4), 3630),
        ("+5", (9, 7), 5),
        ("1h 30m", (9, 7), 5400),
        ("10s20", (10, 0), 30),
        ("2147483647", (9, 2), 2147483647),
    ],
)
def test_times_are_read_as_the_release_reads_them(text, release, seconds):
    assert values.seconds(text, release) == seconds


@pytest.mark.parametrize(
    "text, release",
    [
        ("", (9, 2)),
        ("-5", (9, 2)),
        ("5x", (9, 2)),
        ("m", (9, 2)),
        ("1.5", (9, 2)),
        ("+5", (9, 8)),
        ("1h 30m", (9, 8)),
        ("10s20", (10, 3)),
        ("2147483648", (9, 2)),
    ],
)
def test_what_is_no_time_is_refused(text, release):
    with pytest.raises(ValueError):
        values.seconds(text, release)


@pytest.mark.parametrize(
    "option, value",
    [
        ("interval", -5),
        ("interval", "soon"),
        ("interval", 1.5),
        ("interval", True),
        ("interval", "2147483648"),
        ("interval", "none"),
        ("count_max", -1),
        ("count_max", "1m"),
        ("tcp_keepalive", "perhaps"),
        ("channel_timeout", "session=5"),
        ("channel_timeout", {}),
        ("channel_timeout", {"a b": 5}),
        ("channel_timeout", {"session:*": "later"}),
        ("unused_connection_timeout", "no"),
    ],
)
def test_a_bad_option_is_named(option, value):
    with pytest.raises(KeepaliveError) as refusal:
        values.from_option(SSHD.by_option[option], value)
    assert str(refusal.value).startswith(option)


@pytest.mark.parametrize(
    "side, release, interval, count, seconds",
    [
        ("sshd", (9, 1), 600, 1, 1200),
        ("sshd", (9, 2), 600, 1, 2400),
        ("sshd", (9, 5), 600, 1, 1200),
        ("sshd", (8, 1), 600, 0, 600),
        ("sshd", (8, 2), 600, 0, None),
        ("sshd", (9, 2), 0, 3, None),
        ("ssh", (9, 2), 60, 3, 240),
        ("ssh", (9, 2), 60, 0, 60),
    ],
)
def test_a_dead_peer_is_dropped_after(side, release, interval, count, seconds):
    assert timing.drop_after(side, release, interval, count) == seconds


@pytest.mark.parametrize(
    "side, release, timeout, interval",
    [
        ("ssh", (9, 2), 30, 13),
        ("ssh", (9, 2), 50, 22),
        ("ssh", (9, 2), 60, 27),
        ("ssh", (9, 2), 100, 45),
        ("ssh", (9, 2), 240, 60),
        ("sshd", (10, 0), 300, 60),
        ("sshd", (9, 2), 300, 30),
        ("sshd", (9, 2), 60, 13),
    ],
)
def test_the_recommended_interval(side, release, timeout, interval):
    assert timing.recommended_interval(side, release, timeout) == interval


def test_an_interval_is_held_against_the_idle_timeout():
    assert timing.check_idle_timeout("ssh", (9, 2), 45, 100) is None
    assert "0.45" in timing.check_idle_timeout("ssh", (9, 2), 46, 100)
    for interval in (0, None, 100, 14400):
        with pytest.raises(KeepaliveError, match="45"):
            timing.check_idle_timeout("ssh", (9, 2), interval, 100)


def test_an_sshd_that_probes_late_is_held_against_the_idle_timeout_by_when_it_probes():
    assert timing.check_idle_timeout("sshd", (9, 3), 22, 100) is None
    assert "twice" in timing.check_idle_timeout("sshd", (9, 3), 23, 100)
    assert timing.check_idle_timeout("sshd", (9, 5), 45, 100) is None


def test_no_interval_of_zero_is_called_the_largest_accepted():
    with pytest.raises(KeepaliveError, match="none is short enough") as refusal:
        timing.check_idle_timeout("ssh", (9, 2), 1, 1)
    assert "accepted" not in str(refusal.value)

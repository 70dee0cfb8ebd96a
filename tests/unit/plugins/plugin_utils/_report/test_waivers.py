"""Waivers: whom they cover, up to which day, and what is said of those that cannot be used."""

import datetime

import pytest
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import waivers

GOOD = {"control": "5.1.9", "hosts": ["web*"], "reason": "a window", "until": "2026-12-31"}

FAULTS = [
    (
        {"hosts": None},
        "keepalive_report_waivers[0] is for no host; give hosts (names or patterns such as web*) or groups "
        "(all is every host)",
    ),
    (
        {"host": "web1"},
        "keepalive_report_waivers[0].host is not known; a waiver has control, hosts, groups, reason, until",
    ),
    (
        {"control": None},
        "keepalive_report_waivers[0].control is missing; give the benchmark's ID of the control",
    ),
    (
        {"control": 5.1},
        "keepalive_report_waivers[0].control is 5.1, which is not text; put it in quotes, so that 5.10 is "
        "not read as 5.1",
    ),
    ({"reason": None}, "keepalive_report_waivers[0].reason is missing; say why the finding is accepted"),
    ({"reason": "  "}, "keepalive_report_waivers[0].reason is empty; say why the finding is accepted"),
    ({"hosts": [7]}, "keepalive_report_waivers[0].hosts is [7]; give a name or a list of names"),
    (
        {"until": "31.12.2026"},
        "keepalive_report_waivers[0].until is '31.12.2026', which is not a date; write it as 2026-12-31",
    ),
    (
        {"until": "2026-02-30"},
        "keepalive_report_waivers[0].until is '2026-02-30', which is not a date; write it as 2026-12-31",
    ),
    (
        {"until": None},
        "keepalive_report_waivers[0].until is 'None', which is not a date; write it as 2026-12-31",
    ),
]


@pytest.mark.parametrize("change, sentence", FAULTS)
def test_a_waiver_that_cannot_be_used_is_named_in_one_sentence(change, sentence):
    assert waivers.faults([dict(GOOD, **change)]) == [sentence]


def test_missing_keys_and_other_shapes():
    without = {key: GOOD[key] for key in GOOD if key != "until"}
    assert waivers.faults([GOOD, without, "5.1.9"]) == [
        "keepalive_report_waivers[1].until is missing; give the last day of the waiver, such as 2026-12-31",
        "keepalive_report_waivers[2] is '5.1.9'; give control, hosts or groups, reason and until",
    ]
    assert waivers.faults("5.1.9") == [
        "keepalive_report_waivers is not a list; give a list of waivers, each with control, hosts or groups, "
        "reason and until"
    ]


@pytest.mark.parametrize(
    "until", ["2026-12-31", datetime.date(2026, 12, 31), datetime.datetime(2026, 12, 31, 5, 0)]
)
def test_dates_as_yaml_reads_them(until):
    given = [dict(GOOD, until=until)]
    assert waivers.faults(given) == []
    assert waivers.read(given)[0].until == datetime.date(2026, 12, 31)


COVERED = [
    ({"hosts": "web1"}, True),
    ({"hosts": ["db1", "web?"]}, True),
    ({"hosts": ["WEB1"]}, False),
    ({"hosts": None, "groups": "web"}, True),
    ({"hosts": None, "groups": ["all"]}, True),
    ({"hosts": ["db1"], "groups": ["web"]}, True),
    ({"hosts": None, "groups": ["db"]}, False),
    ({"control": "rhel-09-255095"}, False),
]


@pytest.mark.parametrize("change, covered", COVERED)
def test_whom_a_waiver_covers(change, covered):
    given = [dict(GOOD, **change)]
    assert waivers.faults(given) == []
    assert bool(waivers.covering(waivers.read(given), "5.1.9", "web1", ["web", "eu"])) is covered


def test_ids_are_the_same_in_any_case_and_the_longest_waiver_counts():
    rules = waivers.read(
        [
            dict(GOOD, control="Rhel-09-255095", until="2025-01-01"),
            dict(GOOD, control="RHEL-09-255095 ", until="2027-01-01"),
        ]
    )
    assert [rule.until.year for rule in waivers.covering(rules, "RHEL-09-255095", "web1", [])] == [2027, 2025]

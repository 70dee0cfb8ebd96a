"""The document: verdicts, sums, waivers, hosts that told nothing or nonsense; and its schema."""

import json
import random
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import document

from report import TIME, made_up

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs" / "report.schema.json").read_text())


def build(audits, groups=None, waivers=(), asked=None, time=TIME, environments=None):
    """The document on made-up audits, checked against the schema."""
    built = document.build(made_up.known(audits, groups, environments), asked, time, list(waivers))
    jsonschema.Draft202012Validator(SCHEMA).validate(built)
    json.dumps(built, allow_nan=False).encode()
    return built


def statuses(built):
    return {host["name"]: host["status"] for host in built["hosts"]}


def test_every_kind_of_host():
    audits, groups = made_up.fleet()
    built = build(dict(audits, nobody=None), groups)
    assert statuses(built) == dict(
        {name: "compliant" for name in audits if name.startswith("web")},
        **{
            "db-01.example.org": "non_compliant",
            "db-02.example.org": "non_compliant",
            "db-03.example.org": "unreachable",
            "gate-01.example.org": "failed",
            "lab-01.example.org": "not_applicable",
            "lab-02.example.org": "not_judged",
            "nobody": "no_data",
        },
    )
    assert built["compliant"] is False
    assert built["summary"]["hosts"] == {
        "non_compliant": 2,
        "failed": 1,
        "unreachable": 1,
        "no_data": 1,
        "not_judged": 1,
        "not_applicable": 1,
        "compliant": 6,
    }
    assert built["summary"]["findings"] == {"fail": 6, "waived": 0, "not_applicable": 1, "pass": 26}
    assert [host["status"] for host in built["hosts"]] == sorted(
        (host["status"] for host in built["hosts"]), key=document.HOST_STATUSES.index
    )
    messages = {host["name"]: host["message"] for host in built["hosts"]}
    assert (
        messages["db-03.example.org"]
        == "Failed to connect to the host via ssh: ssh: connect to host db-03 port 22: No route to host"
    )
    assert messages["db-01.example.org"] is None


def test_sums_by_profile_and_environment():
    built = build(*made_up.fleet())
    assert [(row["name"], row["benchmarks"], row["hosts"]) for row in built["profiles"]] == [
        ("cis", ["cis 2.0.0"], {"non_compliant": 2, "not_applicable": 0, "compliant": 6}),
        ("stig", ["disa_stig V2R9"], {"non_compliant": 2, "not_applicable": 1, "compliant": 6}),
    ]
    assert [
        (row["name"], sum(row["hosts"].values()), row["findings"]["fail"]) for row in built["environments"]
    ] == [
        ("laboratory", 2, 0),
        ("production", 10, 6),
    ]


def test_a_host_of_several_groups_counts_in_each():
    audits = {name: made_up.good() for name in ("a", "b", "c")}
    built = build(audits, environments={"a": ["lab"], "b": ["eu", "web"]})
    assert {host["name"]: host["environments"] for host in built["hosts"]} == {
        "a": ["lab"],
        "b": ["eu", "web"],
        "c": [],
    }
    assert [(row["name"], row["hosts"]["compliant"]) for row in built["environments"]] == [
        (None, 1),
        ("eu", 1),
        ("lab", 1),
        ("web", 1),
    ]


def waiver(until, **more):
    return dict({"control": made_up.RHEL, "hosts": ["db"], "reason": "a ticket", "until": until}, **more)


def test_a_waiver_holds_through_its_last_day_and_is_a_finding_again_after_it():
    audits = {
        "db": made_up.audit(
            made_up.finding(made_up.COUNT, "stig", "0", "fail"),
            made_up.finding(made_up.INTERVAL, "stig", "300"),
        )
    }
    held = build(audits, waivers=[waiver("2026-11-21")])
    assert statuses(held) == {"db": "compliant"}
    assert held["findings"][0]["status"] == "waived"
    assert held["findings"][0]["waiver"] == {"reason": "a ticket", "until": "2026-11-21", "expired": False}
    assert held["waivers"][0]["findings"] == 1
    over = build(audits, waivers=[waiver("2026-11-20")])
    assert statuses(over) == {"db": "non_compliant"}
    assert over["findings"][0]["status"] == "fail"
    assert over["findings"][0]["waiver"] == {"reason": "a ticket", "until": "2026-11-20", "expired": True}
    assert over["waivers"][0]["expired"] is True
    both = build(audits, waivers=[waiver("2026-11-20"), waiver("2026-11-30", reason="a new ticket")])
    assert both["findings"][0]["waiver"]["reason"] == "a new ticket"


def test_a_waiver_is_for_nothing_else():
    audits = {"db": made_up.drifted(), "web": made_up.drifted()}
    built = build(audits, waivers=[waiver("2027-01-01")])
    assert [
        (found["host"], found["control"]) for found in built["findings"] if found["status"] == "waived"
    ] == [("db", made_up.RHEL)]
    assert statuses(built) == {"db": "non_compliant", "web": "non_compliant"}


def test_what_passes_needs_no_waiver():
    built = build({"db": made_up.good()}, waivers=[waiver("2027-01-01")])
    assert built["waivers"][0]["findings"] == 0
    assert {found["waiver"] and "waived" for found in built["findings"]} == {None}


def test_with_a_limit_only_those_beyond_it_who_told_something():
    audits = {"a": made_up.good(), "b": None, "c": None}
    assert statuses(build(audits, asked=["b"])) == {"a": "compliant", "b": "no_data"}


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        ["list"],
        {"findings": "x"},
        {"findings": ["x"]},
        {"findings": [{"status": "pass"}]},
        {"findings": [{"profile": "stig", "status": "splendid"}]},
        {"findings": [{"profile": ["stig"], "status": "pass"}]},
        {"findings": [{"profile": "stig", "status": "pass", "line": "<b>"}]},
        {"findings": [], "openssh": "9.9"},
        {"findings": [], "openssh": {"server": "9.9"}},
        {"findings": [], "unreadable": "x"},
    ],
)
def test_a_host_that_answers_nonsense_spoils_its_own_row_only(answer):
    built = build({"bad": answer, "good": made_up.good()})
    assert statuses(built) == {"bad": "failed", "good": "compliant"}


def test_characters_that_a_format_cannot_hold_or_that_disguise_text_are_escaped():
    dirty = "a\x00b\x1b[31m\u202ec\ud800\ufffe"
    clean = r"a\x00b\x1b[31m\u202ec\ud800\ufffe"
    built = build(
        {"host": made_up.audit(made_up.finding(made_up.INTERVAL, "stig", dirty, "fail", reason=dirty))}
    )
    assert built["findings"][0]["actual"] == built["findings"][0]["reason"] == clean


def test_the_order_in_which_hosts_come_makes_no_difference():
    audits, groups = made_up.fleet()
    names = list(audits)
    random.Random(5).shuffle(names)
    shuffled = {name: audits[name] for name in names}
    assert json.dumps(build(shuffled, groups, made_up.WAIVERS)) == json.dumps(
        build(audits, groups, made_up.WAIVERS)
    )


def test_the_schema_refuses_what_is_not_in_it():
    built = build(*made_up.fleet())
    for spoil in (
        lambda told: told.pop("summary"),
        lambda told: told.update(more=1),
        lambda told: told["findings"][0].update(status="splendid"),
    ):
        spoilt = json.loads(json.dumps(built))
        spoil(spoilt)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(spoilt)

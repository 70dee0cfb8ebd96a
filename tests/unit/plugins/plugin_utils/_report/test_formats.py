"""The table and the JUnit XML of a document."""

import csv
import io
from xml.etree import ElementTree

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import text
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import document, formats

from report import TIME, made_up


def build(audits, waivers=()):
    return document.build(made_up.known(audits), None, TIME, list(waivers))


def rows(built):
    return list(csv.DictReader(io.StringIO(formats.table(built))))


def test_a_row_for_each_finding_and_for_each_host_without():
    audits, _groups = made_up.fleet()
    told = rows(build(audits, [dict(waiver, groups=["all"]) for waiver in made_up.WAIVERS[:1]]))
    assert len(told) == 33 + 3
    assert {row["host"] for row in told} == set(audits)
    (lost,) = [row for row in told if row["host"] == "db-03.example.org"]
    assert lost["host_status"] == "unreachable"
    assert lost["reason"].endswith("No route to host")
    waived = [row for row in told if row["status"] == "waived"]
    assert {(row["host"], row["waiver_until"], row["waiver_expired"]) for row in waived} == {
        ("db-01.example.org", "2027-03-31", "false"),
        ("db-02.example.org", "2027-03-31", "false"),
    }


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\n=", " =", "\uff1d"])
def test_no_cell_is_a_formula(begin):
    evil = begin + 'cmd|"/C calc"!A0'
    (row,) = rows(
        build({evil: made_up.audit(made_up.finding(made_up.INTERVAL, "stig", evil, "fail", reason=evil))})
    )
    assert row["host"].startswith("'") and row["host"].replace("'", "") == evil
    # What a host says has neither tabs nor ends of lines.
    assert row["actual"] == row["reason"] == ("'" + evil if begin.isprintable() else text.line(evil))
    assert row["line"] == "4"


@pytest.mark.parametrize("separator", [";", "\t"])
def test_no_cell_becomes_a_formula_where_other_characters_separate_cells(separator):
    name = f"x{separator}=1+1{separator} @y"
    text = formats.table(build({name: made_up.good()}))
    cells = [cell for line in csv.reader(io.StringIO(text), delimiter=separator) for cell in line]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "@", "+"))]


def test_text_with_quotes_commas_and_lines_stays_one_cell():
    name = 'a "b", c\nd'
    (row,) = rows(build({name: made_up.audit(made_up.finding(made_up.INTERVAL, "stig", "1"))}))
    assert row["host"] == name


def junit(built):
    return ElementTree.fromstring(formats.junit(built))


def case(root, host, name):
    (found,) = [
        found
        for found in root.iter("testcase")
        if found.get("classname") == host and found.get("name") == name
    ]
    return found


def test_a_test_for_each_finding():
    audits, groups = made_up.fleet()
    built = document.build(made_up.known(audits, groups), None, TIME, made_up.WAIVERS)
    root = junit(built)
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "36",
        "failures": "5",
        "errors": "2",
        "skipped": "3",
    }
    assert [suite.get("name") for suite in root] == [host["name"] for host in built["hosts"]]
    failure = case(root, "db-01.example.org", "stig RHEL-09-255100 ClientAliveInterval").find("failure")
    assert (
        failure.get("message")
        == "/etc/ssh/sshd_config:131 (Match User backup) gives its connections ClientAliveInterval 3600"
    )
    assert "expected: 1 to 600\nactual: 600\n/etc/ssh/sshd_config:131" in failure.text
    expired = case(root, "db-01.example.org", "cis 5.1.9 ClientAliveCountMax").find("failure")
    assert expired.text.endswith("waived until 2026-10-31, which is over: Until the January window.")
    waived = case(root, "db-02.example.org", "stig RHEL-09-255095 ClientAliveCountMax").find("skipped")
    assert (
        waived.get("message")
        == "waived until 2027-03-31: The replica's link drops for minutes; ticket OPS-4711."
    )
    assert (
        case(root, "lab-01.example.org", "stig RHEL-09-255100 ClientAliveInterval")
        .find("skipped")
        .get("message")
        .startswith("not applicable: ")
    )
    assert case(root, "lab-02.example.org", "audit").find("skipped") is not None
    assert (
        case(root, "db-03.example.org", "audit")
        .find("error")
        .get("message")
        .startswith("unreachable: Failed to connect")
    )
    assert case(root, "gate-01.example.org", "audit").find("error").get("message").startswith("failed: ")
    assert len(case(root, "web-01.example.org", "cis 5.1.9 ClientAliveInterval")) == 0


def test_tests_of_the_same_name_are_told_apart():
    twice = [
        made_up.finding(made_up.INTERVAL, "stig", "300"),
        made_up.finding(made_up.INTERVAL, "stig", "300"),
    ]
    names = [found.get("name") for found in junit(build({"host": made_up.audit(*twice)})).iter("testcase")]
    assert names == ["stig RHEL-09-255100 ClientAliveInterval", "stig RHEL-09-255100 ClientAliveInterval (2)"]


def test_markup_in_text_stays_text():
    evil = '"><x onload="1">&\x00]]>'
    root = junit(
        build({evil: made_up.audit(made_up.finding(made_up.INTERVAL, "stig", evil, "fail", reason=evil))})
    )
    assert (
        root.find("testsuite").get("name")
        == root.find("testsuite/testcase/failure").get("message")
        == evil.replace("\x00", r"\x00")
    )

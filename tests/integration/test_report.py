"""The playbook audit and the role keepalive_report: real findings of real hosts, and what the role does with
its variables."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest

import report
from report import made_up

EVIL = "{{lookup('ansible.builtin.pipe','touch${IFS}executed')}}<img/src=x>{{7*7}}"
# A user's name that sshd takes.
EVIL_USER = "<img/src=x>{{7*7}}"


def prepend(path, *lines):
    path.write_text("".join(line + "\n" for line in lines) + path.read_text())


def audit(fleet, *options, **variables):
    """Run the playbook, and return (play, what report.json holds)."""
    play = fleet.playbook(
        "-i", fleet.directory / "inventory", "fleetops.keepalive.audit", "-e", json.dumps(variables), *options
    )
    return play, json.loads((fleet.directory / "keepalive-report" / "report.json").read_text())


def add_host(fleet, **variables):
    """A host beside the fleet's."""
    (fleet.directory / "inventory" / "more.yml").write_text(
        json.dumps({"all": {"hosts": {"down": variables}}})
    )


def statuses(document):
    return {host["name"]: host["status"] for host in document["hosts"]}


def test_drift_a_hostile_file_and_an_unreachable_host_are_reported(fleet):
    add_host(fleet, ansible_host="127.0.0.1", ansible_port=1)
    right, wrong, hostile = fleet.hosts
    for host in fleet.hosts:
        prepend(host.sshd_config, "ClientAliveInterval 900", "ClientAliveCountMax 1")
    wrong.sshd_config.write_text(
        wrong.sshd_config.read_text().replace("ClientAliveInterval 900", "ClientAliveInterval 901")
    )
    with hostile.sshd_config.open("a") as file:
        file.write(f'\nMatch User "{EVIL_USER}"\n    ClientAliveInterval 3600\n')
    before = {host.name: host.sshd_config.read_bytes() for host in fleet.hosts}
    play, document = audit(fleet, "--check", keepalive_report_profiles=["pci_dss_4", "stig"])
    assert play.status == 0, play.output
    assert statuses(document) == {
        right.name: "compliant",
        wrong.name: "non_compliant",
        hostile.name: "non_compliant",
        "down": "unreachable",
    }
    assert (
        f"1 of 4 hosts comply, 2 do not; the report is in {fleet.directory}/keepalive-report" in play.output
    )
    failing = {found["host"]: found for found in document["findings"] if found["status"] == "fail"}
    assert (failing[wrong.name]["actual"], failing[wrong.name]["expected"]) == ("901", "1 to 900")
    assert (failing[wrong.name]["file"], failing[wrong.name]["line"]) == (str(wrong.sshd_config), 1)
    assert EVIL_USER in failing[hostile.name]["reason"]
    page = (fleet.directory / "keepalive-report" / "report.html").read_text()
    assert "<img" not in page and "&lt;img/src=x&gt;{{7*7}}" in page
    # This machine's system decides whether there is a STIG for it.
    assert {found["status"] for found in document["findings"] if found["profile"] == "stig"} <= {
        "not_applicable",
        "pass",
        "fail",
    }
    tests = ElementTree.parse(str(fleet.directory / "keepalive-report" / "junit.xml"))
    assert [case.get("classname") for case in tests.iter("testcase") if case.find("error") is not None] == [
        "down"
    ]
    assert {host.name: host.sshd_config.read_bytes() for host in fleet.hosts} == before


def test_without_a_choice_each_host_is_judged_against_the_profile_that_is_enforced_on_it(fleet):
    first, second, third = fleet.hosts
    add_host(fleet)
    (fleet.directory / "inventory" / "host_vars").mkdir()
    for host, profile in ((first, "cjis"), (second, "pci_dss_4")):
        (fleet.directory / "inventory" / "host_vars" / f"{host.name}.yml").write_text(
            f"keepalive_server_profile: {profile}\nenvironment: cellar\n"
        )
    play, document = audit(fleet, "--limit", "localhost,!down,all")
    assert play.status == 0, play.output
    assert {host["name"]: list(host["profiles"]) for host in document["hosts"]} == {
        first.name: ["cjis"],
        second.name: ["pci_dss_4"],
        third.name: [],
    }
    assert statuses(document)[third.name] == "not_judged"
    assert {host["name"]: host["environments"] for host in document["hosts"]} == {
        first.name: ["cellar"],
        second.name: ["cellar"],
        third.name: [third.environment],
    }


def test_in_a_playbook_of_ones_own_a_few_hosts_at_a_time(fleet):
    collect = {
        "ansible.builtin.import_role": {
            "name": "fleetops.keepalive.keepalive_report",
            "tasks_from": "collect",
        }
    }
    plays = [
        {"name": "Collect", "hosts": "all", "gather_facts": False, "serial": 1, "tasks": [collect]},
        {
            "name": "Report",
            "hosts": "localhost",
            "gather_facts": False,
            "roles": ["fleetops.keepalive.keepalive_report"],
        },
    ]
    (fleet.directory / "own.json").write_text(json.dumps(plays))
    play = fleet.playbook(
        "-i",
        fleet.directory / "inventory",
        fleet.directory / "own.json",
        "-e",
        '{"keepalive_report_profiles": ["nonesuch"]}',
    )
    assert play.status == 0, play.output
    document = json.loads((fleet.directory / "keepalive-report" / "report.json").read_text())
    assert set(statuses(document).values()) == {"failed"}
    assert len(document["hosts"]) == 3
    assert all("nonesuch" in host["message"] for host in document["hosts"])


@pytest.fixture(name="directory")
def _directory(tmp_path):
    return tmp_path


def test_non_compliance_fails_the_play_only_where_it_is_asked_for(directory):
    audits = {"bad": made_up.drifted(), "gone": made_up.UNREACHABLE}
    written = report.write(directory, audits)
    assert written.status == 0, written.output
    failing = report.write(directory, audits, keepalive_report_fail=True, keepalive_report_formats=["csv"])
    assert failing.status != 0
    assert "0 of 2 hosts comply, 1 do not" in failing.output
    gone = report.write(
        directory, {"gone": made_up.UNREACHABLE, "broken": made_up.FAILED}, keepalive_report_fail=True
    )
    assert gone.status == 0, gone.output
    assert statuses(gone.document()) == {"gone": "unreachable", "broken": "failed"}


def test_a_waiver_ends_and_a_bad_one_is_named(directory):
    audits = {"bad": made_up.audit(made_up.finding(made_up.COUNT, "stig", "0", "fail"))}
    waiver = {"control": made_up.RHEL, "groups": ["all"], "reason": "a ticket", "until": "2026-11-21"}
    held = report.write(directory, audits, keepalive_report_waivers=[waiver], keepalive_report_fail=True)
    assert held.status == 0, held.output
    assert held.document()["summary"]["findings"]["waived"] == 1
    over = report.write(
        directory,
        audits,
        keepalive_report_waivers=[dict(waiver, until="2026-11-20")],
        keepalive_report_fail=True,
    )
    assert over.status != 0
    assert over.document()["findings"][0]["waiver"]["expired"] is True
    before = over.text("report.json")
    bad = report.write(directory, audits, keepalive_report_waivers=[dict(waiver, until="soon")])
    assert bad.status != 0
    assert (
        "keepalive_report_waivers[0].until is 'soon', which is not a date; write it as 2026-12-31"
        in bad.output
    )
    assert bad.text("report.json") == before


def test_a_date_without_quotes_in_yaml(directory):
    (directory / "waivers.yml").write_text(
        f"keepalive_report_waivers:\n  - "
        f"{{control: {made_up.RHEL}, hosts: bad, reason: a ticket, until: 2026-11-21}}\n"
    )
    audits = {"bad": made_up.audit(made_up.finding(made_up.COUNT, "stig", "0", "fail"))}
    written = report.write(directory, audits, "-e", f"@{directory}/waivers.yml")
    assert written.status == 0, written.output
    assert written.document()["waivers"][0]["until"] == "2026-11-21"


def test_the_files_change_when_what_they_say_changes(directory):
    audits, groups = made_up.fleet()
    first = report.write(directory, audits, "--check", groups=groups)
    assert first.status == 0, first.output
    texts = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in first.directory.iterdir()}
    assert sorted(texts) == ["junit.xml", "report.csv", "report.html", "report.json"]
    again = report.write(directory, audits, groups=groups)
    assert {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in again.directory.iterdir()
    } == texts
    assert "changed=0 " in again.output and "changed=1 " not in again.output
    later = report.write(directory, audits, groups=groups, __keepalive_report_time="2026-11-22T07:30:00Z")
    assert (later.directory / "report.csv").stat().st_mtime_ns == texts["report.csv"][1]
    assert later.text("report.json") == texts["report.json"][0].decode().replace(
        report.TIME, "2026-11-22T07:30:00Z"
    )
    assert later.text("report.html").count("2026-11-22") == 2


def test_what_a_host_tells_is_never_a_template(directory):
    told = made_up.finding(made_up.INTERVAL, "stig", EVIL, "fail", reason=EVIL, file=EVIL, title=EVIL)
    written = report.write(
        directory,
        {
            "bad": made_up.audit(told, version=EVIL, unreadable=[EVIL]),
            "worse": dict(made_up.FAILED, msg=EVIL),
        },
    )
    assert written.status == 0, written.output
    assert list(directory.rglob("executed")) == []
    assert written.document()["findings"][0]["reason"] == EVIL
    assert "<img" not in written.text("report.html")
    (row, lost) = csv.DictReader(io.StringIO(written.text("report.csv")))
    assert EVIL in (row["reason"], lost["reason"])


def test_where_and_what_is_written(directory):
    written = report.write(
        directory,
        {"good": made_up.good()},
        keepalive_report_dest="below/this",
        keepalive_report_formats=["json", "junit"],
    )
    assert written.status == 0, written.output
    assert sorted(path.name for path in (directory / "below" / "this").iterdir()) == [
        "junit.xml",
        "report.json",
    ]
    wrong = report.write(directory, {"good": made_up.good()}, keepalive_report_formats=["pdf"])
    assert wrong.status != 0
    assert "html, json, csv, junit" in wrong.output


def test_hosts_beyond_the_limit_are_left_out_and_those_that_told_nothing_are_not(directory):
    audits = {name: made_up.good() for name in ("one", "two", "three")}
    written = report.write(directory, audits, "--limit", "one,two,localhost")
    assert statuses(written.document()) == {"one": "compliant", "two": "compliant"}
    written = report.write(directory, dict(audits, three={"skipped": True}), keepalive_report_hosts="t*")
    assert statuses(written.document()) == {"two": "compliant", "three": "no_data"}

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one document, the same that report.json holds: what each host told, waivers applied, and the
sums. Version 1 of its schema."""

from __future__ import annotations

import datetime
from collections import Counter

from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results, shape, text

from . import waivers as waiving

SCHEMA_VERSION = 1
TIME = "%Y-%m-%dT%H:%M:%SZ"

#: What a host can be, and a finding, the worst first.
HOST_STATUSES = (
    "non_compliant",
    "failed",
    "unreachable",
    "no_data",
    "not_judged",
    "not_applicable",
    "compliant",
)
WITHOUT_DATA = ("failed", "unreachable", "no_data")
FINDING_STATUSES = ("fail", "waived", "not_applicable", "pass")

#: What a finding of keepalive_info brings along.
TOLD = (
    "profile",
    "benchmark",
    "product",
    "release",
    "control",
    "title",
    "severity",
    "side",
    "directive",
    "expected",
    "actual",
    "file",
    "line",
    "reason",
    "confidence",
    "source",
    "scanner",
)


def faults(time):
    """What is wrong with a time, as a list of sentences."""
    try:
        datetime.datetime.strptime(time, TIME)
    except ValueError:
        return [f"time is {time!r}; give a time in UTC such as 2026-11-21T06:00:00Z"]
    return []


def build(hosts, asked, time, waivers):
    """The document.

    hosts: host to (the environments that it is filed under, its groups, the result of keepalive_info for it
    or None); asked: those that
    --limit left, None without it (of another one only an answer is reported, not that there is none); time:
    of the run, as TIME has it;
    waivers: as the inventory has them, without faults.
    """
    rules = waiving.read(waivers)
    today = datetime.datetime.strptime(time, TIME).date()
    rows, findings, used = [], [], Counter()
    for name, (environments, groups, answer) in sorted(hosts.items()):
        if answer is None and asked is not None and name not in asked:
            continue
        audit = _read(answer)
        judged = [_finding(name, groups, told, rules, today, used) for told in audit.get("findings") or []]
        rows.append(_host(name, [_text(environment) for environment in environments], audit, judged))
        findings += judged
    return {
        "schema_version": SCHEMA_VERSION,
        "generated": time,
        "compliant": _all_true([_COMPLIANT.get(host["status"]) for host in rows]),
        "summary": _sums(rows, findings),
        "profiles": _by_profile(rows, findings),
        "environments": _by_environment(rows, findings),
        "hosts": sorted(rows, key=lambda host: HOST_STATUSES.index(host["status"])),
        "findings": sorted(findings, key=lambda finding: FINDING_STATUSES.index(finding["status"])),
        "waivers": [_waiver(rule, today, used[rule]) for rule in rules],
    }


_COMPLIANT = {"compliant": True, "non_compliant": False}


def _read(answer):
    """What a report reads of an answer. One that does not have its shape becomes a failed one: it must not
    spoil the report on the others."""
    try:
        return {} if answer is None else shape.fit(results.REPORTED, answer)
    except shape.Unfit as fault:
        return {"failed": True, "msg": f"what it answered is not a result of keepalive_info: {fault}"}


def _finding(host, groups, told, rules, today, used):
    """One finding; a fail that a waiver covers is waived up to the waiver's last day."""
    finding = {"host": _text(host), "status": _text(told["status"])}
    for key in TOLD:
        finding[key] = told.get(key) if key == "line" else _text(told.get(key))
    finding["waiver"] = None
    if finding["status"] == "fail":
        for rule in waiving.covering(rules, finding["control"] or "", host, groups)[:1]:
            used[rule] += 1
            expired = rule.until < today
            finding["waiver"] = {
                "reason": _text(rule.reason),
                "until": rule.until.isoformat(),
                "expired": expired,
            }
            finding["status"] = "fail" if expired else "waived"
    return finding


def _host(name, environments, audit, findings):
    verdicts = _verdicts(findings)
    status, message = _status(audit, verdicts)
    server = audit.get("openssh", {}).get("server") or {}
    return {
        "name": _text(name),
        "environments": environments,
        "status": status,
        "message": message,
        "openssh": _text(server.get("version")),
        "profiles": verdicts,
        "findings": _counted(FINDING_STATUSES, findings),
        "unreadable": [_text(sentence) for sentence in audit.get("unreadable") or []],
    }


def _status(audit, verdicts):
    """(status, why there is no verdict or None) of a host."""
    if not audit or audit.get("skipped"):
        return "no_data", "nothing was collected from it in this run"
    for status in ("unreachable", "failed"):
        if audit.get(status):
            return status, " ".join(_text(audit.get("msg") or "without a reason").split())
    if not verdicts:
        return (
            "not_judged",
            "no profile was asked for: set keepalive_server_profile for the host, or "
            "keepalive_report_profiles",
        )
    verdict = _all_true(verdicts.values())
    return {None: "not_applicable", True: "compliant", False: "non_compliant"}[verdict], None


def _verdicts(findings):
    """Profile to whether the host complies, waivers counted in; None where the profile is not for it."""
    statuses = {}
    for finding in findings:
        statuses.setdefault(finding["profile"], set()).add(finding["status"])
    return {
        profile: None if seen == {"not_applicable"} else "fail" not in seen
        for profile, seen in sorted(statuses.items())
    }


def _all_true(verdicts):
    """Whether all that are not None are true; None if all are."""
    settled = [verdict for verdict in verdicts if verdict is not None]
    return all(settled) if settled else None


def _sums(hosts, findings):
    return {"hosts": _counted(HOST_STATUSES, hosts), "findings": _counted(FINDING_STATUSES, findings)}


def _counted(statuses, items):
    counts = Counter(item["status"] for item in items)
    return {status: counts[status] for status in statuses}


def _by_profile(hosts, findings):
    """For each profile how many hosts it finds compliant or not, or is not for, and its findings."""
    verdicts, own = {}, {}
    for host in hosts:
        for name, verdict in host["profiles"].items():
            verdicts.setdefault(name, Counter())[verdict] += 1
    for finding in findings:
        own.setdefault(finding["profile"], []).append(finding)
    return [
        {
            "name": name,
            "benchmarks": _benchmarks(own[name]),
            "hosts": {
                "non_compliant": counts[False],
                "not_applicable": counts[None],
                "compliant": counts[True],
            },
            "findings": _counted(FINDING_STATUSES, own[name]),
        }
        for name, counts in sorted(verdicts.items())
    ]


def _benchmarks(findings):
    """The benchmarks and releases that a profile came down to, for people."""
    return sorted(
        {" ".join(filter(None, (finding["benchmark"], finding["release"]))) for finding in findings} - {""}
    )


def _by_environment(hosts, findings):
    """For each environment its hosts by status and their findings; a host of several groups counts in
    each."""
    members = {}
    for host in hosts:
        for name in host["environments"] or [""]:
            members.setdefault(name, []).append(host)
    of_host = {}
    for finding in findings:
        of_host.setdefault(finding["host"], []).append(finding)
    return [
        dict(
            {"name": name or None},
            **_sums(inside, [finding for host in inside for finding in of_host.get(host["name"], [])]),
        )
        for name, inside in sorted(members.items())
    ]


def _waiver(rule, today, findings):
    return {
        "control": _text(rule.control),
        "hosts": [_text(name) for name in rule.hosts],
        "groups": [_text(name) for name in rule.groups],
        "reason": _text(rule.reason),
        "until": rule.until.isoformat(),
        "expired": rule.until < today,
        "findings": findings,
    }


def _text(value):
    """Text that every format can hold; None stays None."""
    return None if value is None else text.lines(str(value))

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document as a page for people, as JSON, as a table for spreadsheets, and as JUnit XML for those who
count tests."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jinja2

from .document import TOLD, WITHOUT_DATA

COLUMNS = (
    "host",
    "environments",
    "host_status",
    "status",
    *TOLD,
    "waiver_reason",
    "waiver_until",
    "waiver_expired",
)
# A spreadsheet takes a cell that begins so for a formula, the wide forms included; one that separates cells
# at semicolons or tabs sees more beginnings.
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_BEGINS_FORMULA = re.compile(r"\s*[%s]|[\t\r\n]" % _FORMULA)
_FORMULA_WITHIN = re.compile(r"([;\t]\s*)(?=[%s])" % _FORMULA)


def text(document):
    """JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def page(document):
    """HTML, a page that needs no network and no other file; every text in it is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "page"),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html.j2").render(report=document) + "\n"


def table(document):
    """CSV, a row for each finding, and one for each host that has none."""
    by_host = _by_host(document)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    for host in document["hosts"]:
        own = {
            "host": host["name"],
            "environments": ", ".join(host["environments"]),
            "host_status": host["status"],
        }
        for finding in by_host.get(host["name"]) or [{"reason": host["message"], "waiver": None}]:
            waiver = {f"waiver_{key}": value for key, value in (finding["waiver"] or {}).items()}
            row = {**finding, **own, **waiver}
            writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return lines.getvalue()


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    return ("'" if _BEGINS_FORMULA.match(value) else "") + _FORMULA_WITHIN.sub(r"\1'", value)


def junit(document):
    """JUnit XML: a suite for each host, a test for each finding; what is waived or not for the host is
    skipped, a host without data an error."""
    by_host = _by_host(document)
    root = ElementTree.Element("testsuites", name="fleetops.keepalive")
    for host in document["hosts"]:
        suite = ElementTree.SubElement(
            root, "testsuite", name=host["name"], timestamp=document["generated"].rstrip("Z")
        )
        names = Counter()
        for finding in by_host.get(host["name"], []):
            name = " ".join(filter(None, (finding["profile"], finding["control"], finding["directive"])))
            names[name] += 1
            _judged(_case(suite, host, name if names[name] == 1 else f"{name} ({names[name]})"), finding)
        if host["status"] in WITHOUT_DATA:
            _say(_case(suite, host, "audit"), "error", f"{host['status']}: {host['message']}")
        elif host["status"] == "not_judged":
            _say(_case(suite, host, "audit"), "skipped", host["message"])
    for element in [*root, root]:
        cases = list(element.iter("testcase"))
        element.set("tests", str(len(cases)))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite, host, name):
    return ElementTree.SubElement(suite, "testcase", classname=host["name"], name=name, time="0")


def _judged(case, finding):
    waiver = finding["waiver"]
    if finding["status"] == "fail":
        note = f"\nwaived until {waiver['until']}, which is over: {waiver['reason']}" if waiver else ""
        _say(
            case,
            "failure",
            finding["reason"],
            f"{finding['reason']}\nexpected: {finding['expected']}\nactual: "
            f"{finding['actual']}\n{_place(finding)}{note}",
        )
    elif finding["status"] == "waived":
        _say(case, "skipped", f"waived until {waiver['until']}: {waiver['reason']}")
    elif finding["status"] == "not_applicable":
        _say(case, "skipped", f"not applicable: {finding['reason']}")


def _say(case, tag, message, text=None):
    ElementTree.SubElement(case, tag, message=message or "").text = text


def _place(finding):
    return f"{finding['file']}:{finding['line']}" if finding["file"] else "no line sets it"


def _by_host(document):
    findings = {}
    for finding in document["findings"]:
        findings.setdefault(finding["host"], []).append(finding)
    return findings


#: A format's file and how it is made of the document.
FILES = {
    "html": ("report.html", page),
    "json": ("report.json", text),
    "csv": ("report.csv", table),
    "junit": ("junit.xml", junit),
}

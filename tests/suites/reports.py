"""JUnit reports in .build/reports: written for tools that write none, read to sum up all suites.

A report is named after its suite, with a part behind a hyphen where there are several: `unit.xml`,
`unit-3.6.xml`.
"""

from pathlib import Path
from xml.etree import ElementTree

import places


class Suite:
    """The results of one suite that is not pytest: `passed`, `failed` and `skipped` record, `write` writes
    them."""

    def __init__(self, name):
        self.name = name
        self._cases = []

    def passed(self, case, seconds=0.0):
        self._record(case, seconds)

    def failed(self, case, text, seconds=0.0):
        self._record(case, seconds, "failure", text)

    def skipped(self, case, text):
        self._record(case, 0.0, "skipped", text)

    @property
    def failures(self):
        return sum(case.find("failure") is not None for case in self._cases)

    def write(self):
        """Write the report and return its path."""
        root = ElementTree.Element("testsuites")
        suite = ElementTree.SubElement(
            root, "testsuite", name=self.name, tests=str(len(self._cases)), failures=str(self.failures)
        )
        suite.extend(self._cases)
        places.REPORTS.mkdir(parents=True, exist_ok=True)
        path = places.REPORTS / f"{self.name}.xml"
        ElementTree.ElementTree(root).write(str(path), encoding="utf-8", xml_declaration=True)
        return path

    def _record(self, case, seconds, kind=None, text=None):
        element = ElementTree.Element("testcase", classname=self.name, name=case, time=f"{seconds:.2f}")
        if kind:
            # XML has no room for most control characters, a tool's output may.
            clean = "".join(character for character in text if character >= " " or character in "\n\t")
            ElementTree.SubElement(element, kind, message=clean.strip().partition("\n")[0]).text = clean
        self._cases.append(element)


class Count:
    """How many tests of a report passed, failed or were skipped, and why those were skipped."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.skip_reasons = []

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def clear(suite):
    """Take away what earlier runs of a suite reported."""
    for path in of(suite):
        path.unlink()


def of(suite):
    """Return the paths of a suite's reports."""
    return sorted(path for path in places.REPORTS.glob("*.xml") if path.stem.partition("-")[0] == suite)


def count(path):
    """Return the Count of one report; one that cannot be read counts as a failure."""
    result = Count()
    try:
        cases = list(ElementTree.parse(str(Path(path))).iter("testcase"))
    except ElementTree.ParseError:
        result.failed = 1
        return result
    for case in _once(cases):
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif case.find("skipped") is not None:
            result.skipped += 1
            reason = case.find("skipped").get("message") or case.find("skipped").text
            result.skip_reasons.append(f"{case.get('name')}: {reason}")
        else:
            result.passed += 1
    return result


def _once(cases):
    """Of a test that was tried again only the failure, if there is one, else the last try."""
    last = {}
    for case in cases:
        known = last.get((case.get("classname"), case.get("name")))
        if known is None or (known.find("failure") is None and known.find("error") is None):
            last[case.get("classname"), case.get("name")] = case
    return last.values()

"""docs/profiles.md from the catalogue: `python tests/pages/profiles.py` writes it, a unit test holds it
against the catalogue."""

from pathlib import Path

import jinja2
from ansible_collections.fleetops.keepalive.plugins.module_utils._compliance import (
    benchmarks,
    compliance,
    profiles,
)
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import values

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "profiles.md"
TITLES = {
    "disa_stig": "DISA STIGs",
    "cis": "CIS benchmarks",
    "pci_dss": "PCI DSS",
    "cjis": "CJIS",
    "nist_800_53": "NIST 800-53 and FedRAMP",
    "hipaa": "HIPAA",
    "anssi": "ANSSI",
    "dev_sec": "dev-sec",
    "lynis": "Lynis",
}
#: OpenSSH on which count 0 ends sessions, and on which it does not.
ENDS, VOID = (7, 4), (9, 9)


def releases(row):
    """From which release to which the row holds, as the catalogue knows it."""
    first, last = row.first or "", row.last or (f"seen in {row.seen}" if row.seen else "")
    return " to ".join(part for part in (first, last) if part) or "-"


def written(row):
    if row.write is None:
        return "-"
    return values.canonical(compliance.directive(row).kind, row.write)


def flags(row):
    names = [("line", "line"), ("conflict", "no conflict"), ("place", "place")]
    return ", ".join(name for attribute, name in names if getattr(row, attribute)) or "-"


def everywhere(profile):
    """What a profile writes where it means the same on every system: on an OpenSSH that ends sessions with
    count 0, and on one that does not."""
    if profile.benchmark:
        return "as its controls below"
    told = []
    for release in (ENDS, VOID):
        rows = profiles.resolve(profile.name, profiles.Host("debian", "", release)).rows
        numbers = {row.keyword: written(row) for row in rows}
        told.append(
            f"{numbers['ClientAliveInterval']}/{numbers['ClientAliveCountMax']}"
            + (", TCPKeepAlive no" if "TCPKeepAlive" in numbers else "")
        )
    return told[0] if told[0] == told[1] else f"{told[0]}; {told[1]} where count 0 never ends a session"


def cell(text):
    return str(text if text not in (None, "") else "-").replace("|", "\\|").replace("*", "\\*")


def render():
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    groups = {}
    for row in benchmarks.ROWS:
        groups.setdefault(TITLES.get(row.benchmark, "Others, which no profile takes"), []).append(row)
    return environment.get_template("profiles.md.j2").render(
        profiles=profiles.PROFILES,
        groups=groups,
        main_only=sorted(profiles.MAIN_FILE_ONLY),
        ahead_of=profiles.AHEAD_OF,
        releases=releases,
        written=written,
        flags=flags,
        everywhere=everywhere,
        expected=compliance.expected,
        cell=cell,
        placement=profiles.placement_of,
    )


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")

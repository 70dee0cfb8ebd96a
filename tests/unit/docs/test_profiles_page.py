"""docs/profiles.md says what the catalogue says."""

import re
import sys
from pathlib import Path

from ansible_collections.fleetops.keepalive.plugins.module_utils._compliance import benchmarks

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pages"))
import profiles  # noqa: E402


def test_the_page_is_that_of_the_catalogue():
    assert profiles.PAGE.read_text(encoding="utf-8") == profiles.render(), (
        "python tests/pages/profiles.py writes the page"
    )


def test_every_row_has_its_line_and_its_source():
    page = profiles.PAGE.read_text(encoding="utf-8")
    lines = re.findall(
        r"^\| .* \| (?:ClientAlive|ServerAlive|TCP|Channel|Unused)\w+ \| .*$", page, re.MULTILINE
    )
    assert len(lines) == len(benchmarks.ROWS)
    assert all(row.source in page for row in benchmarks.ROWS)

"""docs/timeouts.md says what the catalogue says, with what was measured."""

import re
import sys
from pathlib import Path

from ansible_collections.fleetops.keepalive.plugins.module_utils._config.middleboxes import MIDDLEBOXES

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pages"))
import timeouts  # noqa: E402


def test_the_page_is_that_of_the_catalogue():
    assert timeouts.PAGE.read_text(encoding="utf-8") == timeouts.render(), (
        "python tests/pages/timeouts.py writes the page"
    )


def test_every_name_has_its_seconds_and_its_source():
    page = timeouts.PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (\d+) \| (\d+) \|", page, re.MULTILINE)
    assert [(name, int(seconds)) for name, seconds, _interval in rows] == [
        (box.name, box.seconds) for box in MIDDLEBOXES
    ]
    assert all(timeouts.cell(box.source) in page for box in MIDDLEBOXES)


def test_what_a_thousand_sessions_send_is_in_the_page():
    page = timeouts.PAGE.read_text(encoding="utf-8")
    assert timeouts.cost() in page and re.search(
        r"^\| 60 s \| .* kbit/s \| \d+ packets/s \|$", page, re.MULTILINE
    )

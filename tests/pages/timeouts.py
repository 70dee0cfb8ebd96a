"""docs/timeouts.md from the catalogue and what `make bench` measured: `python tests/pages/timeouts.py` writes
it, a unit test holds it against both."""

import re
from pathlib import Path

import jinja2
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import middleboxes, timing

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "timeouts.md"
MEASURED = HERE.parents[1] / "docs" / "performance.md"
#: Releases of sshd that probe on time, and late.
ON_TIME, LATE = (9, 1), (9, 2)
EXAMPLES = (30, 50, 60, 100, 240, 350)


def interval(timeout, side="ssh", release=ON_TIME):
    return timing.recommended_interval(side, release, timeout)


def settable(box):
    return "-" if box.settable is None else "{} to {}".format(*box.settable)


def cell(text):
    return (text or "-").replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def cost():
    """What an idle session sends, as it stands in docs/performance.md."""
    return re.search(
        r"^## What keepalive sends\n\n(.+?)\s*(?=^## |\Z)",
        MEASURED.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    ).group(1)


def render():
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("timeouts.md.j2").render(
        boxes=middleboxes.MIDDLEBOXES,
        examples=EXAMPLES,
        interval=interval,
        late=LATE,
        settable=settable,
        cell=cell,
        cost=cost(),
    )


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")

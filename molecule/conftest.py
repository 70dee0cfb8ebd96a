"""One report for every directory of tests of a scenario."""

from pathlib import Path

import pytest

REPORTS = Path(__file__).resolve().parents[1] / ".build" / "reports"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    directory = Path(config.args[0]).resolve().parent
    name = f"molecule-{directory.parent.name}-{directory.name}"
    config.option.xmlpath = str(REPORTS / f"{name}.xml")

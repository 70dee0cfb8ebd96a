"""One report for every folder of tests of a scenario."""

from pathlib import Path

import pytest

REPORTS = Path(__file__).resolve().parents[1] / ".build" / "reports"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    folder = Path(config.args[0]).resolve().parent
    name = f"molecule-{folder.parent.name}-{folder.name}"
    config.option.xmlpath = str(REPORTS / f"{name}.xml")

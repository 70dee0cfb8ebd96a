"""The loopback fleet for the integration tests: fresh hosts for every test that asks for them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet import Fleet

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / ".build" / "source"


class Play:
    """What `ansible` or `ansible-playbook` did: its exit status and all that it said."""

    def __init__(self, completed):
        self.status = completed.returncode
        self.output = completed.stdout


class RunningFleet(Fleet):
    """A fleet with Ansible beside it: the collection is found in this checkout, the person's own
    configuration is not read."""

    def environment(self):
        return dict(
            os.environ,
            ANSIBLE_CONFIG=str(self.ansible_config),
            ANSIBLE_COLLECTIONS_PATH=str(SOURCE),
        )

    def ansible(self, *arguments):
        """Run `ansible` on the fleet."""
        return self._run("ansible", *arguments)

    def playbook(self, *arguments):
        """Run `ansible-playbook` on the fleet."""
        return self._run("ansible-playbook", *arguments)

    def _run(self, program, *arguments):
        command = [str(Path(sys.executable).parent / program), *map(str, arguments)]
        return Play(
            subprocess.run(
                command,
                env=self.environment(),
                cwd=str(self.directory),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
                check=False,
            )
        )


def pytest_terminal_summary(terminalreporter):
    """Show how a test failed that passed when it was tried again, too."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first failure of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)


@pytest.fixture(name="fleet")
def _fleet(tmp_path):
    """Three hosts in lab, staging and production, fresh for this test."""
    with RunningFleet(tmp_path / "fleet") as fleet:
        yield fleet

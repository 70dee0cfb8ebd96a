"""The audit that the tests read: the playbook, with the scenario's inventory."""

import json
import os
import pathlib

import pytest

import controller


@pytest.fixture(name="audit", scope="session")
def _audit():
    """(exit status, what it said, the report)"""
    report = pathlib.Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "report" / "report.json"
    report.unlink(missing_ok=True)
    play = controller.start(os.environ["MOLECULE_INVENTORY_FILE"], "fleetops.keepalive.audit")
    output = play.communicate()[0]
    return play.returncode, output, json.loads(report.read_text(encoding="utf-8"))


@pytest.fixture(name="name", scope="module")
def _name(host):
    return host.backend.get_pytest_id().partition("://")[2]

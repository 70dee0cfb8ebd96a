"""The role keepalive_report, run for real on hosts that are made up: what they tell comes from `made_up`, as
if a module had told it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / ".build" / "source"
TIME = "2026-11-21T06:00:00Z"


class Written:
    """What ansible-playbook did: `status`, `output`; and `directory`, where the report is."""

    def __init__(self, directory, completed):
        self.directory = directory
        self.status = completed.returncode
        self.output = completed.stdout

    def text(self, name):
        """The text of a file of the report."""
        return (self.directory / name).read_text(encoding="utf-8")

    def document(self):
        """What report.json holds."""
        return json.loads(self.text("report.json"))


def write(directory, audits, *options, groups=None, host_variables=None, **variables):
    """Run the role in `directory` on `audits`, a dict of host to the result of keepalive_info; groups: name
    to
    hosts; variables: of the role."""
    (directory / "audits.json").write_text(json.dumps(audits))
    (directory / "inventory.json").write_text(
        json.dumps(_inventory(audits, groups or {}, host_variables or {}))
    )
    (directory / "play.json").write_text(json.dumps(_PLAYS))
    (directory / "variables.json").write_text(
        json.dumps(dict({"__keepalive_report_time": TIME}, **variables))
    )
    return Written(directory / "keepalive-report", _play(directory, "-e", "@variables.json", *options))


def measure(directory, audits):
    """The same, with the results in the inventory, so that nothing has to be collected; `seconds` is the time
    from the role's start to its end."""
    hosts = {name: {"keepalive_audit": audit} for name, audit in audits.items()}
    (directory / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    clock = [{"ansible.builtin.debug": {"msg": "SECONDS {{ now().timestamp() }}"}}]
    (directory / "play.json").write_text(json.dumps([dict(_PLAYS[1], pre_tasks=clock, post_tasks=clock)]))
    written = Written(directory / "keepalive-report", _play(directory))
    begin, end = re.findall(r"SECONDS ([\d.]+)", written.output)
    written.seconds = float(end) - float(begin)
    return written


def _play(directory, *options):
    """Run ansible-playbook on play.json with the collection of this checkout and nobody's configuration."""
    (directory / "ansible.cfg").write_text("")
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        "inventory.json",
        "play.json",
        *map(str, options),
    ]
    environment = dict(
        os.environ,
        ANSIBLE_COLLECTIONS_PATH=str(SOURCE),
        ANSIBLE_ACTION_PLUGINS=str(Path(__file__).parent / "action_plugins"),
        ANSIBLE_HOME=str(directory / ".ansible"),
        ANSIBLE_CONFIG=str(directory / "ansible.cfg"),
        ANSIBLE_LOCALHOST_WARNING="0",
        ANSIBLE_NOCOLOR="1",
    )
    return subprocess.run(
        command,
        cwd=str(directory),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )


_PLAYS = [
    {
        "name": "Collect",
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {
                "made_up_audit": None,
                "register": "keepalive_audit",
                "ignore_errors": True,
                "ignore_unreachable": True,
            }
        ],
    },
    {
        "name": "Report",
        "hosts": "localhost",
        "gather_facts": False,
        "roles": ["fleetops.keepalive.keepalive_report"],
    },
]


def _inventory(audits, groups, host_variables):
    hosts = {name: dict({"ansible_connection": "local"}, **host_variables.get(name, {})) for name in audits}
    return {
        "all": {
            "hosts": hosts,
            "children": {group: {"hosts": dict.fromkeys(names)} for group, names in groups.items()},
        }
    }

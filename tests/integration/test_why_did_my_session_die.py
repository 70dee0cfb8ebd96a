"""docs/why-did-my-session-die.md: its tasks are accepted, its table is what the filter makes, and its links
lead somewhere."""

import json
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.fleetops.keepalive.plugins.filter import probe_summary

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "why-did-my-session-die.md").read_text()
TASKS = [
    task
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for task in yaml.safe_load(block)
]


@pytest.fixture(name="defaults")
def _defaults(tmp_path):
    """Files in the place of this machine's; in check mode nothing else is read."""
    (tmp_path / "sshd_config").write_text("UsePAM no\nClientAliveInterval 0\nChannelTimeout session:*=600\n")
    (tmp_path / "ssh_config").write_text("Host *\n    HashKnownHosts yes\n")
    modules = {
        "sshd_config": {"path": "sshd_config"},
        "ssh_config": {"path": "ssh_config"},
        "keepalive_info": {"server_path": "sshd_config", "client_path": "ssh_config"},
        "idle_probe": {},
    }
    return {
        f"fleetops.keepalive.{name}": {option: str(tmp_path / file) for option, file in files.items()}
        for name, files in modules.items()
    }


def test_every_task_is_accepted(fleet, defaults):
    assert len(TASKS) >= 10
    play = fleet.directory / "page.yml"
    play.write_text(
        json.dumps(
            [
                {
                    "hosts": "localhost",
                    "connection": "local",
                    "gather_facts": False,
                    "module_defaults": defaults,
                    "tasks": TASKS,
                }
            ]
        )
    )
    done = fleet.playbook(play, "--check")
    assert done.status == 0, done.output
    assert f"ok={len(TASKS)} " in done.output, done.output


def measured(address, timeout, behaviour, recommended):
    a_round = {"rungs": [900.0], "lived": [900.0], "died": []}
    return {
        "rounds": [a_round],
        "lived": 900.0,
        "died": None,
        "idle_timeout": timeout,
        "behaviour": behaviour,
        "recommended_interval": recommended,
        "elapsed": 910.0,
        "server_probes": None,
        "path": f"{address} port 22",
    }


def test_its_table_is_what_the_playbook_prints():
    hosts = {
        "web1": ("192.0.2.7", 30.2, "silent", 13),
        "db1": ("192.0.2.8", 345.1, "reset", 60),
        "db2": ("192.0.2.9", None, "none", 60),
    }
    set_now = {"192.0.2.7": "60", "192.0.2.8": "60", "192.0.2.9": "0"}
    views = {
        address: {"effective": {"serveraliveinterval": seconds}, "lines": []}
        for address, seconds in set_now.items()
    }
    rows = [[name, facts[0], measured(*facts)] for name, facts in hosts.items()]
    rows.append(
        [
            "db3",
            "192.0.2.10",
            {
                "msg": "host: no session to 192.0.2.10 can be opened: admin@192.0.2.10: Permission denied (publickey)."
            },
        ]
    )
    assert "\n".join(probe_summary.summary(rows, [{"hosts": views}])["table"]) in PAGE


def test_its_links_lead_to_its_sections():
    headings = re.findall("^## (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\(#(.*?)\)", PAGE))
    assert len(links) > 8 and links <= anchors, links - anchors

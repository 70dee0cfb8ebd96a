"""Ansible, run by a test against the hosts of its scenario, as a controller of their own would run it."""

import json
import os
import pathlib
import subprocess

import yaml


def instances():
    """The hosts of the scenario: dicts with instance, address, user and identity_file."""
    return yaml.safe_load(pathlib.Path(os.environ["MOLECULE_INSTANCE_CONFIG"]).read_text(encoding="utf-8"))


def inventory(directory, hosts, *policies):
    """Write an inventory in a directory, with variables for each host; return its path."""
    known = {}
    for host, policy in zip(hosts, policies):
        known[host["instance"]] = {
            "ansible_host": host["address"],
            "ansible_user": host["user"],
            "ansible_private_key_file": host["identity_file"],
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
            "ansible_python_interpreter": "/usr/bin/python3",
            **policy,
        }
    path = directory / "hosts.json"
    path.write_text(json.dumps({"all": {"hosts": known}}), encoding="utf-8")
    return path


def start(path, playbook="fleetops.keepalive.site"):
    """Start a playbook on an inventory."""
    return subprocess.Popen(
        ["ansible-playbook", "-i", str(path), str(playbook)],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def site(directory, hosts, *policies):
    """Run the playbook site on these hosts with these variables; return its exit status and all that it
    said."""
    play = start(inventory(directory, hosts, *policies))
    output = play.communicate()[0]
    return play.returncode, output

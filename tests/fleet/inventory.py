"""The inventory through which Ansible reaches a fleet over real SSH."""

import json
import os
import shutil
import sys
from pathlib import Path

GROUP_VARS = Path(__file__).parent / "group_vars"


def write(directory, hosts, key, known_hosts):
    """Write an inventory of `hosts` into `directory`; its group_vars hold the policy of each environment."""
    shutil.copytree(GROUP_VARS, directory / "group_vars")
    known_hosts.write_text("".join(f"[127.0.0.1]:{host.port} {host.public_key()}\n" for host in hosts))
    groups = {}
    for host in hosts:
        members = groups.setdefault(host.environment, {"hosts": {}})["hosts"]
        members[host.name] = _variables(host)
    inventory = {"all": {"children": groups, "vars": _connection(key, known_hosts)}}
    # JSON is YAML, and needs nothing but the standard library.
    (directory / "hosts.yml").write_text(json.dumps(inventory, indent=2) + "\n")


def _connection(key, known_hosts):
    """No configuration of the person's own takes part: neither their ssh_config nor their keys and known
    hosts."""
    return {
        "ansible_host": "127.0.0.1",
        "ansible_user": "alice",
        "ansible_become": False,
        "ansible_ssh_private_key_file": str(key),
        "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={known_hosts} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes",
        "ansible_python_interpreter": "/usr/bin/python3"
        if os.access("/usr/bin/python3", os.X_OK)
        else sys.executable,
        "keepalive_server_method": "signal",
    }


def _variables(host):
    """What differs from host to host: the port, and where the host's files are."""
    return {
        "ansible_port": host.port,
        "keepalive_server_path": str(host.sshd_config),
        "keepalive_server_backup_dir": str(host.directory / "backups"),
        "keepalive_server_pid_file": str(host.pid_file),
        "keepalive_client_path": str(host.ssh_config),
        "keepalive_client_backup_dir": str(host.directory / "backups"),
    }

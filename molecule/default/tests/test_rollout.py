"""The playbook site stops at the first host that fails, and touches no host without a policy."""

import json
import os
import pathlib
import subprocess

import openssh
import pytest
import testinfra
import yaml


@pytest.fixture(name="hosts")
def _hosts():
    instances = yaml.safe_load(pathlib.Path(os.environ["MOLECULE_INSTANCE_CONFIG"]).read_text(encoding="utf-8"))
    if len(instances) < 2:
        pytest.skip("a rollout needs two hosts")
    return instances[:2]


def site(folder, instances, *policies):
    """Run the playbook on these hosts with these variables, a host without any where there is None."""
    hosts = {}
    for instance, policy in zip(instances, policies):
        hosts[instance["instance"]] = {
            "ansible_host": instance["address"],
            "ansible_user": instance["user"],
            "ansible_private_key_file": instance["identity_file"],
            "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
            "ansible_python_interpreter": "/usr/bin/python3",
            **policy,
        }
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    return subprocess.run(
        ["ansible-playbook", "-i", str(inventory), "fleetops.keepalive.site"],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def interval(instance):
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    host = testinfra.get_host(f"ssh://{instance['user']}@{instance['address']}", ssh_identity_file=instance["identity_file"], ssh_extra_args=options, sudo=True)
    return openssh.server(host)["clientaliveinterval"]


def test_a_host_that_fails_stops_the_rollout(tmp_path, hosts):
    done = site(tmp_path, hosts, {"keepalive_server_interval": "a while"}, {"keepalive_server_interval": 777})
    assert done.returncode == 2, done.stdout + done.stderr
    assert "a while" in done.stderr + done.stdout
    assert hosts[1]["instance"] not in done.stdout.partition("PLAY RECAP")[2]
    assert interval(hosts[1]) == "300"


def test_a_host_that_is_not_reached_stops_the_rollout(tmp_path, hosts):
    nowhere = {**hosts[0], "address": "192.0.2.1"}
    first = {"keepalive_server_interval": 777, "ansible_ssh_extra_args": "-o ConnectTimeout=1"}
    done = site(tmp_path, [nowhere, hosts[1]], first, {"keepalive_server_interval": 777})
    assert done.returncode == 4, done.stdout + done.stderr
    assert interval(hosts[1]) == "300"


def test_a_host_without_a_policy_is_not_even_reached(tmp_path, hosts):
    nowhere = {**hosts[0], "address": "192.0.2.1"}
    done = site(tmp_path, [nowhere, hosts[1]], {"ansible_ssh_extra_args": "-o ConnectTimeout=1"}, {"keepalive_server_interval": 300})
    assert done.returncode == 0, done.stdout + done.stderr

"""The playbook site stops at the first host that fails, and touches no host without a policy."""

import pytest
import testinfra

import controller
import openssh


@pytest.fixture(name="hosts")
def _hosts():
    instances = controller.instances()
    if len(instances) < 2:
        pytest.skip("a rollout needs two hosts")
    return instances[:2]


def interval(instance):
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    host = testinfra.get_host(
        f"ssh://{instance['user']}@{instance['address']}",
        ssh_identity_file=instance["identity_file"],
        ssh_extra_args=options,
        sudo=True,
    )
    return openssh.server(host)["clientaliveinterval"]


def test_a_host_that_fails_stops_the_rollout(tmp_path, hosts):
    status, output = controller.site(
        tmp_path, hosts, {"keepalive_server_interval": "a while"}, {"keepalive_server_interval": 777}
    )
    assert status == 2, output
    assert "a while" in output
    assert hosts[1]["instance"] not in output.partition("PLAY RECAP")[2]
    assert interval(hosts[1]) == "300"


def test_a_host_that_is_not_reached_stops_the_rollout(tmp_path, hosts):
    nowhere = {**hosts[0], "address": "192.0.2.1"}
    first = {"keepalive_server_interval": 777, "ansible_ssh_extra_args": "-o ConnectTimeout=1"}
    status, output = controller.site(tmp_path, [nowhere, hosts[1]], first, {"keepalive_server_interval": 777})
    assert status == 4, output
    assert interval(hosts[1]) == "300"


def test_a_host_without_a_policy_is_not_even_reached(tmp_path, hosts):
    nowhere = {**hosts[0], "address": "192.0.2.1"}
    status, output = controller.site(
        tmp_path,
        [nowhere, hosts[1]],
        {"ansible_ssh_extra_args": "-o ConnectTimeout=1"},
        {"keepalive_server_interval": 300},
    )
    assert status == 0, output

"""The playbook probe: every host of the inventory measured, one table, and variables that the role
keepalive_client takes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loading import logins
from nat import SERVER, Nat

PLAYBOOK = str(Path(sys.executable).parent / "ansible-playbook")
SHORT = {"keepalive_probe_max_wait": 2, "keepalive_probe_sessions": 2}


@pytest.fixture(name="nat")
def _nat(tmp_path):
    """A NAT that forgets after 5 s."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces are made by root")
    if not (shutil.which("ip") and shutil.which("iptables")):
        pytest.fail("iproute2 or iptables is missing; make integration installs them", pytrace=False)
    with Nat(tmp_path / "nat", f"p{os.getpid() % 10000}", 5) as nat:
        yield nat


@pytest.fixture(name="home")
def _home(tmp_path):
    """A home of the person at the controller, with nothing set."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True, mode=0o700)
    return tmp_path / "home"


def probe(fleet, home, *arguments, within=(), status=0, **variables):
    """Run the playbook; (what was said, {host: its line of the table})."""
    variables = {"keepalive_client_path": str(home / "none"), **variables}
    command = [
        *within,
        PLAYBOOK,
        "fleetops.keepalive.probe",
        "-e",
        json.dumps(variables),
        *map(str, arguments),
    ]
    environment = dict(fleet.environment(), HOME=str(home), ANSIBLE_HOME=str(fleet.directory / "ansible"))
    done = subprocess.run(
        command,
        env=environment,
        cwd=str(fleet.directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    (table,) = re.findall(r'"msg": \[\n(.*?)\n +\]', done.stdout, re.DOTALL) or [""]
    lines = [json.loads(line.strip().rstrip(",")) for line in table.splitlines()]
    return done.stdout, {line.split()[0]: line for line in lines}


def inventory(fleet, name, hosts):
    """Hosts beside those of the fleet."""
    (fleet.directory / "inventory" / f"{name}.yml").write_text(json.dumps({"all": {"hosts": hosts}}))


def through(nat):
    return {
        "ansible_host": SERVER,
        "ansible_user": "root",
        "ansible_ssh_private_key_file": f"{nat.directory}/key",
        "ansible_ssh_common_args": f"-F none -o UserKnownHostsFile={nat.directory}/known_hosts",
    }


def test_a_path_that_forgets_and_what_follows_from_it(nat, fleet, home):
    inventory(fleet, "nat", {"far": through(nat)})
    (home / ".ssh" / "config").write_text(f"Host {SERVER}\n    ServerAliveInterval 60\n")
    within = ["ip", "netns", "exec", f"{nat.name}-c"]
    said, table = probe(fleet, home, within=within, keepalive_hosts="far", keepalive_probe_max_wait=20)
    assert re.match(rf"far +[45]\.\d s +silent +2 s +60 s +no +{SERVER} port 22$", table["far"]), said
    written = fleet.directory / "keepalive-probe.yml"
    assert written.read_text().endswith(
        f'keepalive_client_interval: 60\nkeepalive_client_rules:\n  - host: "far {SERVER}"\n    interval: 2\n'
    )

    # Pasted into group_vars, the role makes of it what ssh then uses for that destination, by either name,
    # and for all others.
    apply(fleet, written)
    config = fleet.hosts[0].ssh_config
    assert [interval(config, name) for name in ("far", SERVER, "elsewhere")] == [2, 2, 60]


def apply(fleet, variables):
    play = fleet.directory / "apply.yml"
    play.write_text("- hosts: web1\n  gather_facts: false\n  roles: [fleetops.keepalive.keepalive_client]\n")
    done = fleet.playbook(play, "-e", f"@{variables}")
    assert done.status == 0, done.output


def interval(config, destination):
    """What ssh itself uses."""
    told = subprocess.run(
        ["ssh", "-F", str(config), "-G", destination],
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout
    return int(re.search("^serveraliveinterval (.*)$", told, re.MULTILINE | re.IGNORECASE).group(1))


def test_hosts_that_cannot_be_measured_are_listed_and_stop_no_other(fleet, home):
    port = fleet.hosts[0].port
    inventory(
        fleet,
        "more",
        {
            "down": {"ansible_port": 1},
            "refused": {"ansible_port": port, "ansible_ssh_private_key_file": "/nowhere/key"},
            "nameless": {"ansible_host": "nowhere.invalid"},
            "broken": {"ansible_host": "{{ nowhere }}"},
        },
    )
    # Only the host whose variables are broken fails.
    said, table = probe(fleet, home, "-f", "7", status=2, **SHORT)
    for host, words in (
        ("down", "127.0.0.1 can be opened: ssh: connect to host 127.0.0.1 port 1: Connection refused"),
        ("refused", "alice@127.0.0.1: Permission denied"),
        ("nameless", "ssh: Could not resolve hostname nowhere.invalid"),
        ("broken", "not measured: there is no result"),
    ):
        assert re.match(f"{host} +not measured: .*", table[host]) and words in table[host], said
    for host in fleet.hosts:
        assert re.match(
            rf"{host.name} +above 2\.\d s +none +none +off +up to 2\.\d s +127\.0\.0\.1 port {host.port}$",
            table[host.name],
        ), said
    assert (fleet.directory / "keepalive-probe.yml").read_text().endswith("keepalive_client_rules: []\n")


def test_hosts_are_reached_as_ansible_reaches_them_and_nobody_becomes_another_here(fleet, home, tmp_path):
    bare = tmp_path / "bare.yml"
    bare.write_text(
        json.dumps(
            {"all": {"hosts": {"bare": {"ansible_host": "127.0.0.1", "ansible_port": fleet.hosts[0].port}}}}
        )
    )
    said, table = probe(
        fleet,
        home,
        "-i",
        bare,
        "-u",
        "alice",
        "--private-key",
        fleet.key,
        "--become",
        "--become-user",
        "nobody",
        f"--ssh-common-args=-F none -o UserKnownHostsFile={fleet.known_hosts}",
        ansible_become_exe="/nowhere/sudo",
        **SHORT,
    )
    assert re.match(r"bare +above 2\.\d s +none ", table["bare"]), said


def test_check_mode_measures_nothing_and_says_so(fleet, home):
    said, table = probe(fleet, home, "--check", keepalive_probe_max_wait=600)
    assert "Nothing was measured" in said and not table
    assert [logins(host) for host in fleet.hosts] == [0, 0, 0]
    assert not (fleet.directory / "keepalive-probe.yml").exists()

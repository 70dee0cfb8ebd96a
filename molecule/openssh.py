"""What OpenSSH says on a host of a scenario, for the tests that verify it."""

import os
import pathlib
import subprocess

import yaml


def server(host, path="/etc/ssh/sshd_config", **connection):
    """Return what sshd makes of a file, for a connection (user=…, addr=…) where one is given: lower-case
    keyword → value."""
    criteria = {"user": "admin", "host": "client.example.org", "addr": "192.0.2.7", **connection}
    asked = ",".join(f"{name}={value}" for name, value in criteria.items())
    return _values(host.check_output(f"/usr/sbin/sshd -T -f {path} -C {asked}"))


def client(host, destination="somewhere.test", user="admin", path=None):
    """Return what ssh, run by a user, would use for a destination: lower-case keyword → value."""
    file = f"-F {path} " if path else ""
    return _values(host.check_output(f"runuser -u {user} -- ssh -G {file}{destination}"))


def session(host, command, user="admin"):
    """Log in anew from here, run a command, and return the finished process; stderr has what ssh saw on the
    connection."""
    name = host.backend.get_pytest_id().partition("://")[2]
    instances = yaml.safe_load(
        pathlib.Path(os.environ["MOLECULE_INSTANCE_CONFIG"]).read_text(encoding="utf-8")
    )
    instance = next(instance for instance in instances if instance["instance"] == name)
    options = "-F none -v -S none -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ServerAliveInterval=0".split()
    command = ["ssh", *options, "-i", instance["identity_file"], f"{user}@{instance['address']}", command]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )


def loads(host):
    """How often sshd has loaded its configuration anew since it was started."""
    return host.check_output("journalctl -b -o cat -t sshd").count("Received SIGHUP; restarting.")


def lines(host, path):
    return host.check_output(f"cat {path}").splitlines()


def _values(output):
    return {
        keyword.lower(): value
        for keyword, _space, value in (line.partition(" ") for line in output.splitlines())
    }

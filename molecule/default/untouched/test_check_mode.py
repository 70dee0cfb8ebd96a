"""Check mode has changed nothing."""

import pytest

import openssh


def test_sshd_has_its_defaults(host):
    values = openssh.server(host, user="backup_user")
    assert (values["clientaliveinterval"], values["clientalivecountmax"]) == ("0", "3")


def test_ssh_has_its_defaults(host):
    assert openssh.client(host)["serveraliveinterval"] == "0"


def test_no_file_was_written(host):
    assert host.check_output("find /etc/ssh -newer /etc/ssh/ssh_host_ed25519_key") == ""


@pytest.mark.parametrize(
    "path",
    ["/var/lib/fleetops.keepalive", "/var/backups/fleetops.keepalive", "/home/alice/.ssh", "/home/bob/.ssh"],
)
def test_no_directory_was_made(host, path):
    assert not host.file(path).exists


def test_sshd_was_not_told_to_load(host):
    assert openssh.loads(host) == 0

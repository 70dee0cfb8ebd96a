"""Check mode has changed nothing."""

import openssh


def test_sshd_has_its_defaults(host):
    values = openssh.server(host, user="backup_user")
    assert (values["clientaliveinterval"], values["clientalivecountmax"]) == ("0", "3")


def test_ssh_has_its_defaults(host):
    assert openssh.client(host)["serveraliveinterval"] == "0"


def test_no_file_was_written(host):
    packaged = host.check_output("stat -c %Y /etc/ssh/ssh_host_ed25519_key")
    assert host.check_output(f"find /etc/ssh /home /var/backups /var/lib/fleetops.keepalive -newermt @{packaged} ! -path '/home/*/.ssh*' 2>&1 || true") == (
        "find: '/var/lib/fleetops.keepalive': No such file or directory"
    )


def test_sshd_was_not_told_to_load(host):
    assert openssh.loads(host) == 0

"""All three policies are in force, and sshd runs with its own."""

import pytest

import openssh


def test_sshd_has_the_global_values(host):
    values = openssh.server(host)
    assert (values["clientaliveinterval"], values["clientalivecountmax"]) == ("300", "2")


def test_sshd_has_the_values_of_the_match_rule(host):
    values = openssh.server(host, user="backup_user")
    assert (values["clientaliveinterval"], values["clientalivecountmax"]) == ("1", "60")


def test_sshd_was_told_exactly_once(host):
    assert openssh.loads(host) == 1


def test_sshd_lets_a_new_session_in(host):
    login = openssh.session(host, "id -un")
    assert (login.returncode, login.stdout) == (0, "admin\n"), login.stderr


def test_the_running_sshd_asks_its_clients(host):
    assert "keepalive@openssh.com" in openssh.session(host, "sleep 2.5", user="backup_user").stderr


def test_the_running_sshd_leaves_others_alone(host):
    assert "keepalive@openssh.com" not in openssh.session(host, "sleep 2.5").stderr


@pytest.mark.parametrize("user", ["root", "carol"])
def test_everybody_has_the_client_policy(host, user):
    values = openssh.client(host, user=user)
    assert (values["serveraliveinterval"], values["serveralivecountmax"]) == ("60", "3")


def test_a_destination_has_its_own_value(host):
    assert openssh.client(host, "db.example.org", user="carol")["serveraliveinterval"] == "15"


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_users_have_their_own_policy(host, user):
    assert openssh.client(host, user=user)["serveraliveinterval"] == "45"


@pytest.mark.parametrize("user, group", [("alice", "alice"), ("bob", "people")])
def test_users_own_their_files(host, user, group):
    directory, config = host.file(f"/home/{user}/.ssh"), host.file(f"/home/{user}/.ssh/config")
    assert (directory.user, directory.group, directory.mode) == (user, group, 0o700)
    assert (config.user, config.group, config.mode) == (user, group, 0o600)


def test_other_accounts_are_left_alone(host):
    assert not host.file("/home/carol/.ssh").exists


@pytest.mark.parametrize(
    "path", ["/etc/ssh/sshd_config.d/00-keepalive.conf", "/etc/ssh/ssh_config.d/00-keepalive.conf"]
)
def test_files_of_the_system_can_be_read_by_everybody(host, path):
    written = host.file(path)
    assert (written.user, written.group, written.mode) == ("root", "root", 0o644)


@pytest.mark.parametrize("side", ["ssh", "sshd"])
def test_the_drop_in_is_alone_where_openssh_reads(host, side):
    names = host.check_output(f"ls -A /etc/ssh/{side}_config.d").split()
    assert [name for name in names if "systemd" not in name] == ["00-keepalive.conf"]

"""What the role's options lead to, in the words of ssh, run by the users."""

import pytest

import openssh


def both(values):
    return values["serveraliveinterval"], values["serveralivecountmax"]


def names(host, directory):
    return set(host.check_output(f"ls -A {directory}").split())


@pytest.mark.parametrize("user, group", [("alice", "alice"), ("bob", "people"), ("admin", "admin")])
def test_new_files_belong_to_the_user_and_the_users_primary_group(host, user, group):
    directory, config = host.file(f"/home/{user}/.ssh"), host.file(f"/home/{user}/.ssh/config")
    assert (directory.user, directory.group, directory.mode) == (user, group, 0o700)
    assert (config.user, config.group, config.mode) == (user, group, 0o600)


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_the_roles_own_defaults(host, user):
    assert both(openssh.client(host, user=user)) == ("60", "3")


def test_a_destination_of_the_rules(host):
    assert openssh.client(host, "a.lan.test", user="alice")["serveraliveinterval"] == "15"


def test_absent_takes_out_what_is_in_its_scope_only(host):
    assert openssh.lines(host, "/home/backup_user/.ssh/config") == [
        "Host *.lan.test",
        "    Compression yes",
        "Host *",
        "    ServerAliveInterval 90",
    ]
    assert names(host, "/home/backup_user/.ssh") == {"authorized_keys", "config"}


@pytest.mark.parametrize("user", ["carol", "admin"])
def test_every_human_account_has_the_interval_for_the_timeout(host, user):
    assert openssh.client(host, user=user)["serveraliveinterval"] == "45"


def test_a_users_own_destination_and_modes_are_kept(host):
    assert openssh.client(host, "modem.test", user="carol")["serveraliveinterval"] == "5"
    assert (host.file("/home/carol/.ssh").mode, host.file("/home/carol/.ssh/config").mode) == (0o755, 0o644)


def test_a_backup_stands_beside_the_file_and_belongs_to_the_user(host):
    (backup,) = sorted(names(host, "/home/carol/.ssh") - {"config"})
    kept = host.file(f"/home/carol/.ssh/{backup}")
    assert (kept.user, kept.group) == ("carol", "carol")
    assert "ServerAliveInterval 3600" in kept.content_string


def test_a_new_file_has_no_backup(host):
    assert names(host, "/home/alice/.ssh") == {"config"}


@pytest.mark.parametrize("path", ["/root/.ssh/config", "/var/lib/daemonic/.ssh"])
def test_root_and_service_accounts_are_left_alone(host, path):
    assert not host.file(path).exists


@pytest.mark.parametrize("user", ["mallory", "trudy"])
def test_what_bad_users_have_is_left_as_it_was(host, user):
    assert names(host, f"/home/{user}/.ssh") == {"config"}
    assert host.file("/home/mallory/.ssh/config").is_pipe
    assert host.file("/home/trudy/.ssh/config").content_string == "Include /etc/shadow\n"

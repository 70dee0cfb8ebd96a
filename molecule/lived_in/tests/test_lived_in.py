"""OpenSSH reports the policy, and every byte beside the lines of the policy is as it was."""

import pytest

import as_left
import openssh

EXPECTED = as_left.contents("expected")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_byte(host, name):
    assert host.file("/" + name).content == EXPECTED[name]


def test_nothing_is_left_beside_the_files(host):
    assert sorted(host.file("/etc/ssh/sshd_config.d").listdir()) == ["50-cloud-init.conf", "60-sessions.conf"]
    assert (
        host.check_output(
            "find /etc/ssh /srv -newer /etc/ssh/sshd_config.d/50-cloud-init.conf -type f | wc -l"
        )
        == "4"
    )


def test_sshd_has_the_policy(host):
    values = openssh.server(host)
    assert (values["clientaliveinterval"], values["clientalivecountmax"], values["tcpkeepalive"]) == (
        "300",
        "3",
        "yes",
    )


def test_a_match_block_that_differs_is_only_reported(host):
    assert openssh.server(host, user="backup_user")["clientaliveinterval"] == "30"


def test_what_has_nothing_to_do_with_it_is_as_it_was(host):
    values = openssh.server(host)
    assert (values["maxsessions"], values["passwordauthentication"], values["permitrootlogin"]) == (
        "20",
        "no",
        "without-password",
    )


def test_sshd_was_told_once_and_lets_a_new_session_in(host):
    assert openssh.loads(host) == 1
    login = openssh.session(host, "id -un")
    assert (login.returncode, login.stdout) == (0, "admin\n"), login.stderr


@pytest.mark.parametrize("user", ["alice", "carol"])
def test_ssh_has_the_policy(host, user):
    values = openssh.client(host, user=user)
    assert (values["serveraliveinterval"], values["serveralivecountmax"]) == ("60", "3")


def test_a_destination_keeps_its_own_value(host):
    assert openssh.client(host, "old-switch.test", user="alice")["serveraliveinterval"] == "5"


def test_the_line_ahead_of_a_trailing_match_is_for_everybody(host):
    assert openssh.server(host, "/srv/trailing_match")["clientaliveinterval"] == "300"

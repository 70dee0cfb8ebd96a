"""Enforced, every host complies, by the audit and by what sshd says and has loaded."""

import pytest

import openssh

IN_FORCE = {
    "kept": ("300", "3"),
    "outranked": ("300", "3"),
    "removed": ("600", "0"),
    "commented": ("600", "1"),
    "excepted": ("600", "1"),
}


def test_the_audit_is_clean(audit):
    status, output, report = audit
    assert [finding for finding in report["findings"] if finding["status"] != "pass"] == []
    assert {host["name"]: host["status"] for host in report["hosts"]} == dict.fromkeys(IN_FORCE, "compliant")
    assert status == 0 and "5 of 5 hosts comply" in output


def test_an_audit_says_that_count_0_protects_nothing(audit):
    [finding] = [
        finding
        for finding in audit[2]["findings"]
        if (finding["host"], finding["directive"]) == ("removed", "ClientAliveCountMax")
    ]
    assert "never ends a session on this OpenSSH" in finding["reason"]


@pytest.mark.parametrize("user", ["admin", "backup_user"])
def test_the_values_are_in_force(host, name, user):
    values = openssh.server(host, user=user)
    assert (values["clientaliveinterval"], values["clientalivecountmax"]) == IN_FORCE[name]


def test_sshd_has_loaded_them_and_lets_a_new_session_in(host, name):
    """Once when the policy came, and once more where it was mended."""
    assert openssh.loads(host) == (1 if name == "kept" else 2)
    login = openssh.session(host, "id -un")
    assert (login.returncode, login.stdout) == (0, "admin\n"), login.stderr

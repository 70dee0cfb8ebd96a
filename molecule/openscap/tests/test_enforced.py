"""What was enforced passes the scan that it was enforced for, and an audit says which of the two hosts is protected."""

import openssh
import scap


def test_both_rules_pass(host, name):
    passed, failed = ("pass", "pass"), ("fail", "fail")
    assert scap.scan(host, [(scap.TOLD, None), (scap.UNTOLD, None)]) == {"tailored": [passed, failed], "letter": [failed, passed]}[name]


def test_the_values_are_in_force(host, name):
    values = openssh.server(host)
    assert (values["clientaliveinterval"], values["clientalivecountmax"]) == ("300", {"tailored": "1", "letter": "0"}[name])
    assert openssh.loads(host) == 1


def test_an_audit_knows_what_protects(name, audit):
    [told] = audit(["/etc/ssh/sshd_config"])
    assert told["compliant"] == {"anssi_nt28": name == "tailored"}
    [count] = [finding for finding in told["findings"] if finding["directive"] == "ClientAliveCountMax"]
    assert ("never ends a session on this OpenSSH" in count["reason"]) == (name == "letter")

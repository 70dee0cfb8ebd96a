"""The audit finds what was broken by hand, says which line it is, and nothing else."""

import openssh

BROKEN = {
    ("outranked", "ClientAliveInterval"): "ClientAliveInterval 0",
    ("removed", "ClientAliveCountMax"): None,
    ("commented", "ClientAliveInterval"): None,
    ("excepted", "ClientAliveInterval"): "    ClientAliveInterval 0",
}
IN_FORCE = {
    "outranked": ("0", "3"),
    "removed": ("600", "3"),
    "commented": ("0", "1"),
    "excepted": ("600", "1"),
}


def test_what_fails_is_what_was_broken(audit):
    status, output, report = audit
    failed = [finding for finding in report["findings"] if finding["status"] != "pass"]
    assert {(finding["host"], finding["directive"]) for finding in failed} == set(BROKEN)
    assert len(failed) == len(BROKEN) and len(report["findings"]) == 10
    assert {host["name"]: host["status"] for host in report["hosts"]} == {
        name: "compliant" if name == "kept" else "non_compliant"
        for name in ("kept", "outranked", "removed", "commented", "excepted")
    }
    assert status != 0 and "1 of 5 hosts comply, 4 do not" in output


def test_the_line_at_fault_is_named(host, name, audit):
    for finding in audit[2]["findings"]:
        if finding["host"] == name and finding["status"] == "fail":
            line = finding["line"] and openssh.lines(host, finding["file"])[finding["line"] - 1]
            assert line == BROKEN[name, finding["directive"]]


def test_what_was_broken_is_in_force(host, name):
    values = openssh.server(host)
    assert name == "kept" or (values["clientaliveinterval"], values["clientalivecountmax"]) == IN_FORCE[name]
    assert openssh.server(host, user="backup_user")["clientaliveinterval"] == (
        "0" if name == "excepted" else values["clientaliveinterval"]
    )

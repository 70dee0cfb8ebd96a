"""Results of keepalive_info that nobody measured, for the tests of the report and for the time that it
takes."""

RHEL = "RHEL-09-255095"
INTERVAL = {
    "benchmark": "disa_stig",
    "release": "V2R9",
    "control": "RHEL-09-255100",
    "title": "RHEL 9 must end SSH connections after ten minutes without an answer",
    "severity": "medium",
    "side": "server",
    "directive": "ClientAliveInterval",
    "expected": "1 to 600",
    "confidence": "primary",
}
COUNT = dict(
    INTERVAL,
    control=RHEL,
    directive="ClientAliveCountMax",
    expected="exactly 1",
    title="RHEL 9 must end SSH sessions that do not answer",
)
CIS_INTERVAL = dict(
    INTERVAL,
    benchmark="cis",
    release="2.0.0",
    control="5.1.9",
    expected="at least 1",
    confidence="third-party",
    title="sshd asks",
)
CIS_COUNT = dict(CIS_INTERVAL, directive="ClientAliveCountMax", title="sshd drops a silent client")


def finding(row, profile, actual, status="pass", **more):
    """One finding of a control; `more` wins."""
    told = dict(
        row,
        profile=profile,
        actual=actual,
        status=status,
        file="/etc/ssh/sshd_config.d/00-keepalive.conf",
        line=4,
        scanner=None,
    )
    told["reason"] = "%s is %s, by /etc/ssh/sshd_config.d/00-keepalive.conf:4" % (row["directive"], actual)
    return dict(told, **more)


def audit(*findings, version="9.9", **more):
    """The result of a host with these findings."""
    profiles = {found["profile"] for found in findings}
    compliant = {
        name: not any(found["profile"] == name and found["status"] == "fail" for found in findings)
        for name in profiles
    }
    return dict(
        {
            "changed": False,
            "openssh": {"server": {"version": version}},
            "findings": list(findings),
            "compliant": compliant,
            "unreadable": [],
        },
        **more,
    )


def good():
    """A host that both profiles find right."""
    return audit(
        finding(INTERVAL, "stig", "300"),
        finding(COUNT, "stig", "1"),
        finding(CIS_INTERVAL, "cis", "300"),
        finding(CIS_COUNT, "cis", "1"),
    )


def drifted():
    """A host with a Match block that gives too long an interval, and with count 0."""
    block = {"file": "/etc/ssh/sshd_config", "line": 131, "status": "fail"}
    return audit(
        finding(
            INTERVAL,
            "stig",
            "600",
            reason="/etc/ssh/sshd_config:131 (Match User backup) gives its connections ClientAliveInterval 3600",
            **block,
        ),
        finding(
            COUNT,
            "stig",
            "0",
            "fail",
            reason="ClientAliveCountMax is 0 for everybody, by /etc/ssh/sshd_config.d/00-keepalive.conf:4",
            scanner="pass",
        ),
        finding(CIS_INTERVAL, "cis", "600"),
        finding(
            CIS_COUNT,
            "cis",
            "0",
            "fail",
            reason="ClientAliveCountMax is 0 for everybody, by /etc/ssh/sshd_config.d/00-keepalive.conf:4",
        ),
    )


def not_for_it():
    """A host for whose system there is no STIG."""
    none = {
        "status": "not_applicable",
        "file": None,
        "line": None,
        "actual": None,
        "reason": "there is no STIG for debian 12",
    }
    told = audit(finding(INTERVAL, "stig", None, **{key: none[key] for key in none if key != "actual"}))
    return dict(told, compliant={"stig": None})


UNREACHABLE = {
    "unreachable": True,
    "changed": False,
    "msg": "Failed to connect to the host via ssh:\nssh: connect to host db-03 port 22: No route to host",
}
FAILED = {
    "failed": True,
    "changed": False,
    "msg": "server_path: /etc/ssh/sshd_config does not exist; give the main file of sshd",
}


def fleet():
    """A dozen hosts of every kind, and their groups."""
    audits = {f"web-{number:02}.example.org": good() for number in range(1, 6)}
    audits["web-06.example.org"] = audit(
        *good()["findings"],
        unreadable=["/etc/ssh/sshd_config.d/10-local.conf cannot be read: Permission denied"],
    )
    audits["db-01.example.org"] = drifted()
    audits["db-02.example.org"] = drifted()
    audits["db-03.example.org"] = UNREACHABLE
    audits["gate-01.example.org"] = FAILED
    audits["lab-01.example.org"] = not_for_it()
    audits["lab-02.example.org"] = {
        "changed": False,
        "findings": [],
        "compliant": {},
        "openssh": {"server": {"version": "9.2"}},
    }
    names = sorted(audits)
    return audits, {
        "production": [name for name in names if not name.startswith("lab")],
        "laboratory": [name for name in names if name.startswith("lab")],
    }


def known(audits, groups=None, environments=None):
    """What the document is made of: host to its environments, its groups, and its audit."""
    members = {
        name: [group for group, names in (groups or {}).items() if name in names and group != "ungrouped"]
        for name in audits
    }
    return {
        name: ((environments or {}).get(name, members[name]), members[name], audit)
        for name, audit in audits.items()
    }


WAIVERS = [
    {
        "control": RHEL,
        "hosts": ["db-02*"],
        "reason": "The replica's link drops for minutes; ticket OPS-4711.",
        "until": "2027-03-31",
    },
    {
        "control": "5.1.9",
        "groups": "production",
        "reason": "Until the January window.",
        "until": "2026-10-31",
    },
    {"control": "5.1.20", "groups": ["laboratory"], "reason": "Nobody logs in there.", "until": "2026-12-31"},
]

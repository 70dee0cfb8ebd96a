"""Every control of the catalogue held against real trees and a real sshd: broken it fails, enforced it
passes, and the rules decide in their order.

Which OpenSSH: the machine's, or that of the container image KEEPALIVE_ORACLE_IMAGE.
"""

import os

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._compliance import benchmarks, profiles
from ansible_collections.fleetops.keepalive.plugins.module_utils._config import values
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSH, SSHD

from oracle import Oracle

MAIN, DROP_INS, CLIENT = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d", "/etc/ssh/ssh_config"
INCLUDE = f"Include {DROP_INS}/*.conf\n"
#: Benchmarks that are in the catalogue for people who look something up; no profile takes their rows.
WITHOUT_A_PROFILE = {"ssg_standard", "debian_cis_scripts", "ccn_stic", "ospp", "rht_ccp"}
WITHOUT_A_PROFILE_ALONE = {"nist-sc10"}


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    oracle = Oracle(image=os.environ.get("KEEPALIVE_ORACLE_IMAGE"))
    yield oracle
    oracle.close()


def release_of(row):
    """The release to pin for this row; None for the newest."""
    return row.first.split(" ")[0] if row.first and row.last else None


def meanings():
    """(profile, product to take the host for) under which each row of the catalogue is in force."""
    found = {}
    for row in benchmarks.ROWS:
        named = [profile for profile in profiles.PROFILES if row.name in profile.rows + profile.where_void]
        bare = {"disa_stig": "stig", "cis": "cis"}.get(row.benchmark) or (named[0].name if named else None)
        if bare:
            pin = release_of(row) if row.benchmark in ("disa_stig", "cis") else None
            product = None if row.systems[0] == "*" or named else row.systems[0]
            found.setdefault((bare + ("/" + pin if pin else ""), product), []).append(row)
    for profile in profiles.PROFILES:
        if not profile.benchmark:
            found.setdefault((profile.name, None), [])
    return found


MEANINGS = meanings()


def asked(name, product):
    return {"_module": "info", "profiles": [name], **({"profile_os": product} if product else {})}


def enforced(name, product, **more):
    return {"_module": "sshd", "profile": name, **({"profile_os": product} if product else {}), **more}


def text(keyword, value):
    dialect = SSH if keyword.startswith("Server") else SSHD
    return "%s %s\n" % (keyword, values.canonical(dialect.by_keyword[keyword.lower()].kind, value))


def broken(row):
    """A value that does not fit the row."""
    if isinstance(row.least, bool):
        return not row.least
    if row.keyword == "ChannelTimeout":
        return {"session:*": 100000}
    return row.most + 1 if row.most is not None else row.least - 1


def tree(rows, but=None):
    """Files with the values that rows write, in the place that they want, and one of them broken."""
    place = DROP_INS + "/00-site.conf" if any(row.place for row in rows) else MAIN
    lines = {"server": "", "client": "Host *\n"}
    for row in rows:
        lines[row.side] += text(row.keyword, broken(row) if row is but else row.write)
    files = {MAIN: INCLUDE, CLIENT: lines["client"]}
    files[place] = files.get(place, "") + lines["server"]
    return {path: data.encode() for path, data in files.items()}


def verdicts(result):
    return {(finding["directive"], finding["control"]): finding["status"] for finding in result["findings"]}


def test_every_row_is_judged_here():
    left = {row.name for row in benchmarks.ROWS} - {row.name for rows in MEANINGS.values() for row in rows}
    by_name = {row.name: row for row in benchmarks.ROWS}
    assert {
        name for name in left if by_name[name].benchmark not in WITHOUT_A_PROFILE
    } == WITHOUT_A_PROFILE_ALONE


@pytest.mark.parametrize("name, product", MEANINGS, ids=str)
def test_a_broken_control_fails_alone_and_enforcing_mends_it(oracle, name, product):
    system, _space, version = (product or "debian 12").partition(" ")
    release = oracle.releases["sshd"]
    found = profiles.resolve(name, profiles.Host(system, version, release))
    rows = found.rows
    if any(row.keyword == "ChannelTimeout" for row in rows) and release < (9, 2):
        [(refused, _files)] = oracle.manage(
            "sshd", tree([row for row in rows if row.keyword.startswith("Client")]), [enforced(name, product)]
        )
        assert "ChannelTimeout came with OpenSSH 9.2" in refused["msg"]
        return
    for row in rows:
        runs = [asked(name, product), enforced(name, product), asked(name, product), enforced(name, product)]
        before, made, after, again = [
            result for result, _files in oracle.manage("sshd", tree(rows, row), runs)
        ]
        # Where the time until a dead peer is dropped is limited, either number makes it too long.
        at_fault = rows if found.profile.limit else [row]
        assert {key for key, status in verdicts(before).items() if status == "fail"} == {
            (row.keyword, row.control) for row in at_fault
        }, before["findings"]
        assert before["compliant"] == {name: False}
        assert not made.get("failed"), made
        if row.side == "server":
            assert made["changed"] and after["compliant"] == {name: True}, after["findings"]
        assert not again["changed"]


def judged(oracle, files, name, product=None):
    [(result, _files)] = oracle.manage(
        "sshd", {path: data.encode() for path, data in files.items()}, [asked(name, product)]
    )
    return {finding["directive"]: finding for finding in result["findings"]}


RIGHT = "ClientAliveInterval 600\nClientAliveCountMax 1\n"
# rule, files, profile, product, directive, status, file:line, words of the reason, what a text scanner says
RULES = [
    (
        "2",
        {MAIN: "ClientAliveInterval 601\nClientAliveCountMax 1\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:1",
        f"ClientAliveInterval is 601 for everybody, by {MAIN}:1",
        None,
    ),
    (
        "2 another line decides",
        {MAIN: INCLUDE + RIGHT, f"{DROP_INS}/50-a.conf": "ClientAliveInterval 1800\n"},
        "stig",
        "rhel 8",
        "ClientAliveInterval",
        "fail",
        f"{DROP_INS}/50-a.conf:1",
        "is 1800 for everybody",
        "pass",
    ),
    (
        "2 by Match all",
        {MAIN: RIGHT + "Match all\nClientAliveInterval 1800\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:4",
        "is 1800 for everybody",
        None,
    ),
    (
        "2 sles asks for 600",
        {MAIN: "ClientAliveInterval 300\nClientAliveCountMax 1\n"},
        "stig",
        "sles 15",
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:1",
        "is 300 for everybody",
        "pass",
    ),
    (
        "3 a default is no line",
        {MAIN: "ClientAliveInterval 300\n#ClientAliveCountMax 1\n"},
        "stig",
        "rhel 7",
        "ClientAliveCountMax",
        "fail",
        None,
        "is 3 for everybody, by OpenSSH's default",
        None,
    ),
    (
        "3 not for cis",
        {MAIN: "ClientAliveInterval 300\n"},
        "cis",
        "debian 12",
        "ClientAliveCountMax",
        "pass",
        None,
        "default; no line",
        "fail",
    ),
    (
        "3 in a Match only",
        {MAIN: "ClientAliveCountMax 1\nMatch User a\nClientAliveInterval 600\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "fail",
        None,
        "is 0 for everybody",
        "pass",
    ),
    (
        "3 behind a comment",
        {MAIN: "#ClientAliveInterval 600\nClientAliveCountMax 1\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "fail",
        None,
        "is 0 for everybody",
        None,
    ),
    (
        "4",
        {MAIN: RIGHT + "ClientAliveInterval 300\n"},
        "stig",
        "rhel 8",
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:3",
        "conflicting values are a finding",
        "pass",
    ),
    (
        "4 in a Match",
        {MAIN: RIGHT + "Match User a\nClientAliveInterval 300\n"},
        "stig",
        "rhel 8",
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:4",
        "conflicting values",
        "pass",
    ),
    (
        "4 in other words",
        {MAIN: RIGHT + "ClientAliveInterval 10m\n"},
        "stig",
        "rhel 8",
        "ClientAliveInterval",
        "pass",
        f"{MAIN}:1",
        "is 600",
        "fail",
    ),
    (
        "4 not for rhel 9",
        {MAIN: RIGHT + "ClientAliveInterval 1800\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "pass",
        f"{MAIN}:1",
        "would fail this",
        "fail",
    ),
    (
        "5",
        {MAIN: RIGHT + "Match User a\nClientAliveInterval 0\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:4",
        f"{MAIN}:4 (Match User a) gives its connections ClientAliveInterval 0",
        None,
    ),
    (
        "5 fits",
        {MAIN: RIGHT + "Match User a\nClientAliveInterval 300\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "pass",
        f"{MAIN}:1",
        "is 600",
        None,
    ),
    (
        "6",
        {MAIN: INCLUDE + RIGHT},
        "stig",
        "rhel 10",
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:2",
        "sorts ahead of 50-redhat.conf",
        "pass",
    ),
    (
        "6 behind",
        {MAIN: INCLUDE, f"{DROP_INS}/60-a.conf": RIGHT},
        "stig",
        "rhel 10",
        "ClientAliveCountMax",
        "fail",
        f"{DROP_INS}/60-a.conf:2",
        "sorts ahead",
        "pass",
    ),
    (
        "6 ahead",
        {MAIN: INCLUDE, f"{DROP_INS}/10-a.conf": RIGHT},
        "stig",
        "rhel 10",
        "ClientAliveCountMax",
        "pass",
        f"{DROP_INS}/10-a.conf:2",
        "is 1",
        None,
    ),
    (
        "a scanner does not read times",
        {MAIN: "ClientAliveInterval 10m\nClientAliveCountMax 1\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "pass",
        f"{MAIN}:1",
        "would fail this",
        "fail",
    ),
    (
        "a scanner reads the main file only",
        {MAIN: INCLUDE, f"{DROP_INS}/10-a.conf": RIGHT},
        "stig",
        "rhel 8",
        "ClientAliveInterval",
        "pass",
        f"{DROP_INS}/10-a.conf:1",
        "reads the main file only",
        "fail",
    ),
    (
        "a scanner reads every file there",
        {MAIN: INCLUDE + RIGHT, f"{DROP_INS}/old.bak": "ClientAliveInterval 900\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "pass",
        f"{MAIN}:2",
        "every file in sshd_config.d",
        "fail",
    ),
    (
        "a trailing comment passes",
        {MAIN: "ClientAliveInterval 600 # V-257996\nClientAliveCountMax 1\n"},
        "stig",
        "rhel 9",
        "ClientAliveInterval",
        "pass",
        f"{MAIN}:1",
        "is 600",
        None,
    ),
    (
        "a rebuild is told",
        {MAIN: RIGHT},
        "stig",
        "rocky 9",
        "ClientAliveInterval",
        "pass",
        f"{MAIN}:1",
        "rocky 9 is judged by the benchmark for RHEL 9",
        None,
    ),
    (
        "600/0 by the letter",
        {MAIN: "ClientAliveInterval 600\nClientAliveCountMax 0\n"},
        "stig_600_0",
        None,
        "ClientAliveCountMax",
        "pass",
        f"{MAIN}:2",
        "never ends a session on this OpenSSH",
        None,
    ),
    (
        "dropped in time",
        {MAIN: "ClientAliveInterval 300\nClientAliveCountMax 2\n"},
        "fedramp_high",
        None,
        "ClientAliveInterval",
        "fail",
        f"{MAIN}:1",
        "a dead peer is dropped after",
        "pass",
    ),
    (
        "never dropped",
        {MAIN: "ClientAliveInterval 900\nClientAliveCountMax 0\n"},
        "hipaa",
        None,
        "ClientAliveCountMax",
        "fail",
        f"{MAIN}:2",
        "is 0",
        None,
    ),
    (
        "too late in a Match",
        {
            MAIN: "ClientAliveInterval 150\nClientAliveCountMax 1\nMatch User a\nClientAliveCountMax 3\nMatch all\n"
        },
        "fedramp_high",
        None,
        "ClientAliveCountMax",
        {(9, 2): "fail"},
        None,
        "",
        None,
    ),
]


@pytest.mark.parametrize(
    "files, name, product, directive, status, place, words, scanner",
    [rule[1:] for rule in RULES],
    ids=[rule[0] for rule in RULES],
)
def test_the_judging_rules(oracle, files, name, product, directive, status, place, words, scanner):
    finding = judged(oracle, files, name, product)[directive]
    if isinstance(status, dict):
        # 150 s and 4 misses: 600 s, and twice that where sshd probes late.
        assert finding["status"] == status.get(oracle.releases["sshd"], "pass")
        return
    assert (finding["status"], finding["scanner"]) == (status, scanner), finding
    assert words in finding["reason"]
    assert place == (finding["line"] and "%s:%d" % (finding["file"], finding["line"]))


def test_a_profile_without_a_benchmark_for_the_host(oracle):
    [(told, _files), (refused, files)] = oracle.manage(
        "sshd", {MAIN: RIGHT.encode()}, [asked("stig", None), enforced("stig", None)]
    )
    assert told["compliant"] == {"stig": None}
    [finding] = told["findings"]
    assert finding["status"] == "not_applicable" and "stig has no benchmark for debian" in finding["reason"]
    assert "profile: stig has no benchmark for debian" in refused["msg"] and "rhel 9" in refused["msg"]
    assert files[MAIN].decode() == RIGHT


def enforce(oracle, files, name, product=None, **more):
    [(result, after)] = oracle.manage(
        "sshd", {path: data.encode() for path, data in files.items()}, [enforced(name, product, **more)]
    )
    return result, {path: data.decode() for path, data in after.items() if path.startswith(MAIN)}


def test_a_stricter_host_is_left_alone_and_made_canonical(oracle):
    files = {MAIN: "ClientAliveInterval=5m\nClientAliveCountMax 1\n"}
    result, after = enforce(oracle, files, "stig", "rhel 9")
    assert after[MAIN] == "ClientAliveInterval 300\nClientAliveCountMax 1\n"
    result, after = enforce(oracle, files, "stig", "rhel 9", profile_values="exact")
    assert after[MAIN] == RIGHT
    assert result["profile"]["values"] == {"interval": "600", "count_max": "1"}


def test_lines_stand_outside_of_match_blocks(oracle):
    files = {MAIN: "ClientAliveInterval 300\nMatch all\nClientAliveInterval 600\nClientAliveCountMax 1\n"}
    _result, after = enforce(oracle, files, "stig", "rhel 9")
    assert after[MAIN] == (
        "ClientAliveInterval 600\nClientAliveCountMax 1\nMatch all\n# fleetops.keepalive: "
        "ClientAliveInterval 600\n"
        "# fleetops.keepalive: ClientAliveCountMax 1\n"
    )
    [kept] = [
        text
        for path, text in enforce(oracle, files, "stig", "rhel 9", conflicts="report")[1].items()
        if path == MAIN
    ]
    assert kept == files[MAIN]


def test_an_interval_of_zero_is_not_strict(oracle):
    _result, after = enforce(oracle, {MAIN: "ClientAliveInterval 0\n"}, "lynis")
    assert "ClientAliveInterval 300\n" in after[MAIN]


def test_a_line_that_sshd_does_not_read_is_a_finding_and_is_mended(oracle):
    files = {MAIN: "ClientAliveInterval soon\nClientAliveCountMax 1\n"}
    finding = judged(oracle, files, "stig", "rhel 9")["ClientAliveInterval"]
    assert (finding["status"], finding["line"]) == (
        "fail",
        1,
    ) and "is not a value that OpenSSH reads" in finding["reason"]
    _result, after = enforce(oracle, files, "stig", "rhel 9")
    assert after[MAIN] == RIGHT


def test_what_is_in_the_way_of_a_scanner_is_commented(oracle):
    files = {
        MAIN: INCLUDE + "ClientAliveInterval 1800\nClientAliveInterval 900\n",
        f"{DROP_INS}/50-cloud.conf": "ClientAliveCountMax 5\n",
    }
    _result, after = enforce(oracle, files, "stig", "rhel 8")
    assert (
        after[MAIN]
        == INCLUDE
        + "ClientAliveInterval 600\nClientAliveCountMax 1\n# fleetops.keepalive: ClientAliveInterval 900\n"
    )
    assert after[f"{DROP_INS}/50-cloud.conf"] == "# fleetops.keepalive: ClientAliveCountMax 5\n"


def test_options_beside_the_profile_win_and_are_named(oracle):
    result, after = enforce(oracle, {MAIN: "\n"}, "stig", "rhel 9", count_max=5)
    assert "ClientAliveCountMax 5\n" in after[MAIN] and "ClientAliveInterval 600\n" in after[MAIN]
    assert result["tailoring"] == [
        {"option": "count_max", "value": "5", "profile": "1", "control": "RHEL-09-255095"}
    ]
    assert [
        text
        for text in result["warnings"]
        if "profile stig: RHEL-09-255095 stays a finding: ClientAliveCountMax is 5" in text
    ]


def test_an_override_that_violates_is_warned_about_or_taken_out(oracle):
    files = {
        MAIN: RIGHT + "Match User a\n    ClientAliveInterval 0\nMatch User b\n    ClientAliveInterval 300\n"
    }
    result, after = enforce(oracle, files, "stig", "rhel 9")
    assert after == files and not result["changed"]
    [warning] = result["warnings"]
    assert (
        f"RHEL-09-255100 stays a finding: {MAIN}:4 (Match User a) gives its connections ClientAliveInterval 0"
        in warning
    )
    result, after = enforce(oracle, files, "stig", "rhel 9", match_overrides="comment")
    assert "    # fleetops.keepalive: ClientAliveInterval 0\n" in after[MAIN] and result["warnings"] == []


def test_a_profile_excludes_match_and_has_rules_beside_it(oracle):
    result, _after = enforce(oracle, {MAIN: "\n"}, "cis", "debian 12", match="User a")
    assert "profile: cis is for everybody, so it excludes match: 'User a'; give rules" in result["msg"]
    result, after = enforce(
        oracle, {MAIN: "\n"}, "cis", "debian 12", rules=[{"match": "User a", "interval": "60"}]
    )
    assert after[MAIN].endswith("Match User a\n    ClientAliveInterval 60\n")


def test_600_0_where_it_protects_nothing_says_so_on_every_run(oracle):
    files = {MAIN: "ClientAliveInterval 600\nClientAliveCountMax 0\n"}
    for more in ({}, {"_check": True}):
        result, _after = enforce(oracle, files, "stig_legacy_600_0", **more)
        assert not result["changed"] and result["drop_after"] is None
        [warning] = result["warnings"]
        assert "protects nothing" in warning and "600/1" in warning and "NAME+idle" in warning


def test_the_strict_variant(oracle):
    result, after = enforce(oracle, {MAIN: "\n"}, "stig_600_0+idle")
    if oracle.releases["sshd"] < (9, 2):
        assert (
            "stig_600_0+idle needs ChannelTimeout and UnusedConnectionTimeout, which came with OpenSSH 9.2"
            in result["msg"]
        )
        return
    assert "ChannelTimeout session:*=600\nUnusedConnectionTimeout 600\n" in after[MAIN]
    assert [text for text in result["warnings"] if "async and poll" in text]
    kept = {MAIN: after[MAIN].replace("session:*=600", "agent-connection=60 session:*=900")}
    _result, after = enforce(oracle, kept, "stig_600_0+idle")
    assert "ChannelTimeout session:*=600 agent-connection=60\n" in after[MAIN]


def test_a_drop_in_that_sorts_too_late_is_refused(oracle):
    result, _after = enforce(oracle, {MAIN: INCLUDE}, "stig", "rhel 10", drop_in="99-site.conf")
    assert (
        "drop_in: 99-site.conf does not sort ahead of 50-redhat.conf, where stig wants the lines"
        in result["msg"]
    )

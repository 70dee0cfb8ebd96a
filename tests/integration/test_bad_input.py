"""Bad input: one sentence that names the option or file:line, in check mode too, and nothing on disk
changed."""

import pytest

from oracle import Oracle

SERVER, CLIENT = "/etc/ssh/sshd_config", "/etc/ssh/ssh_config"
GOOD = {SERVER: b"Port 22\n", CLIENT: b"Host *\n    HashKnownHosts yes\n"}


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    yield found
    found.close()


def refused(oracle, side, options, files=None, **how):
    """The one sentence of a refusal, the same in check mode and without, with every file as it was."""
    files = GOOD if files is None else files
    runs = oracle.manage(side, files, [dict(options, _check=True), dict(options, _check=False)], **how)
    (foretold, before), (done, after) = runs
    assert foretold["failed"] and done["failed"]
    assert foretold["msg"] == done["msg"] and "\n" not in done["msg"] and "Traceback" not in done["msg"]
    assert before == after == files
    return done["msg"]


@pytest.mark.parametrize(
    "side, options, words",
    [
        ("sshd", {"interval": "-5"}, ["interval", "-5", "seconds"]),
        ("sshd", {"interval": "soon"}, ["interval", "soon", "seconds"]),
        ("sshd", {"count_max": -1}, ["count_max", "-1"]),
        ("ssh", {"interval": "1.5"}, ["interval", "1.5"]),
        ("ssh", {"host": "gw", "match": "host gw", "interval": 5}, ["host", "match", "exclude"]),
        ("ssh", {"user": "nosuchuser", "interval": 5}, ["user", "nosuchuser", "does not exist"]),
        ("ssh", {"user": "alice", "path": "/etc/ssh/other", "interval": 5}, ["user", "path", "exclude"]),
        ("ssh", {"user": "alice", "placement": "drop_in", "interval": 5}, ["placement", "drop_in"]),
        ("ssh", {"exclude": ["bob"], "interval": 5}, ["exclude", "users"]),
        ("ssh", {"host": "!gw", "interval": 5}, ["host", "!gw"]),
        ("sshd", {"match": "Usr backup", "interval": 5}, ["match", "Usr"]),
        ("sshd", {"match": "User backup", "tcp_keepalive": False}, ["tcp_keepalive", "Match"]),
        ("sshd", {"rules": [{"interval": 5, "match": ""}]}, ["rules[0].match"]),
        (
            "sshd",
            {"rules": [{"match": "User a", "interval": 5}, {"match": "user a", "interval": 6}]},
            ["rules", "twice"],
        ),
        ("sshd", {}, ["interval", "rules"]),
        ("sshd", {"path": "/etc/ssh", "interval": 5}, ["path", "/etc/ssh", "directory"]),
        ("sshd", {"path": "sshd_config", "interval": 5}, ["path", "sshd_config", "absolute"]),
        ("sshd", {"path": "/etc/ssh/nothing_config", "interval": 5}, ["path", "/etc/ssh/nothing_config"]),
        ("sshd", {"sshd": "/etc/ssh/sshd_config", "interval": 5}, ["sshd", "/etc/ssh/sshd_config"]),
        ("sshd", {"profile": "stigg"}, ["profile", "stigg is not known", "stig_legacy_600_0", "lynis"]),
        (
            "sshd",
            {"profile": "stig", "profile_os": "rhel nine point four"},
            ["profile_os", "rhel nine point four"],
        ),
        (
            "sshd",
            {"profile": "stig", "profile_os": "plan 9"},
            ["profile", "no benchmark for plan 9", "rhel 9"],
        ),
        ("sshd", {"drop_in": "../x.conf", "interval": 5}, ["drop_in", "../x.conf"]),
        (
            "sshd",
            {"interval": 5, "backup": True, "backup_dir": "/etc/ssh/sshd_config.d"},
            ["backup_dir", "sshd_config.d"],
        ),
        ("sshd", {"interval": 14400, "idle_timeout": "30m"}, ["interval", "14400", "1799"]),
        ("sshd", {"interval": "auto"}, ["interval", "auto", "idle_timeout"]),
        (
            "sshd",
            {"interval": "auto", "idle_timeout": "aws-nat"},
            ["idle_timeout", "aws-nat", "aws_nat_gateway", "timeouts.md"],
        ),
        (
            "ssh",
            {"interval": "auto", "idle_timeout": "azure", "users": ["alice", "bob"]},
            ["idle_timeout: 'azure'", "azure_nat_gateway"],
        ),
        ("ssh", {"interval": "auto", "idle_timeout": 0}, ["idle_timeout", "0"]),
        (
            "sshd",
            {"rules": [{"match": "User a", "interval": "auto"}], "idle_timeout": 4},
            ["idle_timeout", "4 s"],
        ),
    ],
)
def test_an_option_that_makes_no_sense(oracle, side, options, words):
    message = refused(oracle, side, options)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    "side, files, options, words",
    [
        ("sshd", {SERVER: b"Port 22\nPort x\n"}, {"interval": 5}, [SERVER, "line 2", "sshd"]),
        (
            "sshd",
            {SERVER: b"Port 22\nNoSuchKeyword 1\n"},
            {"interval": 5},
            [SERVER, "line 2", "NoSuchKeyword"],
        ),
        ("sshd", {SERVER: b"Include " + SERVER.encode() + b"\n"}, {"interval": 5}, [SERVER + ":1", "16"]),
        (
            "sshd",
            {SERVER: b"Port 22\nServerAliveInterval 5\n"},
            {"interval": 5},
            [SERVER + ":2", "ServerAliveInterval", "ClientAliveInterval"],
        ),
        ("sshd", {SERVER: b"Port 22\nMatch Usr x\n"}, {"interval": 5}, [SERVER, "2", "Usr"]),
        (
            "ssh",
            {CLIENT: b"Host *\n    ClientAliveInterval 5\n"},
            {"interval": 5},
            [CLIENT + ":2", "ServerAliveInterval"],
        ),
        ("ssh", {CLIENT: b"Host *\n    Port x\n"}, {"interval": 5}, [CLIENT, "line 2"]),
        (
            "ssh",
            {"/home/alice/.ssh/config": b"Port x\n"},
            {"interval": 5, "user": "alice"},
            ["/home/alice/.ssh/config", "line 1"],
        ),
    ],
)
def test_a_file_that_openssh_refuses_already(oracle, side, files, options, words):
    message = refused(oracle, side, options, files)
    assert all(word in message for word in words), message


@pytest.mark.parametrize("side, words", [("sshd", [SERVER, "read-only"]), ("ssh", [CLIENT, "read-only"])])
def test_a_read_only_file_system(oracle, side, words):
    message = refused(oracle, side, {"interval": 5}, readonly=True)
    assert all(word in message for word in words), message


def test_a_user_that_cannot_be_done_leaves_the_others_done(oracle):
    options = {"users": ["nosuchuser", "alice"], "interval": 60, "_check": False}
    [(result, files)] = oracle.manage("ssh", {}, [options])
    assert result["failed"] and "nosuchuser" in result["msg"]
    assert result["users"]["nosuchuser"]["failed"] and result["users"]["alice"]["changed"]
    assert files == {"/home/alice/.ssh/config": b"Host *\n    ServerAliveInterval 60\n"}

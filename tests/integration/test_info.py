"""keepalive_info: what OpenSSH says is in force, which line decides it, and what could not be read."""

import os

import pytest

from oracle import HOME, Oracle

SERVER, CLIENT, USER = "/etc/ssh/sshd_config", "/etc/ssh/ssh_config", HOME + "/.ssh/config"
FILES = {
    SERVER: b"Include /etc/ssh/sshd_config.d/*.conf\nClientAliveInterval 600\nMatch User backup\n    ClientAliveInterval 30\n",
    SERVER + ".d/50-cloud-init.conf": b"ClientAliveInterval 10m\nClientAliveCountMax 1\n",
    CLIENT: b"Host gw*\n    ServerAliveInterval 15\nHost *\n    ServerAliveInterval 60\nMatch host late\n    ServerAliveInterval 5\n",
    USER: b"Host gw.example.com\n    ServerAliveInterval 7\n",
}


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    yield found
    found.close()


def look(oracle, files=None, **options):
    files = FILES if files is None else files
    [(result, after)] = oracle.manage("info", files, [options])
    assert after == files
    return result


def standing(lines):
    return {"%s:%d" % (line["file"], line["line"]): line["status"] for line in lines}


def test_both_sides_with_the_line_that_decides(oracle):
    told = look(oracle)
    assert (
        told["server"]["effective"]["clientaliveinterval"] == "600"
        and told["server"]["verified"] == "openssh"
    )
    assert standing(told["server"]["lines"]) == {
        SERVER + ".d/50-cloud-init.conf:1": "wins",
        SERVER + ".d/50-cloud-init.conf:2": "wins",
        SERVER + ":2": "shadowed",
        SERVER + ":4": "match_override",
    }
    assert told["client"]["effective"]["serveraliveinterval"] == "60" and told["client"]["drop_after"] == 240
    assert standing(told["client"]["lines"]) == {
        CLIENT + ":2": "own",
        CLIENT + ":4": "wins",
        CLIENT + ":6": "shadowed",
    }
    assert told["openssh"]["server"]["version"] == "%d.%d" % oracle.releases["sshd"]
    assert told["unreadable"] == []


def test_a_connection_and_destinations(oracle):
    told = look(oracle, connection={"user": "backup"}, hosts=["gw7", "db"])
    assert told["server"]["effective"]["clientaliveinterval"] == "30"
    assert standing(told["server"]["lines"])[SERVER + ":4"] == "wins"
    assert {host: view["effective"]["serveraliveinterval"] for host, view in told["hosts"].items()} == {
        "gw7": "15",
        "db": "60",
    }
    assert standing(told["hosts"]["gw7"]["lines"])[CLIENT + ":4"] == "shadowed"


def test_a_user_and_nobody(oracle):
    told = look(oracle, sides=["client"], users=["alice", "nosuchuser"])
    assert told["users"]["alice"]["effective"]["serveraliveinterval"] == "60"
    assert standing(told["users"]["alice"]["lines"]) == {
        USER + ":2": "own",
        CLIENT + ":2": "own",
        CLIENT + ":4": "wins",
        CLIENT + ":6": "shadowed",
    }
    assert told["users"]["nosuchuser"]["failed"] and "nosuchuser" in told["users"]["nosuchuser"]["msg"]
    assert "server" not in told


def test_a_command_of_the_configuration_is_never_run(oracle):
    files = {
        CLIENT: b'Match exec "touch /etc/ssh/was-run"\n    ServerAliveInterval 5\nHost *\n    ServerAliveInterval 60\n'
    }
    told = look(oracle, files, sides=["client"], hosts=["db"])
    assert told["client"]["verified"] == "resolution" and CLIENT + ":1" in told["client"]["verified_reason"]
    assert standing(told["hosts"]["db"]["lines"]) == {CLIENT + ":2": "unknown", CLIENT + ":4": "wins"}


def test_a_file_that_openssh_refuses_is_told(oracle):
    told = look(oracle, {SERVER: b"ServerAliveInterval 5\nClientAliveInterval 60\n"}, sides=["server"])
    assert (
        told["server"]["verified"] == "resolution"
        and "ServerAliveInterval" in told["server"]["verified_reason"]
    )
    assert standing(told["server"]["lines"]) == {SERVER + ":1": "wrong_side", SERVER + ":2": "wins"}


def test_the_table_for_people(oracle):
    told = look(
        oracle, {SERVER: b"KeepAlive no\nMatch User a\n    ClientAliveInterval 5\n"}, sides=["server"]
    )
    assert told["server"]["provenance"][:4] == [
        "ClientAliveInterval      0     -                       OpenSSH's default, no line says so",
        "ClientAliveInterval      5     /etc/ssh/sshd_config:3  match_override: decides for the connections "
        "of Match User a",
        "ClientAliveCountMax      3     -                       OpenSSH's default, no line says so",
        "TCPKeepAlive             no    /etc/ssh/sshd_config:1  wins: first line read for everybody",
    ]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"connection": {"usr": "x"}}, ["connection", "usr"]),
        ({"connection": {"lport": "ssh"}}, ["connection", "lport"]),
        ({"profiles": ["stigg"]}, ["profile", "stigg is not known", "stig_legacy_600_0"]),
        ({"profiles": ["stig"], "sides": ["client"]}, ["profiles", "add server to sides"]),
    ],
)
def test_bad_input(oracle, options, words):
    told = look(oracle, **options)
    assert told["failed"] and all(word in told["msg"] for word in words)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody with fewer rights")
def test_without_root_it_says_what_it_could_not_read(oracle):
    files = {
        SERVER: b"Include /etc/ssh/own.secret\nClientAliveInterval 60\n",
        "/etc/ssh/own.secret": b"ClientAliveInterval 5\n",
    }
    told = look(oracle, files, sides=["server"], _as="nobody")
    assert told["unreadable"] == ["/etc/ssh/own.secret cannot be read: Permission denied"]
    assert told["server"]["verified"] == "resolution"
    assert standing(told["server"]["lines"]) == {SERVER + ":2": "wins"}

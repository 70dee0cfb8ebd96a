"""The command line of a session, with a script in the place of ssh that tells of jump hosts."""

import shlex

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._probe.command import command


@pytest.fixture(name="ssh")
def _ssh(tmp_path):
    """Make a program that says so much on stdout and stderr, for each destination, whatever else it is
    asked."""

    def make(**told):
        program = tmp_path / "ssh"
        cases = "".join(
            f"{host}) echo {shlex.quote(out)}; echo {shlex.quote(err)} >&2;;\n"
            for host, (out, err) in told.items()
        )
        program.write_text(f'#!/bin/sh\nfor host; do :; done\ncase "$host" in\n{cases}esac\n')
        program.chmod(0o755)
        return str(program)

    return make


def implicit(how):
    return f"debug1: Setting implicit ProxyCommand from ProxyJump: ssh {how}"


def proxy_of(line):
    """The words of the ProxyCommand of a command line."""
    found = [word.partition("=")[2] for word in line if word.startswith("ProxyCommand=")]
    return shlex.split(found[0]) if found else None


def test_nothing_of_the_users_comes_ahead_of_the_silence(ssh):
    line = command(ssh(), 900, "gw", 2222, "alice", "/key", ["-o", "ServerAliveInterval=7", "-C"])
    assert line.index("ServerAliveInterval=0") < line.index("ServerAliveInterval=7")
    assert line[-12:] == [
        "-p",
        "2222",
        "-l",
        "alice",
        "-i",
        "/key",
        "-o",
        "ServerAliveInterval=7",
        "-C",
        "--",
        "gw",
        line[-1],
    ]
    assert "exec timeout 930 cat" in line[-1]
    assert proxy_of(line) is None


def test_each_jump_host_of_a_row_is_as_quiet(ssh):
    program = ssh(
        gw=("proxyjump a,b", implicit("-p 44 -J a -F /c -W '[%h]:%p' b")),
        b=("proxyjump a", implicit("-l root -F /c -W '[%h]:%p' a")),
    )
    line = command(program, 900, "gw", extra=["-J", "a,b"])
    assert "-J" not in line and "ProxyJump=a,b" in line
    second = proxy_of(line)
    assert (second[0], second[-1]) == (program, "b")
    assert "ServerAliveInterval=0" in second and "-J" not in second
    assert second[-4:-2] == ["-W", "[%h]:%p"]
    first = proxy_of(second)
    assert first[-1] == "a" and "ServerAliveInterval=0" in first
    # Expanded for b and not for gw, one level further down.
    assert "[%%h]:%%p" in first


def test_an_ssh_that_does_not_tell_is_not_trusted(ssh):
    with pytest.raises(KeepaliveError, match="does not tell how it would reach the jump host"):
        command(ssh(gw=("ProxyJump a", "debug1: something new")), 900, "gw")


def test_no_jump(ssh):
    assert proxy_of(command(ssh(gw=("proxyjump none", "")), 900, "gw")) is None


def test_a_jump_host_without_more(ssh):
    assert proxy_of(command(ssh(gw=("proxyjump a", implicit("-W '[%h]:%p' a"))), 900, "gw"))[-4:] == [
        "-W",
        "[%h]:%p",
        "--",
        "a",
    ]


def test_a_circle_of_jump_hosts_ends(ssh):
    with pytest.raises(KeepaliveError, match="is it a circle"):
        command(ssh(gw=("proxyjump gw", implicit("-W '[%h]:%p' gw"))), 900, "gw")


@pytest.mark.parametrize("words", [["-Z"], ["gw"], ["-o"]])
def test_what_is_no_option_is_said(ssh, words):
    with pytest.raises(KeepaliveError, match="^ssh_args: "):
        command(ssh(), 900, "gw", extra=words)

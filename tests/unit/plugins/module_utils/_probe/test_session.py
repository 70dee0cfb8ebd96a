"""One session, with shell scripts in the place of ssh."""

import time

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._probe import session as sessions
from ansible_collections.fleetops.keepalive.plugins.module_utils._probe.session import Session

QUIET = 0.3
PATIENCE = 30
FIRST_ECHO = 'read line; echo "$line"; '


def outcome(script, seconds=QUIET):
    """The session when it has its answer."""
    session = Session(["sh", "-c", script], seconds)
    deadline = time.monotonic() + PATIENCE
    try:
        while not session.is_done:
            assert time.monotonic() < deadline
            session.look()
            time.sleep(0.01)
    finally:
        session.end()
    return session


@pytest.mark.parametrize(
    "script, state",
    [
        ("cat", sessions.LIVED),
        (FIRST_ECHO + "read line; exit 255", sessions.RESET),
        (FIRST_ECHO + "exit 255", sessions.RESET),
        (FIRST_ECHO + "sleep 60", sessions.SILENT),
    ],
    ids=["an echo", "an end when asked", "an end while idle", "nothing"],
)
def test_what_becomes_of_a_session(monkeypatch, script, state):
    monkeypatch.setattr(sessions, "ECHO_SECONDS", 1)
    session = outcome(script)
    assert session.state == state
    if "exit 255" not in script:
        assert QUIET <= session.quiet < QUIET + PATIENCE
    assert session.path == "a proxy command"


def test_a_probe_of_the_servers_ends_a_quiet_stretch():
    debug = "echo 'debug1: client_input_global_request: rtype keepalive@openssh.com want_reply 1' >&2; "
    session = outcome(f"exec 3<&0; (sleep 0.5; {debug}) & cat <&3", 1.0)
    assert session.state == sessions.LIVED
    assert session.server_probes == 1
    assert session.quiet < 1.0


def test_where_the_first_connection_went_to():
    said = "debug1: Connecting to jump.example.com [192.0.2.7] port 2222."
    assert outcome(f"echo '{said}' >&2; cat").path == "192.0.2.7 port 2222"
    proxied = f"echo 'debug1: Executing proxy command: exec ssh' >&2; echo '{said}' >&2; cat"
    assert outcome(proxied).path == "192.0.2.7 port 2222, and from there on to the destination"


BANNER = "*** Property of Example.\nForbidden for everybody else.\n"
COMPLAINTS = {
    "a refused login": (
        BANNER + "alice@gw: Permission denied (publickey).",
        "alice@gw: Permission denied (publickey)",
    ),
    "a closed port": (
        "ssh: connect to host gw port 22: Connection refused",
        "ssh: connect to host gw port 22: Connection refused",
    ),
    "a changed key": (
        "@@@@\nSomeone could be eavesdropping on you right now!\nHost key verification failed.",
        "Host key verification failed",
    ),
    "no room": (
        "kex_exchange_identification: read: Connection reset by peer",
        "kex_exchange_identification: read: Connection reset by peer",
    ),
    "a broken file": (
        "/etc/ssh/ssh_config: line 3: Bad configuration option: foo",
        "/etc/ssh/ssh_config: line 3: Bad configuration option: foo",
    ),
    "another command": (
        'Authenticated to gw ([192.0.2.7]:22) using "publickey".',
        "the login works, but not cat, which the account has to be allowed to run (it said: nothing)",
    ),
    "nothing": ("debug1: Exit status 1", "ssh gives no reason"),
}


@pytest.mark.parametrize("said, complaint", COMPLAINTS.values(), ids=list(COMPLAINTS))
def test_why_there_is_no_session(said, complaint):
    with pytest.raises(KeepaliveError) as error:
        outcome(f"cat >&2 <<'END'\n{said}\nEND\n")
    assert str(error.value) == complaint


def test_a_login_that_takes_too_long(monkeypatch):
    monkeypatch.setattr(sessions, "LOGIN_SECONDS", 0.2)
    with pytest.raises(KeepaliveError, match="no echo within 0 s; ssh gives no reason"):
        outcome("sleep 60")

"""What a trial decides before any sshd runs: whose it is, and which line of a log tells why a login
failed."""

import os
import pwd
from pathlib import Path

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import network, relay, trial
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.trial import Trial

ME = os.getuid()
ROOT, USER = 0, 1234


@pytest.mark.parametrize(
    "euid, of_session, user, sudo_uid, uid",
    [
        (ROOT, 1001, "daemon", "1003", 1001),
        (ROOT, 0, "daemon", "1003", 0),
        (ROOT, None, "daemon", "1003", pwd.getpwnam("daemon").pw_uid),
        (ROOT, None, "nobody-of-this-name", "1003", 1003),
        (ROOT, None, "", "1003", 1003),
        (ROOT, None, "", "-1", ME),
        (ROOT, None, "", "1003\n", ME),
        (ROOT, None, "", "²", ME),
        (ROOT, None, "", None, ME),
        (USER, None, "", "1003", ME),
    ],
)
def test_the_account_is_the_kernel_s_word_then_the_controller_s_then_that_of_sudo(
    monkeypatch, euid, of_session, user, sudo_uid, uid
):
    monkeypatch.setattr(network, "uid_of_session", lambda: of_session)
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    monkeypatch.delenv("SUDO_UID", raising=False)
    if sudo_uid is not None:
        monkeypatch.setenv("SUDO_UID", sudo_uid)
    assert trial._login_uid(user) == uid


LOGS = [
    ("", ""),
    ("Connection closed by 192.0.2.7 port 1\n", ""),
    ("Connection from 192.0.2.7\nUser alice not allowed because\nlast\n", "User alice not allowed because"),
    ("first\nlast\n", "last"),
    (
        "first\nerror: of sshd\nfleetops.keepalive: the login was ended after 30 s\nfatal: at the end\n",
        "the login was ended after 30 s",
    ),
]


@pytest.mark.parametrize("text, told", LOGS)
def test_the_line_that_tells_best_is_given_and_the_log_is_gone(tmp_path, text, told):
    log = tmp_path / "log"
    log.write_text(text)
    assert Trial("/config", "/sshd", str(log)).end() == told
    assert not log.exists()
    assert Trial("/config", "/sshd", str(log)).end() == ""


def test_without_a_log_one_sentence_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    for make in (lambda one: one.listen(), lambda one: one.log_in_here("alice", "true")):
        with pytest.raises(KeepaliveError) as told:
            make(Trial("/config", "/sshd", str(tmp_path / "file" / "log")))
        assert str(told.value).endswith(
            "cannot be made (File exists), so nothing was loaded"
        ) or "Not a directory" in str(told.value)


def test_the_relay_is_a_program_by_itself():
    """It is sent as text, and run by whatever Python of the host."""
    source = Path(relay.__file__).read_bytes()
    imports = [
        line.split()[1]
        for line in source.decode("ascii").splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert imports == ["os", "signal", "socket", "sys", "threading"]

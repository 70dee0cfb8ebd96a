"""What the command line of an sshd says: whether it listens, and which configuration it runs."""

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import daemon

DEBIAN = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
SECOND = "sshd: /usr/sbin/sshd -D -f /etc/ssh/second [listener] 0 of 10-100 startups"


@pytest.mark.parametrize(
    ("comm", "title", "expected"),
    [
        ("sshd", DEBIAN, True),
        ("sshd", "/usr/sbin/sshd -D", True),
        ("sshd", "sshd: alice@pts/0", False),
        ("sshd", "sshd: alice [priv]", False),
        ("sshd-session", "sshd-session: alice@notty", False),
        ("bash", "bash", False),
        ("", "", False),
    ],
)
def test_a_listener_is_told_from_a_session_and_from_other_programs(comm, title, expected):
    assert daemon.is_listener(comm, title) is expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (DEBIAN, None),
        (SECOND, "/etc/ssh/second"),
        ("/usr/sbin/sshd -f/etc/ssh/second -D", "/etc/ssh/second"),
        ("/usr/sbin/sshd -Df /etc/ssh/second", "/etc/ssh/second"),
        ("/usr/sbin/sshd -D -o Banner=/etc/-f", None),
    ],
)
def test_the_main_file_is_read_from_the_title(title, expected):
    assert daemon.main_file(title) == expected


@pytest.mark.parametrize("title", [SECOND, "/usr/sbin/sshd -D -f /etc/ssh/second"])
def test_the_command_that_started_it_is_read_from_the_title(title):
    assert daemon.command_line(title) == "/usr/sbin/sshd -D -f /etc/ssh/second"


@pytest.mark.parametrize(
    ("title", "path", "expected"),
    [
        (DEBIAN, "/etc/ssh/sshd_config", True),
        (DEBIAN, "/etc/ssh/second", False),
        (SECOND, "/etc/ssh/second", True),
        (SECOND, "/etc/ssh/../ssh/second", True),
        (SECOND, "/etc/ssh/sshd_config", False),
    ],
)
def test_an_sshd_serves_the_file_it_was_started_with(title, path, expected):
    assert daemon.serves(title, path) is expected

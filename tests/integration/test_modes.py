"""Owners and modes under which ssh would refuse to run are put right where they are ours, and told where they
are not."""

import pytest

from oracle import HOME, Oracle

CLIENT, DROP_IN, OTHER = (
    "/etc/ssh/ssh_config",
    "/etc/ssh/ssh_config.d/00-keepalive.conf",
    "/etc/ssh/ssh_config.d/50-other.conf",
)
SYSTEM = {CLIENT: b"Include /etc/ssh/ssh_config.d/*.conf\n", DROP_IN: b"Host *\n    ServerAliveInterval 60\n"}
USER = HOME + "/.ssh/config"


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    yield found
    found.close()


def manage(oracle, files, modes, *runs):
    return [
        result
        for result, _files in oracle.manage(
            "ssh", files, [dict(run, interval=60) for run in runs], modes=modes
        )
    ]


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_the_drop_in_is_for_everybody_to_read_and_for_root_to_write(oracle, mode):
    foretold, done, again = manage(oracle, SYSTEM, {DROP_IN: mode}, {"_check": True}, {}, {})
    assert foretold["changed"] and done["changed"] and not again["changed"]
    assert foretold["diff"] == done["diff"]
    assert (done["diff"][0]["before"], done["diff"][0]["after"]) == ("mode %04o\n" % mode, "mode 0644\n")


def test_a_user_s_file_that_others_may_write_is_closed_to_them(oracle):
    done, again = manage(
        oracle,
        {USER: b"Host *\n    ServerAliveInterval 60\n"},
        {USER: 0o666},
        {"user": "alice"},
        {"user": "alice"},
    )
    assert done["changed"] and not again["changed"]
    assert done["files"] == [{"path": USER, "action": "edited"}]


def test_another_drop_in_that_ssh_refuses_is_told(oracle):
    [done] = manage(oracle, dict(SYSTEM, **{OTHER: b"Host x\n"}), {OTHER: 0o666}, {})
    assert not done["changed"] and any(OTHER in warning and "0666" in warning for warning in done["warnings"])

"""Nothing is written that OpenSSH refuses, also where nobody can be named whom the scope is for; and other
findings of reviews."""

import pytest

from oracle import HOME, Oracle

SERVER, CLIENT, USER = "/etc/ssh/sshd_config", "/etc/ssh/ssh_config", HOME + "/.ssh/config"


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    found = Oracle()
    yield found
    found.close()


def once_and_again(oracle, side, files, options):
    (done, after), (again, same) = oracle.manage(side, files, [dict(options), dict(options)])
    assert not done.get("failed"), done
    assert not again["changed"] and after == same, again
    return done, after


@pytest.mark.parametrize(
    "side, match",
    [
        ("sshd", "Address 10.0.0.0/33"),
        ("sshd", "LocalPort 99999"),
        ("sshd", "RDomain"),
        ("ssh", "host"),
        ("ssh", "exec"),
    ],
)
def test_criteria_that_openssh_refuses_are_not_written(oracle, side, match):
    files = {SERVER: b"Port 22\n", CLIENT: b"Host *\n"}
    [(done, after)] = oracle.manage(side, files, [{"match": match, "interval": 5}])
    assert done["failed"] and after == files


def test_criteria_of_a_newer_release_are_not_written(oracle):
    if oracle.releases["ssh"] >= (10, 0):
        pytest.skip("this OpenSSH knows every attribute")
    files = {CLIENT: b"Host *\n"}
    [(done, after)] = oracle.manage("ssh", files, [{"match": "sessiontype shell", "interval": 5}])
    assert done["failed"] and "Unsupported Match attribute" in done["msg"] and after == files


def test_a_file_that_was_broken_before_is_named_as_that(oracle):
    [(done, _after)] = oracle.manage(
        "sshd", {SERVER: b"Port 22\nNoSuch 1\n"}, [{"match": "Group nosuchgroup", "interval": 5}]
    )
    assert done["failed"] and "as it is" in done["msg"] and "line 2" in done["msg"]


@pytest.mark.parametrize(
    "rules",
    [
        [("User alice", 30), ("User *", 60)],
        [("User alice", 30), ("all", 30)],
        [("Group nosuchgroup", 300), ("Group staffs", 0)],
        [("Address 10.0.0.0/8", 300), ("User alice", 5)],
        [("User alice", 5), ("Address 10.0.0.0/8", 300), ("all", 7)],
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        b"Include /etc/ssh/sshd_config.d/*.conf\nPort 22\nMatch User alice\n    X11Forwarding no\n",
        b"Port 22\nMatch LocalPort 22\n    ClientAliveInterval 300\n",
    ],
)
def test_rules_keep_their_order_and_are_done_once(oracle, text, rules):
    options = {"rules": [{"match": match, "interval": interval} for match, interval in rules]}
    _done, after = once_and_again(oracle, "sshd", {SERVER: text}, options)
    asked = {
        "user": "alice",
        "host": "h.example.org",
        "addr": "10.0.0.5",
        "laddr": "192.0.2.1",
        "lport": 2222,
    }
    [answer] = oracle.sshd(after, [asked])
    fitting = [interval for match, interval in rules if match.split()[0] in ("User", "Address", "all")]
    assert not fitting or answer.values["clientaliveinterval"] == str(fitting[0])


def test_every_override_goes_at_once(oracle):
    text = b"Match User alice\n    ClientAliveCountMax 3\n    ClientAliveCountMax 4\n"
    _done, after = once_and_again(
        oracle, "sshd", {SERVER: text}, {"count_max": 1, "match_overrides": "remove"}
    )
    assert after[SERVER] == b"ClientAliveCountMax 1\n"


@pytest.mark.parametrize("header", [b"Match localuser root", b"Match user root", b"Match localuser alice"])
def test_a_block_about_whoever_runs_it_is_no_obstacle(oracle, header):
    once_and_again(oracle, "ssh", {CLIENT: header + b"\n    ServerAliveInterval 15\n"}, {"interval": 60})


def test_what_the_system_says_counts_for_a_user_without_a_file(oracle):
    files = {CLIENT: b"Host *\n    ServerAliveInterval 60\n"}
    [(told, _files)] = oracle.manage("info", files, [{"sides": [], "users": ["alice"]}])
    view = told["users"]["alice"]
    assert (view["effective"]["serveraliveinterval"], view["verified"], view["drop_after"]) == (
        "60",
        "openssh",
        240,
    )
    assert [(line["file"], line["status"]) for line in view["lines"]] == [(CLIENT, "wins")]


def test_slashes_more_than_needed(oracle):
    files = {SERVER: b"Include /etc/ssh//sshd_config.d/./*.conf\n"}
    done, after = once_and_again(oracle, "sshd", files, {"interval": 60})
    assert done["files"] == [{"path": SERVER + ".d/00-keepalive.conf", "action": "created"}]


@pytest.mark.parametrize(
    "include, directory",
    [
        (b"/etc/ssh/x/*", "/etc/ssh/x"),
        (b"/etc/ssh/x/*", SERVER + ".d/bak"),
        (b"none", SERVER + ".bak"),
        (b"none", "x"),
    ],
)
def test_copies_never_become_configuration(oracle, include, directory):
    files = {SERVER: b"Include %s\n" % include}
    [(done, after)] = oracle.manage(
        "sshd", files, [{"interval": 60, "backup": True, "backup_dir": directory}]
    )
    assert done["failed"] and "backup_dir" in done["msg"] and after == files


def test_two_copies_within_a_second_are_two(oracle):
    runs = [{"interval": interval, "backup": True} for interval in (60, 61, 62)]
    results = [result for result, _files in oracle.manage("sshd", {SERVER: b"Port 22\n"}, runs)]
    assert len({result["files"][0]["backup"] for result in results}) == 3


def test_a_count_of_0_that_is_there_already_is_warned_about(oracle):
    done, _after = once_and_again(oracle, "sshd", {SERVER: b"ClientAliveCountMax 0\n"}, {"interval": 600})
    assert any("600/1" in warning for warning in done["warnings"]) == (oracle.releases["sshd"] >= (8, 2))


COUNTED = b'#!/bin/sh\necho called >> /etc/ssh/calls\nexec %s "$@"\n'


@pytest.mark.parametrize(
    "side, program, options, calls",
    [
        ("sshd", b"/usr/sbin/sshd", {"interval": 60}, 1),
        ("sshd", b"/usr/sbin/sshd", {"interval": 60, "rules": [{"match": "User alice", "interval": 5}]}, 2),
        ("ssh", b"/usr/bin/ssh", {"interval": 60, "rules": [{"host": "gw", "interval": 5}]}, 2),
        ("ssh", b"/usr/bin/ssh", {"interval": 60, "user": "alice"}, 1),
    ],
)
def test_one_openssh_process_a_scope_when_nothing_changes(oracle, side, program, options, calls):
    files = {SERVER: b"Port 22\n", CLIENT: b"Host *\n", "/etc/ssh/counted": COUNTED % program}
    options = dict(options, **{side: "/etc/ssh/counted"})
    results = oracle.manage(side, files, [dict(options), dict(options)], modes={"/etc/ssh/counted": 0o755})
    (done, first), (again, second) = results
    assert done["changed"] and not again.get("failed") and not again["changed"]
    assert len(second["/etc/ssh/calls"]) - len(first["/etc/ssh/calls"]) == calls * len("called\n")


HOST_KEY, DIRECTORY = "/etc/ssh/ssh_host_ed25519_key", "/run/sshd"


@pytest.mark.parametrize("without", [[HOST_KEY], [DIRECTORY], [HOST_KEY, DIRECTORY]])
def test_what_only_a_running_sshd_needs_is_supplied_for_the_judgement(oracle, without):
    [(done, after)] = oracle.manage("sshd", {SERVER: b"Port 22\n"}, [{"interval": 60}], without=without)
    assert done["verified"] == "openssh" and after == {SERVER: b"Port 22\nClientAliveInterval 60\n"}


# sshd 7.7 to 8.0 refuse -T without -C as soon as there is a Match block; none of these can be had here, so
# one is played.
OLD = b"""#!/bin/sh
case "$*" in
*-V*) echo "OpenSSH_8.0p1, OpenSSL 1.1.1" >&2; exit 1 ;;
*-C*) exec /usr/sbin/sshd "$@" 2>/dev/null ;;
*) echo "'Match User' in configuration but 'user' not in connection test specification." >&2; exit 255 ;;
esac
"""


def test_an_sshd_that_tells_nothing_without_a_connection(oracle):
    files = {SERVER: b"Port 22\nMatch User backup\n    ClientAliveInterval 30\n", "/etc/ssh/old": OLD}
    [(done, after)] = oracle.manage(
        "sshd", files, [{"interval": 60, "sshd": "/etc/ssh/old"}], modes={"/etc/ssh/old": 0o755}
    )
    assert (done["verified"], done["effective"]["clientaliveinterval"], done["openssh_version"]) == (
        "openssh",
        "60",
        "8.0",
    )
    assert after[SERVER].startswith(b"Port 22\nClientAliveInterval 60\n")

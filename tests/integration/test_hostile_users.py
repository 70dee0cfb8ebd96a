"""Users who attack root: whatever mallory does in a home of her own, nothing beyond her rights is read into
what the task tells, nothing
beyond them is changed, and alice and carol, who are in the same call, are done.

The real modules run as root on real accounts with uids of their own, in a mount namespace; the attacks are
below tests/integration/hostile.
KEEPALIVE_USERS: how many users there are in the call with many.
"""

import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from oracle import CHECKOUT, ROOT, Oracle

# Uids are this process's alone: mallory kills what runs under hers, and other tests run beside this one.
UIDS = {
    name: 10000 + os.getpid() % 5000 * 10 + index
    for index, name in enumerate(["alice", "bob", "carol", "mallory"])
}
PEOPLE = ["%s:%d:%d" % (name, uid, uid) for name, uid in UIDS.items()]
SECRET = "CANARY-d41e5c"
# What is not mallory's. The passwords of the machine are covered by a file of ours, so that a hole could not
# hurt it.
OUTSIDE = ["/etc/ssh", "/etc/shadow", "/home/bob", "/home/root", "/home/vault", "/var/backups"]
PREPARE = """
cp /home/vault/secret /media/shadow; chmod 600 /media/shadow; mount --bind /media/shadow /etc/shadow
for user in alice bob carol mallory; do
    mkdir -p /home/$user; chown -R $user: /home/$user; chmod 700 /home/$user
done
chmod 755 /etc/ssh /home /var/backups /run /var/lib; chmod 711 /home/vault
chmod 640 /home/vault/for_the_group; chmod 600 /home/vault/secret /home/bob/.ssh/config; chmod 700 /home/root /home/bob/.ssh
"""
FILES = {
    "/etc/ssh/ssh_config": b"Host *\n    HashKnownHosts yes\n",
    "/home/vault/secret": SECRET.encode() + b" yes\nHost *\n    ServerAliveInterval 5\n",
    "/home/vault/for_the_group": SECRET.encode() + b" yes\n",
    "/home/vault/readable": b"Host *\n    ServerAliveInterval 5\n",
    "/home/bob/.ssh/config": b"Host " + SECRET.encode() + b"\n    ServerAliveInterval 5\n",
    "/home/root/.ssh/known_hosts": SECRET.encode() + b"\n",
}
TOOLS = CHECKOUT / "tests" / "integration" / "hostile"
PYTHON = CHECKOUT / Path(sys.executable).parent.relative_to(ROOT) / "python"
ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "PYTHONPATH": str(CHECKOUT / ".build" / "source"),
    "HOME": "/home/root",
    "TOKEN": SECRET,
}
GOOD = b"Host *\n    ServerAliveInterval 60\n"
MANY = int(os.environ.get("KEEPALIVE_USERS", "200"))
COUNTED = '#!/bin/sh\necho called >>/home/calls\nexec /usr/bin/ssh "$@"\n'
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    if os.geteuid() != 0:
        pytest.fail("No attack was tried: only root can act as other users. Run this as root.")
    found = Oracle(PEOPLE)
    yield found
    found.close()


HER = "setpriv --reuid={0} --regid={0} --clear-groups env -i PATH=/usr/bin:/bin HOME=/home/mallory ".format(
    UIDS["mallory"]
)
IN_SSH = "mkdir -m 700 .ssh; cd .ssh\n"


class Outcome:
    """What came of the runs of one attack: results, one dict a run; loot, what mallory's own programs wrote
    down."""

    def __init__(self, output, loot):
        assert "Traceback" not in output and "defect" not in output, output
        self.results, self.loot = [json.loads(line) for line in output.splitlines()], loot

    @property
    def mallory(self):
        [result] = self.results
        return result["users"]["mallory"]

    @property
    def refusal(self):
        """The one sentence about mallory."""
        told = self.mallory
        assert told["failed"] and "\n" not in told["msg"], told
        assert self.results[0]["failed"] and told["msg"] in self.results[0]["msg"]
        return told["msg"]


RUN = "sh /home/attack/run"
TERMINAL = "script -qec '%s' /dev/null </dev/null | tr -d '\\r'" % RUN


def attack(
    oracle, hers, by_root="", meanwhile=(), module="ssh_config", options=({},), seconds=0, limit=30, under=RUN
):
    """Run the module while mallory attacks, and see that nothing came of it for anybody else.

    hers: a shell script that she runs at home; by_root: one that root runs after it; meanwhile: her programs
    (file of
    tests/integration/hostile and arguments) that run on. The module runs for that many seconds, with each of
    the options in turn and at least once;
    limit: how many seconds it gives a user; under: the command that runs it.
    """
    common = {"users": ["alice", "mallory", "carol"], "_ansible_diff": True, "_ansible_verbosity": 1}
    common.update({"interval": 60} if module == "ssh_config" else {})
    given = json.dumps([dict(common, **more) for more in options])
    state = "/usr/bin/python3 %s %s" % (TOOLS / "state.py", " ".join(OUTSIDE))
    scripts = [
        PREPARE,
        "cd /home/mallory && %s sh -eu /home/attack/hers" % HER,
        "set -eu\n" + by_root,
        state,
        "\n".join(
            [
                'attackers=""',
                *(
                    '%s /usr/bin/python3 %s >/dev/null 2>>/home/attack/complaints & attackers="$attackers $!"'
                    % (HER, TOOLS / name)
                    for name in meanwhile
                ),
                "sleep 0.3; exec 9</home/vault/secret",
                under,
                "for one in $attackers; do kill -9 $one || echo Traceback: an attacker ended early; done",
            ]
        ),
        state,
        "umount /etc/shadow; cat /home/attack/complaints",
        "cat /home/mallory/loot 2>/dev/null; true",
        "cat /home/alice/.ssh/config /home/carol/.ssh/config; rm -rf /home/mallory",
    ]
    run = "%s %s %s %s '%s' %d\n" % (PYTHON, TOOLS / "run.py", module, seconds, given, limit)
    files = dict(
        FILES,
        **{
            "/home/attack/hers": hers.encode(),
            "/home/attack/run": run.encode(),
            "/home/attack/complaints": b"",
        },
    )
    *prepared, before, ran, after, complaints, loot, good = oracle.run(files, scripts, ENVIRONMENT)
    assert prepared == [(0, "")] * 3 and complaints == (0, ""), (prepared, complaints)
    assert json.loads(before[1]) == json.loads(after[1])
    assert SECRET not in ran[1] and SECRET not in loot[1]
    outcome = Outcome(ran[1], loot[1])
    for result in outcome.results:
        assert not any(result["users"][user].get("failed") for user in ("alice", "carol")), result
        assert not list(unprintable(result))
    assert module != "ssh_config" or seconds or good[1].encode() == GOOD * 2
    return outcome


def unprintable(value):
    """The texts of a result that would do something to a terminal."""
    if isinstance(value, str) and UNPRINTABLE.search(value):
        yield value
    for item in (
        (list(value) + list(value.values()))
        if isinstance(value, dict)
        else value
        if isinstance(value, list)
        else []
    ):
        yield from unprintable(item)


@pytest.mark.parametrize(
    "hers, by_root, words",
    [
        ("ln -s /home/root/.ssh .ssh", "", "/home/mallory/.ssh"),
        ("ln -s /home/bob/.ssh .ssh", "", "/home/mallory/.ssh"),
        ("ln -s /home/vault .ssh", "", "/home/mallory/.ssh"),
        ("ln -s /nowhere/at/all .ssh", "", "/home/mallory/.ssh"),
        ("ln -s .ssh .ssh", "", "/home/mallory/.ssh"),
        (
            IN_SSH + "ln -s /home/vault/secret config",
            "",
            "/home/mallory/.ssh/config cannot be read: Permission denied",
        ),
        (IN_SSH + "ln -s /home/vault/readable config", "", "/home/mallory/.ssh/config"),
        (IN_SSH + "ln -s /home/bob/.ssh/config config", "", "/home/mallory/.ssh/config"),
        (
            IN_SSH + "ln -s /etc/shadow config",
            "",
            "/home/mallory/.ssh/config cannot be read: Permission denied",
        ),
        (IN_SSH + "ln -s /etc/ssh/new_config config", "", "/home/mallory/.ssh/config"),
        (IN_SSH + "ln -s config config", "", None),
        ("true", "rmdir /home/mallory; ln -s /home/bob /home/mallory", "cannot be used: Permission denied"),
        ("true", "chown root /home/mallory", "cannot be used: Permission denied"),
        ("mkdir .ssh", "chown bob /home/mallory/.ssh", "belongs to bob"),
        ("mkdir .ssh", "chown root /home/mallory/.ssh", "/home/mallory/.ssh"),
        ("mkdir -m 700 .ssh", "chown root /home/mallory/.ssh", "/home/mallory/.ssh"),
        ("true", "rmdir /home/mallory", "the home of mallory, /home/mallory, does not exist"),
        (
            "true",
            "rmdir /home/mallory; touch /home/mallory",
            "the home of mallory, /home/mallory, does not exist",
        ),
    ],
)
def test_a_path_that_leads_elsewhere(oracle, hers, by_root, words):
    outcome = attack(oracle, hers, by_root)
    assert outcome.mallory if words is None else words in outcome.refusal


@pytest.mark.parametrize("target", ["/home/vault/secret", "/home/vault/readable", "/home/bob/.ssh/config"])
def test_a_hard_link_to_anothers_file(oracle, target):
    assert (
        "/home/mallory/.ssh/config"
        in attack(oracle, IN_SSH, "ln %s /home/mallory/.ssh/config" % target).refusal
    )


SOCKET = "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"config\")'\n"


@pytest.mark.parametrize(
    "hers, words",
    [
        ("mkfifo config", "/home/mallory/.ssh/config is not a regular file"),
        ("mkfifo more; echo Include more >config", "/home/mallory/.ssh/more is not a regular file"),
        ("ln -s /dev/zero config", "not a regular file"),
        ("ln -s /dev/tty config", "not a regular file"),
        ("mkdir config", "/home/mallory/.ssh/config"),
        (SOCKET, "not a regular file"),
        ("truncate -s 10T config", "/home/mallory/.ssh/config has more than 16 MiB"),
        ("truncate -s 10T more; echo Include more >config", "/home/mallory/.ssh/more has more than 16 MiB"),
        ("echo Include /dev/zero >config", "/dev/zero is not a regular file"),
        ("echo Include /dev/stdin >config", "is not a regular file"),
        ("echo Include /proc/self/fd/* >config", None),
        ("echo 'Include /proc/self/task/*/fd/*' >config", None),
    ],
)
def test_what_is_no_file_with_an_end(oracle, hers, words):
    outcome = attack(oracle, IN_SSH + hers)
    assert outcome.mallory if words is None else words in outcome.refusal


@pytest.mark.parametrize("module", ["ssh_config", "keepalive_info"])
@pytest.mark.parametrize(
    "included, words",
    [
        ("/etc/shadow", "/etc/shadow cannot be read: Permission denied"),
        ("/home/vault/secret", "/home/vault/secret cannot be read: Permission denied"),
        ("/home/vault/for_the_group", "/home/vault/for_the_group cannot be read: Permission denied"),
        ("/home/vault/*", None),
        ("/home/bob/.ssh/config", None),
        ("~bob/.ssh/config", None),
        ("~/../bob/.ssh/config", None),
        ("~/../vault/secret", "cannot be read: Permission denied"),
        ("/proc/self/mem", "/proc/self/mem cannot be read: Permission denied"),
        ("/proc/self/environ", "/proc/self/environ cannot be read: Permission denied"),
        ("/proc/*/environ", "cannot be read: Permission denied"),
        ("/proc/self/maps", None),
        ("/proc/kmsg", "/proc/kmsg cannot be read: Permission denied"),
    ],
)
def test_including_what_is_not_hers(oracle, module, included, words):
    outcome = attack(oracle, IN_SSH + "echo 'Include %s' >config" % included, module=module)
    told = outcome.mallory
    assert words is None or any(words in sentence for sentence in told.get("unreadable") or [outcome.refusal])


@pytest.mark.parametrize("module", ["ssh_config", "keepalive_info"])
def test_a_command_of_the_configuration_is_never_run(oracle, module):
    hers = (
        IN_SSH
        + "printf 'Match exec \"echo ran >>/home/mallory/loot\"\\n    ServerAliveInterval 5\\n' >config"
    )
    outcome = attack(oracle, hers, module=module)
    assert outcome.mallory["verified"] == "resolution" and outcome.loot == ""


PATTERN = "*a" * 40


@pytest.mark.parametrize(
    "hers, words",
    [
        (
            "for n in $(seq 0 14); do yes Include f$((n+1)) | head -n 9 >f$n; done; ln f0 config; cp f0 "
            "config2; mv config2 config",
            "stopped after 5 s",
        ),
        ("echo 'Include /*/*/*/*/*/*/*/*' >config", None),
        ("mkdir many; cd many; seq 1 30000 | xargs touch; cd ..; echo 'Include many/*' >config", None),
        ("(head -c 9000000 /dev/zero | tr '\\0' ' '; printf '\"Include x') >config", None),
        ("(printf 'Host '; head -c 9000000 /dev/zero | tr '\\0' x) >config", None),
        ("for n in 1 2 3; do yes 'Host x' | head -c 16000000 >m$n; done; echo 'Include m*' >config", None),
        ("yes 'ServerAliveInterval 5' | head -n 100000 >config", None),
        (
            "printf 'Host %s\\n ServerAliveInterval 5\\nHost %s\\n ServerAliveInterval 6\\n' '"
            + PATTERN
            + "' "
            + "a" * 60
            + "b >config",
            None,
        ),
        ("printf 'NoSuchKeyword%s\\n' $(seq 1 100000) >config", None),
    ],
)
def test_more_than_anybody_wants_to_wait_for(oracle, hers, words):
    outcome = attack(oracle, IN_SSH + hers, limit=5)
    assert outcome.mallory if words is None else words in outcome.refusal


@pytest.mark.parametrize("name", [r"a\nb", r"\033[2J\033]0;x\007", r"\342\200\256gnp", r"\377\200", r"a\rb"])
@pytest.mark.parametrize("make", ["echo NoSuchKeyword >", "mkfifo ", "echo ServerAliveInterval 5 >"])
@pytest.mark.parametrize("module", ["ssh_config", "keepalive_info"])
def test_names_that_do_something_to_a_terminal(oracle, module, make, name):
    hers = 'mkdir more; echo "Include more/*" >config; name=$(printf "more/x%s"); %s"$name"' % (name, make)
    assert attack(oracle, IN_SSH + hers, module=module).mallory


@pytest.mark.parametrize(
    "line",
    [
        r"ServerAliveInterval 5\033[2J",
        r"Host \033]0;x\007\n ServerAliveInterval 5",
        r"\033[2J",
        r"Match host \342\200\256gnp",
    ],
)
@pytest.mark.parametrize("module", ["ssh_config", "keepalive_info"])
def test_lines_that_do_something_to_a_terminal(oracle, module, line):
    hers = r'printf "Host *\n  ServerAliveInterval 7 # \033[31m red\n%s\n" >config' % line
    assert attack(oracle, IN_SSH + hers, module=module).mallory


@pytest.mark.parametrize("under", [RUN, TERMINAL])
def test_nothing_of_roots_is_to_be_had_from_the_processes_that_act_as_her(oracle, under):
    long_to_read = IN_SSH + "yes 'ServerAliveInterval 5' | head -n 100000 >config"
    outcome = attack(oracle, long_to_read, meanwhile=["loot.py /home/mallory/loot"], seconds=3, under=under)
    assert "seen ssh" in outcome.loot and "TERMINAL" not in outcome.loot


@pytest.mark.parametrize(
    "number, limit", [(signal.SIGKILL, 30), (signal.SIGSTOP, 5), (signal.SIGTERM, 30), (signal.SIGALRM, 30)]
)
def test_a_process_that_its_user_ends_or_stops(oracle, number, limit):
    outcome = attack(
        oracle,
        "true",
        meanwhile=["loot.py /home/mallory/loot %d" % number],
        seconds=4,
        limit=limit,
        options=[{}, {"state": "absent"}],
    )
    assert "sent %d" % number in outcome.loot
    assert any(result["users"]["mallory"].get("failed") for result in outcome.results)


def test_a_file_that_grows_while_it_is_read(oracle):
    outcome = attack(
        oracle, IN_SSH + "touch config", meanwhile=["grow.py /home/mallory/.ssh/config"], seconds=3
    )
    assert any("16 MiB" in result["users"]["mallory"].get("msg", "") for result in outcome.results)


SWAPPED = {
    "the directory for another user's": ("mkdir -m 700 .ssh; ln -s /home/bob/.ssh other", ".ssh other"),
    "the directory for root's": ("mkdir -m 700 .ssh; ln -s /home/root/.ssh other", ".ssh other"),
    "the directory for one that may be searched": (
        "mkdir -m 700 .ssh; ln -s /home/vault other; ln -s secret other2",
        ".ssh other",
    ),
    "the directory for the system's": ("mkdir -m 700 .ssh; ln -s /etc/ssh other", ".ssh other"),
    "the directory for a file": ("mkdir -m 700 .ssh; touch other", ".ssh other"),
    "the file for a secret": (
        IN_SSH + "touch config; ln -s /home/vault/secret other",
        ".ssh/config .ssh/other",
    ),
    "the file for one to be read only": (
        IN_SSH + "touch config; ln -s /home/vault/readable other",
        ".ssh/config .ssh/other",
    ),
    "the file for passwords": (IN_SSH + "touch config; ln -s /etc/shadow other", ".ssh/config .ssh/other"),
    "the file for a pipe": (IN_SSH + "touch config; mkfifo other", ".ssh/config .ssh/other"),
    "the file for a device": (IN_SSH + "touch config; ln -s /dev/zero other", ".ssh/config .ssh/other"),
    "the file for one without end": (IN_SSH + "touch config; truncate -s 1T other", ".ssh/config .ssh/other"),
    "an included file for a secret": (
        IN_SSH + "echo Include more >config; touch more; ln -s /etc/shadow other",
        ".ssh/more .ssh/other",
    ),
    "an included directory for root's": (
        IN_SSH + "echo 'Include more/*' >config; mkdir more; touch more/x; ln -s /home/root/.ssh other",
        ".ssh/more .ssh/other",
    ),
}


@pytest.mark.parametrize("hers, names", SWAPPED.values(), ids=SWAPPED)
def test_a_race(oracle, hers, names):
    program = "swap.py %s" % " ".join("/home/mallory/" + name for name in [*names.split(), "loot"])
    outcome = attack(
        oracle,
        hers,
        meanwhile=[program],
        seconds=3,
        options=[{"backup": True}, {"interval": 70}, {"state": "absent"}],
    )
    assert len(outcome.results) >= 3 and outcome.loot.count("swapped") > 10


def without_mallory(oracle, script, options, under="", module="ssh_config"):
    """What one run of a module says to options, after a script of root's."""
    run = "%s %s %s %s 0 '%s' 10" % (under, PYTHON, TOOLS / "run.py", module, json.dumps([options]))
    _prepared, done, (_status, said), _end = oracle.run(
        FILES, [PREPARE, script, run, "umount /etc/shadow"], ENVIRONMENT
    )
    assert done == (0, "") and "Traceback" not in said and SECRET not in said, (done, said)
    return json.loads(said)


def test_rights_of_root_that_a_process_would_keep(oracle):
    told = without_mallory(
        oracle, "true", {"user": "alice", "interval": 60}, "setpriv --securebits=+no_setuid_fixup"
    )
    assert told["failed"] and "capabilities" in told["msg"]


@pytest.mark.parametrize(
    "script, path, whose",
    [
        ("true", "/home/alice/config", "/home/alice"),
        ("install -o alice /dev/null /home/vault/config", "/home/vault/config", "/home/vault/config"),
        ("ln -s /home/alice/config /home/vault/config", "/home/vault/config", "/home/alice"),
        ("ln -s /home/vault/readable /home/alice/config", "/home/alice/config", "/home/alice"),
    ],
)
def test_the_path_of_a_users_file_is_not_handled_by_root(oracle, script, path, whose):
    for module, option, instead in (
        ("ssh_config", "path", "user: alice"),
        ("keepalive_info", "client_path", "users: [alice]"),
    ):
        told = without_mallory(
            oracle,
            script,
            dict({option: path}, **({"interval": 60} if option == "path" else {})),
            module=module,
        )
        assert told["failed"] and told["msg"].startswith(
            "%s: %s belongs to alice; %s has" % (option, whose, instead)
        )


def test_root_itself_never_looks_into_a_home(oracle):
    """A home may hang, or be on a file system that does not let root in: so every call about one is traced,
    and who makes it."""
    calls = "strace -f -qq -e trace=%file,setuid,setresuid -o /media/calls"
    told = without_mallory(
        oracle,
        "mkdir /home/alice/.ssh; chown alice: /home/alice/.ssh",
        {"user": "alice", "interval": 60},
        calls,
    )
    assert told["changed"]
    [(_status, traced)] = oracle.run({}, ["cat /media/calls"], ENVIRONMENT)
    as_alice, about = set(), 0
    for line in traced.splitlines():
        process, call = line.split(None, 1)
        if re.match(r"setuid\(%d\) += 0|setresuid\(.*%d.*\) += 0" % (UIDS["alice"], UIDS["alice"]), call):
            as_alice.add(process)
        elif '"/home/alice' in call:
            about += 1
            # What alice's process starts is hers, too: ssh is asked about a copy, so only the process itself
            # is seen here.
            assert process in as_alice, line
    assert about > 5


def test_a_path_of_roots_own_is_handled(oracle):
    assert without_mallory(oracle, "true", {"path": "/home/vault/config", "interval": 60})["changed"]


def test_a_link_of_a_users_own_is_followed(oracle):
    script = "mkdir /home/alice/dotfiles; echo Host x >/home/alice/dotfiles/config; ln -s dotfiles /home/alice/.ssh; chown -hR alice: /home/alice"
    told = without_mallory(
        oracle, script, {"user": "alice", "interval": 60}, under="readlink /home/alice/.ssh >/dev/null &&"
    )
    assert told["changed"] and told["files"] == [{"path": "/home/alice/.ssh/config", "action": "edited"}]


def test_all_means_those_who_have_a_home(oracle):
    told = without_mallory(
        oracle, "rmdir /home/carol", {"users": ["all"], "exclude": ["bob"], "interval": 60}
    )
    assert not told.get("failed") and set(told["users"]) == {"alice", "mallory"}
    told = without_mallory(
        oracle,
        "rmdir /home/carol; chown root /home/alice",
        {"users": ["all", "carol"], "exclude": ["bob"], "interval": 60},
    )
    assert {name for name, own in told["users"].items() if own.get("failed")} == {"alice", "carol"}


def test_many_users_of_whom_some_are_bad(oracle):
    del oracle  # It says loudly that this needs root.
    names = ["u%d" % number for number in range(MANY)]
    bad = {
        "u7": "mkfifo .ssh/config",
        "u77": "ln -s /etc/shadow .ssh/config",
        "u177": "echo Include /etc/shadow >.ssh/config",
        "u0": "rmdir .ssh; touch .ssh",
    }
    spread = (
        "n=0; while [ $n -lt %d ]; do mkdir -p /home/u$n/.ssh; chown -R $((60001+n)) /home/u$n; n=$((n+1)); "
        "done" % MANY
    )
    attacks = ["cd /home/%s && %s" % item for item in bad.items()]
    given = json.dumps([{"users": names, "interval": 60, "ssh": "/home/ssh"}])
    run = (
        "%s %s ssh_config 0 '%s' 30; wc -l </home/calls; rm /home/calls; install -m 666 /dev/null /home/calls"
        % (PYTHON, TOOLS / "run.py", given)
    )
    files = {
        "/etc/ssh/ssh_config": FILES["/etc/ssh/ssh_config"],
        "/home/ssh": COUNTED.encode(),
        "/home/calls": b"",
    }
    many = Oracle(["%s:%d:%d" % (name, 60001 + number, 60001 + number) for number, name in enumerate(names)])
    try:
        scripts = ["chmod 755 /home/ssh; chmod 666 /home/calls; " + spread, "; ".join(attacks), run, run]
        prepared, attacked, first, again = many.run(files, scripts, ENVIRONMENT)
    finally:
        many.close()
    assert prepared == (0, "") and attacked == (0, ""), (prepared, attacked)
    good = MANY - len(bad)
    # OpenSSH is asked once for its version, once for each user whose files can be read (u0's can), and once
    # more where it writes.
    planned = 1 + good + 1
    for (_status, said), changed, questions in ((first, good, planned + good), (again, 0, planned)):
        told, calls = said.splitlines()
        users = json.loads(told)["users"]
        assert {name for name in names if users[name].get("failed")} == set(bad)
        assert sum(own["changed"] for own in users.values()) == changed
        assert int(calls) == questions

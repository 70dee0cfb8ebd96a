"""What becomes of the files when something fails in the middle of a change: killed, no room, no right, a
lock, two runs at once.

The real modules run as root on real file systems, in a mount namespace where /etc/ssh and the other
directories
are the tests'.
"""

import compileall
import json
import os
import re
import shutil

import pytest

from oracle import CHECKOUT, HOME, ROOT, Oracle

HERE = CHECKOUT / "tests/integration/faults"
PYTHON = CHECKOUT / ".venv/bin/python"
RUN = f"{PYTHON} -B {HERE}/run_module.py"
LOOK = f"{PYTHON} -B {HERE}/look.py"
ENVIRONMENT = {
    "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
    "HOME": HOME,
    "PYTHONHASHSEED": "0",
    "LC_ALL": "C",
}

MAIN, DROP_IN, CLIENT = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/50-site.conf", "/etc/ssh/ssh_config"
FILES = {
    MAIN: b"Include /etc/ssh/sshd_config.d/*.conf\nClientAliveInterval 900\nPermitRootLogin no\n"
    + b"# \n" * 400,
    DROP_IN: b"ClientAliveInterval 300\n" + b"# \n" * 400,
    CLIENT: b"Host *\n    SendEnv LANG\n",
}
WANTED = {
    MAIN: FILES[MAIN].replace(b"ClientAlive", b"# fleetops.keepalive: ClientAlive"),
    DROP_IN: FILES[DROP_IN].replace(b"300", b"60"),
}
POLICY = {"interval": "60", "conflicts": "comment", "backup": True}
USERS_POLICY = {"user": "root", "interval": "60", "backup": True}
#: An access control list (acl(5), linux/posix_acl_xattr.h): the user 7777 may read beside owner rw-, group
#: ---, mask r--, others r--.
ACL = "02000000 01000600ffffffff 02000400611e0000 04000000ffffffff 10000400ffffffff 20000400ffffffff"
#: What the files have before each test, beside their bytes, and have to have after it.
DRESS = f"chown 0:4 {MAIN}; chmod 640 {MAIN}; chown 7:8 {DROP_IN}; chmod 604 {DROP_IN}; "
DRESS += f'{PYTHON} -c \'import os; os.setxattr("{DROP_IN}", "trusted.mark", b"kept"); '
DRESS += f'os.setxattr("{DROP_IN}", "system.posix_acl_access", bytes.fromhex("{ACL}"))\''
BEGIN = "rm -rf /var/lib/fleetops.keepalive /var/backups/*; " + DRESS
CHANGING = {
    "write",
    "ftruncate",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchown",
    "chown",
    "fsetxattr",
    "setxattr",
    "flock",
    "openat",
}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="faults of the file system are made by root")
if not shutil.which("strace"):
    pytest.fail("strace is missing; make integration installs it", pytrace=False)


@pytest.fixture(name="oracle", scope="module")
def _oracle():
    # Calls are found again by their number, and Python opens one file more for each module that is not
    # compiled yet.
    compileall.compile_dir(str(ROOT / "plugins"), quiet=1)
    oracle = Oracle()
    yield oracle
    oracle.close()


class Room:
    """The files laid out, and shell scripts run one after the other where they are."""

    def __init__(self, oracle):
        self.oracle = oracle

    def run(self, *scripts):
        answers = self.oracle.run(FILES, [BEGIN, *scripts], ENVIRONMENT)
        assert answers[0][0] == 0, answers[0][1]
        return answers[1:]


@pytest.fixture(name="room")
def _room(oracle):
    return Room(oracle)


def module(name="sshd_config", **options):
    return f"{RUN} {name} '{json.dumps(options or POLICY)}'"


def result(answer):
    status, output = answer
    assert "Traceback" not in output, output
    lines = [line for line in output.splitlines() if line.startswith("{")]
    assert len(lines) == 1, output
    return dict(json.loads(lines[0]), failed=status != 0)


def state(answer):
    _status, output = answer
    found = json.loads(output.partition("STATE ")[2])
    return {path: (dress, data.encode("latin-1")) for path, (*dress, data) in found.items()}


def old_or_new(before, now):
    """Each file is the old or the new one, whole, with what it had beside its bytes; nothing is there that
    sshd would read."""
    for path, wanted in WANTED.items():
        assert now[path][1] in (FILES[path], wanted), path
        assert now[path][0] == before[path][0], path
    added = set(now) - set(before)
    assert not [
        path for path in added if path.startswith("/etc/ssh") and not os.path.basename(path).startswith(".")
    ]


def done(before, now):
    """Everything is as wanted, and nothing else is left than the journal and the copies."""
    for path, wanted in WANTED.items():
        assert now[path] == (before[path][0], wanted), path
    left = set(now) - set(before)
    assert not [path for path in left if path.startswith("/etc/ssh")]
    assert all(
        re.search(r"/sshd_config-\w+\.json$|/var/backups/fleetops.keepalive/etc_ssh_\S+Z\+*$", path)
        for path in left
    ), left


def points(trace):
    """(system call, which one of its kind) for each call of a trace that changes something, from the lock
    on."""
    counts, found, begun = {}, [], False
    for line in trace.splitlines():
        name = re.match(r"(?:\d+ +)?(\w+)\(", line)
        if not name:
            continue
        name = name.group(1)
        counts[name] = counts.get(name, 0) + 1
        begun = begun or "/var/lib/fleetops.keepalive" in line and name in ("mkdir", "openat")
        if (
            begun
            and (name != "openat" or re.search(r"O_CREAT|O_RDWR|O_WRONLY", line))
            and not re.search(r"= -1 E(EXIST|NOENT)|write\([12],", line)
        ):
            found.append((name, counts[name], line))
    return found


def traced(command, more="-e signal=none"):
    return f"strace -qq -o /media/trace -e trace={','.join(sorted(CHANGING))} {more} {command}"


def test_a_kill_at_every_call_that_changes_something(room, record_property):
    look, traced_run, trace = room.run(LOOK, traced(module()), "cat /media/trace")
    before, where = state(look), points(trace[1])
    assert result(traced_run)["changed"] and len(where) > 40, trace[1]
    for name, number, line in where:
        kill = f"-e inject={name}:signal=KILL:when={number}"
        killed, after, accepted, again, last, once_more = room.run(
            traced(module(), kill), LOOK, "sshd -t", module(), LOOK, module()
        )
        assert killed[0] == 137, (line, killed)
        old_or_new(before, state(after))
        assert accepted[0] == 0, (line, accepted)
        assert not result(again)["failed"] and result(again)["reload_required"], line
        done(before, state(last))
        assert not result(once_more)["changed"], line
    record_property("points", len(where))
    print(f"killed at {len(where)} points")


def test_a_kill_at_every_call_of_a_users_change(room):
    home = room.run(traced(module("ssh_config", **USERS_POLICY), "-f"), "cat /media/trace")[1][1]
    where = by_process(home)
    assert len(where) >= 8, home
    for name, number, line in where:
        kill = f"-f -e inject={name}:signal=KILL:when={number}"
        _killed, listed, again, names, config = room.run(
            traced(module("ssh_config", **USERS_POLICY), kill),
            f"cat {HOME}/.ssh/config",
            module("ssh_config", **USERS_POLICY),
            f"ls -A {HOME}/.ssh; stat -c %a {HOME}/.ssh {HOME}/.ssh/config",
            f"cat {HOME}/.ssh/config",
        )
        assert listed[0] != 0 or listed[1] == config[1], line
        assert not result(again)["failed"], line
        assert names[1].split() == ["config", "700", "600"], (line, names)
        assert "ServerAliveInterval 60" in config[1]
    print(f"killed at {len(where)} points")


def by_process(trace):
    """points() of each process of a trace, those of the same name and number once."""
    processes = {}
    for line in trace.splitlines():
        processes.setdefault(line.split(" ", 1)[0], []).append(line)
    found = {}
    for lines in processes.values():
        counts = {}
        for line in lines:
            name = re.match(r"\d+ +(\w+)\(", line)
            if name:
                name = name.group(1)
                counts[name] = counts.get(name, 0) + 1
                if (
                    HOME + "/.ssh" in line
                    or "fleetops.keepalive.tmp" in line
                    or name in ("fsync", "fchmod", "renameat")
                ):
                    found[name, counts[name]] = line
    return [(name, number, line) for (name, number), line in found.items()]


ROOM = "mount -t tmpfs -o size={} tmpfs /media/small && cp -a /etc/ssh/sshd_config.d/. /media/small && mount --move /media/small /etc/ssh/sshd_config.d"
FAULTS = {
    "a full disk": (
        f"mkdir -p /media/small; {ROOM.format('24k')}; dd if=/dev/zero of=/etc/ssh/sshd_config.d/fill bs=4k "
        f"2>/dev/null; true",
        "rm /etc/ssh/sshd_config.d/fill",
        "No space left on device; nothing was changed",
    ),
    "a read-only file system": (
        f"mkdir -p /media/small; {ROOM.format('64k')}; mount -o remount,ro /etc/ssh/sshd_config.d",
        "mount -o remount,rw /etc/ssh/sshd_config.d",
        "the file system of /etc/ssh/sshd_config.d is read-only",
    ),
    "a mount point": (
        f"mount --bind {DROP_IN} {DROP_IN}",
        f"umount {DROP_IN}",
        "cannot be replaced by a rename (it is a mount point); unsafe_writes: true",
    ),
    "a hard link": (
        f"ln {DROP_IN} /etc/ssh/sshd_config.d/fill",
        "rm /etc/ssh/sshd_config.d/fill",
        "has 2 hard links, which a replacement would part; unsafe_writes: true",
    ),
    "no state directory": (
        "mount -t tmpfs -o ro tmpfs /var/lib",
        "umount /var/lib",
        "The state directory /var/lib/fleetops.keepalive cannot be used: Read-only file system; nothing is "
        "changed without it",
    ),
    "an immutable file": (
        f"chattr +i {MAIN}",
        f"chattr -i {MAIN}",
        "Operation not permitted; see whether it or its directory is immutable (lsattr)",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_everything_as_it_was_and_the_next_run_ends_right(room, fault):
    make, mend, sentence = FAULTS[fault]
    clean = "umount /etc/ssh/sshd_config.d 2>/dev/null; true"
    answers = room.run(LOOK, make, module(), LOOK, "sshd -t", mend, module(), LOOK, clean)
    before, made, failed, after, accepted, mended, again, last = answers[:8]
    assert made[0] == 0, f"the fault cannot be made here: {made[1]}"
    assert mended[0] == 0, mended
    assert result(failed)["failed"] and sentence in result(failed)["msg"], failed
    left = {path: seen for path, seen in state(after).items() if not path.endswith("/fill")}
    assert left == {path: seen for path, seen in state(before).items() if path in left}
    assert set(left) == set(state(before))
    assert accepted[0] == 0
    assert not result(again)["failed"], again
    done(state(before), state(last))


def test_a_limit_on_sizes_fails_in_one_sentence(room):
    before, failed, after, again, last = room.run(LOOK, f"ulimit -f 1; {module()}", LOOK, module(), LOOK)
    assert result(failed)["failed"] and "File too large" in result(failed)["msg"]
    assert state(after) == state(before)
    assert not result(again)["failed"]
    done(state(before), state(last))


@pytest.mark.parametrize(
    "how", ["mount --bind {0} {0}", "ln {0} /etc/ssh/link"], ids=["a mount point", "a hard link"]
)
def test_unsafe_writes_writes_in_place(room, how):
    make = how.format(DROP_IN)
    undo = f"umount {DROP_IN} 2>/dev/null; rm -f /etc/ssh/link; true"
    inode_of = f"stat -c %i {DROP_IN}"
    _made, inode, done_so, after, _undone = room.run(
        make, inode_of, module(**POLICY, unsafe_writes=True), f"{inode_of}; cat {DROP_IN}", undo
    )
    assert not result(done_so)["failed"]
    assert after[1].startswith(inode[1])
    assert after[1].encode().endswith(WANTED[DROP_IN])


def test_a_link_is_followed_and_its_target_replaced(room):
    make = f"mv {DROP_IN} /media/target.conf; ln -s /media/target.conf {DROP_IN}"
    _made, changed, target = room.run(
        make, module(), f"readlink {DROP_IN}; cat /media/target.conf; rm /media/target.conf"
    )
    assert not result(changed)["failed"]
    assert target[1].encode() == b"/media/target.conf\n" + WANTED[DROP_IN]


def test_a_lock_held_by_another_is_waited_for(room):
    hold = "mkdir -p /var/lib/fleetops.keepalive; (flock /var/lib/fleetops.keepalive sh -c 'touch /media/held; sleep 2; touch /media/released') & "
    wait = "while [ ! -e /media/held ]; do sleep 0.1; done; "
    changed, order = room.run(
        hold + wait + module(),
        f"[ {DROP_IN} -nt /media/released ] && echo after; rm /media/held /media/released",
    )
    assert not result(changed)["failed"]
    assert order[1] == "after\n"


def test_two_runs_at_once_both_end_right(room):
    other = module(count_max=5, match_overrides="report")
    [both, last] = room.run(
        f"{module()} > /media/one & {other} > /media/two; wait; cat /media/one; echo; cat /media/two", LOOK
    )
    assert both[1].count('"failed": true') == 0, both
    text = b"".join(seen[1] for path, seen in state(last).items() if path.startswith("/etc/ssh/sshd_config"))
    assert (
        b"ClientAliveCountMax 5\n" in text
        and b"ClientAliveInterval 60\n" in text
        and b"\nClientAliveInterval 900" not in text
    )

"""Whose session this is: made-up chains of processes, each as sshd leaves it or as an account might forge
it."""

import os

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import network, proc

ALICE, BOB = 1001, 1002
SSHD, SESSION, REPLACED = ("sshd", 0), ("sshd-session", 0), ("sshd (deleted)", 0)
LISTENER = ("sshd", 0, SSHD)


def chain(*processes):
    """What /proc holds of processes from this one up to init; each is (comm, uid, (name of its program, its
    owner) or None)."""
    found, pid = {}, os.getpid()
    for number, (comm, uid, program) in enumerate(processes):
        parent = 100 + number if number < len(processes) - 1 else 1
        found[pid] = {
            "comm": comm + "\n",
            "status": f"Name:\t{comm}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n",
            "stat": f"{pid} ({comm}) S {parent}{18 * ' 0'}",
        }
        found[pid]["program"], pid = program, parent
    return found


def shell(uid):
    return ("sh", uid, ("dash", 0))


MODULE, SUDO = ("python3", 0, ("python3.11", 0)), ("sudo", 0, ("sudo", 0))
REAL = [("sshd", ALICE, SSHD), ("sshd", 0, SSHD)]
BECOME = [MODULE, SUDO, shell(ALICE)]
CHAINS = {
    "sshd before 9.8": (
        0,
        BECOME + [("sshd", ALICE, SSHD), ("sshd", 0, SSHD), LISTENER],
        ALICE,
        "root's part",
    ),
    "sshd since 9.8": (
        0,
        BECOME + [("sshd-session", ALICE, SESSION), ("sshd-session", 0, SESSION), LISTENER],
        ALICE,
        "root's part",
    ),
    "an sshd that was replaced while it ran": (
        0,
        BECOME + [("sshd", ALICE, REPLACED), ("sshd", 0, REPLACED), LISTENER],
        ALICE,
        "root's part",
    ),
    "root's own login": (0, [MODULE, shell(0), ("sshd", 0, SSHD), LISTENER], 0, "root's part"),
    "a shell that made room for sudo": (
        0,
        [MODULE, SUDO, ("sshd", ALICE, SSHD), ("sshd", 0, SSHD), LISTENER],
        ALICE,
        "root's part",
    ),
    "no become": (
        ALICE,
        [("python3", ALICE, None), shell(ALICE), ("sshd", ALICE, None), ("sshd", 0, None), LISTENER],
        ALICE,
        "the nearest",
    ),
    "become bob": (
        BOB,
        [("python3", BOB, None), SUDO, shell(ALICE), ("sshd", ALICE, None), ("sshd", 0, None), LISTENER],
        ALICE,
        "the nearest",
    ),
    "an sshd without root": (
        ALICE,
        [("python3", ALICE, None), shell(ALICE), ("sshd", ALICE, None), ("sshd", ALICE, None)],
        ALICE,
        "the nearest",
    ),
    "no sshd": (0, [MODULE, ("run0", 0, ("run0", 0))], None, None),
    "a shell that calls itself sshd": (
        0,
        [MODULE, SUDO, ("sshd", ALICE, ("bash", 0)), shell(ALICE)] + REAL,
        ALICE,
        "root's part",
    ),
    "a copy called sshd": (
        0,
        [MODULE, SUDO, ("sshd", ALICE, ("sshd", ALICE)), shell(ALICE)] + REAL,
        ALICE,
        "root's part",
    ),
    "sudo called sshd": (
        0,
        [MODULE, shell(0), ("sshd", 0, ("sudo", 0)), shell(ALICE)] + REAL,
        ALICE,
        "root's part",
    ),
    "the real sshd, run by an account": (
        0,
        [MODULE, SUDO, ("sshd", ALICE, SSHD), shell(ALICE)] + REAL,
        ALICE,
        None,
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_session_is_the_one_that_sshd_has_made(monkeypatch, name):
    asks, processes, uid, believed = CHAINS[name]
    table = chain(*processes)
    monkeypatch.setattr(proc, "read", lambda pid, file: table.get(pid, {}).get(file, ""))
    monkeypatch.setattr(network, "_program", lambda pid: table[pid]["program"])
    monkeypatch.setattr(network, "_established", lambda pid: pid)
    monkeypatch.setattr(os, "geteuid", lambda: asks)
    assert network.uid_of_session() == uid
    found = network.addresses_of_session()
    parts = [pid for pid in table if network._is_sshd(pid)]
    expected = {
        "root's part": next((pid for pid in parts if network._uid(pid) == 0), None),
        "the nearest": parts[0] if parts else None,
        None: None,
    }
    assert found == expected[believed]

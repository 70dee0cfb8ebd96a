"""Which processes belong to a host, and how they are ended. Reads Linux's /proc."""

import os
import signal
import time
from pathlib import Path

PATIENCE_SECONDS = 3


def of_host(directory):
    """Return the ids of the host's sshd, of its sessions, and of whatever these have left running."""
    parents = _parents()
    found = {pid for pid in parents if _belongs(pid, directory)}
    while True:
        children = {pid for pid, parent in parents.items() if parent in found} - found
        if not children:
            return found
        found |= children


def end(pids):
    """Ask the processes to end, wait, and kill those that are still there."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            _send(pid, number)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(_runs(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.02)
        pids = {pid for pid in pids if _runs(pid)}


def _belongs(pid, directory):
    """sshd and its sessions log to the host's file; what a session runs carries the host's accounts in its
    environment.

    An sshd that a rollback has started anew is known by its command line alone.
    """
    if os.fsencode(f" -f {directory}/sshd_config ") in _read(pid, "cmdline").replace(b"\0", b" "):
        return True
    return _link(pid, "fd/2") == f"{directory}/sshd.log" or os.fsencode(
        f"NSS_WRAPPER_PASSWD={directory}/"
    ) in _read(pid, "environ")


def _parents():
    """Return the parent of every process that runs, by process id."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            # The name in brackets may itself hold spaces and brackets.
            fields = _read(entry.name, "stat").rpartition(b")")[2].split()
            if fields and fields[0] != b"Z":
                parents[int(entry.name)] = int(fields[1])
    return parents


def _runs(pid):
    state = _read(pid, "stat").rpartition(b")")[2].split()
    if state and state[0] == b"Z":
        _reap(pid)
        return False
    return bool(state)


def _reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass  # Somebody else's child: theirs to reap.


def _send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # It ended by itself.


def _read(pid, name):
    try:
        return Path("/proc", str(pid), name).read_bytes()
    except OSError:
        return b""


def _link(pid, name):
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return None

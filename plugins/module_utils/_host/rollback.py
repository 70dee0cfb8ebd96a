# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: the last proven files, loaded again. Taken by the module over the connection, or by the
watchdog without one."""

import subprocess
from typing import List, NamedTuple, Optional

from .._config.errors import KeepaliveError
from . import service
from .journal import digest
from .lock import WAIT_SECONDS, locked
from .transaction import Ownership, Transaction


class Outcome(NamedTuple):
    """What came of it."""

    restored: List[str]  # paths that hold their last proven state again
    foreign: List[str]  # paths that somebody else has edited since, left as they are
    failure: Optional[str]  # why a file could not be put back or sshd not be told, None where all went well


class Target(NamedTuple):
    """Which sshd is meant: the arguments of service.find(), and how it is started again."""

    path: str
    sshd: str
    method: str
    unit: Optional[str]
    pid_file: Optional[str]
    revive: Optional[List[str]]  # the command that starts it where it has ended


def undo(journal, target=None, patience=WAIT_SECONDS):
    """Put the last proven files of a journal back, and load them where the changed ones were loaded by a
    Target; gives the Outcome.

    patience: how many seconds another run may hold the lock; KeepaliveError where it holds it for longer.
    """
    restored, foreign, failures = restore(journal, patience)
    failures += filter(None, [_load(target)] if target else [])
    return Outcome(restored, foreign, "; ".join(failures) or None)


def restore(journal, patience):
    """Put back the files of a journal and take them out of it; gives the paths (restored, foreign) and why
    others could not be."""
    restored, foreign, failures = [], [], []
    with locked(seconds=patience):
        for entry in journal.entries():
            try:
                current = _content(entry.path)
                if entry.foreign or digest(current) not in entry.written + [digest(entry.before)]:
                    foreign.append(entry.path)
                    continue
                if current != entry.before:
                    Transaction(Ownership(entry.mode, entry.uid, entry.gid), 0o755).commit(
                        [(entry.path, current, entry.before)]
                    )
                    restored.append(entry.path)
                journal.record(entry.path, current, entry.before)
            except KeepaliveError as error:
                failures.append(str(error))
    return restored, foreign, failures


def _load(target):
    """Have sshd load, or start it where it has ended; gives why neither worked, None otherwise."""
    try:
        daemon = service.find(*target[:-1])
    except KeepaliveError as error:
        return _start(target.revive) if target.revive else str(error)
    try:
        daemon.load()
    except KeepaliveError as error:
        return str(error)
    return None


def _start(command):
    try:
        # A session of its own and nothing of this connection, so that it outlives both.
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return "%s could not be run: %s" % (command[0], error.strerror)
    return None


def _content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeepaliveError("%s cannot be read: %s" % (path, error.strerror))

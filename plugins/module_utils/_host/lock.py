# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own directory on this host, and the lock on it: whoever writes anything holds it, so that
two
runs take turns."""

import errno
import fcntl
import os
import time
from contextlib import contextmanager

from .._config.errors import KeepaliveError

WAIT_SECONDS = 60
STEP_SECONDS = 0.05
_held = set()


def state_directory():
    """The path of the directory, of root's or of an account's own; nobody else can open it, and so nobody
    else
    can hold the lock."""
    if os.geteuid() == 0:
        return "/var/lib/fleetops.keepalive"
    return os.path.join(os.path.expanduser("~"), ".local", "state", "fleetops.keepalive")


@contextmanager
def locked(directory=None, seconds=WAIT_SECONDS):
    """Hold the lock on a directory, which is made where it is missing (0700); by default the state directory.

    A process that holds it may take it again. It ends with the process, however that ends. Raises
    KeepaliveError where another run
    holds it for longer than seconds, or where the directory cannot be had.
    """
    directory = directory or state_directory()
    mine = (os.getpid(), directory)
    if mine in _held:
        yield
        return
    descriptor = _opened(directory)
    try:
        _wait(descriptor, directory, time.monotonic() + seconds, seconds)
        _held.add(mine)
        try:
            yield
        finally:
            _held.remove(mine)
    finally:
        os.close(descriptor)


def check(directory=None):
    """Raise KeepaliveError where locked() could not have the directory; makes nothing."""
    directory = directory or state_directory()
    nearest = directory
    while not os.path.isdir(nearest) and nearest != os.path.dirname(nearest):
        nearest = os.path.dirname(nearest)
    if os.statvfs(nearest).f_flag & os.ST_RDONLY:
        raise _unusable(directory, "the file system of %s is read-only" % nearest)
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise _unusable(directory, "no right to write in %s" % nearest)


def _opened(directory):
    try:
        os.makedirs(directory, 0o700, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        os.fchmod(descriptor, 0o700)
        return descriptor
    except OSError as error:
        raise _unusable(directory, error.strerror)


def _wait(descriptor, directory, deadline, seconds):
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise _unusable(directory, error.strerror)
        if time.monotonic() > deadline:
            raise KeepaliveError(
                "Another run of fleetops.keepalive on this host has held the lock on %s for more than %g s: "
                "wait until it has ended, or "
                "end it, and run again" % (directory, seconds)
            )
        time.sleep(STEP_SECONDS)


def _unusable(directory, why):
    return KeepaliveError(
        "The state directory %s cannot be used: %s; nothing is changed without it" % (directory, why)
    )

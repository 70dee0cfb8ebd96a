# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process has started, and what these have: found in /proc, and ended to the last one."""

import ctypes
import os
import signal
import time

from . import proc

#: Seconds that the kernel has to take away what was killed.
KILL_SECONDS = 5
STEP_SECONDS = 0.01
_PR_SET_CHILD_SUBREAPER = 36


def adopt(whether=True):
    """Have this process be given what its descendants leave without a parent, which is init's else.

    Gives whether the kernel does so (since Linux 3.4); without it, below() finds no more than what still has
    its parents.
    """
    try:
        arguments = [ctypes.c_ulong(number) for number in (whether, 0, 0, 0)]
        return ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, *arguments) == 0
    except (AttributeError, OSError):
        return False


def below(pid, spared=(), rows=None):
    """The Processes that descend from pid, parents first.

    spared: pids that are left out with what descends from them; rows: a proc.table() to look
    in, by default one made now.
    """
    children = {}
    for row in (proc.table() if rows is None else rows).values():
        if row.pid not in spared:
            children.setdefault(row.parent, []).append(row)
    found = children.pop(pid, [])
    for row in found:
        found += children.pop(row.pid, [])
    return found


def alive(spared=()):
    """What is below this process and has not ended: a list of Processes. spared: as for below()."""
    return _not_gone(below(os.getpid(), spared))


def wait(seconds, spared=()):
    """Give what is below this process some seconds to end by itself. spared: as for below()."""
    deadline = time.monotonic() + seconds
    while alive(spared) and time.monotonic() < deadline:
        time.sleep(STEP_SECONDS)


def end(spared=()):
    """Kill what is below this process until there is nothing more; what takes KILL_SECONDS is left behind.

    spared: as for below(). Without any, the kernel's word that this process has no child is waited for: one
    that forks and ends, again and again, is gone by the time it is looked at. But it leaves its group, which
    the kernel kills at once.
    """
    deadline = time.monotonic() + KILL_SECONDS
    while time.monotonic() < deadline:
        found = below(os.getpid(), spared)
        _kill_groups(found)
        if not kill(found) and (spared or _is_childless()):
            return
        time.sleep(STEP_SECONDS)


def kill(processes):
    """Kill Processes; gives those that may not be gone yet."""
    for process in processes:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except OSError:
            pass  # It has ended, or it became another account's.
    return _not_gone(processes)


def _kill_groups(processes):
    """Kill the groups of Processes, unless they are of this one's session, which others may have joined."""
    own = os.getsid(0)
    for group in set(process.group for process in processes if process.session != own):
        try:
            os.killpg(group, signal.SIGKILL)
        except OSError:
            pass


def _not_gone(processes):
    """The processes but for the children of this one that have ended, and are gone from the table now."""
    return [process for process in processes if not _reap(process.pid)]


def _reap(pid):
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except OSError:
        return False


def _is_childless():
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return False
    except ChildProcessError:
        return True

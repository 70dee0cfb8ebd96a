# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A limit on the time that something takes here, with nothing of it left running afterwards."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
import traceback

from ansible_collections.fleetops.keepalive.plugins.module_utils._host import descendants

#: Seconds that a program has to end in an orderly way before it is killed.
DYING = 2


class Late(BaseException):
    """The time is up. Not an Exception, so that a retry in between does not take it for a fault of the
    network."""


@contextlib.contextmanager
def leaving_nothing():
    """End the programs that the block was waiting for when it is interrupted, by a limit of ours or by
    Ansible's own on a task (`timeout`)."""
    try:
        yield
    except Exception:
        raise
    except BaseException as error:
        _end_programs(error)
        raise


@contextlib.contextmanager
def deadline(seconds):
    """Raise Late in the block once it has taken that many seconds, and end the programs that it was waiting
    for.

    Ansible's own limit on a task uses the same alarm. Where it is the nearer one it stays in force.
    """
    started = time.monotonic()
    outer, ring = signal.getitimer(signal.ITIMER_REAL)[0], signal.getsignal(signal.SIGALRM)
    nearer = not outer or seconds < outer
    try:
        if nearer:
            signal.signal(signal.SIGALRM, _ring)
            signal.setitimer(signal.ITIMER_REAL, seconds)
        with leaving_nothing():
            yield
    finally:
        if nearer:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, ring)
            if outer:
                signal.setitimer(signal.ITIMER_REAL, max(0.01, outer - (time.monotonic() - started)))


def _ring(_number, _frame):
    raise Late()


def _end_programs(error):
    """End the programs that the interrupted functions had started, which are the variables of their frames:
    nobody else knows of them."""
    for frame, _line in traceback.walk_tb(error.__traceback__):
        for value in list(frame.f_locals.values()):
            if isinstance(value, subprocess.Popen) and value.poll() is None:
                _end(value)


def _end(program):
    """End a program and what it has started: an ssh that is ended before it has logged in leaves its
    ProxyCommand running."""
    started = descendants.below(program.pid)
    program.terminate()
    try:
        program.wait(DYING)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
    descendants.kill(started)

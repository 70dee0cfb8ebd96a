# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to a change: plan without the lock; where there is one, plan again under it and write."""

from .._config.errors import KeepaliveError
from .._host import lock
from . import results


def carry_out(attempt, check_mode, checks_lock=True):
    """The result of one job: attempt(dry) plans it, writes unless dry, and gives a dict with changed.

    checks_lock: see carry_out_each(). KeepaliveError where the job fails.
    """
    [told] = carry_out_each([None], lambda _jobs, dry: [attempt(dry)], check_mode, checks_lock=checks_lock)
    if isinstance(told, KeepaliveError):
        raise told
    return told


def carry_out_each(jobs, attempt, check_mode, at_once=1, checks_lock=True):
    """What comes of each job, a dict with changed or a KeepaliveError, as a list.

    attempt(jobs, dry) gives these for some of the jobs, and writes unless dry. at_once: how many are written
    under one hold of the lock; checks_lock: whether a run that writes checks ahead that the lock can be had,
    as check mode always does, and raises KeepaliveError where it cannot; else those fail that wait for it.
    """
    found = attempt(jobs, True)
    changing = [index for index, told in enumerate(found) if _changes(told)]
    if changing and (check_mode or checks_lock):
        lock.check()
    while changing and not check_mode:
        some, changing = changing[:at_once], changing[at_once:]
        try:
            with lock.locked():
                # Another run may have written since they were planned.
                done = attempt([jobs[index] for index in some], False)
        except KeepaliveError as error:
            some, changing = some + changing, []
            done = [error] * len(some)
        for index, told in zip(some, done):
            found[index] = told
    return found


def _changes(told):
    return not isinstance(told, KeepaliveError) and told["changed"]


def write(transaction, edits, dry, before=None):
    """Check that edits can be written and, unless dry, write them; gives path to the path of its backup.

    before: called between the two. KeepaliveError where they cannot be written.
    """
    changes = results.changes(edits)
    transaction.check(changes)
    if dry:
        return {}
    if before is not None:
        before()
    return transaction.commit(changes)

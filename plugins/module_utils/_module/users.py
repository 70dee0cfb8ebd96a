# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One job for each of the task's users, done with the user's identity: one that fails is told and harms none
of the others."""

import errno
import os

from .._answer import results, shape
from .._config.errors import KeepaliveError
from .._host import accounts, identity
from . import change

EVERYBODY = "all"
_NO_HOME = "no home"


class NoHome(KeepaliveError):
    """A home that does not exist."""


def one(module, do):
    """The result for the user that the task names; do: see many()."""
    [told] = _each(module, do, [accounts.named(module.params["user"])])
    if isinstance(told, KeepaliveError):
        raise told
    return told


def many(module, do):
    """The result for the users that the task names.

    do(entry, dry), run with the identity of a passwd entry, gives the module's result for that user; dry:
    without writing.
    """
    entries, users = _named(module.params)
    by_name = set(module.params["users"])
    for entry, own in zip(entries, _each(module, do, entries)):
        if not isinstance(own, KeepaliveError):
            users[entry.pw_name] = own
        elif entry.pw_name in by_name or not isinstance(own, NoHome):
            users[entry.pw_name] = _failed(own)
    return _summed_up(module, users)


def _named(params):
    """(passwd entries, each once; what is told of the names that do not exist)."""
    entries, missing = [], {}
    for name in params["users"]:
        try:
            found = accounts.people() if name == EVERYBODY else [accounts.named(name)]
        except KeepaliveError as error:
            found, missing[name] = [], _failed(error)
        entries += [entry for entry in found if entry not in entries]
    return (
        [entry for entry in entries if entry.pw_name not in params["exclude"]],
        dict((name, told) for name, told in missing.items() if name not in params["exclude"]),
    )


def _failed(error):
    return {"failed": True, "msg": str(error), "changed": False}


def _summed_up(module, users):
    told = {
        "users": users,
        "changed": any(own["changed"] for own in users.values()),
        "files": [],
        "warnings": [],
    }
    diffs = []
    for own in users.values():
        told["files"] += own.get("files", [])
        diffs += own.get("diff", [])
        told["warnings"] += [text for text in own.pop("warnings", []) if text not in told["warnings"]]
    bad = [name for name, own in users.items() if own.get("failed")]
    if bad:
        told.update(
            failed=True,
            msg="users: %d of %d could not be done: %s"
            % (len(bad), len(users), "; ".join("%s (%s)" % (name, users[name]["msg"]) for name in bad)),
        )
    return dict(told, diff=diffs) if module._diff else told


def _each(module, do, entries):
    """What came of each passwd entry, a dict or a KeepaliveError.

    The parent holds the lock for those that change, because a user's own process cannot take it.
    """

    def attempt(some, dry):
        return _told(some, lambda entry: _at_home(entry, do, dry))

    return change.carry_out_each(entries, attempt, module.check_mode, identity.AT_ONCE)


def _told(entries, function):
    answers = identity.each_as_user(entries, function)
    return [
        answer if isinstance(answer, KeepaliveError) else _believed(entry, answer)
        for entry, answer in zip(entries, answers)
    ]


def _at_home(entry, do, dry):
    """In the user's process: the result of do(), or why there is no home; other people than the user may not
    see it."""
    try:
        os.stat(os.path.join(entry.pw_dir, os.curdir))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return {_NO_HOME: True}
        raise KeepaliveError(
            "user: the home of %s, %s, cannot be used: %s" % (entry.pw_name, entry.pw_dir, error.strerror)
        )
    return do(entry, dry)


def _believed(entry, told):
    if _NO_HOME in told:
        return NoHome("user: the home of %s, %s, does not exist" % (entry.pw_name, entry.pw_dir))
    try:
        return shape.fit(results.USER_CHANGE, told)
    except shape.Unfit as fault:
        return KeepaliveError(
            "user: the process that acted as %s did not answer what it was asked (%s)"
            % (entry.pw_name, fault)
        )

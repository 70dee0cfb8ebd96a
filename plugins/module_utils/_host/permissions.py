# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and modes under which ssh reads a file, and the modes that put it right.

Source: openssh readconf.c read_config_file_depth(), SSHCONF_CHECKPERM; Debian lets a group write that holds
the owner alone.
"""

import grp
import os
import pwd
import stat
from typing import NamedTuple

from .._config.errors import KeepaliveError

_OTHERS_WRITE = 0o022
_EVERYBODY_READS = 0o044


class Repair(NamedTuple):
    """A mode that changes."""

    path: str
    before: int
    after: int


def refused(path, uid, for_all):
    """Why ssh, run by uid (for_all: by anybody), would refuse a file that it includes; None where it would
    not, or where there is none."""
    found = _state(path)
    if found is None:
        return None
    if for_all and _mode(found) & _EVERYBODY_READS != _EVERYBODY_READS:
        return (
            "%s has mode %04o and not everybody may read it, so ssh refuses to run for others: give that "
            "right" % (path, _mode(found))
        )
    if found.st_uid not in (0, uid):
        return "%s belongs to %s, so ssh refuses to run for others: give it to root" % (
            path,
            _name(found.st_uid),
        )
    if _is_open(found):
        return "%s has mode %04o and others may write it, so ssh refuses to run: take that right away" % (
            path,
            _mode(found),
        )
    return None


def refuse_foreign(option, path, instead):
    """KeepaliveError where root is to handle a file that somebody else can put something else in the place
    of.

    Whoever owns a file, or a directory or link on the way to it, decides what stands there. option: the one
    that
    names the path;
    instead: how the task names a user (%s), whose file is handled with that user's rights.
    """
    if os.geteuid() != 0:
        return
    for whole in (path, os.path.realpath(path)):
        parts = whole.split("/")
        for step in ["/".join(parts[:count]) for count in range(2, len(parts) + 1)]:
            owner = _owner(step)
            if owner not in (None, 0):
                name = _name(owner)
                raise KeepaliveError(
                    "%s: %s belongs to %s; %s has the file of %s handled with the rights of %s, not of root"
                    % (option, step, name, instead % name, name, name)
                )


def user_repairs(directory, config, entry):
    """The Repairs of a user's ~/.ssh and ~/.ssh/config; KeepaliveError where one is neither the user's nor
    root's."""
    found = []
    for path in (directory, config):
        state = _state(path)
        if state is None:
            continue
        if state.st_uid not in (entry.pw_uid, 0):
            raise KeepaliveError(
                "%s belongs to %s, not to %s; give it to its user first"
                % (path, _name(state.st_uid), entry.pw_name)
            )
        if _is_open(state) and state.st_uid == entry.pw_uid:
            found.append(Repair(path, _mode(state), _mode(state) & ~_OTHERS_WRITE))
    return found


def drop_in_repairs(path):
    """The Repairs of the system's drop-in, which every user's ssh must be able to read and nobody else
    write."""
    state = _state(path) if path else None
    if state is None:
        return []
    mode = _mode(state)
    right = (mode | _EVERYBODY_READS) & ~_OTHERS_WRITE
    return [Repair(path, mode, right)] if mode != right else []


def repair(repairs):
    """Set the modes; KeepaliveError where that is not allowed."""
    for path, _before, after in repairs:
        try:
            os.chmod(path, after)
        except OSError as error:
            raise KeepaliveError("%s cannot be given mode %04o: %s" % (path, after, error.strerror))


def _state(path):
    """What stat() tells; None where there is nothing to be seen."""
    try:
        return os.stat(path)
    except OSError:
        return None


def _owner(path):
    """The uid that owns a file or link; None where there is none."""
    try:
        return os.lstat(path).st_uid
    except OSError:
        return None


def _is_open(found):
    mode = _mode(found)
    return bool(mode & 0o002) or (bool(mode & 0o020) and not _is_private(found))


def _is_private(found):
    """Whether the file's group holds its owner alone."""
    try:
        owner, group = pwd.getpwuid(found.st_uid), grp.getgrgid(found.st_gid)
    except KeyError:
        return False
    return (
        group.gr_gid == owner.pw_gid
        and not set(group.gr_mem) - {owner.pw_name}
        and group.gr_name == owner.pw_name
    )


def _mode(found):
    return stat.S_IMODE(found.st_mode)


def _name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "uid %d" % uid

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing files: all of one change or none, each by a rename, with its owner, mode and attributes kept. The
caller holds the lock."""

import errno
import os
import stat
import time

from .._config.errors import KeepaliveError
from .files import flat_name
from .replacement import Replacement, make_directories, new_file

MOUNTS = "/proc/self/mountinfo"


class Ownership:
    """Who owns a new file, and its mode; uid and gid None: whoever writes it."""

    def __init__(self, mode, uid=None, gid=None):
        self.mode, self.uid, self.gid = mode, uid, gid

    @classmethod
    def like(cls, path):
        """As those of an existing file."""
        found = os.stat(path)
        return cls(stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)

    def give_to(self, descriptor):
        """Give an open file these."""
        if self.uid is not None:
            os.fchown(descriptor, self.uid, self.gid)
        os.fchmod(descriptor, self.mode)


class Backups:
    """Where copies of files go before they change: a directory of root's, or beside the file as a dotfile
    that
    no Include finds."""

    def __init__(self, directory=None):
        self.directory = directory
        self.stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())

    def path_for(self, path):
        """The path of the copy of a file."""
        if self.directory is None:
            return os.path.join(os.path.dirname(path), ".%s.%s.bak" % (os.path.basename(path), self.stamp))
        return os.path.join(self.directory, "%s.%s" % (flat_name(path), self.stamp))

    def keep(self, path, data):
        """Write the copy; gives its path."""
        if self.directory is not None:
            make_directories(self.directory, 0o700)
        copy = self.path_for(path)
        while os.path.lexists(copy):
            copy += "+"
        try:
            new_file(copy, data, Ownership(0o600))
        except OSError as error:
            raise KeepaliveError("%s cannot be written: %s" % (copy, error.strerror))
        return copy


class Transaction:
    """Changes of files, applied all or none by commit().

    ownership: the Ownership of files that are new; directory_mode: the mode of directories that must be made;
    before_each: called
    with (path, before, after) ahead of each replacement; backups: a Backups or None; unsafe: whether a file
    that cannot be
    replaced by a rename may be written in place. Data are bytes, None for no file.
    """

    def __init__(self, ownership, directory_mode, before_each=None, backups=None, unsafe=False):
        self.ownership, self.directory_mode = ownership, directory_mode
        self.before_each, self.backups, self.unsafe = before_each, backups, unsafe

    def check(self, changes):
        """KeepaliveError where commit() could not write; changes: list of (path, before, after)."""
        for path, _before, _after in changes:
            self._check_replaceable(os.path.realpath(path), path)
            _check_writable(_nearest_directory(os.path.dirname(os.path.realpath(path))), path)
        if self.backups is not None and self.backups.directory is not None:
            if os.path.exists(self.backups.directory) and not os.path.isdir(self.backups.directory):
                raise KeepaliveError("backup_dir: %s is not a directory" % self.backups.directory)
            _check_writable(
                _nearest_directory(self.backups.directory), "backup_dir: %s" % self.backups.directory
            )

    def _check_replaceable(self, target, path):
        if os.path.exists(target) and not os.path.isfile(target):
            raise KeepaliveError("%s is not a regular file; take it out of the way" % path)
        if os.path.exists(os.path.dirname(target)) and not os.path.isdir(os.path.dirname(target)):
            raise KeepaliveError(
                "%s cannot be written: %s is not a directory" % (path, os.path.dirname(target))
            )
        if self.unsafe:
            return
        if target in _mount_points():
            raise KeepaliveError(
                "%s cannot be replaced by a rename (it is a mount point); unsafe_writes: true writes it in "
                "place" % path
            )
        if os.path.exists(target) and os.stat(target).st_nlink > 1:
            raise KeepaliveError(
                "%s has %d hard links, which a replacement would part; unsafe_writes: true writes them all "
                "in place" % (path, os.stat(target).st_nlink)
            )

    def commit(self, changes):
        """Apply the changes; gives a dict of path to the path of its backup. On failure everything is as it
        was before.

        Raises KeepaliveError.
        """
        copies, made, prepared, done = {}, [], [], []
        try:
            for path, before, after in changes:
                if before is not None and self.backups is not None:
                    copies[path] = self.backups.keep(path, before)
                made += make_directories(os.path.dirname(os.path.realpath(path)), self.directory_mode)
                prepared.append(self._prepared(path, before, after))
            for replacement in prepared:
                path = replacement.path
                done.append(replacement)
                self._record(path, replacement.before, replacement.after)
                replacement.apply()
        except (OSError, KeepaliveError) as error:
            self._undo(done)
            _withdraw(prepared, made, copies)
            if isinstance(error, KeepaliveError):
                raise
            raise KeepaliveError("%s cannot be written: %s; nothing was changed" % (path, _why(error)))
        finally:
            for replacement in prepared:
                replacement.close()
        return copies

    def _prepared(self, path, before, after):
        replacement = Replacement(path, before, after, self.unsafe)
        try:
            replacement.prepare(self.ownership)
        except BaseException:
            replacement.close()
            raise
        return replacement

    def _record(self, path, before, after):
        if self.before_each is not None:
            self.before_each(path, before, after)

    def _undo(self, done):
        for replacement in reversed(done):
            self._record(replacement.path, replacement.after, replacement.before)
            replacement.undo(self.ownership)


def _withdraw(prepared, made, copies):
    """Take away what a failed change would leave behind."""
    for replacement in prepared:
        replacement.discard()
    for path in list(copies.values()):
        os.unlink(path)
    for directory in reversed(made):
        try:
            os.rmdir(directory)
        except OSError:
            pass  # Somebody has put something there meanwhile.


def _why(error):
    if error.errno == errno.EPERM:
        return "%s; see whether it or its directory is immutable (lsattr)" % error.strerror
    return error.strerror


def _mount_points():
    try:
        with open(MOUNTS) as file:
            return set(line.split(" ")[4] for line in file)
    except (OSError, IndexError):
        return set()


def _nearest_directory(path):
    while not os.path.isdir(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path


def _check_writable(directory, what):
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        raise KeepaliveError("%s cannot be written: the file system of %s is read-only" % (what, directory))
    if not os.access(directory, os.W_OK | os.X_OK):
        raise KeepaliveError("%s cannot be written: no right to write in %s" % (what, directory))

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing files: all of one change or none, each by a rename, with its owner, mode and attributes kept."""

import errno
import os
import stat
import tempfile
import time

from .._config.errors import KeepaliveError
from .files import flat_name


CANNOT_RENAME = '%s cannot be replaced by a rename (it is a mount point); unsafe_writes: true writes it in place'
MOUNTS = '/proc/self/mountinfo'


class Ownership(object):
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


class Backups(object):
    """Where copies of files go before they change: a folder of root's, or beside the file as a dotfile that no Include finds."""

    def __init__(self, folder=None):
        self.folder = folder
        self.stamp = time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())

    def path_for(self, path):
        """The path of the copy of a file."""
        if self.folder is None:
            return os.path.join(os.path.dirname(path), '.%s.%s.bak' % (os.path.basename(path), self.stamp))
        return os.path.join(self.folder, '%s.%s' % (flat_name(path), self.stamp))

    def keep(self, path, data):
        """Write the copy; gives its path."""
        if self.folder is not None:
            _make_folders(self.folder, 0o700)
        copy = self.path_for(path)
        while os.path.lexists(copy):
            copy += '+'
        _write_new(copy, data, Ownership(0o600))
        return copy


class Transaction(object):
    """Changes of files, applied all or none by commit().

    ownership: the Ownership of files that are new; folder_mode: the mode of folders that must be made; before_each: called
    with (path, before, after) ahead of each replacement; backups: a Backups or None; unsafe: whether a file that cannot be
    replaced by a rename may be written in place. Data are bytes, None for no file.
    """

    def __init__(self, ownership, folder_mode, before_each=None, backups=None, unsafe=False):
        self.ownership, self.folder_mode = ownership, folder_mode
        self.before_each, self.backups, self.unsafe = before_each, backups, unsafe

    def check(self, changes):
        """KeepaliveError where commit() could not write; changes: list of (path, before, after)."""
        for path, _before, _after in changes:
            self._check_replaceable(os.path.realpath(path), path)
            _check_writable(_nearest_folder(os.path.dirname(os.path.realpath(path))), path)
        if self.backups is not None and self.backups.folder is not None:
            if os.path.exists(self.backups.folder) and not os.path.isdir(self.backups.folder):
                raise KeepaliveError('backup_dir: %s is no folder' % self.backups.folder)
            _check_writable(_nearest_folder(self.backups.folder), 'backup_dir: %s' % self.backups.folder)

    def _check_replaceable(self, target, path):
        if os.path.exists(target) and not os.path.isfile(target):
            raise KeepaliveError('%s is no regular file; take it out of the way' % path)
        if os.path.exists(os.path.dirname(target)) and not os.path.isdir(os.path.dirname(target)):
            raise KeepaliveError('%s cannot be written: %s is no folder' % (path, os.path.dirname(target)))
        if not self.unsafe and target in _mount_points():
            raise KeepaliveError(CANNOT_RENAME % path)

    def commit(self, changes):
        """Apply the changes; gives a dict of path to the path of its backup. On failure what was done is undone."""
        copies = {}
        if self.backups is not None:
            copies = dict((path, self.backups.keep(path, before)) for path, before, _after in changes if before is not None)
        done = []
        try:
            for path, before, after in changes:
                if self.before_each is not None:
                    self.before_each(path, before, after)
                done.append((path, before, after))
                self._replace(os.path.realpath(path), after)
        except (OSError, KeepaliveError) as error:
            self._undo(done)
            if isinstance(error, KeepaliveError):
                raise
            raise KeepaliveError('%s cannot be written: %s; nothing was changed' % (path, error.strerror))
        return copies

    def _undo(self, done):
        for path, before, after in reversed(done):
            if self.before_each is not None:
                self.before_each(path, after, before)
            if _current(path) != before:
                self._replace(os.path.realpath(path), before)

    def _replace(self, path, data):
        if data is None:
            os.unlink(path)
            return _sync_folder(os.path.dirname(path))
        _make_folders(os.path.dirname(path), self.folder_mode)
        exists = os.path.exists(path)
        temporary = _write_temporary(path, data, Ownership.like(path) if exists else self.ownership)
        try:
            if exists:
                _copy_attributes(path, temporary)
            os.rename(temporary, path)
        except OSError as error:
            os.unlink(temporary)
            if error.errno not in (errno.EBUSY, errno.EXDEV):
                raise
            self._write_in_place(path, data)
        _sync_folder(os.path.dirname(path))

    def _write_in_place(self, path, data):
        if not self.unsafe:
            raise KeepaliveError(CANNOT_RENAME % path)
        with open(path, 'r+b') as file:
            file.write(data)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())


def _mount_points():
    try:
        with open(MOUNTS) as file:
            return set(line.split(' ')[4] for line in file)
    except (OSError, IndexError):
        return set()


def _current(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return None


def _write_temporary(path, data, ownership):
    descriptor, temporary = tempfile.mkstemp(prefix='.%s.' % os.path.basename(path), suffix='.tmp', dir=os.path.dirname(path))
    with os.fdopen(descriptor, 'wb') as file:
        try:
            file.write(data)
            file.flush()
            ownership.give_to(file.fileno())
            os.fsync(file.fileno())
        except OSError:
            os.unlink(temporary)
            raise
    return temporary


def _write_new(path, data, ownership):
    try:
        os.rename(_write_temporary(path, data, ownership), path)
    except OSError as error:
        raise KeepaliveError('%s cannot be written: %s' % (path, error.strerror))


def _copy_attributes(path, other):
    """SELinux context, ACLs and other extended attributes, where the system has them."""
    if not hasattr(os, 'listxattr'):
        return
    try:
        names = os.listxattr(path)
    except OSError:
        return
    for name in names:
        os.setxattr(other, name, os.getxattr(path, name))


def _make_folders(path, mode):
    if os.path.isdir(path):
        return
    _make_folders(os.path.dirname(path), mode)
    try:
        os.mkdir(path)
        os.chmod(path, mode)
    except OSError as error:
        raise KeepaliveError('%s cannot be made: %s' % (path, error.strerror))


def _nearest_folder(path):
    while not os.path.isdir(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path


def _check_writable(folder, what):
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise KeepaliveError('%s cannot be written: the file system of %s is read-only' % (what, folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise KeepaliveError('%s cannot be written: no right to write in %s' % (what, folder))


def _sync_folder(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

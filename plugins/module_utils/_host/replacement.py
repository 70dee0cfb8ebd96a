# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file that is replaced. Its directory is held open and everything happens relative to it, and no link in
the directory is followed."""

import errno
import os
import stat

from .._config.errors import KeepaliveError

#: Computed by the kernel from the content, and so never to be kept.
_OF_THE_CONTENT = ("security.ima", "security.evm")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_IN_PLACE = (errno.EBUSY, errno.EXDEV)


class Replacement:
    """path: the file as it was named; a link is followed to its target once, and that is what is replaced.

    before, after: bytes, None for no file. unsafe: whether it may be written in place where a rename cannot
    replace it.
    All methods raise OSError; those that find something else than before, or what cannot be kept,
    KeepaliveError.
    """

    def __init__(self, path, before, after, unsafe):
        self.path, self.before, self.after, self.unsafe = path, before, after, unsafe
        directory, self.name = os.path.split(os.path.realpath(path))
        # The same name each time: what a kill leaves behind, the next run takes away.
        self.temporary = ".%s.fleetops.keepalive.tmp" % self.name
        self.directory = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def prepare(self, ownership):
        """Write the new file beside the old one, complete and on the disk; ownership: the Ownership of one
        that did not exist."""
        self._check_unchanged()
        if self.after is not None and not self._is_written_in_place():
            self._write_temporary(self.after, ownership)

    def apply(self):
        """Put the new file in the old one's place."""
        if self.after is None:
            os.unlink(self.name, dir_fd=self.directory)
        elif self._is_written_in_place():
            self._write_in_place(self.after)
        else:
            self._rename(self.after)
        os.fsync(self.directory)

    def undo(self, ownership):
        """Put the old state back, whether or not apply() came to its end."""
        current = self._content()
        if current == self.before:
            return
        if self.before is None:
            os.unlink(self.name, dir_fd=self.directory)
        elif self._is_written_in_place():
            self._write_in_place(self.before)
        else:
            self._write_temporary(self.before, ownership)
            self._rename(self.before)
        os.fsync(self.directory)

    def discard(self):
        """Take away what prepare() has written, if it is still there."""
        try:
            os.unlink(self.temporary, dir_fd=self.directory)
        except FileNotFoundError:
            pass

    def close(self):
        os.close(self.directory)

    def _check_unchanged(self):
        if self._content() != self.before:
            raise KeepaliveError(
                "%s was changed by somebody else while this ran, and nothing was changed by us; run again"
                % self.path
            )

    def _content(self):
        try:
            descriptor = self._open_old(os.O_RDONLY)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def _open_old(self, how):
        descriptor = os.open(self.name, how | _OLD, dir_fd=self.directory)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise KeepaliveError("%s is not a regular file; take it out of the way" % self.path)

    def _is_written_in_place(self):
        """Whether it has other hard links, which are to go on being the same file."""
        return (
            self.unsafe
            and self.before is not None
            and os.stat(self.name, dir_fd=self.directory, follow_symlinks=False).st_nlink > 1
        )

    def _write_temporary(self, data, ownership):
        self.discard()
        descriptor = os.open(self.temporary, _NEW, 0o600, dir_fd=self.directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                self._dress(file.fileno(), ownership)
                os.fsync(file.fileno())
        except BaseException:
            self.discard()
            raise

    def _dress(self, descriptor, ownership):
        """Give the new file the owner, mode and attributes of the old one, or the ownership where there is
        none."""
        try:
            old = self._open_old(os.O_RDONLY)
        except FileNotFoundError:
            return ownership.give_to(descriptor)
        try:
            found, own = os.fstat(old), os.fstat(descriptor)
            if (found.st_uid, found.st_gid) != (own.st_uid, own.st_gid):
                os.fchown(descriptor, found.st_uid, found.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(found.st_mode))
            _copy_attributes(old, descriptor, self.path)
        finally:
            os.close(old)

    def _rename(self, data):
        try:
            os.rename(self.temporary, self.name, src_dir_fd=self.directory, dst_dir_fd=self.directory)
        except OSError as error:
            if error.errno not in _IN_PLACE:
                raise
            if not self.unsafe:
                raise KeepaliveError(
                    "%s cannot be replaced by a rename (it is a mount point); unsafe_writes: true writes it "
                    "in place" % self.path
                )
            self._write_in_place(data)
            self.discard()

    def _write_in_place(self, data):
        with os.fdopen(self._open_old(os.O_RDWR), "r+b") as file:
            file.write(data)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())


def new_file(path, data, ownership):
    """Write a file that is not there yet, complete or not at all; raises OSError."""
    replacement = Replacement(path, None, data, False)
    # The same for every copy, because their names differ from run to run.
    replacement.temporary = ".fleetops.keepalive.tmp"
    try:
        replacement.prepare(ownership)
        replacement.apply()
    finally:
        replacement.close()


def make_directories(path, mode):
    """Make a directory and those above it that are missing; gives those made, outermost first. Raises
    KeepaliveError."""
    if os.path.isdir(path):
        return []
    made = make_directories(os.path.dirname(path), mode)
    try:
        os.mkdir(path)
        os.chmod(path, mode)
    except OSError as error:
        raise KeepaliveError("%s cannot be made: %s" % (path, error.strerror))
    return made + [path]


def _copy_attributes(old, new, path):
    """SELinux context, ACLs and other extended attributes, where the system has them."""
    if not hasattr(os, "listxattr"):
        return
    try:
        names = os.listxattr(old)
    except OSError:
        return
    for name in names:
        if name not in _OF_THE_CONTENT and _attribute(new, name) != os.getxattr(old, name):
            try:
                os.setxattr(new, name, os.getxattr(old, name))
            except OSError as error:
                raise KeepaliveError(
                    "%s has the attribute %s, which cannot be kept: %s; nothing was changed"
                    % (path, name, error.strerror)
                )


def _attribute(descriptor, name):
    try:
        return os.getxattr(descriptor, name)
    except OSError:
        return None

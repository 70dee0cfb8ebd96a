# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of this host, read as OpenSSH finds them."""

import os
import re
import stat

from .._config.errors import KeepaliveError
from .._config.globs import glob_regex, has_wildcard
from .._config.sources import Source

#: Bytes that a file may have: more than any configuration, less than what would hurt.
LARGEST = 16 << 20
#: A pipe is not waited for, a terminal not taken over.
_HOW = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class FileSystem(Source):
    """The real files, with the rights of whoever runs this; a directory that an Include matches is empty, as
    it
    is for OpenSSH.

    Every question is answered once: somebody who changes files at the same time cannot make one look
    contradict itself.
    """

    def __init__(self):
        self._known = {}

    def look_again(self):
        self._known.clear()

    def read(self, path):
        return self._once(_read, path)

    def exists(self, path):
        return self._once(os.path.exists, path)

    def target(self, path):
        return self._once(_target, path)

    def glob(self, pattern):
        return self._once(_glob, pattern)

    def _once(self, question, path):
        if (question, path) not in self._known:
            self._known[question, path] = question(path)
        return self._known[question, path]


def _read(path):
    try:
        if not _is_regular(os.stat(path), path):
            return b""
        descriptor = os.open(path, _HOW)
        try:
            return _all_of(descriptor, path)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise KeepaliveError("%s cannot be read: %s" % (path, error.strerror))


def _target(path):
    return os.path.realpath(path) if os.path.islink(path) else path


def _glob(pattern):
    found = ["/"]
    for part in pattern.split("/")[1:]:
        found = [path for base in found for path in _step(base, part)]
    return sorted(found, key=os.fsencode)


def _all_of(descriptor, path):
    """The bytes of an open file, which may have become another one since somebody looked, and may grow."""
    found = os.fstat(descriptor)
    if not _is_regular(found, path):
        return b""
    parts, size = [], found.st_size
    while size <= LARGEST:
        part = os.read(descriptor, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size = max(size, sum(map(len, parts)))
    raise KeepaliveError(
        "%s has more than %d MiB, which no configuration has; take it out of the way" % (path, LARGEST >> 20)
    )


def _is_regular(found, path):
    """False for a directory; KeepaliveError for what is neither: reading it might wait for ever, or do
    something."""
    if stat.S_ISDIR(found.st_mode):
        return False
    if not stat.S_ISREG(found.st_mode):
        raise KeepaliveError("%s is not a regular file; give one, or take it out of the way" % path)
    return True


class ReadableFiles(FileSystem):
    """The real files; one that cannot be read counts as empty and is noted in unreadable, a list of
    sentences."""

    def __init__(self):
        super().__init__()
        self.unreadable = []

    def read(self, path):
        try:
            return super().read(path)
        except KeepaliveError as error:
            if str(error) not in self.unreadable:
                self.unreadable.append(str(error))
            return b""


def _step(base, part):
    if not part:
        return [base]
    if not has_wildcard(part):
        path = os.path.join(base, part)
        return [path] if os.path.lexists(path) else []
    try:
        names = os.listdir(base)
    except OSError:
        return []
    matching = glob_regex(part)
    return [os.path.join(base, name) for name in names if matching.match(name)]


def check_main(option, path):
    """KeepaliveError unless path may be the main file: absolute, and no directory."""
    if not os.path.isabs(path):
        raise KeepaliveError("%s: %s is not absolute; give the full path of the main file" % (option, path))
    if os.path.isdir(path):
        raise KeepaliveError("%s: %s is a directory; give the main file" % (option, path))


def flat_name(path):
    """One file name that tells a path: /etc/ssh/sshd_config is etc_ssh_sshd_config."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", path).strip("_")

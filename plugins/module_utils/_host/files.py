# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of this host, read as OpenSSH finds them."""

import os
import re
import stat

from .._config.errors import KeepaliveError
from .._config.patterns import glob_regex, has_wildcard
from .._config.tree import Source


class FileSystem(Source):
    """The real files, with the rights of whoever runs this; a folder that an Include matches is empty, as it is for OpenSSH."""

    def read(self, path):
        try:
            kind = os.stat(path).st_mode
            if stat.S_ISDIR(kind):
                return b''
            if not stat.S_ISREG(kind):
                raise KeepaliveError('%s is no regular file; give one, or take it out of the way' % path)
            with open(path, 'rb') as file:
                return file.read()
        except OSError as error:
            raise KeepaliveError('%s cannot be read: %s' % (path, error.strerror))

    def exists(self, path):
        return os.path.exists(path)

    def target(self, path):
        return os.path.realpath(path) if os.path.islink(path) else path

    def glob(self, pattern):
        found = ['/']
        for part in pattern.split('/')[1:]:
            found = [path for base in found for path in _step(base, part)]
        return sorted(found, key=os.fsencode)


class ReadableFiles(FileSystem):
    """The real files; one that cannot be read counts as empty and is noted in unreadable, a list of sentences."""

    def __init__(self):
        self.unreadable = []

    def read(self, path):
        try:
            return super(ReadableFiles, self).read(path)
        except KeepaliveError as error:
            if str(error) not in self.unreadable:
                self.unreadable.append(str(error))
            return b''


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
    """KeepaliveError unless path may be the main file: absolute, and no folder."""
    if not os.path.isabs(path):
        raise KeepaliveError('%s: %s is not absolute; give the full path of the main file' % (option, path))
    if os.path.isdir(path):
        raise KeepaliveError('%s: %s is a folder; give the main file' % (option, path))


def flat_name(path):
    """One file name that tells a path: /etc/ssh/sshd_config is etc_ssh_sshd_config."""
    return re.sub(r'[^A-Za-z0-9.-]+', '_', path).strip('_')

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the bytes of files come from, those of edited files too; where the paths of Include lines lead."""

import os
import re

from .document import Document
from .globs import glob_regex


class Source:
    """Where files come from."""

    def look_again(self):
        """Have later answers say what is there then; nothing to do for a source that never changes."""

    def read(self, path):
        """The bytes of a file; KeepaliveError if it cannot be read."""
        raise NotImplementedError

    def exists(self, path):
        """Whether there is a file of this path."""
        raise NotImplementedError

    def glob(self, pattern):
        """The sorted paths that a file name pattern finds."""
        raise NotImplementedError

    def target(self, path):
        """The path of the file that a link stands for."""
        return path


class Candidate(Source):
    """A source with some files changed: Documents by path, None for a file taken away."""

    def __init__(self, source):
        self.source = source
        self.documents = {}
        self._parsed = {}
        self._lexed = {}

    def lexed(self, side, release):
        """What lex() gave for raw lines before: most are the same when a tree is read again after an edit."""
        return self._lexed.setdefault((side, release), {})

    def document(self, path):
        """The Document of a path; parsed once."""
        if self.documents.get(path) is not None:
            return self.documents[path]
        if path not in self._parsed:
            self._parsed[path] = Document.parse(self.source.read(path))
        return self._parsed[path]

    def empty(self, path):
        """Let a file that does not exist count as an empty one."""
        self.documents[path] = Document()

    def read(self, path):
        return self.document(path).render()

    def exists(self, path):
        if path in self.documents:
            return self.documents[path] is not None
        return self.source.exists(path)

    def glob(self, pattern):
        regex = glob_regex(pattern)
        paths = set(self.source.glob(pattern))
        for path, document in self.documents.items():
            if regex.match(path):
                (paths.discard if document is None else paths.add)(path)
        return sorted(paths, key=os.fsencode)

    def target(self, path):
        return self.source.target(path)


class Directories:
    """What relative and ~ paths of Include lines mean.

    relative: the directory of relative paths; home: what ~ stands for (None: ~ is not expanded).
    """

    def __init__(self, relative, home=None):
        self.relative, self.home = relative, home

    def absolute(self, pattern):
        """The pattern as OpenSSH looks it up."""
        if self.home and (pattern == "~" or pattern.startswith("~/")):
            return self.home + pattern[1:]
        return _plain(pattern if pattern.startswith("/") else "%s/%s" % (self.relative, pattern))


def _plain(path):
    """A path without empty and . parts, which the file system passes over."""
    return re.sub(r"/(\.?/)+", "/", path)

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a main file and what it includes into a Tree, in the order in which OpenSSH reads them.

Sources: openssh servconf.c case sInclude, sMatch; readconf.c case oInclude, oHost, oMatch.
"""

import re

from . import criteria
from .directives import SSHD, misplaced
from .errors import KeepaliveError
from .globs import has_wildcard
from .lexer import lex
from .patterns import matches_list
from .tree import Block, Include, Occurrence, Tree

DEEPEST_INCLUDE = 16


def read_tree(main, source, dialect, release, directories, behind=()):
    """Read a main file and its includes into a Tree.

    main: path; source: a Candidate; release: OpenSSH version tuple; directories: a Directories;
    behind: (path, Directories) of further main files.
    KeepaliveError for what OpenSSH would refuse in a way that leaves the tree unreadable.
    """
    reader = _Reader(source, Tree(dialect, release))
    for path, its_directories in [(main, directories)] + list(behind):
        reader.directories = its_directories
        reader.read(path, None, 0, None)
    return reader.tree


class _Reader:
    def __init__(self, source, tree):
        self.source, self.tree, self.directories = source, tree, None
        self.seen = set()
        self.ignored_unknown = ""
        self.misplaced = misplaced(tree.dialect)
        self.lexed = source.lexed(tree.dialect.side, tree.release)
        names = {"include", "ignoreunknown"}.union(
            tree.dialect.by_keyword, tree.dialect.blocks, tree.dialect.context, self.misplaced
        )
        self.interesting = re.compile(
            rb'^[ \t\r=]*"?(?:' + "|".join(sorted(names)).encode() + rb')(?=[ \t\r\n"=]|$)', re.I
        )

    def read(self, path, block, depth, included_by):
        if depth > DEEPEST_INCLUDE:
            raise KeepaliveError(
                "%s: Include goes deeper than %d files; OpenSSH refuses that" % (included_by, DEEPEST_INCLUDE)
            )
        self._note_file(path)
        document, around = self.source.document(path), block
        interesting = self.interesting.match
        for index, raw in enumerate(document.lines):
            if interesting(raw):
                block = self._statement(path, index, raw, block, around, depth)
        return self.tree

    def _note_file(self, path):
        if path not in self.seen:
            self.seen.add(path)
            self.tree.files.append(path)

    def _statement(self, path, index, raw, block, around, depth):
        """Take in one line; gives the block that the next line stands in."""
        dialect = self.tree.dialect
        if raw not in self.lexed:
            self.lexed[raw] = lex(raw, dialect.side, self.tree.release)
        statement = self.lexed[raw]
        if statement is None:
            return block
        keyword, arguments = statement
        if keyword in dialect.blocks:
            return self._header(path, index, keyword, arguments, around)
        if keyword == "include":
            self._include(path, index, arguments, block, depth)
        elif keyword == "ignoreunknown" and dialect is not SSHD:
            self.ignored_unknown = self.ignored_unknown or arguments[0]
        else:
            directive = dialect.directive(keyword, self.tree.release)
            order = len(self.tree.events)
            self._occurrence(Occurrence(path, index, directive, keyword, arguments, block, order))
        return block

    def _header(self, path, index, keyword, arguments, around):
        try:
            if keyword == "host":
                conditions = criteria.parse_host(arguments)
            else:
                conditions = criteria.parse_match(self.tree.dialect.side, arguments, self.tree.release)
        except KeepaliveError as error:
            raise KeepaliveError("%s:%d: %s" % (path, index + 1, error))
        block = Block(self.tree.dialect.side, path, index, keyword, arguments, conditions, around)
        self.tree.blocks.append(block)
        self.tree.events.append(block)
        return block

    def _include(self, path, index, arguments, block, depth):
        wanted = [self.directories.absolute(pattern) for pattern in arguments]
        include = Include(path, index, block, wanted, [])
        self.tree.includes.append(include)
        for pattern in wanted:
            for found in self._glob(pattern):
                found = self.source.target(found)
                include.found.append(found)
                self.read(found, block, depth + 1, "%s:%d" % (path, index + 1))

    def _glob(self, pattern):
        if not has_wildcard(pattern):
            return [pattern] if self.source.exists(pattern) else []
        found = self.source.glob(pattern)
        # ssh passes over a link that leads nowhere, sshd does not start.
        return found if self.tree.dialect is SSHD else [path for path in found if self.source.exists(path)]

    def _occurrence(self, line):
        if line.keyword in self.tree.dialect.context:
            self.tree.events.append(line)
        elif line.directive is not None:
            self.tree.occurrences.append(line)
            self.tree.events.append(line)
        elif line.keyword in self.misplaced and not matches_list(line.keyword, self.ignored_unknown.lower()):
            line.keyword, line.directive = self.misplaced[line.keyword]
            self.tree.misplaced.append(line)

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A main file and what it includes, in the order in which OpenSSH reads them, with the blocks that lines stand in.

Sources: openssh servconf.c case sInclude, sMatch; readconf.c case oInclude, oHost, oMatch.
"""

import os.path
import re

from . import criteria
from .directives import SSHD, misplaced
from .document import Document
from .errors import KeepaliveError
from .globs import glob_regex, has_wildcard
from .lexer import lex, printable
from .patterns import matches_list

DEEPEST_INCLUDE = 16
INCLUDED_MATCH_LOST = ((8, 2), (8, 4))


class Block(object):
    """A Host or Match header; parent is the block around the Include that brought its file in, None at the top."""

    __slots__ = ('path', 'index', 'name', 'arguments', 'conditions', 'parent', 'everything', 'chain', 'restricted')

    def __init__(self, side, path, index, name, arguments, conditions, parent):
        self.path, self.index, self.name, self.arguments = path, index, name, arguments
        self.conditions, self.parent = conditions, parent
        self.everything = criteria.covers_everything(side, conditions)
        #: the blocks around a line of this block, the outermost first; restricted: those that do not cover everything
        self.chain = (parent.chain if parent else ()) + (self,)
        self.restricted = tuple(block for block in self.chain if not block.everything)

    @property
    def identity(self):
        """Equal for headers that say the same in another order or case."""
        return criteria.identity(self.conditions)

    @property
    def label(self):
        """The header as people write it: Match User backup."""
        return '%s %s' % (self.name.capitalize(), ' '.join(map(printable, self.arguments)))


class Occurrence(object):
    """One active line of a directive: where it stands, what it says, in which block (None: none), which event it is."""

    __slots__ = ('path', 'index', 'directive', 'keyword', 'arguments', 'block', 'order')

    def __init__(self, path, index, directive, keyword, arguments, block, order):
        self.path, self.index, self.directive = path, index, directive
        self.keyword, self.arguments, self.block, self.order = keyword, arguments, block, order

    @property
    def place(self):
        """file:line for people."""
        return '%s:%d' % (self.path, self.index + 1)

    @property
    def text(self):
        """The value as written, unquoted."""
        return ' '.join(map(printable, self.arguments))

    @property
    def chain(self):
        """The blocks around the line, the outermost first; () for a line in none."""
        return self.block.chain if self.block else ()

    @property
    def restricted(self):
        """The blocks around the line that do not cover everything."""
        return self.block.restricted if self.block else ()

    @property
    def scope(self):
        """The scope for people: global, or the headers around the line."""
        return ' > '.join(block.label for block in self.chain) or 'global'


class Include(object):
    """An Include line: where it stands, in which block, its patterns made absolute, and the files they matched."""

    __slots__ = ('path', 'index', 'block', 'patterns', 'found')

    def __init__(self, path, index, block, patterns, found):
        self.path, self.index, self.block = path, index, block
        self.patterns, self.found = patterns, found

    def matches(self, path):
        """Whether a file of this path would be read by this line."""
        return any(glob_regex(pattern).match(path) for pattern in self.patterns)


class Source(object):
    """Where files come from: read(path) gives bytes (KeepaliveError if it can't be read), exists(path), glob(pattern) sorted paths,
    target(path) the file that a link stands for; look_again() has later answers say what is there then."""

    def look_again(self):
        """Nothing to do for a source that never changes."""

    def read(self, path):
        raise NotImplementedError

    def exists(self, path):
        raise NotImplementedError

    def glob(self, pattern):
        raise NotImplementedError

    def target(self, path):
        return path


class Candidate(Source):
    """A source with some files changed: Documents by path, None for a file taken away."""

    def __init__(self, source):
        self.source = source
        self.documents = {}
        self._parsed = {}
        self._lexed = {}

    def lexed(self, side, release):
        """What lex() gave for raw lines before: most lines are the same when a tree is read again after an edit."""
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


class Folders(object):
    """What relative and ~ paths of Include lines mean: relative, the folder; home, for ~ (None: ~ is not expanded)."""

    def __init__(self, relative, home=None):
        self.relative, self.home = relative, home

    def absolute(self, pattern):
        """The pattern as OpenSSH looks it up."""
        if self.home and (pattern == '~' or pattern.startswith('~/')):
            return self.home + pattern[1:]
        return plain(pattern if pattern.startswith('/') else '%s/%s' % (self.relative, pattern))


def plain(path):
    """A path without empty and . parts, which the file system passes over."""
    return re.sub(r'/(\.?/)+', '/', path)


class Tree(object):
    """What one side reads: occurrences of managed directives, blocks, includes, and events, all in OpenSSH's order."""

    def __init__(self, dialect, release):
        self.dialect, self.release = dialect, release
        self.occurrences, self.misplaced, self.blocks, self.includes = [], [], [], []
        #: Block (a header was read) or Occurrence (of a managed or context keyword), in the order read.
        self.events = []
        #: path -> (block around its Include line), for every file read, in the order first read.
        self.files = {}

    def of(self, directive):
        """The occurrences of one directive, in the order read."""
        return [line for line in self.occurrences if line.directive is directive]

    @property
    def runs_commands(self):
        """The first Match exec header, which ssh -G would run; None if there is none."""
        return next((block for block in self.blocks for condition in block.conditions if condition.attribute == 'exec'), None)


def read_tree(main, source, dialect, release, folders, behind=()):
    """Read a main file and its includes into a Tree.

    main: path; source: a Candidate; release: OpenSSH version tuple; folders: a Folders; behind: (path, Folders) of further main files.
    KeepaliveError for what OpenSSH would refuse in a way that leaves the tree unreadable.
    """
    reader = _Reader(source, Tree(dialect, release))
    for path, its_folders in [(main, folders)] + list(behind):
        reader.folders = its_folders
        reader.read(path, None, 0, None)
    return reader.tree


class _Reader(object):
    def __init__(self, source, tree):
        self.source, self.tree, self.folders = source, tree, None
        self.ignored_unknown = ''
        self.misplaced = misplaced(tree.dialect)
        self.lexed = source.lexed(tree.dialect.side, tree.release)
        names = set(['include', 'ignoreunknown']).union(
            tree.dialect.by_keyword, tree.dialect.blocks, tree.dialect.context, self.misplaced)
        self.interesting = re.compile(
            br'^[ \t\r=]*"?(?:' + '|'.join(sorted(names)).encode() + br')(?=[ \t\r\n"=]|$)', re.I)

    def read(self, path, block, depth, included_by):
        if depth > DEEPEST_INCLUDE:
            raise KeepaliveError('%s: Include goes deeper than %d files; OpenSSH refuses that' % (included_by, DEEPEST_INCLUDE))
        self.tree.files.setdefault(path, block)
        document, around = self.source.document(path), block
        interesting = self.interesting.match
        for index, raw in enumerate(document.lines):
            if interesting(raw):
                block = self._statement(path, index, raw, block, around, depth)
        return self.tree

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
        if keyword == 'include':
            self._include(path, index, arguments, block, depth)
        elif keyword == 'ignoreunknown' and dialect is not SSHD:
            self.ignored_unknown = self.ignored_unknown or arguments[0]
        else:
            directive = dialect.directive(keyword, self.tree.release)
            self._occurrence(Occurrence(path, index, directive, keyword, arguments, block, len(self.tree.events)))
        return block

    def _header(self, path, index, keyword, arguments, around):
        try:
            if keyword == 'host':
                conditions = criteria.parse_host(arguments)
            else:
                conditions = criteria.parse_match(self.tree.dialect.side, arguments, self.tree.release)
        except KeepaliveError as error:
            raise KeepaliveError('%s:%d: %s' % (path, index + 1, error))
        block = Block(self.tree.dialect.side, path, index, keyword, arguments, conditions, around)
        self.tree.blocks.append(block)
        self.tree.events.append(block)
        return block

    def _include(self, path, index, arguments, block, depth):
        wanted = [self.folders.absolute(pattern) for pattern in arguments]
        include = Include(path, index, block, wanted, [])
        self.tree.includes.append(include)
        for pattern in wanted:
            for found in self._glob(pattern):
                found = self.source.target(found)
                include.found.append(found)
                self.read(found, block, depth + 1, '%s:%d' % (path, index + 1))

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

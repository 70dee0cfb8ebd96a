# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one side reads: its managed lines, blocks and includes, each with the blocks that it stands in."""

from . import criteria
from .globs import glob_regex
from .lexer import printable


class Block:
    """A Host or Match header.

    parent: the block around the Include that brought its file in, None at the top.
    """

    __slots__ = (
        "path",
        "index",
        "name",
        "arguments",
        "conditions",
        "parent",
        "everything",
        "chain",
        "restricted",
    )

    def __init__(self, side, path, index, name, arguments, conditions, parent):
        self.path, self.index, self.name, self.arguments = path, index, name, arguments
        self.conditions, self.parent = conditions, parent
        self.everything = criteria.covers_everything(side, conditions)
        #: The blocks around a line of this block, the outermost first.
        self.chain = (parent.chain if parent else ()) + (self,)
        #: Those of them that do not cover everything.
        self.restricted = tuple(block for block in self.chain if not block.everything)

    @property
    def identity(self):
        """Equal for headers that say the same in another order or case."""
        return criteria.identity(self.conditions)

    @property
    def label(self):
        """The header as people write it: Match User backup."""
        return "%s %s" % (self.name.capitalize(), " ".join(map(printable, self.arguments)))


class Occurrence:
    """One active line of a directive: where it stands, what it says, its block or None, which event it is."""

    __slots__ = ("path", "index", "directive", "keyword", "arguments", "block", "order")

    def __init__(self, path, index, directive, keyword, arguments, block, order):
        self.path, self.index, self.directive = path, index, directive
        self.keyword, self.arguments, self.block, self.order = keyword, arguments, block, order

    @property
    def place(self):
        """file:line for people."""
        return "%s:%d" % (self.path, self.index + 1)

    @property
    def text(self):
        """The value as written, unquoted."""
        return " ".join(map(printable, self.arguments))

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
        return " > ".join(block.label for block in self.chain) or "global"


class Include:
    """An Include line: where it stands, its block or None, its patterns made absolute, what they matched."""

    __slots__ = ("path", "index", "block", "patterns", "found")

    def __init__(self, path, index, block, patterns, found):
        self.path, self.index, self.block = path, index, block
        self.patterns, self.found = patterns, found

    def matches(self, path):
        """Whether a file of this path would be read by this line."""
        return any(glob_regex(pattern).match(path) for pattern in self.patterns)


class Tree:
    """What one side reads, in OpenSSH's order: occurrences of managed directives, blocks, includes."""

    def __init__(self, dialect, release):
        self.dialect, self.release = dialect, release
        self.occurrences, self.misplaced, self.blocks, self.includes = [], [], [], []
        #: Block (a header was read) or Occurrence (of a managed or context keyword), in the order read.
        self.events = []
        #: The path of every file read, each once, in the order first read: the main file is the first.
        self.files = []

    @property
    def main(self):
        """The path of the main file."""
        return self.files[0]

    def of(self, directive):
        """The occurrences of one directive, in the order read."""
        return [line for line in self.occurrences if line.directive is directive]

    @property
    def runs_commands(self):
        """The first Match exec header, which ssh -G would run; None if there is none."""
        return next(
            (
                block
                for block in self.blocks
                if any(condition.attribute == "exec" for condition in block.conditions)
            ),
            None,
        )

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files with the edits that a plan has made so far, and the tree that is read from them."""

from typing import NamedTuple, Optional

from . import position, refusals
from .document import HEADER, Document
from .lexer import indentation, is_blank
from .policy import written
from .reader import read_tree
from .sources import Candidate


class Edit(NamedTuple):
    """One file that changes; before, after: None where there is no file."""

    path: str
    before: Optional[Document]
    after: Optional[Document]


class Draft:
    """The files below main while they are edited.

    candidate: the Candidate that holds the edits; preferences: a Preferences.
    """

    def __init__(self, main, source, dialect, release, directories, preferences):
        self.main, self.dialect, self.release, self.directories = main, dialect, release, directories
        self.preferences = preferences
        self.candidate = Candidate(source)
        self._tree = None

    @property
    def tree(self):
        """The Tree of the files as edited; read again after each edit."""
        if self._tree is None:
            self._tree = read_tree(self.main, self.candidate, self.dialect, self.release, self.directories)
        return self._tree

    @property
    def wanted_file(self):
        """The one file (path) that may be edited, unless placement is auto; None where no drop-in can be."""
        return self.main if self.preferences.placement == "main" else self.preferences.drop_in

    def may_edit(self, path):
        """Whether placement lets the lines of this file be edited."""
        return self.preferences.placement == "auto" or path == self.wanted_file

    def open_main(self):
        """Begin with an empty main file where there is none; KeepaliveError for sshd, which needs one."""
        if not self.candidate.exists(self.main):
            if self.dialect.side == "sshd":
                raise refusals.no_main_file(self.main)
            self.set(self.main, Document())

    def set(self, path, document):
        """Put a Document in the place of a file; None takes the file away."""
        self.candidate.documents[path] = document
        self._tree = None

    def document(self, path):
        """The Document of a file as edited; a file that does not exist yet starts with our header."""
        return self.candidate.document(path) if self.candidate.exists(path) else Document([HEADER + b"\n"])

    def headers(self, path):
        """The indexes of the Host and Match headers of a file, ascending."""
        return [block.index for block in self.tree.blocks if block.path == path]

    def state(self):
        """The edits made so far, for go_back()."""
        return dict(self.candidate.documents)

    def go_back(self, state):
        """Undo the edits made since state()."""
        self.candidate.documents = dict(state)
        self._tree = None

    def edits(self):
        """The Edits made so far, by path."""
        edits = []
        for path, after in sorted(self.candidate.documents.items()):
            source = self.candidate.source
            before = Document.parse(source.read(path)) if source.exists(path) else None
            if (before.lines if before else ()) != (after.lines if after else ()):
                edits.append(Edit(path, before, after))
        return edits

    def indent(self, line):
        """The indentation (bytes) of an Occurrence."""
        return indentation(self.document(line.path).lines[line.index])

    def rewrite(self, line, policy):
        """Write what the policy wants in the place of an Occurrence."""
        text = self.indent(line) + written(line.directive, policy)
        self.set(line.path, self.document(line.path).replace(line.index, text))

    def take_out(self, lines, how):
        """Comment or remove (how) Occurrences; a drop-in of ours that holds nothing more goes too."""
        for path in sorted(set(line.path for line in lines)):
            document = self.document(path)
            indexes = set(line.index for line in lines if line.path == path)
            if how == "remove":
                document = position.without_lines(document, indexes, self.headers(path))
            else:
                for index in indexes:
                    document = document.comment(index)
            self.set(path, None if self._is_spent(path, document) else document)

    def _is_spent(self, path, document):
        return path == self.preferences.drop_in and not any(
            line.strip() != HEADER and not is_blank(line) for line in document.lines
        )

    def drop_in_include(self):
        """The first Include line that brings the drop-in in for everybody; None without one."""
        path = self.preferences.drop_in
        return next(
            (
                include
                for include in self.tree.includes
                if path and include.matches(path) and (include.block is None or self._covers(include.block))
            ),
            None,
        )

    def _covers(self, block):
        return self.dialect.side == "ssh" and all(around.everything for around in block.chain)

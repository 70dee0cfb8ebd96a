# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a new line may go: the places that a person would choose, the most natural first."""

from . import position, resolve, values
from .lexer import encode
from .policy import written


def places(draft, precedence, policy, directive, obstacle):
    """The places to try for the policy's line, in order of preference.

    Each is (path, function that gives the edited Document). obstacle: the Occurrence that outranks the lines
    of the scope, None where there is none.
    """
    return _Places(draft, precedence, policy, directive).in_order(obstacle)


class _Places:
    def __init__(self, draft, precedence, policy, directive):
        self.draft, self.precedence = draft, precedence
        self.policy, self.directive = policy, directive
        self.text = written(directive, policy)

    def in_order(self, obstacle):
        new = self._on_server if self.draft.dialect.side == "sshd" else self._on_client
        return self._of_unset_lines() + new(obstacle)

    def _on_server(self, obstacle):
        return self._global() if self.policy.scope.everybody else self._of_narrow_scope(obstacle)

    def _on_client(self, obstacle):
        if self.precedence.overriding:
            return self._own_blocks() + self._top()
        return self._last() if self.policy.scope.everybody else self._of_narrow_scope(obstacle)

    def _of_narrow_scope(self, obstacle):
        return self._own_blocks() + self._ahead_of(obstacle) + self._end_of_drop_in() + self._end_of_main()

    def _of_unset_lines(self):
        """In the place of a line of the scope that decides nothing (ServerAliveInterval none)."""
        lines = [line for line in self.draft.tree.of(self.directive) if self.policy.scope.owns(line)]
        return [
            (line.path, lambda line=line: self._replacing(line))
            for line in lines
            if resolve.meaning(line, self.draft.release) is values.UNSET
        ]

    def _global(self):
        return [(path, lambda path=path: self._with_line(path, None)) for path in self._drop_in_and_main()]

    def _own_blocks(self):
        """In a block of the scope that is there already."""
        return [
            (block.path, lambda block=block: self._with_line(block.path, block))
            for block in self.draft.tree.blocks
            if self.policy.scope.owns_block(block)
        ]

    def _last(self):
        """For all destinations, behind every value of their own.

        These are the drop-in, the last block for everybody, the main file's end.
        """
        drop_in, tree = self.draft.preferences.drop_in, self.draft.tree
        has_own = any(line.restricted for wanted in self.policy.values for line in tree.of(wanted))
        in_drop_in = self._end_of_drop_in()
        if in_drop_in and self.draft.candidate.exists(drop_in):
            in_drop_in = [place for place in self._own_blocks() if place[0] == drop_in] + in_drop_in
        if has_own and self.draft.preferences.placement == "auto":
            in_drop_in = []
        return in_drop_in + self._own_blocks()[::-1] + self._end_of_main()

    def _ahead_of(self, obstacle):
        """Immediately ahead of what would outrank the new block."""
        if obstacle is None:
            return []
        if not obstacle.chain:
            return [(obstacle.path, lambda: self._with_block(obstacle.path, obstacle.index))]
        header = obstacle.chain[0]
        index = position.above(self.draft.document(header.path), header.index)
        return [(header.path, lambda: self._with_block(header.path, index))]

    def _top(self):
        return [
            (path, lambda path=path: self._with_block(path, position.top(self.draft.document(path))))
            for path in self._drop_in_and_main()
        ]

    def _end_of_drop_in(self):
        return [self._end(self.draft.preferences.drop_in)] if self.draft.drop_in_include() else []

    def _end_of_main(self):
        return [self._end(self.draft.main)]

    def _end(self, path):
        return path, lambda: self._with_block(path, len(self.draft.document(path).lines))

    def _drop_in_and_main(self):
        return ([self.draft.preferences.drop_in] if self.draft.drop_in_include() else []) + [self.draft.main]

    # The edited documents -----------------------------------------------------------------------------------

    def _replacing(self, line):
        return self.draft.document(line.path).replace(line.index, self.draft.indent(line) + self.text)

    def _with_line(self, path, block):
        """The file with the line in a block, or above all blocks (None)."""
        document = self.draft.document(path)
        part = position.section(document, self.draft.headers(path), block.index if block else None)
        siblings = self._siblings(path, part)
        return position.put_line(document, part, self.directive, self.text, self.draft.release, siblings)

    def _siblings(self, path, part):
        """The indexes of the lines in this section by which other directives of the policy are in force."""
        lines = [
            self.precedence.decider(self.policy, other)
            for other in self.draft.dialect.directives
            if other in self.policy.values and other is not self.directive
        ]
        return sorted(
            line.index
            for line in lines
            if line is not None and line.path == path and part.start <= line.index < part.end
        )

    def _with_block(self, path, index):
        """The file with the line in a new block ahead of line index.

        Lines that would fall into the block get a Host * of their own.
        """
        document, scope = self.draft.document(path), self.policy.scope
        lines = [encode(scope.header), position.BLOCK_INDENT + self.text]
        part = position.section(document, self.draft.headers(path))
        swallowed = [line for line in position.active_lines(document, part) if line >= index]
        document = position.put_block(document, index, lines)
        if swallowed and not scope.everybody:
            return document.insert(index + len(lines) + 1, [b"Host *"])
        return document

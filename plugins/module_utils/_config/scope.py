# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections or destinations that a policy is for: everybody, or those that one header fits."""

from . import criteria
from .errors import KeepaliveError
from .lexer import argv_split


class Scope:
    """side: 'sshd' or 'ssh'; header: the header line (text) of a block of this scope, None for sshd's global
    lines."""

    def __init__(self, side, header, conditions):
        self.side, self.header, self.conditions = side, header, conditions
        self.identity = criteria.identity(conditions)

    @property
    def label(self):
        """The scope for people, as Occurrence.scope has it."""
        return self.header or "global"

    @property
    def everybody(self):
        """Whether the scope is everybody, by global lines and by blocks that cover everything."""
        return not self.conditions

    def owns_block(self, block):
        """Whether lines of this block are lines of this scope."""
        return self._owns(block.chain)

    def owns(self, line):
        """Whether an Occurrence is a line of this scope."""
        return self._owns(line.chain)

    def _owns(self, chain):
        restricted = [block for block in chain if not block.everything]
        if self.everybody:
            return not restricted
        if criteria.covers_everything(self.side, self.conditions):
            return not restricted and any(block.identity == self.identity for block in chain)
        return len(restricted) == 1 and restricted[0].identity == self.identity

    def excludes(self, line):
        """Whether no connection of this scope can fit the blocks around the line."""
        return any(not criteria.may_overlap(self.conditions, block.conditions) for block in line.restricted)

    def contains(self, line):
        """Whether the blocks around the line surely fit fewer connections than this scope."""
        around = tuple(condition for block in line.restricted for condition in block.conditions)
        return bool(around) and criteria.is_narrower(around, self.conditions)


def everybody(dialect):
    """The scope of all connections; on the client, new lines for it stand in a Host * block."""
    return Scope(dialect.side, "Host *" if dialect.side == "ssh" else None, ())


def for_match(dialect, text, release, option="match"):
    """The scope of a Match block with these criteria (text as after the word Match); KeepaliveError names the
    option."""
    arguments = _arguments(text, option)
    try:
        conditions = criteria.parse_match(dialect.side, arguments, release)
    except KeepaliveError as error:
        raise KeepaliveError("%s: %s" % (option, error))
    if dialect.side == "ssh" and criteria.covers_everything("ssh", conditions):
        return everybody(dialect)
    return Scope(dialect.side, "Match " + " ".join(text.split()), conditions)


def for_host(dialect, text, option="host"):
    """The scope of a Host block with these patterns; KeepaliveError names the option."""
    arguments = _arguments(text, option)
    if any("," in word for word in arguments):
        raise KeepaliveError(
            "%s: %r has a comma, which is a letter of a name there; "
            "give patterns with blanks between them, such as %s" % (option, text, text.replace(",", " "))
        )
    conditions = criteria.parse_host(arguments)
    if criteria.covers_everything("ssh", conditions):
        return everybody(dialect)
    if all(word.startswith("!") for word in arguments):
        raise KeepaliveError('%s: %r fits no destination; give a pattern without "!" too' % (option, text))
    return Scope(dialect.side, "Host " + " ".join(text.split()), conditions)


def _arguments(text, option):
    arguments = argv_split(text or "")
    if (
        not arguments
        or any(word.startswith("#") for word in text.split())
        or any(char in text for char in "\n\r\0")
    ):
        raise KeepaliveError(
            "%s: %r is not valid; give one line of patterns or criteria, without a comment" % (option, text)
        )
    return arguments

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections or destinations that a policy is for: everybody, or those that one header fits."""

from . import criteria, resolve
from .errors import KeepaliveError
from .lexer import argv_split


class Scope(object):
    """side: 'sshd' or 'ssh'; header: the header line (text) of a block of this scope, None for sshd's global lines."""

    def __init__(self, side, header, conditions):
        self.side, self.header, self.conditions = side, header, conditions
        self.identity = criteria.identity(conditions)

    @property
    def label(self):
        """The scope for people, as Occurrence.scope has it."""
        return self.header or 'global'

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
    return Scope(dialect.side, 'Host *' if dialect.side == 'ssh' else None, ())


def for_match(dialect, text, release, option='match'):
    """The scope of a Match block with these criteria (text as after the word Match); KeepaliveError names the option."""
    arguments = _arguments(text, option)
    try:
        conditions = criteria.parse_match(dialect.side, arguments, release)
    except KeepaliveError as error:
        raise KeepaliveError('%s: %s' % (option, error))
    if dialect.side == 'ssh' and criteria.covers_everything('ssh', conditions):
        return everybody(dialect)
    return Scope(dialect.side, 'Match ' + ' '.join(text.split()), conditions)


def for_host(dialect, text, option='host'):
    """The scope of a Host block with these patterns; KeepaliveError names the option."""
    arguments = _arguments(text, option)
    conditions = criteria.parse_host(arguments)
    if criteria.covers_everything('ssh', conditions):
        return everybody(dialect)
    if all(word.startswith('!') for word in arguments):
        raise KeepaliveError('%s: %r fits no destination; give a pattern without "!" too' % (option, text))
    return Scope(dialect.side, 'Host ' + ' '.join(text.split()), conditions)


def _arguments(text, option):
    arguments = argv_split(text or '')
    if not arguments or any(word.startswith('#') for word in text.split()) or any(char in text for char in '\n\r\0'):
        raise KeepaliveError('%s: %r is not valid; give one line of patterns or criteria, without a comment' % (option, text))
    return arguments


class NoAccounts(object):
    """Stands in where nothing is known of the host's users."""

    def groups_of(self, user):
        return None

    def member_of(self, patterns):
        return None

    def me(self):
        return ''


NEEDS_CONNECTION = ((7, 7), (8, 1))
_ASKABLE = (criteria.HOST_PATTERNS, 'host', 'originalhost', 'user', 'tagged')


def example(scope, tree, directives, accounts):
    """Somebody in the scope who has no value of a narrower scope, to ask OpenSSH about.

    Gives None for everybody on the server, a criteria.Connection, or a dict of host, user, tag and localuser on the client.
    KeepaliveError says why where nobody can be named.
    """
    if scope.side == 'ssh':
        return _example_destination(scope, tree, directives, accounts.me())
    return _plain_connection(tree) if scope.everybody else _example_connection(scope, tree, directives, accounts)


def _plain_connection(tree):
    """None, unless sshd would refuse to tell without a connection; then one that no Match block is for."""
    attributes = set(condition.attribute for block in tree.blocks for condition in block.conditions)
    if not attributes or ('localport' not in attributes and not NEEDS_CONNECTION[0] <= tree.release < NEEDS_CONNECTION[1]):
        return None
    for unusual in criteria.UNUSUAL_CONNECTIONS:
        connection = unusual._replace(groups=frozenset())
        if not any(criteria.fits_connection(block.conditions, connection) for block in tree.blocks if not block.everything):
            return connection
    raise KeepaliveError('sshd tells the global values for a connection only here, and every one that was tried fits a Match block')


def _example_connection(scope, tree, directives, accounts):
    found = [criteria.example_connection(scope.conditions, accounts, usual) for usual in criteria.UNUSUAL_CONNECTIONS]
    for connection in found:
        decisions = resolve.for_connection(tree, connection) if connection else {}
        if connection and not any(_is_foreign(scope, decisions[directive]) for directive in directives):
            return connection
    if found[0] is None:
        raise KeepaliveError('no connection that fits %s could be made up' % scope.label)
    return found[0]


def somebody_else(tree):
    """A connection or destination that OpenSSH can be asked about where nobody in a scope can be named, to hear whether it accepts the files."""
    if tree.dialect.side == 'sshd':
        return criteria.USUAL_CONNECTION
    return {'host': 'keepalive.invalid', 'user': '', 'tag': '', 'localuser': ''}


def _example_destination(scope, tree, directives, localuser):
    strange = [condition.attribute for condition in scope.conditions if condition.attribute not in _ASKABLE or condition.negated]
    if strange:
        raise KeepaliveError('no destination that fits %s could be made up (%s)' % (scope.label, strange[0]))
    given = dict((condition.attribute, condition.argument.split(',')[0]) for condition in scope.conditions)
    about_users = any(condition.attribute == 'user' for block in tree.blocks for condition in block.conditions)
    user, tag = given.get('user', 'keepalive-nobody' if about_users else ''), given.get('tagged', '')
    fallback = None
    for host in criteria.example_destinations(scope.conditions) + _denied_names(tree):
        destination = {'host': host, 'user': user, 'tag': tag, 'localuser': localuser}
        decisions = resolve.for_destination(tree, **destination)
        if _in_scope(scope, host, user, tag, tree):
            if not any(_is_foreign(scope, decisions[directive]) for directive in directives):
                return destination
            fallback = fallback or destination
    if fallback is None or scope.everybody:
        raise KeepaliveError('every destination that was tried has a value of its own or depends on a Match that cannot be decided')
    return fallback


def _in_scope(scope, host, user, tag, tree):
    destination = criteria.Destination(host, host, user, '', tag, False, tree.release)
    return criteria.fits_destination(scope.conditions, destination) is not False


def _is_foreign(scope, decision):
    if decision.undecided is not None:
        return True
    return decision.line is not None and bool(decision.line.restricted) and not scope.owns(decision.line)


def _denied_names(tree):
    words = [word for block in tree.blocks for condition in block.conditions
             if condition.attribute == criteria.HOST_PATTERNS for word in condition.argument.split()]
    return [word[1:] for word in words if word.startswith('!')]

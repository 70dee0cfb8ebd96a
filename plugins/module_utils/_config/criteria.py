# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Host or Match header asks for, and whether a connection or destination fits.

Sources: openssh servconf.c match_cfg_line(), readconf.c match_cfg_line() and case oHost.
"""

import re
from collections import namedtuple

from . import patterns
from .errors import KeepaliveError
from .lexer import MATCH_ARGV_SPLIT_SINCE

#: attribute: lower case; argument: text, '' for the attributes without one.
Condition = namedtuple('Condition', 'attribute argument negated')

#: What sshd knows of a connection. groups: frozenset of the user's groups, None if not known.
Connection = namedtuple('Connection', 'user host addr laddr lport rdomain groups')

#: What ssh knows of a destination. host: after HostName; original: as typed; final: in the second pass;
#: facts that nobody can know beforehand (localnetwork, exec, ...) are undecided.
Destination = namedtuple('Destination', 'host original user localuser tag final release')

HOST_PATTERNS = 'host patterns'

_BARE = {'sshd': ('all', 'invalid-user'), 'ssh': ('all', 'canonical', 'final')}
_WITH_ARGUMENT = {
    'sshd': ('user', 'group', 'host', 'address', 'localaddress', 'localport', 'rdomain', 'version'),
    'ssh': ('host', 'originalhost', 'user', 'localuser', 'localnetwork', 'version', 'tagged', 'command', 'sessiontype', 'exec'),
}


def parse_match(side, arguments, release):
    """The arguments (texts) of a Match header as a tuple of Conditions; KeepaliveError says what is wrong with them."""
    conditions, rest = [], list(arguments)
    while rest:
        word = rest.pop(0)
        if word.startswith('#'):
            break
        negated = side == 'ssh' and word.startswith('!')
        name, equals, joined = _parted(word[1:] if negated else word, release)
        name = name.lower()
        if name in _BARE[side] and not equals:
            conditions.append(Condition(name, '', negated))
            continue
        if name not in _WITH_ARGUMENT[side]:
            raise KeepaliveError('%r is no attribute of Match; %s knows %s' % (
                word, side, ', '.join(_BARE[side] + _WITH_ARGUMENT[side])))
        if not equals and not rest:
            raise KeepaliveError('Match %s: its value is missing' % word)
        argument = joined if equals else rest.pop(0)
        if name == 'localport' and not (re.match(r'[0-9]{1,5}\Z', argument) and 0 < int(argument) < 65536):
            raise KeepaliveError('Match LocalPort: %r is no port; give a number from 1 to 65535' % argument)
        conditions.append(Condition(name, argument, negated))
    if not conditions:
        raise KeepaliveError('Match: its criteria are missing; give some such as User backup')
    if len(conditions) > 1 and any(condition.attribute == 'all' for condition in conditions) and (
            side == 'sshd' or conditions[-1].attribute != 'all' or len(conditions) > 2):
        raise KeepaliveError("Match: 'all' cannot be combined with other criteria")
    return tuple(conditions)


def _parted(word, release):
    """NAME=VALUE in its parts, the last two empty for a word without a value; older releases cut such a word up before."""
    return word.partition('=') if release >= MATCH_ARGV_SPLIT_SINCE else (word, '', '')


def parse_host(arguments):
    """The arguments (texts) of a Host header as a tuple of one Condition; a pattern with a blank in it fits no destination."""
    return (Condition(HOST_PATTERNS, ' '.join(word for word in arguments if not re.search(r'\s', word)), False),)


def covers_everything(side, conditions):
    """Whether the header fits every connection or destination: Match all, Host * without negation.

    sshd -T evaluates no other server criteria unless it is given a connection, so Match User * does not count there.
    """
    if side == 'sshd':
        return all(condition.attribute == 'all' for condition in conditions)
    return all(_is_universal(condition) for condition in conditions)


def _is_universal(condition):
    if condition.negated:
        return False
    if condition.attribute == HOST_PATTERNS:
        words = condition.argument.split()
        return '*' in words and not any(word.startswith('!') for word in words)
    return condition.attribute == 'all' or (
        condition.argument == '*' and condition.attribute in ('user', 'host', 'originalhost', 'localuser'))


def identity(conditions):
    """A value that is equal for headers that say the same in another order or case."""
    return frozenset((condition.attribute, frozenset(_words(condition)), condition.negated) for condition in conditions)


def _words(condition):
    if condition.attribute == HOST_PATTERNS:
        return condition.argument.split()
    return [condition.argument] if condition.attribute == 'exec' else condition.argument.split(',')


def may_overlap(one, other):
    """Whether some connection may fit both headers; False only where their literal values rule it out."""
    for first in one:
        for second in other:
            if first.attribute == second.attribute and _exclude_each_other(first, second):
                return False
    return True


def _exclude_each_other(first, second):
    if first.negated or second.negated or first.attribute in ('exec', 'group', 'all', 'canonical', 'final', 'invalid-user'):
        return False
    words, others = _words(first), _words(second)
    if all(map(patterns.is_literal, words)):
        return not any(_fits_words(second, word) for word in words)
    if all(map(patterns.is_literal, others)):
        return not any(_fits_words(first, word) for word in others)
    return False


def _fits_words(condition, text):
    if condition.attribute in ('address', 'localaddress'):
        return patterns.address_matches_list(text, condition.argument)
    return patterns.matches_words(text, _words(condition))


def is_narrower(one, other):
    """Whether every connection that fits one surely fits the other: it has all of its conditions, or only literals that fit."""
    return all(any(_implies(condition, wider) for condition in one) or _is_universal(wider) for wider in other)


def _implies(condition, wider):
    if condition.attribute != wider.attribute or condition.negated != wider.negated:
        return False
    if identity([condition]) == identity([wider]):
        return True
    if condition.negated or condition.attribute in ('exec', 'group'):
        return False
    words = _words(condition)
    return all(map(patterns.is_literal, words)) and all(_fits_words(wider, word) for word in words)


def fits_connection(conditions, connection):
    """Whether an sshd Match header fits: True, False, or None where it cannot be known. connection None: nobody in particular."""
    if connection is None:
        return all(condition.attribute == 'all' for condition in conditions)
    return _all_of(_fits_connection(condition, connection) for condition in conditions)


def _fits_connection(condition, connection):
    name, argument = condition.attribute, condition.argument
    if name == 'all':
        return True
    if name == 'user':
        return patterns.matches_list(connection.user, argument)
    if name == 'group':
        groups = connection.groups
        return None if groups is None else any(patterns.matches_list(group, argument) for group in groups)
    if name == 'host':
        return patterns.matches_list(connection.host.lower(), argument.lower())
    if name == 'address':
        return patterns.address_matches_list(connection.addr, argument)
    if name == 'localaddress':
        return patterns.address_matches_list(connection.laddr, argument)
    if name == 'localport':
        return argument == str(connection.lport)
    if name == 'rdomain':
        return patterns.matches_list(connection.rdomain, argument)
    return None


def fits_destination(conditions, destination):
    """Whether a Host or Match header of the client fits a destination: True, False, or None where it cannot be known."""
    return _all_of(_negate(condition.negated, _fits_destination(condition, destination)) for condition in conditions)


def _fits_destination(condition, destination):
    name, argument = condition.attribute, condition.argument
    if name == HOST_PATTERNS:
        # ssh.c process_config_files(): the second pass is about the host that the first has found.
        return patterns.matches_words(destination.host if destination.final else destination.original, argument.split())
    if name == 'all':
        return True
    if name in ('canonical', 'final'):
        return destination.final
    if name == 'host':
        return patterns.matches_list(destination.host.lower(), argument.lower())
    if name == 'originalhost':
        return patterns.matches_list(destination.original.lower(), argument.lower())
    if name == 'user':
        return patterns.matches_list(destination.user, argument)
    if name == 'localuser':
        return patterns.matches_list(destination.localuser, argument)
    if name == 'tagged':
        return patterns.matches_list(destination.tag, argument)
    return None


def _negate(negated, answer):
    return answer if answer is None or not negated else not answer


def _all_of(answers):
    answers = list(answers)
    if False in answers:
        return False
    return None if None in answers else True


USUAL_CONNECTION = Connection('keepalive-nobody', 'keepalive.invalid', '192.0.2.1', '192.0.2.2', 22, '', None)
#: Stand-ins for what a header does not ask for, the plainest first, so that other blocks can be stepped aside.
UNUSUAL_CONNECTIONS = (
    USUAL_CONNECTION,
    USUAL_CONNECTION._replace(lport=1),
    USUAL_CONNECTION._replace(addr='203.0.113.77', laddr='203.0.113.78', lport=65535),
    USUAL_CONNECTION._replace(user='keepalive-somebody', host='elsewhere.invalid', addr='2001:db8::77', lport=65534),
)


def example_connection(conditions, accounts, usual=USUAL_CONNECTION):
    """A Connection that fits an sshd Match header; None where none can be built.

    usual: what stands in for all that the header does not ask for. accounts: answers member_of(patterns) with the name of a user in
    one of these groups, groups_of(user) with a frozenset.
    """
    found = usual
    for condition in conditions:
        change = _example_change(condition, found, accounts)
        if change is None:
            return None
        found = found._replace(**change)
    found = found._replace(groups=accounts.groups_of(found.user))
    return found if fits_connection(conditions, found) else None


def _example_change(condition, usual, accounts):
    name, argument = condition.attribute, condition.argument
    if name == 'all':
        return {}
    if name == 'localport':
        return {'lport': int(argument)}
    readers = {
        'user': ('user', lambda: _first(patterns.examples(argument.split(','), usual.user))),
        'group': ('user', lambda: accounts.member_of(argument)),
        'host': ('host', lambda: _first(patterns.examples(argument.lower().split(','), usual.host))),
        'address': ('addr', lambda: patterns.example_address(argument, usual.addr)),
        'localaddress': ('laddr', lambda: patterns.example_address(argument, usual.laddr)),
        'rdomain': ('rdomain', lambda: _first(patterns.examples(argument.split(','), 'keepalive'))),
    }
    if name not in readers:
        return None
    field, read = readers[name]
    value = read()
    return None if value is None else {field: value}


def _first(candidates):
    return candidates[0] if candidates else None


def example_destinations(conditions):
    """Names of destinations that may fit a Host or Match header of the client, the plainest first."""
    names = ['keepalive.invalid', 'keepalive-probe', '192.0.2.1', 'keepalive.example.org']
    for condition in conditions:
        if condition.attribute in (HOST_PATTERNS, 'host', 'originalhost') and not condition.negated:
            words = _words(condition)
            denied = [word for word in words if word.startswith('!')]
            singles = [word for word in words if word not in denied]
            names = [found for single in singles for name in names for found in patterns.examples([single] + denied, name)]
    return [name for index, name in enumerate(names) if name not in names[:index]]

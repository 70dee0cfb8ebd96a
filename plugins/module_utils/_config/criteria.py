# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Host or Match header asks for, and whether two headers may fit the same connection.

Sources: openssh servconf.c match_cfg_line(), readconf.c match_cfg_line() and case oHost.
"""

import re
from typing import NamedTuple

from . import patterns
from .errors import KeepaliveError
from .lexer import MATCH_ARGV_SPLIT_SINCE


class Condition(NamedTuple):
    """One thing that a header asks for."""

    attribute: str  # lower case
    argument: str  # '' for the attributes without one
    negated: bool


HOST_PATTERNS = "host patterns"

_BARE = {"sshd": ("all", "invalid-user"), "ssh": ("all", "canonical", "final")}
_WITH_ARGUMENT = {
    "sshd": ("user", "group", "host", "address", "localaddress", "localport", "rdomain", "version"),
    "ssh": (
        "host",
        "originalhost",
        "user",
        "localuser",
        "localnetwork",
        "version",
        "tagged",
        "command",
        "sessiontype",
        "exec",
    ),
}

#: Attributes whose arguments do not tell whether two conditions exclude each other.
_NOT_COMPARABLE = ("exec", "group", "all", "canonical", "final", "invalid-user")


def parse_match(side, arguments, release):
    """The arguments (texts) of a Match header as a tuple of Conditions; KeepaliveError for a bad one."""
    conditions, rest = [], list(arguments)
    while rest and not rest[0].startswith("#"):
        conditions.append(_take_condition(side, rest, release))
    if not conditions:
        raise KeepaliveError("Match: its criteria are missing; give some such as User backup")
    _check_all(side, conditions)
    return tuple(conditions)


def _take_condition(side, rest, release):
    """Take the words of one Condition from the front of rest."""
    word = rest.pop(0)
    negated = side == "ssh" and word.startswith("!")
    name, equals, joined = _parted(word[1:] if negated else word, release)
    name = name.lower()
    if name in _BARE[side] and not equals:
        return Condition(name, "", negated)
    if name not in _WITH_ARGUMENT[side]:
        raise KeepaliveError(
            "%r is not an attribute of Match; %s knows %s"
            % (word, side, ", ".join(_BARE[side] + _WITH_ARGUMENT[side]))
        )
    if not equals and not rest:
        raise KeepaliveError("Match %s: its value is missing" % word)
    argument = joined if equals else rest.pop(0)
    check = _CHECKS.get(name)
    if check:
        check(argument)
    return Condition(name, argument, negated)


def port(argument):
    """The number of a LocalPort, None for the name of a service that is not known here (misc.c a2port())."""
    if re.match(r"\s*\+?[0-9]+\Z", argument):
        return int(argument)
    return 22 if argument == "ssh" else None


def _check_port(argument):
    number = port(argument)
    if number is None and not re.match(r"[A-Za-z][\w.-]*\Z", argument) or number and number > 65535:
        raise KeepaliveError(
            "Match LocalPort: %r is not a port; give a number up to 65535 or the name of a service" % argument
        )


def _check_addresses(argument):
    """sshd takes no network with bits beyond its length (addr.c addr_pton_cidr())."""
    for pattern in argument.split(","):
        text, slash, length = pattern.lstrip("!").partition("/")
        base = patterns.address(text)
        if base is not None and re.match(r"[0-9]+\Z", length):
            network = patterns.network("%s/%s" % (base, length))
            if network is None or network.network_address != base:
                raise KeepaliveError(
                    "Match Address: %s/%s is not a network%s"
                    % (text, length, "; give %s" % network if network else ", its mask is too long")
                )


_CHECKS = {"localport": _check_port, "address": _check_addresses, "localaddress": _check_addresses}


def _check_all(side, conditions):
    """all stands alone; ssh lets one other condition, such as canonical, go ahead of it."""
    if all(condition.attribute != "all" for condition in conditions) or len(conditions) == 1:
        return
    if side == "sshd" or conditions[-1].attribute != "all" or len(conditions) > 2:
        raise KeepaliveError("Match: 'all' cannot be combined with other criteria")


def _parted(word, release):
    """NAME=VALUE in its parts, the last two empty for a word without a value.

    Older releases have cut such a word up before.
    """
    return word.partition("=") if release >= MATCH_ARGV_SPLIT_SINCE else (word, "", "")


def parse_host(arguments):
    """The arguments (texts) of a Host header as a tuple of one Condition.

    A pattern with a blank in it fits no destination.
    """
    possible = [word for word in arguments if not re.search(r"\s", word)]
    return (Condition(HOST_PATTERNS, " ".join(possible), False),)


def covers_everything(side, conditions):
    """Whether the header fits every connection or destination: Match all, Host * without negation.

    sshd -T evaluates no other server criteria unless it is given a connection, so Match User * does not count
    there.
    """
    if side == "sshd":
        return all(condition.attribute == "all" for condition in conditions)
    return all(_is_universal(condition) for condition in conditions)


def _is_universal(condition):
    if condition.negated:
        return False
    if condition.attribute == HOST_PATTERNS:
        words = condition.argument.split()
        return "*" in words and not any(word.startswith("!") for word in words)
    return condition.attribute == "all" or (
        condition.argument == "*" and condition.attribute in ("user", "host", "originalhost", "localuser")
    )


def identity(conditions):
    """A value that is equal for headers that say the same in another order or case."""
    return frozenset(
        (
            condition.attribute,
            frozenset(_meaning(condition.attribute, word) for word in words(condition)),
            condition.negated,
        )
        for condition in conditions
    )


def _meaning(attribute, word):
    """A value that is equal for two spellings of the same."""
    if attribute == "localport":
        return port(word) or word
    if attribute in ("address", "localaddress"):
        return word.startswith("!"), patterns.network(word.lstrip("!")) or word
    return word


def words(condition):
    """What a condition lists, as a list of patterns."""
    if condition.attribute == HOST_PATTERNS:
        return condition.argument.split()
    return [condition.argument] if condition.attribute == "exec" else condition.argument.split(",")


def may_overlap(one, other):
    """Whether some connection may fit both headers; False only where their literal values rule it out."""
    for first in one:
        for second in other:
            if first.attribute == second.attribute and _exclude_each_other(first, second):
                return False
    return True


def _exclude_each_other(first, second):
    if first.negated or second.negated or first.attribute in _NOT_COMPARABLE:
        return False
    ours, others = words(first), words(second)
    if all(map(patterns.is_literal, ours)):
        return not any(_fits_words(second, word) for word in ours)
    if all(map(patterns.is_literal, others)):
        return not any(_fits_words(first, word) for word in others)
    return False


def _fits_words(condition, text):
    if condition.attribute in ("address", "localaddress"):
        return patterns.address_matches_list(text, condition.argument)
    return patterns.matches_words(text, words(condition))


def is_narrower(one, other):
    """Whether every connection that fits one surely fits the other.

    That is so if one has all of the other's conditions, or only literals that fit.
    """
    return all(
        _is_universal(wider) or any(_implies(condition, wider) for condition in one) for wider in other
    )


def _implies(condition, wider):
    if condition.attribute != wider.attribute or condition.negated != wider.negated:
        return False
    if identity([condition]) == identity([wider]):
        return True
    if condition.negated or condition.attribute in ("exec", "group"):
        return False
    listed = words(condition)
    return all(map(patterns.is_literal, listed)) and all(_fits_words(wider, word) for word in listed)

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a connection or destination fits a Host or Match header.

Sources: openssh servconf.c match_cfg_line(), readconf.c match_cfg_line() and case oHost.
"""

from typing import FrozenSet, NamedTuple, Optional

from . import patterns
from .criteria import HOST_PATTERNS, port


class Connection(NamedTuple):
    """What sshd knows of a connection."""

    user: str
    host: str
    addr: str
    laddr: str
    lport: int
    rdomain: str
    groups: Optional[FrozenSet[str]]  # the user's groups, None if not known


class Destination(NamedTuple):
    """What ssh knows of a destination; what it learns later on (localnetwork, exec, ...) is undecided."""

    host: str  # after HostName
    original: str  # as typed
    user: str
    localuser: str
    tag: str
    final: bool  # in the second pass


def fits_connection(conditions, connection):
    """Whether an sshd Match header fits: True, False, or None where it cannot be known.

    connection: a Connection, None for nobody in particular.
    """
    if connection is None:
        return all(condition.attribute == "all" for condition in conditions)
    return _all_of(_fits_connection(condition, connection) for condition in conditions)


def _fits_connection(condition, connection):
    name, argument = condition.attribute, condition.argument
    if name == "all":
        return True
    if name == "user":
        return patterns.matches_list(connection.user, argument)
    if name == "group":
        groups = connection.groups
        return None if groups is None else any(patterns.matches_list(group, argument) for group in groups)
    if name == "host":
        return patterns.matches_list(connection.host.lower(), argument.lower())
    if name == "address":
        return patterns.address_matches_list(connection.addr, argument)
    if name == "localaddress":
        return patterns.address_matches_list(connection.laddr, argument)
    if name == "localport":
        number = port(argument)
        return None if number is None else number == connection.lport
    if name == "rdomain":
        return patterns.matches_list(connection.rdomain, argument)
    return None


def fits_destination(conditions, destination):
    """Whether a Host or Match header of ssh fits a Destination: True, False, None where nobody can know."""
    return _all_of(
        _negate(condition.negated, _fits_destination(condition, destination)) for condition in conditions
    )


def _fits_destination(condition, destination):
    name, argument = condition.attribute, condition.argument
    if name == HOST_PATTERNS:
        # ssh.c process_config_files(): the second pass is about the host that the first has found.
        host = destination.host if destination.final else destination.original
        return patterns.matches_words(host, argument.split())
    if name == "all":
        return True
    if name in ("canonical", "final"):
        return destination.final
    if name == "host":
        return patterns.matches_list(destination.host.lower(), argument.lower())
    if name == "originalhost":
        return patterns.matches_list(destination.original.lower(), argument.lower())
    if name == "user":
        return patterns.matches_list(destination.user, argument)
    if name == "localuser":
        return patterns.matches_list(destination.localuser, argument)
    if name == "tagged":
        return patterns.matches_list(destination.tag, argument)
    return None


def _negate(negated, answer):
    return answer if answer is None or not negated else not answer


def _all_of(answers):
    answers = list(answers)
    if False in answers:
        return False
    return None if None in answers else True

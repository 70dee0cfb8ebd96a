# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in force: in OpenSSH's own words where it may be asked about somebody, else by our own reading."""

from .._config import examples, values
from .._config.errors import KeepaliveError


def whom(side, where, tree, directives):
    """(somebody in a scope whom OpenSSH can be asked about, None), or (None, why nobody can be named).

    where: the scope; tree: whose conditions are looked at, for these directives.
    """
    try:
        return examples.example(where, tree, directives, side.accounts), None
    except KeepaliveError as reason:
        return None, str(reason)


def effective(dialect, whole, doubt, ask, decide):
    """(lower-case keyword to the value in force, as text; why that is not OpenSSH's own word, or None).

    whole: the Tree of all that is read; doubt: why OpenSSH must not be asked, None where it may be; ask()
    gives an openssh.Answer and why it does not count, or None; decide() gives the decisions of our own
    reading, a dict of Directive to resolve.Decision. Both may raise KeepaliveError.
    """
    if not doubt:
        answer, doubt = ask()
        if not doubt:
            return values.reported(dialect, answer.values), None
    return _resolved(decide(), whole), doubt


def _resolved(decisions, tree):
    """The effective values (lower-case keyword to text) by our own reading, for what the release has."""
    return dict(
        (directive.keyword.lower(), values.canonical(directive.kind, decision.value))
        for directive, decision in decisions.items()
        if decision.value is not None and tree.release >= directive.since
    )


def refusal(dialect, what, answer):
    """The sentence for an openssh.Answer that does not accept what was asked about."""
    return "%s refuses %s: %s" % (dialect.side, what, answer.message)

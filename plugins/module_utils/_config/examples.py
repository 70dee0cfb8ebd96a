# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections and destinations made up to ask OpenSSH about: somebody in a scope, or in no block."""

from . import patterns, resolve
from .criteria import HOST_PATTERNS, port, words
from .errors import KeepaliveError
from .fitting import Connection, Destination, fits_connection, fits_destination

USUAL_CONNECTION = Connection("keepalive-nobody", "keepalive.invalid", "192.0.2.1", "192.0.2.2", 22, "", None)
#: Stand-ins for what a header does not ask for, the plainest first, so that one may fit no other block.
UNUSUAL_CONNECTIONS = (
    USUAL_CONNECTION,
    USUAL_CONNECTION._replace(lport=1),
    USUAL_CONNECTION._replace(addr="203.0.113.77", laddr="203.0.113.78", lport=65535),
    USUAL_CONNECTION._replace(
        user="keepalive-somebody", host="elsewhere.invalid", addr="2001:db8::77", lport=65534
    ),
)

NEEDS_CONNECTION = ((7, 7), (8, 1))
_ASKABLE = (HOST_PATTERNS, "host", "originalhost", "user", "tagged")
_ADDRESS_FILLINGS = ("1", "1.1", "1.1.1", ":1")


class NoAccounts:
    """Stands in where nothing is known of the host's users."""

    def groups_of(self, user):
        return None

    def member_of(self, patterns):
        return None

    def me(self):
        return ""


def example(scope, tree, directives, accounts):
    """Somebody in the scope who has no value of a narrower scope, to ask OpenSSH about.

    directives: those that must have no such value; accounts: answers member_of(patterns) with the name of a
    user in one of these groups, groups_of(user) with a frozenset, me() with the name of who runs this.
    Gives None for everybody on the server, a fitting.Connection, or on the client a dict of host, user, tag
    and localuser. KeepaliveError says why where nobody can be named.
    """
    if scope.side == "ssh":
        return _example_destination(scope, tree, directives, accounts.me())
    if scope.everybody:
        return _plain_connection(tree)
    return _example_connection(scope, tree, directives, accounts)


def _plain_connection(tree):
    """None, unless sshd would refuse to tell without a connection; then one that no Match block is for."""
    attributes = set(condition.attribute for block in tree.blocks for condition in block.conditions)
    needed = "localport" in attributes or NEEDS_CONNECTION[0] <= tree.release < NEEDS_CONNECTION[1]
    if not attributes or not needed:
        return None
    for unusual in UNUSUAL_CONNECTIONS:
        connection = unusual._replace(groups=frozenset())
        blocks = [block for block in tree.blocks if not block.everything]
        if not any(fits_connection(block.conditions, connection) for block in blocks):
            return connection
    raise KeepaliveError(
        "sshd tells the global values for a connection only here, "
        "and every one that was tried fits a Match block"
    )


def _example_connection(scope, tree, directives, accounts):
    found = [_connection(scope.conditions, accounts, usual) for usual in UNUSUAL_CONNECTIONS]
    for connection in found:
        decisions = resolve.for_connection(tree, connection) if connection else {}
        if connection and not any(_is_foreign(scope, decisions[directive]) for directive in directives):
            return connection
    if found[0] is None:
        raise KeepaliveError("no connection that fits %s could be made up" % scope.label)
    return found[0]


def somebody_else(tree):
    """Somebody to ask OpenSSH about, just to hear whether it accepts the files, without an example()."""
    if tree.dialect.side == "sshd":
        return USUAL_CONNECTION
    return {"host": "keepalive.invalid", "user": "", "tag": "", "localuser": ""}


def _example_destination(scope, tree, directives, localuser):
    user, tag = _given(scope, tree)
    fallback = None
    for host in _destinations(scope.conditions) + _denied_names(tree):
        if _in_scope(scope, host, user, tag):
            destination = {"host": host, "user": user, "tag": tag, "localuser": localuser}
            decisions = resolve.for_destination(tree, **destination)
            if not any(_is_foreign(scope, decisions[directive]) for directive in directives):
                return destination
            fallback = fallback or destination
    if fallback is None or scope.everybody:
        raise KeepaliveError(
            "every destination that was tried has a value of its own "
            "or depends on a Match that cannot be decided"
        )
    return fallback


def _given(scope, tree):
    """(user, tag) of a destination in the scope; KeepaliveError where the scope asks for more."""
    strange = [
        condition.attribute
        for condition in scope.conditions
        if condition.attribute not in _ASKABLE or condition.negated
    ]
    if strange:
        raise KeepaliveError("no destination that fits %s could be made up (%s)" % (scope.label, strange[0]))
    given = dict((condition.attribute, condition.argument.split(",")[0]) for condition in scope.conditions)
    about_users = any(
        condition.attribute == "user" for block in tree.blocks for condition in block.conditions
    )
    return given.get("user", "keepalive-nobody" if about_users else ""), given.get("tagged", "")


def _in_scope(scope, host, user, tag):
    destination = Destination(host, host, user, "", tag, False)
    return fits_destination(scope.conditions, destination) is not False


def _is_foreign(scope, decision):
    if decision.undecided is not None:
        return True
    return decision.line is not None and bool(decision.line.restricted) and not scope.owns(decision.line)


def _connection(conditions, accounts, usual):
    """A Connection that fits an sshd Match header; None where none can be built.

    usual: what stands in for all that the header does not ask for.
    """
    found = usual
    for condition in conditions:
        change = _change(condition, found, accounts)
        if change is None:
            return None
        found = found._replace(**change)
    found = found._replace(groups=accounts.groups_of(found.user))
    return found if fits_connection(conditions, found) else None


def _change(condition, usual, accounts):
    name, argument = condition.attribute, condition.argument
    if name == "all":
        return {}
    if name == "localport":
        number = port(argument)
        return {"lport": number} if number else None
    readers = {
        "user": ("user", lambda: _first(texts(argument.split(","), usual.user))),
        "group": ("user", lambda: accounts.member_of(argument)),
        "host": ("host", lambda: _first(texts(argument.lower().split(","), usual.host))),
        "address": ("addr", lambda: address(argument, usual.addr)),
        "localaddress": ("laddr", lambda: address(argument, usual.laddr)),
        "rdomain": ("rdomain", lambda: _first(texts(argument.split(","), "keepalive"))),
    }
    if name not in readers:
        return None
    field, read = readers[name]
    value = read()
    return None if value is None else {field: value}


def _first(candidates):
    return candidates[0] if candidates else None


def _destinations(conditions):
    """Names of destinations that may fit a Host or Match header of the client, the plainest first."""
    names = ["keepalive.invalid", "keepalive-probe", "192.0.2.1", "keepalive.example.org"]
    for condition in conditions:
        if condition.attribute in (HOST_PATTERNS, "host", "originalhost") and not condition.negated:
            names = _names_that_fit(words(condition), names)
    return [name for index, name in enumerate(names) if name not in names[:index]]


def _names_that_fit(wanted, usual):
    """Names that fit one of the patterns and none of the negated ones, from each pattern and usual name."""
    denied = [pattern for pattern in wanted if pattern.startswith("!")]
    found = []
    for pattern in wanted:
        if pattern not in denied:
            for name in usual:
                found += texts([pattern] + denied, name)
    return found


def _denied_names(tree):
    words = [
        word
        for block in tree.blocks
        for condition in block.conditions
        if condition.attribute == HOST_PATTERNS
        for word in condition.argument.split()
    ]
    return [word[1:] for word in words if word.startswith("!")]


def texts(wanted, usual):
    """Texts that fit a list of patterns, the usual one first if it does."""
    positive = [pattern for pattern in wanted if not pattern.startswith("!")]
    filled = [
        pattern.replace("*", filling).replace("?", "x")
        for pattern in positive
        for filling in ("", "x", "keepalive")
    ]
    return [text for text in [usual] + filled if text and patterns.matches_words(text, wanted)]


def address(listed, usual):
    """An IP address that fits a comma-separated list, the usual one if it does; None where none was found."""
    candidates = [usual]
    for pattern in listed.split(","):
        net = patterns.network(pattern)
        if net is None:
            single = pattern.replace("?", "1")
            candidates.extend(single.replace("*", filling) for filling in _ADDRESS_FILLINGS)
        else:
            candidates.extend(str(net[min(number, net.num_addresses - 1)]) for number in (1, 2, 0))
    found = filter(None, map(patterns.address, candidates))
    return next((str(text) for text in found if patterns.address_matches_list(str(text), listed)), None)

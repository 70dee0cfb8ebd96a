# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directives that the collection manages, in OpenSSH's two dialects, as one table.

Sources: openssh servconf.c keywords[] and copy_set_server_options(), readconf.c keywords[]; since which
release: ChangeLog.
"""

from typing import Any, NamedTuple, Optional, Tuple

Release = Tuple[int, int]


class Directive(NamedTuple):
    """One directive of one side. All that the collection says and does about it begins here;
    tests/unit/test_directives.py names what is missing.

    Where match_since is None, no Match block can set it, which makes its only scope the global one.
    """

    option: str  # Its name in playbooks.
    keyword: str  # OpenSSH's spelling.
    kind: str  # How its values are read, written and given: a key of values.KINDS.
    default: Any  # The meaning that OpenSSH uses without a line.
    since: Release  # The first release that has it.
    match_since: Optional[Release]  # The first in which a Match block can set it.
    title: str  # What a benchmark that asks for it is after.
    description: str  # How the documentation of the option begins, behind the keyword and a comma.
    aliases: Tuple[str, ...] = ()  # Other spellings, in lower case.
    effective_since: Optional[Release] = (
        None  # The first in which what a Match block sets has an effect, where that is another.
    )

    @property
    def acts_since(self):
        """The first release in which what a Match block sets has an effect; None: never."""
        return self.effective_since or self.match_since

    # A row is itself alone, so that it can be a key although its default may be a dict.
    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return self.keyword


class Dialect:
    """One side's directives.

    side: 'sshd' or 'ssh'; blocks: keywords that open a block; context: keywords that Match criteria depend
    on;
    directives: in the order in which new lines are written.
    """

    def __init__(self, side, blocks, context, directives):
        self.side = side
        self.blocks = frozenset(blocks)
        self.context = frozenset(context)
        self.directives = tuple(directives)
        self.by_option = dict((row.option, row) for row in directives)
        self.by_keyword = {}
        for row in directives:
            for name in (row.keyword.lower(),) + row.aliases:
                self.by_keyword[name] = row

    def __repr__(self):
        return "Dialect(%r)" % self.side

    def directive(self, keyword, release):
        """What a keyword (lower case) means for a release; None where that is not a directive of these."""
        return self.by_keyword.get(keyword) if release < _UNTIL.get(keyword, _NEVER) else None


_START, _NEVER = (0, 0), (999, 0)
#: Debian's own alias is ServerAliveInterval in 9.2 and ConnectTimeout in 10.0; the patch that has it was
#: changed for 9.9.
_UNTIL = {"setuptimeout": (9, 9)}

SSHD = Dialect(
    "sshd",
    ["match"],
    [],
    [
        Directive(
            "interval",
            "ClientAliveInterval",
            kind="time",
            default=0,
            since=(2, 9),
            match_since=(7, 4),
            title="sshd asks a silent client for a sign of life",
            description="the seconds without data from the client after which sshd asks for a sign of life",
        ),
        Directive(
            "count_max",
            "ClientAliveCountMax",
            kind="count",
            default=3,
            since=(2, 9),
            match_since=(7, 4),
            title="sshd ends the session of a client that does not answer",
            description="how many probes may stay unanswered",
        ),
        Directive(
            "tcp_keepalive",
            "TCPKeepAlive",
            kind="yes_no",
            default=True,
            since=_START,
            match_since=None,
            aliases=("keepalive",),
            title="sshd does not rely on TCP keepalive, which can be spoofed",
            description="whether the kernel sends probes of its own",
        ),
        Directive(
            "channel_timeout",
            "ChannelTimeout",
            kind="channels",
            default={},
            since=(9, 2),
            match_since=(9, 2),
            effective_since=(10, 5),
            title="sshd closes idle sessions",
            description="channel types, each with the time after which such a channel without data is closed",
        ),
        Directive(
            "unused_connection_timeout",
            "UnusedConnectionTimeout",
            kind="time_or_none",
            default=0,
            since=(9, 2),
            match_since=(9, 2),
            title="sshd closes connections that nothing uses",
            description="the time after which a connection without open channels is closed",
        ),
    ],
)

SSH = Dialect(
    "ssh",
    ["host", "match"],
    ["hostname", "user", "tag", "batchmode"],
    [
        Directive(
            "interval",
            "ServerAliveInterval",
            kind="time_or_unset",
            default=0,
            since=(3, 8),
            match_since=_START,
            aliases=("protocolkeepalives", "setuptimeout"),
            title="ssh asks a silent server for a sign of life",
            description="the seconds without data from the server after which ssh asks for a sign of life",
        ),
        Directive(
            "count_max",
            "ServerAliveCountMax",
            kind="count",
            default=3,
            since=(3, 8),
            match_since=_START,
            title="ssh ends the session with a server that does not answer",
            description="how many probes may stay unanswered",
        ),
        Directive(
            "tcp_keepalive",
            "TCPKeepAlive",
            kind="flag",
            default=True,
            since=_START,
            match_since=_START,
            aliases=("keepalive",),
            title="ssh does not rely on TCP keepalive, which can be spoofed",
            description="whether the kernel sends probes of its own",
        ),
    ],
)


def misplaced(dialect):
    """The other side's keywords (lower case) that this side refuses: each with its spelling and this side's
    directive that was meant."""
    other = SSH if dialect is SSHD else SSHD
    return dict(
        (row.keyword.lower(), (row.keyword, dialect.by_option[row.option]))
        for row in other.directives
        if row.option in dialect.by_option and row.keyword.lower() not in dialect.by_keyword
    )

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directives that the collection manages, in OpenSSH's two dialects, as one table.

Sources: openssh servconf.c keywords[] and copy_set_server_options(), readconf.c keywords[]; since which release: ChangeLog.
"""


class Directive(object):
    """One directive of one side.

    option: its name in playbooks; keyword: OpenSSH's spelling; aliases: lower case; kind: see values.py;
    since: the first release that has it; match_since: the first in which a Match block can set it (None: never);
    acts_since: the first in which what a Match block sets has an effect; default: the meaning that OpenSSH uses without a line.
    """

    __slots__ = ('option', 'keyword', 'aliases', 'kind', 'since', 'match_since', 'acts_since', 'default')

    def __init__(self, option, keyword, aliases, kind, since, match_since, default, acts_since=None):
        self.option, self.keyword, self.aliases, self.kind = option, keyword, aliases, kind
        self.since, self.match_since, self.default = since, match_since, default
        self.acts_since = acts_since or match_since

    def __repr__(self):
        return self.keyword


class Dialect(object):
    """One side's directives.

    side: 'sshd' or 'ssh'; blocks: keywords that open a block; context: keywords that Match criteria depend on;
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
        return 'Dialect(%r)' % self.side

    def directive(self, keyword, release):
        """What a keyword (lower case) means for a release; None where that is no directive of these."""
        return self.by_keyword.get(keyword) if release < _UNTIL.get(keyword, _NEVER) else None


_START, _NEVER = (0, 0), (999, 0)
#: Debian's own alias is ServerAliveInterval in 9.2 and ConnectTimeout in 10.0; the patch that has it was changed for 9.9.
_UNTIL = {'setuptimeout': (9, 9)}

SSHD = Dialect('sshd', ['match'], [], [
    Directive('interval', 'ClientAliveInterval', (), 'time', (2, 9), (7, 4), 0),
    Directive('count_max', 'ClientAliveCountMax', (), 'count', (2, 9), (7, 4), 3),
    Directive('tcp_keepalive', 'TCPKeepAlive', ('keepalive',), 'yes_no', _START, None, True),
    Directive('channel_timeout', 'ChannelTimeout', (), 'channels', (9, 2), (9, 2), {}, acts_since=(10, 5)),
    Directive('unused_connection_timeout', 'UnusedConnectionTimeout', (), 'time_or_none', (9, 2), (9, 2), 0),
])

SSH = Dialect('ssh', ['host', 'match'], ['hostname', 'user', 'tag', 'batchmode'], [
    Directive('interval', 'ServerAliveInterval', ('protocolkeepalives', 'setuptimeout'), 'time_or_unset', (3, 8), _START, 0),
    Directive('count_max', 'ServerAliveCountMax', (), 'count', (3, 8), _START, 3),
    Directive('tcp_keepalive', 'TCPKeepAlive', ('keepalive',), 'flag', _START, _START, True),
])


def misplaced(dialect):
    """The other side's keywords (lower case) that this side refuses: each with its spelling and this side's directive that was meant."""
    other = SSH if dialect is SSHD else SSHD
    return dict((row.keyword.lower(), (row.keyword, dialect.by_option[row.option])) for row in other.directives
                if row.option in dialect.by_option and row.keyword.lower() not in dialect.by_keyword)

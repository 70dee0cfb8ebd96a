# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of channels that ChannelTimeout can be for.

Sources: openssh channels.c channel_set_xtype() and lookup_timeout(), session.c; sshd_config(5).
"""

from . import patterns

#: What a session may be. A plain session is a channel that has not been asked for anything yet.
SESSIONS = ("session:shell", "session:command", "session:subsystem:sftp")
OTHERS = (
    "agent-connection",
    "direct-tcpip",
    "direct-streamlocal@openssh.com",
    "forwarded-tcpip",
    "forwarded-streamlocal@openssh.com",
    "x11-connection",
)
#: All channels taken together; since OpenSSH 9.7.
GLOBAL, GLOBAL_SINCE = "global", (9, 7)


def exists(pattern, release):
    """Whether a channel of this release may have a type that fits the pattern."""
    if pattern.startswith("session:subsystem:") or (pattern == GLOBAL and release >= GLOBAL_SINCE):
        return True
    return any(patterns.matches(kind, pattern) for kind in SESSIONS + OTHERS)

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the numbers do: after how long a dead peer is dropped, and which interval keeps a path open. Times are
seconds."""

from .errors import KeepaliveError

LATE_PROBES = ((9, 2), (9, 5))
COUNT_ZERO_IS_VOID_SINCE = (8, 2)
LARGEST_SENSIBLE = 60


class VendorRelease(tuple):
    """The version tuple of a build whose vendor took over that count 0 never ends a session, which came with
    8.2."""


def probes_late(side, release):
    """Whether this sshd probes at up to twice its interval (9.2 to 9.4; openssh serverloop.c, fixed by
    9d7193a83)."""
    return side == "sshd" and LATE_PROBES[0] <= release < LATE_PROBES[1]


def count_zero_is_void(side, release):
    """Whether ClientAliveCountMax 0 never ends a session (sshd 8.2; openssh 69334996a). The client has no
    such exception."""
    return side == "sshd" and (release >= COUNT_ZERO_IS_VOID_SINCE or isinstance(release, VendorRelease))


def drop_after(side, release, interval, count_max):
    """After how many seconds a dead peer is dropped, at the latest; None: never."""
    if not interval or (count_max == 0 and count_zero_is_void(side, release)):
        return None
    return interval * (count_max + 1) * (2 if probes_late(side, release) else 1)


def recommended_interval(side, release, idle_timeout):
    """The interval that puts two probes into every idle_timeout seconds, with a tenth to spare; 0 where none
    is short enough."""
    interval = min(LARGEST_SENSIBLE, 45 * idle_timeout // 100)
    return interval // 2 if probes_late(side, release) else interval


def required_interval(side, release, idle_timeout):
    """recommended_interval(), or KeepaliveError where there is none."""
    interval = recommended_interval(side, release, idle_timeout)
    if interval == 0:
        raise KeepaliveError(
            "idle_timeout: no interval of whole seconds keeps a path open for sure that forgets after %d s; "
            "that box needs a longer timeout" % idle_timeout
        )
    return interval


def check_idle_timeout(side, release, interval, idle_timeout):
    """Hold an interval against the shortest idle timeout on the path.

    KeepaliveError where it is too long or off; else a warning for people, or None.
    """
    recommended = recommended_interval(side, release, idle_timeout)
    advice = (
        "recommended is %d" % recommended
        if recommended
        else "none is short enough, and that box needs a longer timeout"
    )
    if not interval:
        raise KeepaliveError(
            "interval: idle_timeout %d needs an interval above 0; %s" % (idle_timeout, advice)
        )
    if interval >= idle_timeout:
        largest = "the largest accepted is %d, " % (idle_timeout - 1) if idle_timeout > 1 else ""
        raise KeepaliveError(
            "interval: %d s is no help on a path that forgets after %d s; %s%s"
            % (interval, idle_timeout, largest, advice)
        )
    late = probes_late(side, release)
    if 100 * interval * (2 if late else 1) > 45 * idle_timeout:
        return (
            "interval %d%s is more than 0.45 of idle_timeout %d: one lost or late probe and the path "
            "forgets; %s"
            % (interval, ", at twice which this sshd probes," if late else "", idle_timeout, advice)
        )
    return None

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line in the log of the host, under a name of our own: whatever stands there under sshd's name is taken
for sshd's word, by fail2ban for one.
"""

import os
import socket
import time

ADDRESS = "/dev/log"
#: Levels, as syslog(3) numbers them on Linux. (The module syslog is not part of every Python.)
WARNING, NOTICE = 4, 5
IDENT = "fleetops.keepalive"
#: Seconds for a log that takes nothing at the moment, after which the line is lost; characters of a line.
TELL_SECONDS = 0.5
LONGEST = 900
STEP_SECONDS = 0.02

_AUTHPRIV = 10 << 3
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def tell(text, level=NOTICE):
    """Write a line (syslog(3)); whatever is not printable ASCII in it is shown by a backslash escape.

    The C library's own syslog() would wait for as long as nobody reads; without a log, nothing is written.
    """
    line = text.encode("unicode_escape").decode("ascii")[:LONGEST]
    now = time.localtime()
    stamp = "%s %2d %02d:%02d:%02d" % ((_MONTHS[now.tm_mon - 1],) + now[2:6])
    message = ("<%d>%s %s[%d]: %s" % (_AUTHPRIV | level, stamp, IDENT, os.getpid(), line)).encode("ascii")
    deadline = time.monotonic() + TELL_SECONDS
    while not _is_sent(message) and time.monotonic() < deadline:
        time.sleep(STEP_SECONDS)


def _is_sent(message):
    """Whether the line is written, or never will be."""
    try:
        _send(socket.SOCK_DGRAM, message)
    except BlockingIOError:
        return False
    except OSError:
        try:
            _send(socket.SOCK_STREAM, message + b"\0")
        except BlockingIOError:
            return False
        except OSError:
            pass
    return True


def _send(kind, message):
    with socket.socket(socket.AF_UNIX, kind) as log:
        log.setblocking(False)
        log.connect(ADDRESS)
        log.send(message)

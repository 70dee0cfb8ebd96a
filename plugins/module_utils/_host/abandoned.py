# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a login has left running whose client has given it up.

sshd ends its own process when the connection is gone, and leaves a command that has no terminal to itself. So a forced command that
hangs would stay for as long as it likes.
"""

import os

from . import descendants

_TICKS = os.sysconf('SC_CLK_TCK')
_START = 19


def now():
    """The time since boot in the kernel's ticks, as /proc has it for the start of processes."""
    with open('/proc/uptime') as file:
        return int(float(file.read().split()[0]) * _TICKS)


def end(command, since, peer):
    """Kill what logins for a command have left that began after a time of now(), from the address of a peer; with what they started.

    Only what runs this very command, or another that sshd was made to run in its place (SSH_ORIGINAL_COMMAND), and has no sshd above it.
    """
    rows = descendants.table()
    for row in list(rows.values()):
        if _began(row.pid) >= since and _is_for(row.pid, os.fsencode(command), os.fsencode(peer)) and not _has_sshd_above(row, rows):
            descendants.kill(descendants.below(row.pid, rows=rows) + [row])


def _is_for(pid, command, peer):
    variables = dict(item.partition(b'=')[::2] for item in _read(pid, 'environ').split(b'\0'))
    if variables.get(b'SSH_CONNECTION', b'').split(b' ')[0] != peer:
        return False
    return variables.get(b'SSH_ORIGINAL_COMMAND') == command or _read(pid, 'cmdline').split(b'\0')[-3:] == [b'-c', command, b'']


def _has_sshd_above(row, rows):
    seen = set()
    while row and row.pid not in seen:
        if row.name.startswith('sshd'):
            return True
        seen.add(row.pid)
        row = rows.get(row.parent)
    return False


def _began(pid):
    fields = _read(pid, 'stat').rpartition(b')')[2].split()
    return int(fields[_START]) if len(fields) > _START else 0


def _read(pid, name):
    try:
        with open('/proc/%d/%s' % (pid, name), 'rb') as file:
            return file.read()
    except OSError:
        return b''

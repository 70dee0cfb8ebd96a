# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a login has left running whose client has given it up.

sshd ends its own process when the connection is gone, and leaves a command that has no terminal to itself. So
a forced command that
hangs would stay for as long as it likes.
"""

from . import descendants, proc


def end(command, since, peer):
    """Kill what logins for a command have left that began after a time of proc.now(), from the address of a
    peer; with what they started.

    Only what runs this very command, or another that sshd was made to run in its place
    (SSH_ORIGINAL_COMMAND), and has no sshd above it.
    """
    rows = proc.table()
    for row in list(rows.values()):
        if row.began >= since and _is_for(row.pid, command, peer) and not _has_sshd_above(row, rows):
            descendants.kill(descendants.below(row.pid, rows=rows) + [row])


def _is_for(pid, command, peer):
    variables = dict(item.partition("=")[::2] for item in proc.read(pid, "environ").split("\0"))
    if variables.get("SSH_CONNECTION", "").split(" ")[0] != peer:
        return False
    return variables.get("SSH_ORIGINAL_COMMAND") == command or proc.read(pid, "cmdline").split("\0")[-3:] == [
        "-c",
        command,
        "",
    ]


def _has_sshd_above(row, rows):
    seen = set()
    while row and row.pid not in seen:
        if row.name.startswith("sshd"):
            return True
        seen.add(row.pid)
        row = rows.get(row.parent)
    return False

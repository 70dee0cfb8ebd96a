# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What /proc says of processes (proc(5)). Of one that is gone, or that may not be seen, there is nothing to
read."""

import os
from typing import NamedTuple

ESTABLISHED, LISTENING = "01", "0A"

_TICKS = os.sysconf("SC_CLK_TCK")
_STATE, _PARENT, _GROUP, _SESSION, _BEGAN = 0, 1, 2, 3, 19


class Process(NamedTuple):
    """One process."""

    pid: int
    parent: int
    group: int
    session: int
    name: str  # its comm, which the process may choose
    state: str  # its letter in ps(1)
    began: int  # ticks since boot


class TcpSocket(NamedTuple):
    """One row of a table of TCP sockets (proc_net_tcp(5))."""

    inode: str  # a string of digits
    state: str  # this and the addresses as the kernel writes them
    local: str
    remote: str


def now():
    """The time since boot in ticks, as Process.began has it."""
    with open("/proc/uptime") as file:
        return int(float(file.read().split()[0]) * _TICKS)


def table():
    """A dict of pid to Process of this host's, those included that have ended and wait for their parents."""
    found = (process(pid) for pid in pids())
    return dict((row.pid, row) for row in found if row)


def pids():
    """The numbers of all processes; none where there is no /proc."""
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def process(pid):
    """The Process of that number, or None."""
    # The name in brackets may itself hold spaces and brackets.
    start, _bracket, rest = read(pid, "stat").rpartition(")")
    fields = rest.split()
    if not fields:
        return None
    parent, group, session = (int(fields[index]) for index in (_PARENT, _GROUP, _SESSION))
    return Process(pid, parent, group, session, start.partition("(")[2], fields[_STATE], int(fields[_BEGAN]))


def is_alive(pid):
    """Whether there is such a process, and it has not ended."""
    found = process(pid)
    return found is not None and found.state not in "ZX"


def title(pid):
    """The command line of a process in one string, as the process may have rewritten it."""
    return read(pid, "cmdline").replace("\0", " ").strip()


def sockets(pid):
    """The inodes of the sockets that a process holds, strings of digits in the order of its descriptors."""
    links = [link for _descriptor, link in descriptors(pid)]
    return [link[len("socket:[") : -1] for link in links if link.startswith("socket:[")]


def descriptors(pid):
    """(number, what it leads to) of the open descriptors of a process, by number."""
    directory = "/proc/%d/fd" % pid
    try:
        numbers = sorted(map(int, os.listdir(directory)))
    except OSError:  # The kernel says that its owner is another account of a process that is ending, too.
        return []
    return [(number, _link("%s/%d" % (directory, number))) for number in numbers]


def tcp_sockets(pid, state):
    """The TcpSockets in that state of the network namespace that a process is in."""
    return [
        row for name in ("net/tcp", "net/tcp6") for row in parse_tcp(read(pid, name)) if row.state == state
    ]


def parse_tcp(text):
    """The TcpSockets in the text of /proc/net/tcp or tcp6."""
    rows = (line.split() for line in text.splitlines()[1:])
    return [TcpSocket(row[9], row[3], row[1], row[2]) for row in rows]


def read(pid, name):
    """The content of a file of a process's, '' without one; bytes that are not UTF-8 are there as
    os.fsdecode() has them."""
    try:
        with open("/proc/%d/%s" % (pid, name), "rb") as stream:
            return stream.read().decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""

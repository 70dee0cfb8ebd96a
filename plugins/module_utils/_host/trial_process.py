# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a trial: it lets one login of one account in, and ends whatever is behind one that failed.

Any account may connect to an abstract socket, whose name stands in /proc/net/unix for everybody to read. So
the kernel is asked who has connected before an sshd is started.
"""

import os
import select
import signal
import socket
import struct
import subprocess
import time
from typing import Any, List, NamedTuple

from . import descendants, host_log, network

#: Seconds in which the login has to come.
LIVES_SECONDS = 120
#: Seconds after which it is looked again whether the trial was ended.
STEP_SECONDS = 0.1
#: Seconds that sshd has to end by itself when its client is gone and nothing of the login runs any more (PAM
#: may close a session).
LEAVE_SECONDS = 5
#: Seconds that an sshd which is told to end has for the same.
ORDER_SECONDS = 1
#: What the lines of this process begin with in the trial's own log.
MARK = "fleetops.keepalive: "

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_CREDENTIALS = struct.Struct("iII")
_PART = 65536


class Order(NamedTuple):
    """One trial."""

    command: List[str]  # the sshd -i to start
    path: str  # the configuration file that it reads
    uid: int  # who may log in
    account: str  # the same by name
    addresses: Any  # what network.addresses_of_session() found
    seconds: float  # how long the login may take


def serve(order, listener, log):
    """Be the process of a trial; does not return.

    listener: the socket; log: an open descriptor of the trial's log, the removal of which ends the trial.
    """
    try:
        _leave_connection(listener.fileno(), log)
        for number in _ENDING:
            signal.signal(number, _stop)
        descendants.adopt()
        client = _admitted(order, listener, log)
        listener.close()
        if client:
            _Login(order, client, log).see_through()
    finally:
        os._exit(0)


def announce(account, uid, origin, path):
    """Tell the host's log about a login.

    account, uid: whose, by name and by number (None: not known); origin: from where, in words; path: under
    which main file.
    """
    number = "unknown" if uid is None else uid
    host_log.tell("trial login: account %s, uid %s, from %s, under %s" % (account, number, origin, path))


def _admitted(order, listener, log):
    """The first connection of the account that may log in, None where the trial is over before.

    Nobody else's counts.
    """
    deadline, refused = time.monotonic() + LIVES_SECONDS, False
    while _goes_on(log) and time.monotonic() < deadline:
        if not select.select([listener], [], [], STEP_SECONDS)[0]:
            continue
        client = listener.accept()[0]
        peer = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _gid = _CREDENTIALS.unpack(peer)
        if uid == order.uid:
            return client
        client.close()
        if not refused:
            told = "trial login: refused to uid %d, process %d, under %s; others are not reported"
            host_log.tell(told % (uid, pid, order.path), host_log.WARNING)
        refused = True
    return None


class _Login:
    """One login: its client, an sshd of its own, and what passes between the two."""

    def __init__(self, order, client, log):
        self.order, self.client, self.log = order, client, log
        self.deadline = time.monotonic() + order.seconds
        self.sshd, self.near = None, None
        self.parts, self.lasting = set(), set()
        self.commands, self.left = set(), set()

    def see_through(self):
        """Start sshd, and return when the login has ended by itself, or has been ended."""
        ended = False
        try:
            self._announce()
            self._start()
            ended = self._pass_on() and not self._is_cut()
        except SystemExit:
            pass
        except Exception as error:
            self._say("the trial could not be run (%s)" % error)
        if not ended:
            self._give_up()

    def _announce(self):
        order = self.order
        origin = "%s port %d" % order.addresses[1] if order.addresses else "an address that is not known"
        announce(order.account, order.uid, origin, order.path)

    def _start(self):
        self.near, far = _ends(self.order.addresses)
        with far:
            self.sshd = subprocess.Popen(
                self.order.command, stdin=far, stdout=far, stderr=subprocess.DEVNULL, start_new_session=True
            )
        self.client.setblocking(False)
        self.near.setblocking(False)

    def _pass_on(self):
        """Pass on bytes both ways until sshd has ended, and its client has all that it said.

        Gives whether it came to that; else the login is to be ended.
        """
        up, down = _Way(self.client, self.near), _Way(self.near, self.client)
        while time.monotonic() < self.deadline:
            if not _goes_on(self.log) and not up.over:
                return False
            if self.sshd.poll() is not None and not down.has_more():
                return True
            ready = _ready(up, down)
            if down.source in ready:
                down.read()
            if up.source in ready:
                up.read()
                if not down.over and self._is_under_way(up.over) and up.over:
                    return False
                if up.over:
                    self.deadline = min(self.deadline, time.monotonic() + LEAVE_SECONDS)
            up.write()
            down.write()
        if not up.over:
            self._say("the login was ended after %d s (login_timeout)" % self.order.seconds)
        return False

    def _is_under_way(self, has_left):
        """Whether the command of the login runs. has_left: whether the client is gone.

        Sshd starts it in a session of its own. Asked before sshd gets what its client says, and so before
        sshd can end of that. What has no parent any more by then was left behind on purpose, but for the
        command; unless sshd is ending already, of what the client has said before.
        """
        rows = dict((row.pid, row) for row in descendants.alive())
        sshd, of_sshd = self.sshd.pid, descendants.below(self.sshd.pid, rows=rows)
        parts = set(row.pid for row in of_sshd if row.session == sshd and row.name.startswith("sshd"))
        parts.add(sshd)
        self.commands.update(row.pid for row in of_sshd if row.session == row.pid and row.parent in parts)
        if not has_left or self.lasting.issubset(rows):
            without_parent = set(row.pid for row in rows.values() if row.parent == os.getpid())
            self.left = without_parent - self.commands - {sshd}
        # A part of sshd that is seen once only may be the command, just before it has a session of its own.
        self.lasting, self.parts = parts & self.parts, parts
        return any(pid in rows for pid in self.commands)

    def _is_cut(self):
        """Whether sshd has ended ahead of the command of the login, which was no end of the login.

        What the login has left on purpose was without a parent before sshd ended. What sshd has started for
        itself ends here.
        """
        rest = descendants.alive(self.left)
        descendants.kill([row for row in rest if row.session == self.sshd.pid])
        return any(row.session == row.pid for row in rest)

    def _give_up(self):
        """End everything behind the login: what sshd runs, then sshd in order, then whatever is left."""
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        self.client.close()
        if self.sshd:
            rows = [row for row in descendants.below(os.getpid()) if row.pid != self.sshd.pid]
            descendants.kill([row for row in rows if not row.name.startswith("sshd")])
            self.near.close()
            self._tell_to_end()
        descendants.end()

    def _tell_to_end(self):
        try:
            if self.sshd.poll() is None:
                self.sshd.terminate()
                self.sshd.wait(ORDER_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            pass

    def _say(self, text):
        try:
            os.write(self.log, (MARK + text + "\n").encode("utf-8", "backslashreplace"))
        except OSError:
            pass


class _Way:
    """Bytes on their way from one socket to another.

    held: those that were read and are still to be written; over: whether the source has ended.
    """

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.held, self.over = b"", False
        self._told = False

    def has_more(self):
        """Whether there is something to be read or to be written."""
        return bool(self.held) or not self.over and bool(select.select([self.source], [], [], 0)[0])

    def read(self):
        try:
            self.held = self.source.recv(_PART)
        except BlockingIOError:
            return
        except OSError:
            pass  # A connection that was broken off has ended.
        self.over = not self.held

    def write(self):
        """Write what the target takes now, and at last that there is no more. One that takes nothing any more
        gets nothing."""
        try:
            if self.held:
                self.held = self.held[self.target.send(self.held) :]
            elif self.over and not self._told:
                self._told = True
                self.target.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError:
            self.held = b""


def _ready(*ways):
    """Wait until a way can go on, for STEP_SECONDS at most; gives the sources that can be read."""
    sources = [way.source for way in ways if not way.held and not way.over]
    targets = [way.target for way in ways if way.held]
    return select.select(sources, targets, [], STEP_SECONDS)[0]


def _ends(addresses):
    """A pair of connected sockets, ours and sshd's: between the two addresses where that can be had, else
    without any."""
    if addresses:
        try:
            return network.connected(*addresses)
        except OSError:
            pass
    return socket.socketpair()


def _goes_on(log):
    """Whether the trial was not ended: whether its open log has a name still."""
    return os.fstat(log).st_nlink > 0


def _leave_connection(*kept):
    """Become a process that nobody waits for: a session of its own, its streams closed, and of all
    descriptors the kept ones."""
    os.setsid()
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in kept:
            try:
                os.close(number)
            except OSError:
                pass


def _stop(_number, _frame):
    raise SystemExit()

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An sshd that listens: how it is recognized, told to load its configuration, and when the new listener is
there.

sshd loads by executing itself anew: it closes its listening sockets, starts over under the same process id
and opens
new ones, tens of milliseconds later. Until then the old one answers, with the old configuration, so a load is
over
only when the listening sockets are others. A daemon that refuses its configuration at that moment is simply
gone.
"""

import os
import re
import time
from typing import List

from .._config.errors import KeepaliveError
from .._config.examples import USUAL_CONNECTION
from . import openssh, proc
from .run import run

# Where sshd looks without -f, as distributions and the upstream default build it.
DEFAULT_PATHS = (
    "/etc/ssh/sshd_config",
    "/usr/etc/ssh/sshd_config",
    "/usr/local/etc/sshd_config",
    "/usr/local/etc/ssh/sshd_config",
    "/usr/pkg/etc/ssh/sshd_config",
)
LOAD_SECONDS = 10
GONE_SECONDS = 1
STEP_SECONDS = 0.005


class Refused(KeepaliveError):
    """sshd does not accept the configuration; the text has its own words."""


class Running:
    """An sshd that keeps its configuration until it is told to load."""

    loads = True
    #: The command that starts it again.
    revive: List[str]

    def __init__(self, path):
        self._path = path

    def check(self, sshd):
        """Raise Refused with sshd's own words unless it would start here and now, which is what a load comes
        to."""
        done = run([sshd, "-t", "-f", self._path])
        if done.status != 0:
            raise _refused(self._path, done.words)


class Daemon(Running):
    """An sshd that listens itself; subclasses know its process and how to tell it."""

    def load(self, seconds=LOAD_SECONDS):
        """Have the configuration loaded; return when the new listener is there. Raises KeepaliveError after
        seconds."""
        pid = self._pid()
        old = _Listener(pid)
        self._tell(pid)
        seen = time.monotonic()
        deadline = seen + seconds
        while not old.is_replaced_by(pid):
            now = time.monotonic()
            if proc.is_alive(pid):
                seen = now
            else:
                pid = self._successor(pid)
            if now - seen > GONE_SECONDS:
                raise KeepaliveError(
                    "sshd (process %s) ended when it was told to load %s: see its log, put the "
                    "configuration right and "
                    "start it again (%s) while this connection is open"
                    % (old.pid, self._path, " ".join(self.revive))
                )
            if now > deadline:
                raise KeepaliveError(
                    "sshd (process %s) was told to load %s, but has opened no new listening socket for %s s: "
                    "see its log" % (pid, self._path, seconds)
                )
            time.sleep(STEP_SECONDS)

    def _pid(self):
        """Its process now. Raises KeepaliveError where there is none that may be told."""
        raise NotImplementedError

    def _tell(self, pid):
        """Tell this process to load."""
        raise NotImplementedError

    def _successor(self, pid):
        """The process that runs in place of one that has ended, or the same where there is none yet."""
        raise NotImplementedError


class _Listener:
    """The listening sockets of a process at one moment, to be compared with a later one."""

    def __init__(self, pid):
        self.pid = pid
        self._sockets = listening_sockets(pid)
        if not self._sockets:
            raise KeepaliveError(
                "sshd (process %s) listens nowhere: wait until it has started, and run again" % pid
            )

    def is_replaced_by(self, pid):
        """Whether the process listens, and on none of these."""
        return not self._sockets.intersection(proc.sockets(pid)) and bool(listening_sockets(pid))


def listening_sockets(pid):
    """The inodes of the TCP sockets on which a process listens, a set."""
    held = proc.sockets(pid)
    return {row.inode for row in proc.tcp_sockets(pid, proc.LISTENING)}.intersection(held) if held else set()


def is_listener(name, title):
    """Whether a process is an sshd that listens. name: its comm; title: its command line, as sshd rewrites
    it.

    The process of a session is called sshd too, up to OpenSSH 9.7, but its title is "sshd: alice@pts/0"; that
    of a
    listener is its command line, since 8.2 as in "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups".
    """
    return name == "sshd" and (not title.startswith("sshd: ") or "[listener]" in title)


def main_file(title):
    """The main configuration file that the title of a listener names after -f, or None if it runs the default
    one."""
    found = re.search(r"\s-[46DdeiqTt]*f\s*(\S+)", title)
    return found.group(1) if found else None


def command_line(title):
    """The command that the listener with this title was started with."""
    return re.sub(r"^sshd: | \[listener\].*", "", title)


def serves(title, path):
    """Whether the listener with this title runs the main configuration file at path."""
    named = main_file(title)
    return os.path.realpath(path) in map(os.path.realpath, [named] if named else DEFAULT_PATHS)


def require_rights(pid):
    """Refuse a process that this account must not tell anything, or one whose title another account has made
    up: root runs what stands there."""
    try:
        owner, program = os.stat("/proc/%s" % pid).st_uid, os.stat("/proc/%s/exe" % pid).st_uid
    except FileNotFoundError:
        return
    except PermissionError:
        owner = program = -1  # It belongs to another account, so it may not be looked at.
    me = os.geteuid()
    if me != 0 and owner != me:
        raise KeepaliveError("sshd (process %s) belongs to another account: set become to true" % pid)
    if owner != me or program not in (0, me):
        raise KeepaliveError(
            "Process %s calls itself sshd and is not: it, or its program, belongs to another account than "
            "root" % pid
        )


def settings(sshd, path):
    """What sshd reads in the main configuration file at path, keyword to value. Raises Refused with its own
    words."""
    answer = openssh.ask_sshd(sshd, path, USUAL_CONNECTION)
    if not answer.ok:
        raise _refused(path, answer.message)
    return answer.values


def _refused(path, message):
    return Refused("sshd refuses %s, so nothing was loaded: %s" % (path, message))

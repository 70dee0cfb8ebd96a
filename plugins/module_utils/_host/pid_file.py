# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An sshd without a service manager, known by the file that holds its process id."""

import os
import signal

from .._config.errors import KeepaliveError
from . import proc
from .daemon import (
    DEFAULT_PATHS,
    Daemon,
    command_line,
    is_listener,
    main_file,
    require_rights,
    serves,
    settings,
)


def pid_file_named_in(sshd, path):
    """The pid file that the main configuration file at path names. Raises KeepaliveError where it names none,
    Refused where sshd refuses it."""
    found = settings(sshd, path).get("pidfile", "none")
    if found == "none":
        raise KeepaliveError(
            "%s has PidFile none, so the sshd to be told is not known: set PidFile, or name a file in "
            "pid_file" % path
        )
    return found


class Signal(Daemon):
    """The sshd that has written a pid file. pid_file: its path."""

    method = "signal"

    def __init__(self, path, pid_file):
        super().__init__(path)
        self.pid_file = pid_file
        self.revive = command_line(proc.title(self._pid())).split()

    def _pid(self):
        pid = self._written_pid()
        title = proc.title(pid)
        if not is_listener(proc.read(pid, "comm").rstrip("\n"), title):
            raise KeepaliveError(
                "The pid file %s is stale: process %s is %s; start sshd, or name its pid file in "
                "pid_file" % (self.pid_file, pid, "not there" if not title else "not an sshd that listens")
            )
        if not serves(title, self._path):
            raise KeepaliveError(
                "The pid file %s belongs to an sshd that runs %s, not path %s: name the right one in "
                "pid_file" % (self.pid_file, main_file(title) or DEFAULT_PATHS[0], self._path)
            )
        require_rights(pid)
        return pid

    def _tell(self, pid):
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            pass  # It has just ended, and load() says so.

    def _successor(self, pid):
        try:
            return self._pid()
        except KeepaliveError:
            return pid

    def _written_pid(self):
        try:
            with open(self.pid_file, "rb", opener=_without_waiting) as stream:
                content = stream.read(64) or b""
            return int(content)
        except ValueError:
            raise KeepaliveError(
                "The pid file %s holds %r, not a process id"
                % (self.pid_file, content.decode("ascii", "replace"))
            )
        except OSError as error:
            raise KeepaliveError(
                "No sshd is known to run %s, since its pid file %s cannot be read (%s): start sshd, or name "
                "the "
                "file in pid_file" % (self._path, self.pid_file, error.strerror)
            )


def _without_waiting(path, flags):
    """Open a file; a pipe that nobody writes to is empty."""
    return os.open(path, flags | os.O_NONBLOCK)

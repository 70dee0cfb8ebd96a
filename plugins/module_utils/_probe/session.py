# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One real ssh session that is left idle and then asked for an echo."""

import ctypes
import os
import re
import signal
import subprocess
import time

from .._config.errors import KeepaliveError
from .sockets import close_at_once

OPENING, IDLE, ASKED, LIVED, SILENT, RESET = "opening", "idle", "asked", "lived", "silent", "reset"

#: How long a login may take, and an echo to come back.
LOGIN_SECONDS, ECHO_SECONDS = 60, 6
#: How long the kernel has to take away what was killed.
DYING_SECONDS = 5

#: How many bytes of a server, or of ssh's own words, are read at once and kept in all. An honest server sends
#: the echo, ssh -v some kB.
MOST_BYTES = 1 << 20

_HELLO, _AGAIN = b"keepalive probe\n", b"still there\n"
_SERVER_PROBE = b"rtype keepalive@openssh.com"
_CONNECTING = re.compile(rb"debug1: Connecting to (\S+) (?:\[(\S+)\] )?port ([0-9]+)")
_PROXY = b"debug1: Executing proxy command"
_LOGGED_IN = b"Authenticated to "
#: How ssh's own complaints begin; the rest is the server's banner, and the box of at signs round a changed
#: host key.
_COMPLAINT = re.compile(
    r"ssh: |command-line|\S+(?: line \d+)?: (?:line \d+: )?Bad |Host key |No \S+ host key is "
    r"known|Connection (?:closed|reset|timed)|"
    r"kex_exchange|Received disconnect|[^\s@]+@\S+: Permission denied|Unable to |Load key |Warning: "
    r"Identity file|Too many |channel \d"
)
_DIE_WITH_PARENT = 1


class Session:
    """A login that is idle for some seconds from the moment that it works. State: see above; the last three
    are final.

    quiet: the longest stretch without any traffic that was seen; server_probes: how many of sshd's own probes
    came.
    """

    def __init__(self, line, seconds):
        self.seconds, self.state = seconds, OPENING
        self.quiet, self.server_probes = 0.0, 0
        self._heard, self._said = b"", b""
        self._since = self._last = time.monotonic()
        self._process = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        for stream in (self._process.stdout, self._process.stderr):
            os.set_blocking(stream.fileno(), False)
        self._send(_HELLO)

    @property
    def streams(self):
        """The file descriptors to wait for."""
        return [self._process.stdout.fileno(), self._process.stderr.fileno()]

    @property
    def is_done(self):
        """Whether the session has its answer."""
        return self.state in (LIVED, SILENT, RESET)

    @property
    def path(self):
        """Where the first connection of this session went to, for people, and whether a proxy or jump host
        carries the rest."""
        found = _CONNECTING.search(self._said)
        where = (
            "%s port %s" % (_text(found.group(2) or found.group(1)), _text(found.group(3)))
            if found
            else "a proxy command"
        )
        return where + (", and from there on to the destination" if _PROXY in self._said else "")

    @property
    def complaint(self):
        """Why there is no session, in ssh's own words where it has some."""
        lines = [line.strip().rstrip(".") for line in _text(self._said).splitlines()]
        own = [line for line in lines if _COMPLAINT.match(line)]
        if own:
            return "; ".join(own)
        if _LOGGED_IN in self._said:
            return (
                "the login works, but not cat, which the account has to be allowed to run (it said: %s)"
                % (_text(self._heard).strip()[:200] or "nothing")
            )
        return "ssh gives no reason"

    def look(self):
        """Take in what has come, and go on to the next state where it is time. KeepaliveError where no
        session comes about."""
        now, ended = time.monotonic(), self._read()
        if self.state == OPENING:
            self._open(now, ended)
        elif self.state == IDLE:
            self._wait(now, ended)
        elif self.state == ASKED:
            self._listen(now, ended)
        if self.is_done:
            self.end()

    def _open(self, now, ended):
        if _HELLO in self._heard:
            self.state, self._since, self._last = IDLE, now, now
        elif ended:
            raise KeepaliveError(self.complaint)
        elif now - self._since > LOGIN_SECONDS:
            raise KeepaliveError("no echo within %d s; %s" % (LOGIN_SECONDS, self.complaint))

    def _wait(self, now, ended):
        if ended:
            self._rest(now)
            self.state = RESET
        elif now - self._since >= self.seconds:
            self._rest(now)
            self.state, self._since = ASKED, now
            self._send(_AGAIN)

    def _listen(self, now, ended):
        if _AGAIN in self._heard:
            self.state = LIVED
        elif ended:
            self.state = RESET
        elif now - self._since > ECHO_SECONDS:
            self.state = SILENT

    def _rest(self, now):
        """A stretch without traffic is over."""
        self.quiet, self._last = max(self.quiet, now - self._last), now

    def _send(self, data):
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:  # It has ended; reading says so.
            pass

    def _read(self):
        """Take in both streams; returns whether the session has ended."""
        heard, ended = _available(self._process.stdout)
        said, _closed = _available(self._process.stderr)
        self._heard += heard
        self._said += said
        if max(len(self._heard), len(self._said)) > MOST_BYTES:
            raise KeepaliveError("the server sends more than %d MiB in place of an echo" % (MOST_BYTES >> 20))
        probes = said.count(_SERVER_PROBE)
        if probes and self.state == IDLE:
            self.server_probes += probes
            self._rest(time.monotonic())
        return ended

    def end(self):
        """Leave neither a process nor a socket behind."""
        if self.state != LIVED:
            close_at_once(self._process.pid)
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except OSError:
            pass
        try:
            self._process.wait(DYING_SECONDS)
        except subprocess.TimeoutExpired:  # Not even the kernel can end it.
            pass
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            try:
                stream.close()
            except OSError:  # What was not sent any more.
                pass


def _available(stream):
    """(what can be read now, whether the other end is closed)."""
    found = b""
    while len(found) <= MOST_BYTES:
        try:
            data = os.read(stream.fileno(), 65536)
        except BlockingIOError:
            break
        if not data:
            return found, True
        found += data
    return found, False


def _text(data):
    return data.decode("utf-8", "backslashreplace")


def _die_with_parent():
    """Have the kernel end ssh with this process, however that ends (Linux; elsewhere the closed pipe has to
    do)."""
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    except (OSError, AttributeError):
        pass

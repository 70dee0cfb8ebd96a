# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds of sessions side by side, each idle for another time, until the path's idle timeout is known well
enough."""

import os
import select
import shlex
import signal
import time

from .._config import timing, values
from .._config.errors import KeepaliveError
from .._host import openssh
from . import session as sessions
from .command import command
from .ladder import Ladder

_TRIES, _PAUSE = 3, 2.0
#: The longest idle time worth measuring, in seconds, and the most sessions at once that a controller is asked
#: to hold.
LONGEST_WAIT, MOST_SESSIONS = 86400, 64
#: What sshd does to connections that it has no room for yet (MaxStartups, penalties); worth another try.
_NO_ROOM = ("Connection closed by", "Connection reset by", "kex_exchange_identification")
_TICK = 0.2


def measure(module):
    """What idle_probe returns; nothing is measured in check mode."""
    params = module.params
    wanted = _options(params)
    line = command(
        openssh.find("ssh", params["ssh"]),
        wanted["max_wait"],
        params["host"],
        params["port"],
        params["user"],
        params["identity_file"],
        wanted["ssh_args"],
    )
    ladder = Ladder(wanted["max_wait"], params["precision"], params["sessions"], wanted["rungs"])
    if module.check_mode:
        return _told(ladder, [], [], 0.0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _interrupted)
    began, done = time.monotonic(), []
    rounds = []
    while ladder.next() and not _is_kept_awake(done):
        made = _Round(line, ladder.next(), params["host"]).run()
        lived = [session.quiet for session in made if session.state == sessions.LIVED]
        died = [session.quiet for session in made if session.state in (sessions.SILENT, sessions.RESET)]
        ladder.add(lived, died)
        rounds.append(
            {
                "rungs": [round(rung, 1) for rung in sorted(session.seconds for session in made)],
                "lived": _rounded(lived),
                "died": _rounded(died),
            }
        )
        done += made
    return _told(ladder, rounds, done, time.monotonic() - began)


def _options(params):
    """The options in seconds and words; KeepaliveError for a bad one."""
    longest = values.option_seconds("max_wait", params["max_wait"])
    if longest < 1:
        raise KeepaliveError(
            "max_wait: %r is not valid; give the longest idle time worth measuring, at least 1 s"
            % params["max_wait"]
        )
    if not 0 < params["precision"] < 1:
        raise KeepaliveError(
            "precision: %r is not valid; give a share between 0 and 1, such as 0.1 for 10 %%"
            % params["precision"]
        )
    if longest > LONGEST_WAIT:
        raise KeepaliveError("max_wait: %r is not valid; give at most a day (1d)" % params["max_wait"])
    if not 1 <= params["sessions"] <= MOST_SESSIONS:
        raise KeepaliveError(
            "sessions: %r is not valid; give how many sessions may be open at once, from 1 to %d"
            % (params["sessions"], MOST_SESSIONS)
        )
    if not params["host"] or params["host"].startswith("-"):
        raise KeepaliveError("host: %r is not a destination; give a name or an address" % params["host"])
    rungs = [
        values.option_seconds("rungs[%d]" % index, rung) for index, rung in enumerate(params["rungs"] or [])
    ]
    if any(not 0 < rung <= longest for rung in rungs) or len(rungs) > params["sessions"]:
        raise KeepaliveError(
            "rungs: %s is not valid; give up to %d idle times (sessions) from 1 s to %d s (max_wait)"
            % (", ".join(map(str, params["rungs"])), params["sessions"], longest)
        )
    try:
        extra = shlex.split(params["ssh_args"] or "")
    except ValueError as error:
        raise KeepaliveError("ssh_args: %r cannot be cut into words: %s" % (params["ssh_args"], error))
    return {"max_wait": longest, "rungs": rungs, "ssh_args": extra}


class _Round:
    """Sessions side by side, the longest first. They log in one after the other, so that sshd's MaxStartups
    has room for them."""

    def __init__(self, line, rungs, host):
        self.line, self.host = line, host
        self.waiting = sorted(rungs)
        self.open, self.done = [], []
        self.tries, self.not_before = 0, 0.0
        self.parent = os.getppid()

    def run(self):
        """The sessions with their answers; longer ones than one that died are ended unasked, because they
        would die, too."""
        try:
            while self.waiting or self.open:
                self._start_next()
                self._look()
                if os.getppid() != self.parent:
                    raise KeepaliveError(
                        "host: the measuring was given up, because the task that wanted it has ended"
                    )
        finally:
            for session in self.open:
                session.end()
        return self.done

    def _start_next(self):
        logging_in = any(session.state == sessions.OPENING for session in self.open)
        if self.waiting and not logging_in and time.monotonic() >= self.not_before:
            self.open.append(sessions.Session(self.line, self.waiting.pop()))

    def _look(self):
        streams = [stream for session in self.open for stream in session.streams]
        select.select(streams, [], [], _TICK) if any(
            session.state != sessions.IDLE for session in self.open
        ) else time.sleep(_TICK / 4)
        for session in list(self.open):
            if session in self.open:
                self._look_at(session)

    def _look_at(self, session):
        try:
            session.look()
        except KeepaliveError as error:
            self._retry(session, str(error))
            return
        if session.is_done:
            self.open.remove(session)
            self.done.append(session)
            if session.state != sessions.LIVED:
                self._give_up_above(session.quiet)

    def _retry(self, session, complaint):
        session.end()
        self.open.remove(session)
        self.tries += 1
        if self.tries >= _TRIES or not any(words in complaint for words in _NO_ROOM):
            raise KeepaliveError("host: no session to %s can be opened: %s" % (self.host, complaint))
        self.waiting.append(session.seconds)
        self.not_before = time.monotonic() + _PAUSE * self.tries

    def _give_up_above(self, seconds):
        for session in [
            session for session in self.open if session.seconds > seconds and session.state == sessions.IDLE
        ]:
            session.end()
            self.open.remove(session)


def _is_kept_awake(done):
    """Whether sshd's own probes kept every stretch short that was tried, so that longer ones cannot be
    measured."""
    probed = [session for session in done if session.server_probes]
    return bool(probed) and all(session.state == sessions.LIVED for session in probed)


def _told(ladder, rounds, done, elapsed):
    timeout = ladder.estimate
    known = timeout if timeout is not None else ladder.lived
    told = {
        "changed": False,
        "lived": round(ladder.lived, 1),
        "died": None if ladder.died is None else round(ladder.died, 1),
        "idle_timeout": timeout,
        "behaviour": _behaviour(ladder, done),
        "recommended_interval": timing.recommended_interval("ssh", (), int(known)) or None if known else None,
        "rounds": rounds,
        "elapsed": round(elapsed, 1),
        "path": done[0].path if done else None,
        "server_probes": None,
        "warnings": [],
    }
    probed = [session.quiet for session in done if session.server_probes]
    if probed:
        told["server_probes"] = round(max(probed), 1)
        told["warnings"].append(
            "sshd on this path sends probes of its own about every %.0f s, which refresh it, so no longer "
            "idle time could be measured; "
            "measure with ClientAliveInterval 0 for this user to know more" % max(probed)
        )
    return told


def _behaviour(ladder, done):
    """How the path ended what it had forgotten: silent, reset, or none where nothing died."""
    ended = [session.state for session in done if session.state in (sessions.SILENT, sessions.RESET)]
    if ladder.died is None or not ended:
        return None if not done else "none"
    return max(set(ended), key=ended.count)


def _rounded(numbers):
    return [round(number, 1) for number in sorted(numbers)]


def _interrupted(_number, _frame):
    raise KeepaliveError("host: the measuring was interrupted")

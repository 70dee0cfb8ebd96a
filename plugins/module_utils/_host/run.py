# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place where a program's answer is waited for, and for no longer than a limit."""

import os
import select
import shlex
import signal
import subprocess
import time
from typing import NamedTuple

from .._config.errors import KeepaliveError

#: Seconds for an answer; bytes that it may have; seconds that the kernel has to take away what was killed.
ANSWER_SECONDS = 30
MOST_BYTES = 16 << 20
DYING_SECONDS = 2

_PART = 1 << 16
_USUAL = "/usr/sbin:/usr/local/sbin:/sbin:/usr/bin:/usr/local/bin:/bin"
_NOT_RUN = "%s: could not be run (%s); see whether it is there, and whether this account may run it"
_NOT_GIVEN = "%s: cannot be given %r as arguments (%s)"
_TOO_LONG = "%s: did not answer within %g s and was ended; see why it hangs (%s), and run this again"
_TOO_MUCH = "%s: answered more than %d MiB and was ended; see what it says (%s), and run this again"


class Done(NamedTuple):
    """What came of a program. Its texts have backslash escapes for bytes that are not UTF-8."""

    status: int  # Its exit status, negative where a signal ended it.
    output: str
    complaint: str  # What it wrote to standard error.

    @property
    def words(self):
        """The complaint in one line."""
        return " ".join(self.complaint.split())


def run(command, seconds=ANSWER_SECONDS, stdin=subprocess.DEVNULL):
    """Run a program in the C locale until it has ended and its output is complete; gives the Done.

    command: a list of its name or path and its arguments; seconds: its limit; stdin: an open file.
    KeepaliveError where it cannot be run, answers too much, or has not answered when its time is up, even if
    only a process that it has started keeps its output open. Then its whole process group is killed.
    """
    deadline = time.monotonic() + seconds
    process = _started(command, stdin)
    try:
        output, complaint = _heard(process, deadline)
        return Done(process.wait(_left(deadline)), output, complaint)
    except subprocess.TimeoutExpired:
        raise KeepaliveError(_TOO_LONG % (command[0], seconds, _for_a_shell(command)))
    finally:
        _end(process)


def search_path():
    """Where programs are looked for, as PATH has it: in PATH but for the working directory, where anybody may
    have put one, then in the usual places."""
    named = [
        directory for directory in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(directory)
    ]
    return os.pathsep.join(named + [_USUAL])


def _started(command, stdin):
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ, LC_ALL="C", PATH=search_path()),
            start_new_session=True,
        )
    except OSError as error:
        raise KeepaliveError(_NOT_RUN % (command[0], os.strerror(error.errno or 0)))
    except ValueError as error:
        raise KeepaliveError(_NOT_GIVEN % (command[0], " ".join(command[1:]), error))


def _heard(process, deadline):
    """The texts of standard output and standard error, complete when nobody holds these open any more."""
    parts = dict((stream.fileno(), []) for stream in (process.stdout, process.stderr))
    listening, held, size = select.poll(), set(parts), 0
    for number in held:
        listening.register(number, select.POLLIN)
    while held:
        for number in _speaking(listening, deadline):
            part = os.read(number, _PART)
            parts[number].append(part)
            size += len(part)
            if not part:
                listening.unregister(number)
                held.remove(number)
        if size > MOST_BYTES:
            raise KeepaliveError(_TOO_MUCH % (process.args[0], MOST_BYTES >> 20, _for_a_shell(process.args)))
    whole = [b"".join(parts[stream.fileno()]) for stream in (process.stdout, process.stderr)]
    return [text.decode("utf-8", "backslashreplace") for text in whole]


def _speaking(listening, deadline):
    """The descriptors that can be read at once; subprocess.TimeoutExpired if none can until the deadline."""
    left = _left(deadline)
    found = listening.poll(left * 1000) if left else []
    if not found:
        raise subprocess.TimeoutExpired("", left)
    return [number for number, _event in found]


def _left(deadline):
    return max(0, deadline - time.monotonic())


def _end(process):
    """Close the pipes, and kill the group of a process that was not waited for; it may be left behind dying.

    Until it is waited for, its number cannot have become that of another group.
    """
    if process.returncode is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(DYING_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            pass
    process.stdout.close()
    process.stderr.close()


def _for_a_shell(command):
    return " ".join(shlex.quote(word) for word in command)

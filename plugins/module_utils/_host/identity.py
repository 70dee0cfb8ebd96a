# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running something with the identity of a user, in a process of its own.

The kernel holds that process to the user's rights: what the user cannot read or write, it cannot either. The
user can stop it,
kill it, keep it waiting and feed it anything. So it has limits, holds nothing of root's, and what it answers
is not believed blindly.
"""

import fcntl
import json
import os
import re
import resource
import select
import signal
import tempfile
import time
import traceback

from .._answer import text
from .._config.errors import KeepaliveError

#: How many such processes run at the same time, so that a home that hangs does not hold up all the others.
AT_ONCE = 8
#: Seconds for one; bytes of data that it may have in memory, and of its answer; characters of a sentence in
#: it.
LONGEST = 30
MOST_MEMORY = 512 << 20
LONGEST_ANSWER = 2 << 20
LONGEST_SENTENCE = 2000

_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_STANDARD = (0, 1, 2)
_OWN_STATUS = "/proc/self/status"
#: Seconds after which a process that was told to end is ended.
_DYING = 5
_PART = 1 << 16
_TOO_LONG = (
    "user: acting as %s was stopped after %d s; see whether the home hangs or Include lines find too much"
)
#: What a diff holds has lines and tabs; no other text does.
_SEVERAL_LINES = ("before", "after", "prepared")


def as_user(entry, function):
    """The dict that function() gives when run with the identity of a passwd entry; its KeepaliveError is
    raised here."""
    [answer] = each_as_user([entry], lambda _entry: function())
    if isinstance(answer, KeepaliveError):
        raise answer
    return answer


def each_as_user(entries, function):
    """What function(entry) gives for each passwd entry when run with its identity: a list of dicts, or of
    KeepaliveErrors
    for those that refuse or do not end as they should. The dicts hold plain data; their texts are safe to
    print."""
    waiting, running, answers = list(enumerate(entries)), [], {}
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                number, entry = waiting.pop(0)
                try:
                    running.append(_Process(number, entry, function))
                except (KeepaliveError, OSError) as error:
                    answers[number] = _refusal(entry, error)
            _listen(running)
            for process in [process for process in running if process.is_over]:
                running.remove(process)
                answers[process.number] = process.answer()
    finally:
        for process in running:
            process.end()
    return [answers[number] for number in range(len(entries))]


class _TimeIsUp(BaseException):
    """Ends a process in an orderly way, as long as it lets itself be ended."""


def _listen(running):
    """Wait until one of the processes says something or its time is up."""
    if running:
        until = min(process.deadline for process in running)
        heard = select.select(
            [process.reader for process in running], [], [], max(0, until - time.monotonic())
        )[0]
        for process in running:
            if process.reader in heard:
                process.hear()


class _Process:
    """A process that acts as a user, seen from the parent."""

    def __init__(self, number, entry, function):
        self.number, self.entry = number, entry
        if os.geteuid() not in (0, entry.pw_uid):
            raise KeepaliveError("user: acting as %s needs root (become: true)" % entry.pw_name)
        self.deadline, self.told, self.is_silent = time.monotonic() + LONGEST + _DYING, b"", False
        self.reader, writer = os.pipe()
        try:
            self.child = os.fork()
        except OSError:
            os.close(self.reader)
            os.close(writer)
            raise
        if not self.child:
            _act(writer, entry, function)
        os.close(writer)

    @property
    def is_over(self):
        return self.is_silent or len(self.told) > LONGEST_ANSWER or time.monotonic() >= self.deadline

    def hear(self):
        part = os.read(self.reader, _PART)
        self.told += part
        self.is_silent = not part

    def answer(self):
        self.end()
        name = self.entry.pw_name
        if len(self.told) > LONGEST_ANSWER:
            return KeepaliveError(
                "user: what there is to tell of %s is longer than %d MiB; make the files shorter"
                % (name, LONGEST_ANSWER >> 20)
            )
        if not self.is_silent:
            return KeepaliveError(_TOO_LONG % (name, LONGEST))
        if not self.told:
            return KeepaliveError(
                "user: the process that acted as %s was ended by somebody before it answered; run this again"
                % name
            )
        return _understood(name, self.told)

    def end(self):
        """End it and what it started, whatever state they are in; one that not even the kernel can end is
        left behind."""
        os.close(self.reader)
        for send in (os.killpg, os.kill):
            try:
                send(self.child, signal.SIGKILL)
            except OSError:
                continue
        until = time.monotonic() + _DYING
        while not os.waitpid(self.child, os.WNOHANG)[0] and time.monotonic() < until:
            time.sleep(0.001)


def _refusal(entry, error):
    if isinstance(error, KeepaliveError):
        return error
    return KeepaliveError("user: no process can act as %s: %s" % (entry.pw_name, error.strerror))


def _understood(name, told):
    try:
        answer = json.loads(told.decode("ascii"))
        if isinstance(answer["done"], dict):
            return harmless(answer["done"])
        refusal = KeepaliveError(harmless(str(answer["refused"])[:LONGEST_SENTENCE]))
        refusal.provenance = tuple(harmless(str(line)) for line in answer["provenance"])
        return refusal
    except (ValueError, KeyError, TypeError, RecursionError):
        return KeepaliveError("user: the process that acted as %s gave no answer that makes sense" % name)


def harmless(value, shown=text.line):
    """Plain data whose texts a terminal only shows: other characters appear as backslash escapes."""
    if isinstance(value, dict):
        return dict(
            (harmless(key), harmless(item, text.lines if key in _SEVERAL_LINES else text.line))
            for key, item in value.items()
        )
    if isinstance(value, list):
        return [harmless(item, shown) for item in value]
    return shown(value) if isinstance(value, str) else value


def _act(writer, entry, function):
    """In the child: let go of what is root's, take the identity on, run the function, tell the parent, and
    end without clean-up."""
    try:
        writer = _let_go(writer)
        answer = _tried(entry, function)
        with os.fdopen(writer, "wb") as file:
            file.write(json.dumps(answer).encode("ascii"))
    finally:
        os._exit(0)


def _tried(entry, function):
    provenance = ()
    signal.signal(signal.SIGALRM, _end_in_order)
    signal.alarm(LONGEST)
    try:
        _become(entry)
        return {"done": function(entry)}
    except _TimeIsUp:
        told = _TOO_LONG % (entry.pw_name, LONGEST)
    except KeepaliveError as error:
        told, provenance = str(error), error.provenance
    except MemoryError:
        told = "user: the files of %s need more than %d MiB of memory; see what its Include lines find" % (
            entry.pw_name,
            MOST_MEMORY >> 20,
        )
    except OSError as error:
        told = "user: acting as %s failed: %s%s" % (
            entry.pw_name,
            "%s: " % error.filename if error.filename else "",
            error.strerror,
        )
    except Exception:
        last = traceback.format_exc().strip().splitlines()
        told = "A defect of the collection showed itself for user %s (%s, %s); please report it" % (
            entry.pw_name,
            last[-1],
            last[-3].strip(),
        )
    finally:
        signal.alarm(0)
    return {"done": None, "refused": told[:LONGEST_SENTENCE], "provenance": list(provenance)}


def _end_in_order(_number, _frame):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_DYING)
    raise _TimeIsUp()


def _let_go(writer):
    """Leave root's terminal, files and memory limits; gives the writer's new descriptor."""
    os.setsid()
    writer = fcntl.fcntl(writer, fcntl.F_DUPFD_CLOEXEC, len(_STANDARD))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in _STANDARD:
        os.dup2(nothing, number)
    for number in _descriptors():
        if number not in _STANDARD and number != writer:
            try:
                os.close(number)
            except OSError:
                continue
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    return writer


def _descriptors():
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return range(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _become(entry):
    os.umask(0o077)
    if os.geteuid() != entry.pw_uid:
        # Once ssh runs in it, the environment can be read by the user.
        os.environ.clear()
        os.environ["PATH"] = _PATH
        os.initgroups(entry.pw_name, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        if _capabilities():
            raise KeepaliveError(
                "user: a process of %s would keep rights of root here (capabilities); run this without "
                "securebits" % entry.pw_name
            )
    os.environ.update(HOME=entry.pw_dir, USER=entry.pw_name, LOGNAME=entry.pw_name)
    tempfile.tempdir = None
    os.chdir("/")


def _capabilities():
    """The capabilities of this process as a number, 0 where the system has none."""
    try:
        with open(_OWN_STATUS) as file:
            return int(re.search(r"(?m)^CapEff:\s*([0-9a-f]+)", file.read()).group(1), 16)
    except (OSError, AttributeError):
        return 0

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial: a whole login under a changed configuration that is not loaded, by an sshd -i, without a port.

An abstract socket of this host leads to it, for the account of the play alone, and the play's own connection
leads there. So that criteria on addresses (Match Address, AllowUsers user@address, from= in authorized_keys)
see what they will see, the sshd gets a TCP connection between the very addresses of the play's connection,
made in a network namespace that holds nothing else; where that is not allowed, sshd sees no address.
"""

import base64
import fcntl
import os
import pwd
import re
import shlex
import shutil
import socket
import tempfile
import time
from contextlib import contextmanager

from .._config.errors import KeepaliveError
from . import descendants, network, openssh, relay, trial_process
from .run import run

#: Seconds for a login, from its start to the end of what it runs.
LOGIN_SECONDS = 30
#: Seconds for the process of a trial that is told to end, which is longer than it needs.
END_SECONDS = trial_process.LEAVE_SECONDS + trial_process.ORDER_SECONDS + descendants.KILL_SECONDS + 1
STEP_SECONDS = 0.02
#: How many connections, of whomever, may wait to be looked at.
WAITING = 128

_TELLING = re.compile(
    r"not allowed|refused|denied|fatal|error|fail|no hostkeys|invalid|cannot|could not|unable|bad owner|"
    r"no such",
    re.I,
)
_ROUTINE = re.compile(
    r"^(Connection (closed|reset)|Disconnected|Received disconnect|Accepted|Server listening)"
)
_QUIETLY = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
_NO_KEY = "No key can be made for the trial login, so nothing was loaded: %s"


class Trial:
    """A login under the main configuration file at path.

    sshd: the program; log: a file that is made, which is where sshd writes and the removal of which ends the
    trial; seconds: how long the login may take before it is ended with everything behind it.
    """

    def __init__(self, path, sshd, log, seconds=LOGIN_SECONDS):
        self.path, self.sshd, self.log, self.seconds = path, sshd, log, seconds

    def listen(self, user=""):
        """Start the process that lets one login in; gives the token under which relay() reaches it.

        user: the account of the play as the controller knows it, '' where it does not. The token is 32
        hexadecimal digits.
        """
        token = base64.b16encode(os.urandom(16)).decode("ascii").lower()
        uid, addresses = _login_uid(user), network.addresses_of_session()
        name = _name_of(uid, user)
        order = trial_process.Order(self._command(), self.path, uid, name, addresses, self.seconds)
        log = self._make_log()
        try:
            _lock(log)  # The process has it by the fork, for as long as it lives.
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(relay.PREFIX + token)
                listener.listen(WAITING)
                if not os.fork():
                    trial_process.serve(order, listener, log)
        except OSError as error:
            told = "No trial login can be made ready (%s), so nothing was loaded"
            raise KeepaliveError(told % error.strerror)
        finally:
            os.close(log)
        return token

    def log_in_here(self, user, command):
        """Log in from this host itself, as user; gives why that failed, None where it did not.

        The key exists for this alone. So it sees what keeps everybody out, and not what is wrong with the
        keys of a user.
        """
        ssh = openssh.find("ssh")
        os.close(self._make_log())
        with _directory(self.log) as directory:
            key = os.path.join(directory, "key")
            _make_key(key)
            keys = ["AuthorizedKeysFile=%s.pub" % key, "AuthorizedKeysCommand=none"]
            server = self._command() + _options(keys)
            proxy = " ".join(map(shlex.quote, server)).replace("%", "%%")
            login = [ssh, "-F", "none", "-i", key] + _options(_QUIETLY) + _options(["ProxyCommand=" + proxy])
            trial_process.announce(user, _uid_of(user), "this host itself", self.path)
            return self._outcome(login + ["--", "%s@localhost" % user, command])

    def end(self):
        """End the trial, a login in progress included; gives the line that tells best why the login failed.

        It is what the process of the trial has to say of it, else a line of sshd's, else ''.
        """
        try:
            with open(self.log, "rb") as file:
                os.unlink(self.log)
                _wait_for_lock(file)
                lines = file.read().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return ""
        own = [line[len(trial_process.MARK) :] for line in lines if line.startswith(trial_process.MARK)]
        lines = own or [line.strip() for line in lines if line.strip() and not _ROUTINE.match(line)]
        return next((line for line in lines if _TELLING.search(line)), lines[-1] if lines else "")

    def _make_log(self):
        """Make a new log, which ends an earlier trial; gives its descriptor."""
        try:
            os.makedirs(os.path.dirname(self.log), 0o700, exist_ok=True)
            if os.path.lexists(self.log):
                os.unlink(self.log)
            return os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            told = "The log of the trial login, %s, cannot be made (%s), so nothing was loaded"
            raise KeepaliveError(told % (self.log, error.strerror))

    def _command(self):
        return [self.sshd, "-i", "-f", self.path, "-E", self.log]

    def _outcome(self, login):
        """Why a login by this ssh command failed, None where it did not; one that failed leaves nothing
        behind."""
        before = frozenset(process.pid for process in descendants.below(os.getpid()))
        descendants.adopt()
        try:
            reason = self._reason(login, before)
            if reason:
                descendants.end(before)
            return reason
        finally:
            descendants.adopt(False)

    def _reason(self, login, before):
        deadline = time.monotonic() + self.seconds
        try:
            done = run(login, self.seconds)
        except KeepaliveError as error:
            late = time.monotonic() >= deadline
            return "it took more than %d s (login_timeout)" % self.seconds if late else str(error)
        if done.status == 0:
            return None
        # What sshd has to say of it stands in its log when it has ended.
        descendants.wait(trial_process.LEAVE_SECONDS, before)
        return done.complaint.strip().rpartition("\n")[2] or "ssh ended without a word"


@contextmanager
def _directory(log):
    """A new directory that every account may enter, because sshd does so with the rights of the account that
    logs in."""
    parent = "/run" if os.geteuid() == 0 else os.path.dirname(log)
    try:
        directory = tempfile.mkdtemp(prefix="fleetops.keepalive.", dir=parent)
        os.chmod(directory, 0o755)
    except OSError as error:
        raise KeepaliveError(_NO_KEY % error.strerror)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _options(values):
    return [part for value in values for part in ("-o", value)]


def _make_key(path):
    try:
        done = run([openssh.find("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", path])
    except KeepaliveError as error:
        raise KeepaliveError(_NO_KEY % error)
    if done.status != 0:
        words = done.words or "nothing, and ends with %d" % done.status
        raise KeepaliveError(_NO_KEY % "ssh-keygen says: %s" % words)


def _login_uid(user):
    """The uid of the account that the play has logged in as.

    It is the kernel's word: that of the process which sshd runs for this login. Where no sshd is above this
    process (run0 and machinectl leave none there), it is that of the account which the controller names. What
    comes last is a variable that sudo and its like set for root. Nobody but root and the login account has a
    say in this process's environment, so a stranger cannot write there; whoever else writes a stranger's
    number there keeps the own relay out.
    """
    uid = network.uid_of_session()
    if uid is None:
        uid = _uid_of(user)
    if uid is None and os.geteuid() == 0 and re.match(r"[0-9]{1,10}\Z", os.environ.get("SUDO_UID", "")):
        uid = int(os.environ["SUDO_UID"])
    return os.getuid() if uid is None else uid


def _uid_of(user):
    try:
        return pwd.getpwnam(user).pw_uid if user else None
    except KeyError:
        return None


def _name_of(uid, user):
    """The name of an account, which is user where that has this uid: several names may have the same."""
    if _uid_of(user) == uid:
        return user
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "without a name"


def _lock(log):
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass  # A file system without locks: then end() does not wait.


def _wait_for_lock(log):
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(STEP_SECONDS)
        except OSError:
            return

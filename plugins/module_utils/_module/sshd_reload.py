# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd_reload does on the managed host, a step a call; the action plugin on the controller logs in
between the steps."""

import os
import pwd

from .._config.errors import KeepaliveError
from .._config.values import option_seconds
from .._host import abandoned, network, openssh, rollback, service
from .._host.daemon import Refused
from .._host.journal import Journal
from .._host.loading import Loading
from .._host.lock import locked
from .._host.trial import Trial
from .._host.watchdog import Watchdog


def manage(module):
    """Take the step that the controller asks for; gives the module's result, with keys that are for the
    controller alone."""
    step = dict(module.params["_step"] or {"name": "load"})
    return getattr(_Reload(module), step.pop("name"))(**step)


class _Reload:
    """The steps, each a call of its own: prepare, load and prove; undo in place of what is left of them."""

    def __init__(self, module):
        self.options, self.check_mode = module.params, module.check_mode
        self.seconds = option_seconds("rollback_after", self.options["rollback_after"])
        self.journal = Journal(self.options["path"])
        self.watchdog = Watchdog(self.journal)
        self.sshd = openssh.find("sshd", self.options["sshd"])
        login_seconds = option_seconds("login_timeout", self.options["login_timeout"])
        self.trial = Trial(self.options["path"], self.sshd, self.journal.beside("trial.log"), login_seconds)
        self.loading = Loading(self.journal)

    def prepare(self, trial, user):
        """Have sshd check its files and see to the trial, which is carried by the play's connection, made
        here as user ('': whoever
        this is), or none."""
        # Taken first: what is recorded from now on may miss the load.
        state, news = self.journal.state(), self._news()
        try:
            daemon, _target = self._found()
        except Refused as error:
            return self.undo(str(error))
        prepared = dict(self._result(daemon), changed=False, state=state, warnings=news)
        reason = (
            self.trial.log_in_here(user or _own_name(), self.options["login_command"])
            if trial == "here"
            else None
        )
        if reason:
            return dict(prepared, **self.undo(reason))
        return dict(prepared, token=self.trial.listen(user)) if trial == "carried" else prepared

    def load(self, proof, state=None):
        """Arm the watchdog and load. state: what prepare said; proof: where it is not a login, the load is
        proven by this."""
        warnings = [] if self.check_mode or state else self._news()
        state = self.journal.state() if state is None else state
        daemon, target = self._found()
        result = dict(self._result(daemon), warnings=warnings)
        if self.check_mode:
            return result
        self.trial.end()
        self._make_ready(target)
        try:
            daemon.load()
        except KeepaliveError as error:
            return dict(result, **self.undo(str(error), True))
        return result if proof == "login" else dict(result, **self.prove(state))

    def prove(self, state):
        """The load is proven: call the watchdog off, and forget the changes that were part of the load."""
        self.loading.end()
        if not self.watchdog.disarm():
            return _failure(
                "a new login worked only after rollback_after had passed", True, self.watchdog.told()
            )
        with locked():
            self.journal.clear(state)
        return {}

    def undo(self, reason, loaded=False):
        """Take the way back. reason: in the words of ssh or sshd; loaded: whether the changed files may have
        been loaded."""
        told = self.trial.end()
        reason = "%s; sshd says: %s" % (reason, told) if told else reason
        load = self.loading.end() if loaded else None
        outcome = (
            rollback.undo(self.journal, load and load.target)
            if self.watchdog.disarm()
            else self.watchdog.told()
        )
        addresses = network.addresses_of_session()
        if load and addresses:
            abandoned.end(self.options["login_command"], load.since, addresses[1][0])
        return _failure(reason, loaded, outcome)

    def _make_ready(self, target):
        """See to the way back ahead of a load."""
        self.loading.begin(target)
        try:
            if self.seconds:
                self.watchdog.arm(target, self.seconds)
        except KeepaliveError:
            self.loading.end()
            raise

    def _found(self):
        """What runs sshd, which accepts the files; and how it is found again by whoever takes the way
        back."""
        given = [self.options[name] for name in ("method", "service", "pid_file")]
        daemon = service.find(self.options["path"], self.sshd, *given)
        daemon.check(self.sshd)
        return daemon, rollback.Target(self.options["path"], self.sshd, *(given + [daemon.revive]))

    def _result(self, daemon):
        return {
            "changed": daemon.loads,
            "method": daemon.method,
            "login_seconds": None,
            "rolled_back": False,
            "restored": [],
            "reason": None,
        }

    def _news(self):
        """Warnings about a watchdog that nobody has heard of since it fired."""
        outcome = self.watchdog.told(0)
        return ["The last load was not proven in time, so %s." % _account(outcome)] if outcome else []


def _own_name():
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def _failure(reason, loaded, outcome):
    if loaded:
        message = "sshd had loaded its changed configuration, but it is not proven (%s), so %s" % (
            reason,
            _account(outcome),
        )
    else:
        message = "A login under the changed configuration fails (%s), so it was not loaded, and %s" % (
            reason,
            _account(outcome),
        )
    return {
        "failed": True,
        "msg": message,
        "reason": reason,
        "rolled_back": bool(outcome and outcome.restored),
        "restored": outcome.restored if outcome else [],
    }


def _account(outcome):
    """What came of the way back, as the rest of a sentence."""
    if outcome is None:
        return "the watchdog is putting the last proven files back"
    parts = [
        "the last proven state of %s is back" % ", ".join(outcome.restored)
        if outcome.restored
        else "there was no change of ours to take back"
    ]
    if outcome.foreign:
        parts.append(
            "somebody else has edited %s since, so it stays as it is: put it right"
            % ", ".join(outcome.foreign)
        )
    if outcome.failure:
        parts.append("but %s" % outcome.failure)
    return "; ".join(parts)

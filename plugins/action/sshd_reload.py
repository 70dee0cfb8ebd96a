# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of sshd_reload: what proves a configuration is a login that comes from outside."""

from __future__ import annotations

import shlex

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.text.converters import to_text
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.values import option_seconds
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.action import (
    PLAIN_PATH,
    CheckedAction,
    Unanswered,
    shown,
)
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.deadline import Late, deadline
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._proof.login import LoginFailed, Logins

#: Seconds for one step on the host, which has nearer limits of its own for everything that it waits for.
STEP_SECONDS = 400
MOST_PATIENCE = 30
USUAL_PATIENCE = 10

RETURNED = ("changed", "failed", "msg", "method", "login_seconds", "rolled_back", "restored", "reason")
SHAPES = {
    "prepare": results.PREPARED,
    "load": results.LOADED,
    "prove": results.PROVEN,
    "undo": results.UNDONE,
}

ONLY_A_TRIAL = (
    "proof: {} has no login of its own, so the proof is a trial made on the host with a key that exists for "
    "it alone; it sees what "
    "keeps everybody out, and not what is wrong with people's keys."
)
NO_TRIAL = (
    "proof: no trial was made before the load, because it would need a second connection, and this one has "
    "a password and does not share "
    "its connection (ControlPersist); the login after the load is the whole proof."
)
NO_PLAIN_PYTHON = (
    "proof: no trial was made before the load, because it needs the path of a Python on the host, and "
    "ansible_python_interpreter is {!r}; "
    "set it to a path such as /usr/bin/python3. The login after the load is the whole proof."
)
NOT_REPEATABLE = (
    "{}; under the running configuration a new login fails, too ({}): "
    "where logins cannot be repeated unattended (one-time codes), set proof: none"
)


class ActionModule(CheckedAction):
    """Try a login under the changed configuration, have the host load it, log in anew, and tell the host that
    the load is proven."""

    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super(CheckedAction, self).run(tmp, task_vars)
        self._variables, self._warnings = task_vars, []
        over_ssh, asked = self._connection.transport == "ssh", self._task.args.get("proof", "auto")
        if "_step" in self._task.args:
            return dict(result, failed=True, msg="_step is not for playbooks; leave it out")
        if asked == "login" and not over_ssh:
            return dict(
                result,
                failed=True,
                msg="proof: login needs SSH, and the connection is "
                f"{self._connection.transport}; set proof: trial",
            )
        try:
            self._login_seconds, self._rollback_seconds = (
                self._seconds("login_timeout", 30),
                self._seconds("rollback_after", 60),
            )
        except KeepaliveError as error:
            return dict(result, failed=True, msg=str(error))
        if str(self._task.args.get("login_command", "")).startswith("-"):
            # ssh would read it as an option of its own, behind the destination, too.
            return dict(
                result, failed=True, msg="login_command: begins with a dash; give a command, such as true"
            )
        if asked == "auto" and not over_ssh:
            self._warnings.append(ONLY_A_TRIAL.format(f"the connection {self._connection.transport}"))
        proof = asked if asked != "auto" else "login" if over_ssh else "trial"
        try:
            done = (
                self._load(proof)
                if self._task.check_mode or proof not in ("login", "trial")
                else self._try_and_load(proof, over_ssh)
            )
        except Unanswered as fault:
            done = {"failed": True, "msg": str(fault)}
        result.update((key, done[key]) for key in RETURNED if key in done)
        if "method" in done:
            result["proof"] = proof
        if self._warnings:
            result["warnings"] = self._warnings
        return result

    def _seconds(self, option, default):
        seconds = option_seconds(option, self._task.args.get(option, default))
        if option == "login_timeout" and not seconds:
            raise KeepaliveError(
                "login_timeout: 0 is not valid; give how many seconds a login may take, at least 1"
            )
        return seconds

    def _try_and_load(self, proof, over_ssh):
        try:
            prepared = self._step("prepare", trial=self._kind_of_trial(over_ssh), user=self._remote_user())
        except Unanswered as fault:
            return self._undone(str(fault))
        if prepared.get("failed"):
            return prepared
        logins = Logins(
            self._connection,
            self._play_context,
            self._task.args.get("login_command", "true"),
            self._login_seconds,
        )
        if "token" in prepared:
            try:
                self._try(logins, prepared["token"])
            except LoginFailed as failure:
                return dict(prepared, **self._undone(_with_control(logins, failure)))
        try:
            loaded = self._load(proof, prepared["state"])
        except Unanswered as fault:
            return dict(prepared, **self._undone(str(fault), logins))
        return (
            loaded
            if loaded.get("failed") or proof != "login"
            else dict(loaded, **self._login_after(logins, prepared["state"]))
        )

    def _try(self, logins, token):
        """Log in to the trial. The host names neither it nor the program that leads to it: the token is 32
        digits, the Python the play's own."""
        python = (self._used_interpreter or "").lstrip("#!")
        if PLAIN_PATH.match(python):
            logins.try_out(python, token)
        else:
            self._warnings.append(NO_PLAIN_PYTHON.format(python))

    def _login_after(self, logins, state):
        """Prove the load, or take it back."""
        try:
            took = logins.log_in(min(MOST_PATIENCE, self._rollback_seconds / 2) or USUAL_PATIENCE)
        except LoginFailed as failure:
            return self._undone(str(failure), logins)
        return dict(self._step("prove", state=state), login_seconds=took)

    def _undone(self, reason, logins=None):
        """Have the host take the way back. logins: where the host may have loaded the changed files, to say
        whether a login works again."""
        try:
            undone = self._step("undo", reason=reason, loaded=bool(logins))
        except (AnsibleConnectionFailure, Unanswered) as fault:
            return {
                "failed": True,
                "reason": reason,
                "msg": self._out_of_reach(reason, shown(to_text(fault)).strip(), bool(logins)),
            }
        if logins:
            undone["msg"] += _after_all(logins)
        return dict(undone, failed=True)

    def _out_of_reach(self, reason, fault, loaded):
        if not loaded:
            return (
                f"Nothing was loaded ({reason}), "
                f"and the host did not put the last proven files back ({fault}): run this again"
            )
        seconds = self._rollback_seconds
        rescue = f"its watchdog puts the last proven files back {seconds} s after the load"
        if not seconds:
            rescue = "rollback_after is 0, so nothing there takes it back"
        return (
            f"sshd had loaded its changed configuration, it is not proven ({reason}), "
            f"and the host did not take it back ({fault}): {rescue}"
        )

    def _load(self, proof, state=None):
        return self._step("load", proof=proof, state=state)

    def _step(self, name, **details):
        """The checked answer of the host to one step; Unanswered where there is none in time."""
        options = dict(self._task.args, _step=dict(details, name=name))
        try:
            with deadline(STEP_SECONDS):
                answer = self.ask(SHAPES[name], options, self._variables)
        except Late:
            raise Unanswered(
                f"The host has not answered within {STEP_SECONDS} s what it was asked ({name})"
            ) from None
        self._warnings += answer.pop("warnings", [])
        return answer

    def _kind_of_trial(self, over_ssh):
        if not over_ssh:
            return "here"
        if self._connection.get_option("password") and not self._shares_connection():
            self._warnings.append(NO_TRIAL)
            return "none"
        return "carried"

    def _shares_connection(self):
        words = shlex.split(self._connection.get_option("ssh_args") or "")
        return any(word.lower().startswith("controlpersist") for word in words)

    def _remote_user(self):
        """The account that the connection works as; '' where that is the one that runs Ansible."""
        return "" if self._connection.transport == "local" else self._play_context.remote_user or ""


def _with_control(logins, failure):
    """The reason why the trial failed; with that of a login as things are, where that fails, too."""
    try:
        logins.log_in()
    except LoginFailed as other:
        return NOT_REPEATABLE.format(failure, other)
    return str(failure)


def _after_all(logins):
    try:
        logins.log_in(USUAL_PATIENCE)
        return "; a new login works again"
    except LoginFailed as failure:
        return (
            f"; a new login fails still ({failure}), so put the configuration right "
            "over the connection of this play, which is still there"
        )

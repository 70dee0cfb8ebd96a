# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of sshd_reload: what proves a configuration is a login that comes from outside."""

from __future__ import annotations

import shlex
import time

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.values import option_seconds

SEPARATE = '-S none -o ControlMaster=no -o ControlPath=none -o ServerAliveInterval=5 -o ServerAliveCountMax=3'
PAUSE_SECONDS = 0.25
MOST_PATIENCE = 30
USUAL_PATIENCE = 10

ONLY_A_TRIAL = (
    'proof: {} has no login of its own, so the proof is a trial made on the host with a key that exists for it alone; it sees what '
    "keeps everybody out, and not what is wrong with people's keys."
)
NO_TRIAL = (
    'proof: no trial was made before the load, because it would need a second connection, and this one has a password and does not share '
    'its connection (ControlPersist); the login after the load is the whole proof.'
)
NOT_REPEATABLE = (
    '{}; under the running configuration a new login fails, too ({}): where logins cannot be repeated unattended (one-time codes), set proof: none'
)


class LoginFailed(Exception):
    """The login does not work; the text says why, in one line."""


class ActionModule(ActionBase):
    """Try a login under the changed configuration, have the host load it, log in anew, and tell the host that the load is proven."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        self._variables, self._warnings = task_vars, []
        over_ssh, asked = self._connection.transport == 'ssh', self._task.args.get('proof', 'auto')
        if '_step' in self._task.args:
            return dict(result, failed=True, msg='_step is not for playbooks; leave it out')
        if asked == 'login' and not over_ssh:
            return dict(result, failed=True, msg=f'proof: login needs SSH, and the connection is {self._connection.transport}; set proof: trial')
        if asked == 'auto' and not over_ssh:
            self._warnings.append(ONLY_A_TRIAL.format(f'the connection {self._connection.transport}'))
        proof = asked if asked != 'auto' else 'login' if over_ssh else 'trial'
        done = self._load(proof) if self._task.check_mode or proof not in ('login', 'trial') else self._try_and_load(proof, over_ssh)
        if self._warnings:
            done['warnings'] = self._warnings
        return _for_people(dict(done, proof=proof))

    def _try_and_load(self, proof, over_ssh):
        prepared = self._step('prepare', trial=self._kind_of_trial(over_ssh), user=self._remote_user())
        if prepared.get('failed'):
            return prepared
        if '_relay' in prepared:
            try:
                self._log_in(0, through=prepared['_relay'])
            except LoginFailed as failure:
                return dict(prepared, **self._undone(self._with_control(failure)))
        loaded = self._load(proof, prepared['_state'])
        return loaded if loaded.get('failed') or proof != 'login' else dict(loaded, **self._login_after(prepared))

    def _login_after(self, prepared):
        """Prove the load, or take it back."""
        seconds = option_seconds('rollback_after', self._task.args.get('rollback_after', 60))
        try:
            took = self._log_in(min(MOST_PATIENCE, seconds / 2) or USUAL_PATIENCE)
        except LoginFailed as failure:
            return self._undone(str(failure), prepared['_target'])
        return dict(self._step('prove', state=prepared['_state']), login_seconds=took)

    def _undone(self, reason, target=None):
        """Have the host take the way back. target: what has loaded the changed files, None where nothing has."""
        try:
            told = self._step('undo', reason=reason, target=target)
        except AnsibleConnectionFailure as error:
            return {'failed': True, 'reason': reason, 'msg': _out_of_reach(reason, _last_line(to_text(error)), self._task.args)}
        if target:
            told['msg'] += self._after_all()
        return told

    def _after_all(self):
        try:
            self._log_in(USUAL_PATIENCE)
            return '; a new login works again'
        except LoginFailed as failure:
            return f'; a new login fails still ({failure}), so put the configuration right over the connection of this play, which is still there'

    def _with_control(self, failure):
        """The reason why the trial failed; with that of a login as things are, where that fails, too."""
        try:
            self._log_in(0)
        except LoginFailed as other:
            return NOT_REPEATABLE.format(failure, other)
        return str(failure)

    def _load(self, proof, state=None):
        return self._step('load', proof=proof, state=state)

    def _step(self, name, **details):
        arguments = dict(self._task.args, _step=dict(details, name=name))
        told = self._execute_module(module_name='fleetops.keepalive.sshd_reload', module_args=arguments, task_vars=self._variables)
        self._warnings += told.pop('warnings', [])
        return told

    def _kind_of_trial(self, over_ssh):
        if not over_ssh:
            return 'here'
        if self._connection.get_option('password') and not self._shares_connection():
            self._warnings.append(NO_TRIAL)
            return 'none'
        return 'carried'

    def _shares_connection(self):
        words = shlex.split(self._connection.get_option('ssh_args') or '')
        return any(word.lower().startswith('controlpersist') for word in words)

    def _remote_user(self):
        """The account that the connection works as; '' where that is the one that runs Ansible."""
        return '' if self._connection.transport == 'local' else self._play_context.remote_user or ''

    def _log_in(self, patience, through=None):
        """Log in until it works, for some seconds; return how many seconds the login took that did. through: a command of the host's that
        leads to sshd, in place of the network."""
        command = self._task.args.get('login_command', 'true')
        deadline = time.monotonic() + patience
        while True:
            started = time.monotonic()
            try:
                status, _output, errors = self._new_connection(patience, through).exec_command(command, sudoable=False)
            except AnsibleError as error:
                reason = _last_line(to_text(error))
                if _is_final(error, reason) or time.monotonic() > deadline:
                    raise LoginFailed(reason) from error
                time.sleep(PAUSE_SECONDS)
                continue
            if status != 0:
                raise LoginFailed(f'login_command {command!r} ended with {status}: {_last_line(to_text(errors))}')
            return round(time.monotonic() - started, 3)

    def _new_connection(self, patience, through):
        """Return a connection with the options of the play's own, which neither uses nor leaves a shared one."""
        first = [SEPARATE, f'-o ConnectTimeout={max(1, int(patience or MOST_PATIENCE))}']
        if through:
            first.append('-o ' + shlex.quote('ProxyCommand=' + self._carry(through).replace('%', '%%')))
        options = self._connection.get_options()
        options['ssh_args'] = ' '.join([*first, options['ssh_args'] or ''])
        options['reconnection_retries'] = 0
        return self._another(options)

    def _carry(self, command):
        """The command, for a shell here, that runs a command of the host's over the connection of the play."""
        connection = self._another(dict(self._connection.get_options(), password=None))
        ssh = connection._build_command(connection.get_option('ssh_executable'), 'ssh', connection.get_option('host'), command)
        return shlex.join(map(to_text, ssh))

    def _another(self, options):
        connection = connection_loader.get('ansible.builtin.ssh', self._connection._play_context)
        connection.set_options(direct=options)
        return connection


def _is_final(error, reason):
    """Whether trying again would only annoy the host; a refused or dropped connection may just come too early."""
    return isinstance(error, AnsibleAuthenticationFailure) or 'Permission denied' in reason


def _out_of_reach(reason, error, arguments):
    seconds = option_seconds('rollback_after', arguments.get('rollback_after', 60))
    rescue = f'its watchdog puts the last proven files back {seconds} s after the load' if seconds else 'rollback_after is 0, so nothing there takes it back'
    return f'sshd had loaded its changed configuration, a new login fails ({reason}), and the host cannot be reached any more ({error}): {rescue}'


def _for_people(result):
    return {name: value for name, value in result.items() if not name.startswith('_') or name.startswith('_ansible')}


def _last_line(text):
    """The last line with something in it; ssh gives its reason there, after warnings and banners."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else 'without a word'

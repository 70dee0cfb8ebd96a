# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of sshd_reload: what proves a load is a login that comes from outside."""

from __future__ import annotations

import time

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader

NO_SHARING = '-S none -o ControlMaster=no -o ControlPath=none'
LOGIN_SECONDS = 5
PAUSE_SECONDS = 0.25


class LoginFailed(Exception):
    """The new login does not work; the text says why, in one line."""


class ActionModule(ActionBase):
    """Have the host load the configuration, log in anew, and tell the host that the load is proven."""

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if '_proven' in arguments:
            return dict(result, failed=True, msg='_proven is not for playbooks; leave it out')
        proof = arguments.get('proof', 'auto')
        if proof in ('auto', 'login'):
            if self._connection.transport != 'ssh':
                return dict(result, failed=True, msg=_no_login_over(self._connection.transport, proof))
            arguments['proof'] = 'login'
        loaded = self._module(arguments, task_vars)
        state = loaded.pop('_journal', None)
        if loaded.get('failed') or self._task.check_mode or arguments['proof'] != 'login':
            return loaded
        try:
            loaded['login_seconds'] = self._log_in(arguments.get('login_command', 'true'))
        except LoginFailed as failure:
            return dict(loaded, failed=True, reason=str(failure), msg=_not_proven(failure))
        proven = self._module(dict(arguments, _proven=state), task_vars)
        return proven if proven.get('failed') else loaded

    def _module(self, arguments, task_vars):
        return self._execute_module(module_name='fleetops.keepalive.sshd_reload', module_args=arguments, task_vars=task_vars)

    def _log_in(self, command):
        """Log in until it works, for some seconds; return how many seconds the login took that did."""
        deadline = time.monotonic() + LOGIN_SECONDS
        while True:
            started = time.monotonic()
            try:
                status, _output, errors = self._new_connection().exec_command(command, sudoable=False)
            except AnsibleConnectionFailure as error:
                reason = _last_line(to_text(error))
                if _is_final(error, reason) or time.monotonic() > deadline:
                    raise LoginFailed(reason) from error
                time.sleep(PAUSE_SECONDS)
                continue
            if status != 0:
                raise LoginFailed(f'login_command {command!r} ended with {status}: {_last_line(to_text(errors))}')
            return round(time.monotonic() - started, 3)

    def _new_connection(self):
        """Return a connection with the options of the play's own, which neither uses nor leaves a shared one."""
        options = self._connection.get_options()
        options['ssh_args'] = f"{NO_SHARING} {options['ssh_args'] or ''}"
        options['reconnection_retries'] = 0
        connection = connection_loader.get('ansible.builtin.ssh', self._connection._play_context)
        connection.set_options(direct=options)
        return connection


def _is_final(error, reason):
    """Whether trying again would only annoy the host; a refused or dropped connection may just come too early."""
    return isinstance(error, AnsibleAuthenticationFailure) or 'Permission denied' in reason


def _not_proven(reason):
    return (
        f'sshd has loaded its configuration, but a new login does not work ({reason}): the connection of this play is '
        'still there, so put the configuration right and run again'
    )


def _no_login_over(connection, proof):
    return (
        f'proof: {proof} needs a new login, which is built for SSH and not for the connection {connection}: '
        'set proof: none for this host'
    )


def _last_line(text):
    """The last line with something in it; ssh gives its reason there, after warnings and banners."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else 'without a word'

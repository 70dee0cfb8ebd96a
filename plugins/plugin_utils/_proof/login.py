# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New logins to the host of a play, each by an ssh of its own that neither uses nor leaves a shared
connection."""

from __future__ import annotations

import base64
import shlex
import time
from pathlib import Path

from ansible.errors import AnsibleAuthenticationFailure, AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.loader import connection_loader
from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import text
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import relay
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.deadline import Late, deadline

SEPARATE = "-S none -o ControlMaster=no -o ControlPath=none -o ServerAliveInterval=5 -o ServerAliveCountMax=3"
PAUSE_SECONDS = 0.25
#: Characters of ssh's own words that are shown.
REASON = 1000


class LoginFailed(Exception):
    """The login does not work; the text says why, in one line."""


class Logins:
    """Logins over the connection plugin ssh with the options of the play's own connection.

    command: what each runs on the host; seconds: how long each may take, from its start to the end of the
    command.
    """

    def __init__(self, connection, play_context, command, seconds):
        self._connection, self._play_context = connection, play_context
        self._command, self._seconds = command, seconds

    def log_in(self, patience=0):
        """Log in over the network, again and again for `patience` seconds; return how many seconds the login
        took that worked.

        Raises LoginFailed.
        """
        until = time.monotonic() + patience
        while True:
            started = time.monotonic()
            try:
                self._try(self._separate(patience or self._seconds))
                return round(time.monotonic() - started, 3)
            except AnsibleError as error:
                reason = _last_line(to_text(error))
                if _is_final(error, reason) or time.monotonic() > until:
                    raise LoginFailed(reason) from error
            time.sleep(PAUSE_SECONDS)

    def try_out(self, interpreter, token):
        """Log in once to the trial of this token, which is reached by a Python of the host over the
        connection of the play.

        Raises LoginFailed.
        """
        carry = self._carry(f"{interpreter} -c {shlex.quote(_relay())} {token}")
        proxy = "-o " + shlex.quote("ProxyCommand=" + carry.replace("%", "%%"))
        try:
            self._try(self._separate(self._seconds, proxy))
        except AnsibleError as error:
            raise LoginFailed(_last_line(to_text(error))) from error

    def _try(self, connection):
        try:
            with deadline(self._seconds):
                status, _output, errors = connection.exec_command(self._command, sudoable=False)
        except Late:
            raise LoginFailed(f"it did not end within {self._seconds} s (login_timeout)") from None
        if status != 0:
            raise LoginFailed(
                f"login_command {self._command!r} ended with {status}: {_last_line(to_text(errors))}"
            )

    def _separate(self, connect_seconds, *more):
        """A connection that shares nothing; more: further arguments of ssh."""
        options = self._connection.get_options()
        words = [
            SEPARATE,
            f"-o ConnectTimeout={max(1, int(connect_seconds))}",
            *more,
            options["ssh_args"] or "",
        ]
        return self._another(dict(options, ssh_args=" ".join(words), reconnection_retries=0))

    def _carry(self, command):
        """The command, for a shell here, that runs a command on the host over the connection of the play."""
        connection = self._another(dict(self._connection.get_options(), password=None))
        ssh = connection._build_command(
            connection.get_option("ssh_executable"), "ssh", "--", connection.get_option("host"), command
        )
        return shlex.join(map(to_text, ssh))

    def _another(self, options):
        connection = connection_loader.get("ansible.builtin.ssh", self._play_context)
        connection.set_options(direct=options)
        return connection


def _relay():
    """The program that joins its standard streams to the trial, as one line of Python: this copy of it,
    whatever the host has."""
    source = base64.b64encode(Path(relay.__file__).with_suffix(".py").read_bytes()).decode("ascii")
    return f'import base64;exec(base64.b64decode("{source}"))'


def _is_final(error, reason):
    """Whether trying again would only annoy the host; a refused or dropped connection may just come too
    early."""
    return isinstance(error, AnsibleAuthenticationFailure) or "Permission denied" in reason


def _last_line(message):
    """The last line with something in it; ssh gives its reason there, after warnings and banners."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return text.shortened(text.line(lines[-1]), REASON) if lines else "without a word"

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs the sshd of a configuration: a unit of systemd's, or the process that a pid file names."""

from .._config.errors import KeepaliveError
from . import systemd
from .pid_file import Signal, pid_file_named_in


def find(path, sshd, method="auto", unit=None, pid_file=None):
    """Return what runs the sshd of the main configuration file at path: a Unit, a BehindSocket, an OnDemand
    or a Signal.

    method: auto, service or signal. unit, pid_file: where the user names them. Raises KeepaliveError when no
    sshd
    is found that runs this file, or when these contradict each other, and Refused when sshd has to be asked
    and refuses it.
    """
    if method == "service" and pid_file:
        raise KeepaliveError(
            "pid_file is %s, but method is service, which has no use for it: leave one out" % pid_file
        )
    if unit and (pid_file or method == "signal"):
        raise KeepaliveError(
            "service is %s, but %s asks for a signal: leave one out"
            % (unit, "pid_file" if pid_file else "method")
        )
    if method == "signal" or pid_file:
        return Signal(path, pid_file or pid_file_named_in(sshd, path))
    managed = systemd.find(path, [unit] if unit else systemd.UNITS)
    if managed:
        return managed
    if method == "service" or unit:
        raise _no_unit(path, unit)
    return Signal(path, pid_file_named_in(sshd, path))


def is_live_at_once(path):
    """Whether a file below the main configuration file at path is in force as soon as it is written, since
    the next connection starts an sshd."""
    return isinstance(systemd.find(path), systemd.OnDemand)


def _no_unit(path, unit):
    runner = "The unit %s runs no sshd" % unit if unit else "Neither unit ssh nor sshd runs an sshd"
    advice = "name the right one in service, or set method to signal"
    if not systemd.is_running():
        advice = "systemd does not run here, so leave service out and set method to signal"
    return KeepaliveError("%s with %s: %s" % (runner, path, advice))

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The units of systemd that run an sshd: as a daemon, behind a socket, or a process for each connection."""

import os

from .._config.errors import KeepaliveError
from . import proc
from .daemon import LOAD_SECONDS, Daemon, Running, require_rights, serves, settings
from .run import ANSWER_SECONDS, run

UNITS = ("ssh", "sshd")
DIRECTORY = "/run/systemd/system"
# How long a restart or reload may take; systemd itself gives up after 90 s, and says why.
TELL_SECONDS = 100


def is_running():
    """Whether systemd manages this host (sd_booted(3))."""
    return os.path.isdir(DIRECTORY)


def find(path, names=UNITS):
    """What systemd runs for the main configuration file at path, of units with these names: a Unit, a
    BehindSocket, an OnDemand, or None."""
    if not is_running():
        return None
    bare = [name[: -len(".service")] if name.endswith(".service") else name for name in names]
    units = _show([name + ".service" for name in bare] + [name + ".socket" for name in bare])
    sockets = [unit for unit in units if unit.name.endswith(".socket") and unit.active]
    for unit in units:
        if unit.active and unit.pid and serves(proc.title(unit.pid), path):
            require_rights(unit.pid)
            return (Unit if all(socket.accepts for socket in sockets) else BehindSocket)(path, unit)
    return OnDemand(path) if sockets and serves("", path) else None


class OnDemand:
    """systemd listens and starts sshd for each connection: every file written is in force at once."""

    method = "none"
    loads = False
    revive = None

    def __init__(self, path):
        self._path = path

    def check(self, sshd):
        """Raise Refused with sshd's own words unless it would accept the configuration.

        What it misses before its first start (its directory below /run) is for systemd to make.
        """
        settings(sshd, self._path)

    def load(self, _seconds=LOAD_SECONDS):
        """Nothing holds an old configuration."""


class BehindSocket(Running):
    """sshd as a service whose socket unit listens. name: the unit.

    Such an sshd dies of SIGHUP: started over, it finds its port taken by the socket unit (Debian's 9.2p1 and
    10.0p2).
    A restart is safe here, since new connections wait in the socket and, with KillMode=process, sessions
    stay.
    """

    method = "service"

    def __init__(self, path, unit):
        super().__init__(path)
        self.name = unit.name
        self.revive = _restart(self.name)
        if unit.ends_sessions:
            raise KeepaliveError(
                "The unit %s is started by a socket and would end its sessions with it (KillMode): set "
                "KillMode=process in the unit" % self.name
            )

    def load(self, _seconds=LOAD_SECONDS):
        """Have the service restarted; return when it runs, or raise KeepaliveError."""
        _systemctl(["restart"], [self.name], TELL_SECONDS)


class Unit(Daemon):
    """sshd as a service that listens itself. name: the unit."""

    method = "service"

    def __init__(self, path, unit):
        super().__init__(path)
        self.name = unit.name
        self.revive = _restart(self.name)
        self._main_pid = unit.pid

    def _pid(self):
        return self._main_pid

    def _tell(self, pid):
        try:
            _systemctl(["reload"], [self.name], TELL_SECONDS)
        except KeepaliveError:
            if proc.is_alive(pid):
                raise  # Otherwise sshd ended of it, and load() says so.

    def _successor(self, pid):
        return next((unit.pid for unit in _show([self.name]) if unit.pid), pid)


class UnitState:
    """What systemctl show says of one unit.

    name, active; of a service: pid (0 without a process), ends_sessions (when it is restarted); of a socket:
    accepts
    (starts a process for each connection).
    """

    def __init__(self, properties):
        self.name = properties.get("Id", "")
        self.active = properties.get("ActiveState") in ("active", "reloading")
        self.pid = int(properties.get("MainPID") or 0)
        self.ends_sessions = properties.get("KillMode", "process") not in ("process", "none")
        self.accepts = properties.get("Accept") == "yes"


def parse_units(output):
    """Read the output of systemctl show for several units: a list of UnitState, in the order asked for."""
    blocks = (block.splitlines() for block in output.strip().split("\n\n"))
    return [UnitState(dict(line.partition("=")[::2] for line in block)) for block in blocks]


def _show(units):
    return parse_units(
        _systemctl(["show", "--property=Id,ActiveState,MainPID,KillMode,Accept"], units, ANSWER_SECONDS)
    )


def _systemctl(words, units, seconds):
    """What systemctl says when it is given a verb and options, and names of units, within so many seconds."""
    done = run(["systemctl"] + words + ["--"] + units, seconds)
    if done.status != 0:
        raise KeepaliveError("systemctl %s %s failed: %s" % (words[0], units[-1], done.words))
    return done.output


def _restart(name):
    return ["systemctl", "restart", "--", name]

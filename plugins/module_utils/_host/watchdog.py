# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watchdog: a process of this host that takes the way back by itself unless it is disarmed in time.

It is one file in the journal's directory, a zip that Python runs: the code that this module is made of and
the
order to carry out.
What it is at is told by the name of that file alone, and a rename decides who was first, the watchdog or
whoever disarms it.
"""

import json
import os
import subprocess
import sys
import time
import zipfile

from .._config.errors import KeepaliveError
from . import rollback, systemd
from .journal import Journal
from .run import run

START_SECONDS = 10
STEP_SECONDS = 0.2
PATIENCE_SECONDS = 600
_START = "from %s import main\nmain()\n" % __name__
_PACKAGE = __name__.rpartition("._host.")[0]


class Watchdog:
    """The one watchdog of a journal's main configuration file."""

    def __init__(self, journal):
        self.journal = journal

    def arm(self, target, seconds):
        """Start the process that takes rollback.undo() after seconds; returns when it runs. Raises
        KeepaliveError.

        An earlier one is relieved: only the last order counts.
        """
        self.disarm()
        new, armed = self._name("new"), self._name("armed")
        try:
            os.makedirs(os.path.dirname(new), 0o700, exist_ok=True)
            _write_program(new, dict(target._asdict(), seconds=seconds))
            _start_detached([sys.executable, "-I", new])
        except OSError as error:
            raise KeepaliveError(
                "rollback_after: the watchdog could not be started (%s), so nothing was loaded" % error
            )
        deadline = time.monotonic() + START_SECONDS
        while not os.path.exists(armed):
            if time.monotonic() > deadline:
                _remove(new)
                raise KeepaliveError(
                    "rollback_after: the watchdog did not start within %d s, so nothing was loaded"
                    % START_SECONDS
                )
            time.sleep(0.01)

    def disarm(self):
        """Call it off. Gives False where it was first, and is putting the files back or has done so; told()
        says what came of it."""
        try:
            os.rename(self._name("armed"), self._name("disarmed"))
            os.unlink(self._name("disarmed"))
        except FileNotFoundError:
            return not (os.path.exists(self._name("firing")) or os.path.exists(self._name("told")))
        return True

    def told(self, seconds=START_SECONDS):
        """The rollback.Outcome of one that has fired, once; None where none has. One that is at work is
        waited for, seconds at most."""
        deadline = time.monotonic() + seconds
        while os.path.exists(self._name("firing")) and time.monotonic() < deadline:
            time.sleep(STEP_SECONDS)
        try:
            with open(self._name("told"), "rb") as file:
                outcome = rollback.Outcome(**json.loads(file.read().decode("ascii")))
        except FileNotFoundError:
            return None
        _remove(self._name("told"))
        return outcome

    def _name(self, state):
        return self.journal.beside("watchdog." + state)

    def watch(self, order):
        """Be the process: wait, and act unless disarmed. order: what arm() has written."""
        armed, firing = self._name("armed"), self._name("firing")
        os.rename(self._name("new"), armed)
        # Held open, so that the file of a later order cannot get the same number.
        with open(armed, "rb") as held:
            own = os.fstat(held.fileno()).st_ino
            deadline = time.monotonic() + order.pop("seconds")
            while time.monotonic() < deadline:
                if not _is(armed, own):
                    return
                time.sleep(STEP_SECONDS)
        try:
            os.rename(armed, firing)
        except FileNotFoundError:
            return
        try:
            outcome = rollback.undo(self.journal, rollback.Target(**order), PATIENCE_SECONDS)
        except Exception as error:
            outcome = rollback.Outcome([], [], str(error))
        with open(firing, "wb") as file:
            file.write(json.dumps(outcome._asdict()).encode("ascii"))
        os.rename(firing, self._name("told"))


def main():
    """Carry out the order in the zip that this program is run from."""
    with zipfile.ZipFile(sys.argv[0]) as program:
        order = json.loads(program.read("order.json").decode("ascii"))
    Watchdog(Journal(order["path"])).watch(order)


def _write_program(path, order):
    """Write the zip: everything that is loaded of the collection's pure and host code, under its own
    names."""
    _remove(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w") as program:
        for name, source in _sources():
            program.writestr(name, source)
        program.writestr("__main__.py", _START)
        program.writestr("order.json", json.dumps(order))


def _sources():
    """(path in the zip, source) of every module of the collection that is loaded here, and of the packages
    around them."""
    loaded = [
        name
        for name in sorted(sys.modules)
        if name.startswith(tuple(_PACKAGE + room for room in ("._answer.", "._config.", "._host.")))
    ]
    packages = set(name.rpartition(".")[0] for name in loaded)
    for name in set(parent for package in packages for parent in _and_above(package)):
        yield name.replace(".", "/") + "/__init__.py", ""
    for name in loaded:
        yield name.replace(".", "/") + ".py", sys.modules[name].__spec__.loader.get_source(name)


def _and_above(package):
    parts = package.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _start_detached(command):
    """Start a process that outlives this connection: as a unit of its own where systemd runs, in a session of
    its own elsewhere."""
    if os.geteuid() == 0 and systemd.is_running():
        unit = [
            "systemd-run",
            "--quiet",
            "--collect",
            "--description=fleetops.keepalive: puts sshd's last proven files back",
        ]
        try:
            if run(unit + command, START_SECONDS).status == 0:
                return
        except KeepaliveError:
            pass  # A unit that starts after all finds that the other process was first.
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )


def _is(path, inode):
    try:
        return os.stat(path).st_ino == inode
    except FileNotFoundError:
        return False


def _remove(path):
    if os.path.lexists(path):
        os.unlink(path)

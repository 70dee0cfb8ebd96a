# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load that is not proven yet. What is known of it is kept on the host, so that the way back takes nobody
else's word for it."""

import json
import os
from typing import NamedTuple

from .._config.errors import KeepaliveError
from . import proc, rollback
from .journal import private


class UnderWay(NamedTuple):
    """A load that has begun."""

    target: rollback.Target  # what has loaded the changed files
    since: int  # when, as proc.now() has it


class Loading:
    """The one load of a journal's main configuration file that is under way."""

    def __init__(self, journal):
        self._path = journal.beside("loading")

    def begin(self, target):
        """Note the rollback.Target that is about to load. Raises KeepaliveError."""
        try:
            os.makedirs(os.path.dirname(self._path), 0o700, exist_ok=True)
            with open(self._path, "wb", opener=private) as file:
                file.write(json.dumps([target, proc.now()]).encode("ascii"))
        except OSError as error:
            raise KeepaliveError(
                "%s cannot be written: %s; nothing was loaded" % (self._path, error.strerror)
            )

    def end(self):
        """Forget it; gives it as UnderWay, None where no load is under way."""
        try:
            with open(self._path, "rb") as file:
                target, since = json.loads(file.read().decode("ascii"))
            found = UnderWay(rollback.Target(*target), since)
        except (OSError, ValueError, TypeError):
            found = None
        if os.path.lexists(self._path):
            os.unlink(self._path)
        return found

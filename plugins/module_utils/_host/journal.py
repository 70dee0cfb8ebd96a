# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: the last proven state of every file changed since the last proven load.

One JSON file for each main configuration file, because several sshd on one machine are loaded one by one. It
is
written before the configuration is, so that a run killed at any point leaves too much in it rather than too
little.
"""

import base64
import hashlib
import json
import os
import stat
from contextlib import contextmanager
from typing import List, NamedTuple, Optional

from .._config.errors import KeepaliveError
from .lock import locked, state_directory


class Entry(NamedTuple):
    """One changed file."""

    path: str
    before: Optional[bytes]  # what it holds in the last proven state, None where it did not exist
    mode: Optional[int]  # of that state, as uid and gid; None likewise
    uid: Optional[int]
    gid: Optional[int]
    # SHA-256 of everything that was put there since, oldest first, None for a removal; a file that holds
    # neither before nor the last of these was edited by somebody else.
    written: List[Optional[str]]
    foreign: bool  # whether that had already happened when the last change was recorded


class Journal:
    """What was changed below one main configuration file and is not covered by a proven load.

    main_path: the main file as it was named to the module. directory: where journals are kept; by default
    /var/lib/fleetops.keepalive for root, ~/.local/state/fleetops.keepalive otherwise. Reading creates
    nothing.
    Every method raises KeepaliveError when the journal cannot be read, or not written where it writes.
    """

    def __init__(self, main_path, directory=None):
        self._main = os.path.realpath(main_path)
        self._directory = directory or state_directory()
        name = "%s-%s.json" % (os.path.basename(self._main), digest(os.fsencode(self._main))[:16])
        self.path = os.path.join(self._directory, name)

    def beside(self, name):
        """The path of a file that belongs to this journal alone, in its directory."""
        return "%s.%s" % (self.path[: -len(".json")], name)

    def pending(self):
        """True while there is a change that no proven load has covered."""
        return bool(self.entries())

    def state(self):
        """What names the journal's present content, to be handed to clear() after the proof; '' if nothing is
        pending."""
        return digest(self._raw()) or ""

    def entries(self):
        """The changed files as a list of Entry, in the order in which they were first changed."""
        raw = self._raw()
        if raw is None:
            return []
        try:
            return [_from_json(item) for item in json.loads(raw.decode("ascii"))["files"]]
        except (ValueError, KeyError, TypeError) as error:
            raise KeepaliveError(
                "The journal %s is damaged (%s): make sure that the configuration below %s is right, reload "
                "sshd "
                "yourself, then remove the journal" % (self.path, _words(error), self._main)
            )

    def record(self, path, before, after):
        """Note that the file at path is about to change; to be called ahead of the change.

        before, after: its bytes now and then, None where there is no file. The first before of a path is
        kept, since
        that is its last proven state; a file that returns to it is not a change any more.
        """
        path = os.path.realpath(path)
        with self._locked():
            entries = self.entries()
            known = next((entry for entry in entries if entry.path == path), None)
            entry = _continued(known, before, after) if known else _first(path, before, after)
            keep = [entry if other is known else other for other in entries]
            if not known:
                keep.append(entry)
            if after == entry.before:
                keep.remove(entry)
            self._write(keep)

    def clear(self, state=None):
        """Forget the changes, because a load was proven. Returns whether nothing is pending now.

        state: what state() said before that load; changes recorded since then were not part of it, so that
        the
        journal stays if there are any. Without state, everything goes.
        """
        if self._raw() is None:
            return True
        with self._locked():
            if state is not None and state != self.state():
                return False
            self._write([])
        return True

    def _raw(self):
        try:
            with open(self.path, "rb") as stream:
                return stream.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeepaliveError("The journal %s cannot be read: %s" % (self.path, error.strerror))

    @contextmanager
    def _locked(self):
        """Only one process at a time reads, changes and writes journals; what it wrote is on the disk when
        this ends."""
        try:
            with locked(self._directory):
                yield
                directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(directory)
                finally:
                    os.close(directory)
        except OSError as error:
            raise self._unwritable(error)

    def _write(self, entries):
        if not entries:
            if os.path.lexists(self.path):
                os.unlink(self.path)
            return
        content = {"main": self._main, "files": [_to_json(entry) for entry in entries]}
        # One name for all, since only one process is here at a time: what a kill leaves behind, the next run
        # replaces.
        temporary = os.path.join(self._directory, ".new")
        try:
            with open(temporary, "wb", opener=private) as stream:
                stream.write(json.dumps(content, indent=1, sort_keys=True).encode("ascii"))
                stream.flush()
                os.fsync(stream.fileno())
            os.rename(temporary, self.path)
        except OSError:
            if os.path.lexists(temporary):
                os.unlink(temporary)
            raise

    def _unwritable(self, error):
        return KeepaliveError(
            "The journal %s cannot be written: %s; nothing is changed without it"
            % (self.path, error.strerror)
        )


def private(path, flags):
    """The opener of a file for this account alone that follows no symbolic link."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def digest(data):
    """The SHA-256 of bytes in hexadecimal digits; None of None, which stands for no file."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def _first(path, before, after):
    owner = None if before is None else os.stat(path)
    return Entry(
        path=path,
        before=before,
        mode=owner and stat.S_IMODE(owner.st_mode),
        uid=owner and owner.st_uid,
        gid=owner and owner.st_gid,
        written=[digest(after)],
        foreign=False,
    )


def _continued(entry, before, after):
    ours = entry.written + [digest(entry.before)]
    return entry._replace(
        written=entry.written + [digest(after)],
        foreign=entry.foreign or digest(before) not in ours,
    )


def _to_json(entry):
    before = None if entry.before is None else base64.b64encode(entry.before).decode("ascii")
    return dict(entry._asdict(), before=before)


def _from_json(item):
    entry = Entry(**item)
    return entry._replace(
        before=None if entry.before is None else base64.b64decode(entry.before, validate=True)
    )


def _words(error):
    return "%s is missing" % error if isinstance(error, KeyError) else str(error)

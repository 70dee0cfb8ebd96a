# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of its own: joins standard input and output to the trial of a token, its one argument.

The controller sends this text, and the host's Python runs it. So it is ASCII, and needs nothing but the
standard library of Python 3.6.
"""

import os
import signal
import socket
import sys
import threading

PREFIX = "\0fleetops.keepalive."
GONE = "fleetops.keepalive: the trial on this host is not there any more"
REFUSED = "fleetops.keepalive: the trial on this host has ended, or is not for the account with the uid %d"
_PART = 65536


def relay(token):
    """Pass on bytes both ways until either side ends, and end this process.

    token: the 32 digits that listen() gave. The exit status is 0; without a trial 1, with a sentence on
    standard error.
    """
    trial = socket.socket(socket.AF_UNIX)
    try:
        trial.connect(PREFIX + token)
    except (OSError, ValueError):
        _end(GONE)
    threading.Thread(target=_send, args=(trial,), daemon=True).start()
    _end(None if _receive(trial) else REFUSED % os.getuid())


def _send(trial):
    """From standard input to the trial; the trial has its end as soon as this process has."""
    while True:
        try:
            data = os.read(0, _PART)
        except OSError:
            data = b""
        if not data:
            _end()
        try:
            trial.sendall(data)
        except OSError:
            return  # What the trial has said before it ended is still to be passed on.


def _receive(trial):
    """From the trial to standard output; gives whether there was anything."""
    there_was = False
    try:
        data = trial.recv(_PART)
        while data:
            there_was = True
            while data:
                data = data[os.write(1, data) :]
            data = trial.recv(_PART)
    except OSError:
        pass
    return there_was


def _end(complaint=None):
    try:
        if complaint:
            os.write(2, (complaint + "\n").encode("ascii"))
    finally:
        os._exit(1 if complaint else 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    relay("".join(sys.argv[1:]))

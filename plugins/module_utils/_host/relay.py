# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of its own: joins standard input and output to the trial that listens under an abstract socket name, its one argument."""

import os
import socket
import sys
import threading


def relay(name):
    """Pass on bytes both ways until the trial ends the connection."""
    trial = socket.socket(socket.AF_UNIX)
    trial.connect('\0' + name)
    threading.Thread(target=_send, args=(trial,), daemon=True).start()
    while True:
        data = trial.recv(65536)
        if not data:
            os._exit(0)
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _send(trial):
    while True:
        data = os.read(0, 65536)
        if not data:
            return trial.shutdown(socket.SHUT_WR)
        trial.sendall(data)


if __name__ == '__main__':
    relay(sys.argv[1])

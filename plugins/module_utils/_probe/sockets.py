# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that nobody answers any more: closed at once, where the kernel would go on sending into the
void for minutes (Linux)."""

import ctypes
import os
import socket
import struct

from .._host import proc

_PIDFD_OPEN, _PIDFD_GETFD = 434, 438
_AT_ONCE = struct.pack("ii", 1, 0)


def close_at_once(group):
    """Have every connection of a process group's processes vanish with its last holder; without effect where
    the kernel cannot (before 5.6)."""
    for pid in _members(group):
        try:
            handle = _call(_PIDFD_OPEN, pid, 0)
        except OSError:
            continue
        try:
            for descriptor, link in proc.descriptors(pid):
                if link.startswith("socket:"):
                    _linger_not(handle, descriptor)
        finally:
            os.close(handle)


def _members(group):
    for pid in proc.pids():
        try:
            if os.getpgid(pid) == group:
                yield pid
        except OSError:
            continue


def _linger_not(handle, descriptor):
    try:
        with socket.socket(fileno=_call(_PIDFD_GETFD, handle, descriptor, 0)) as connection:
            if connection.family in (socket.AF_INET, socket.AF_INET6):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    except OSError:
        pass


def _call(number, *arguments):
    """A system call that has no name in Python; OSError where it fails."""
    library = ctypes.CDLL(None, use_errno=True)
    answer = library.syscall(ctypes.c_long(number), *[ctypes.c_long(argument) for argument in arguments])
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer

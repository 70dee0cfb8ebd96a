# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SSH session that this process came by, its account and its addresses, and a TCP connection between the
same two addresses that leads nowhere else.
"""

import ctypes
import fcntl
import ipaddress
import os
import re
import socket
import struct
import time
from contextlib import contextmanager
from typing import List, Optional, Tuple

from . import proc

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _SIOCSIFADDR = 0x8914, 0x8916
_IFF_UP = 1
_LOOPBACK_INDEX = 1
_ADDRESS_SECONDS = 1


def addresses_of_session():
    """((address, port) of this host, (address, port) of the peer) of the sshd session above this process.

    None without one. Read from the kernel's tables, because what the environment says is the account's to
    write. For root, only that part of sshd counts which runs as root, too, and from root's own program, so no
    account can forge it. For others, what is called sshd has to do, since they may see no more of it; they
    can see no connections but those of their own processes either, so what an account forges there is the
    address of its own login, and nobody else's.
    """
    for pid, _started in _session():
        if os.geteuid() != 0 or _uid(pid) == 0:
            found = _established(pid)
            if found:
                return found
    return None


def uid_of_session():
    """The uid of the account that has logged in by the sshd session above this process, None without one.

    It is that of the process which root's part of sshd runs for the session: its part without rights or,
    where root has logged in, the shell. What the account puts in between to look like sshd, where that counts
    at all, runs as the account itself or as one that it may act as, so the answer is never a stranger.
    """
    session = _session()
    for pid, started in session:
        if _uid(pid) == 0:
            return _uid(started)
    return _uid(session[0][0]) if session else None


def connected(local, remote):
    """A pair of connected sockets: (the peer's end, this host's end), as if remote had connected to local.

    local, remote: (address, port). Raises OSError where the kernel does not allow a network namespace.
    """
    with _namespace_of_its_own():
        family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
        _raise_loopback(family, [local[0], remote[0]])
        with socket.socket(family) as listener, socket.socket(family) as near:
            _bind(listener, local)
            listener.listen(1)
            _bind(near, remote)
            near.connect(local)
            far = listener.accept()[0]
            return socket.socket(fileno=near.detach()), far


def _session():
    """The sshd session above this process: a list of (pid, pid of its child on the way here), nearest first.

    They follow each other without another program in between: the part without rights, root's part, the
    listener.
    """
    found: List[Tuple[int, Optional[int]]] = []
    below, pid = None, os.getpid()
    while pid > 1:
        if _is_sshd(pid):
            found.append((pid, below))
        elif found:
            break
        row = proc.process(pid)
        below, pid = pid, row.parent if row else 0
    return found


def _is_sshd(pid):
    """Whether a process is sshd or a part of it such as sshd-session.

    Its name (comm) is the process's to choose. So its program has to be called so, too, and to be root's.
    Only where that must not be seen, which takes rights over the process, the name has to do.
    """
    if not proc.read(pid, "comm").startswith("sshd"):
        return False
    program = _program(pid)
    return program is None or program[0].startswith("sshd") and program[1] == 0


def _program(pid):
    """(name, uid of the owner) of the file that a process runs; None where that must not be seen."""
    path = "/proc/%d/exe" % pid
    try:
        return os.path.basename(os.readlink(path)), os.stat(path).st_uid
    except OSError:
        return None


def _uid(pid):
    """The real uid of a process; None where it is gone or hidden."""
    found = re.search(r"(?m)^Uid:\s*([0-9]+)", proc.read(pid, "status"))
    return int(found.group(1)) if found else None


def _established(pid):
    """The (local, remote) of the first established connection that a process holds, which for sshd is that of
    its session."""
    rows = dict((row.inode, row) for row in proc.tcp_sockets(pid, proc.ESTABLISHED))
    held = next((rows[inode] for inode in proc.sockets(pid) if inode in rows), None)
    return held and (_endpoint(held.local), _endpoint(held.remote))


def _endpoint(text):
    address, _colon, port = text.partition(":")
    words = [struct.pack("=I", int(address[start : start + 8], 16)) for start in range(0, len(address), 8)]
    found = ipaddress.ip_address(b"".join(words))
    return str(getattr(found, "ipv4_mapped", None) or found), int(port, 16)


@contextmanager
def _namespace_of_its_own():
    """A network namespace that holds nothing, for this thread alone and as long as the block lasts."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(_CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "no network namespace")
        try:
            yield
        finally:
            if libc.setns(home, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "no way back")
    finally:
        os.close(home)


def _raise_loopback(family, addresses):
    """Give the loopback interface the addresses and set it up (netdevice(7), and linux/ipv6.h for struct
    in6_ifreq)."""
    with socket.socket(family, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
        for number, address in enumerate(addresses):
            packed = socket.inet_pton(family, address)
            if family == socket.AF_INET:
                request = struct.pack("16sHH4s8x", b"lo:%d" % number, family, 0, packed)
            else:
                request = struct.pack("16sIi", packed, 128, _LOOPBACK_INDEX)
            try:
                fcntl.ioctl(control, _SIOCSIFADDR, request)
            except FileExistsError:
                pass  # Both ends have the same address, or it is the loopback's own.


def _bind(end, address):
    """Take an address; an IPv6 one can be had a moment after it was given, when the kernel has looked for
    duplicates."""
    deadline = time.monotonic() + _ADDRESS_SECONDS
    while True:
        try:
            return end.bind(address)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.001)

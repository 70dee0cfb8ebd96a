# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of the SSH connection that this process came by, and a TCP connection between the same two that leads nowhere else."""

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
import time
from contextlib import contextmanager

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _SIOCSIFADDR = 0x8914, 0x8916
_IFF_UP = 1
_LOOPBACK_INDEX = 1
_ESTABLISHED = '01'
_ADDRESS_SECONDS = 1


def addresses_of_session():
    """((address, port) of this host, (address, port) of the peer) of the sshd session that this process descends from; None without one.

    Read from the kernel's tables, because what the environment says is the user's to write.
    """
    pid = os.getpid()
    while pid > 1:
        if _read(pid, 'comm').startswith('sshd'):
            found = _established(pid)
            if found:
                return found
        pid = int((_read(pid, 'stat').rpartition(')')[2].split() or ['', '0'])[1])
    return None


def connected(local, remote):
    """A pair of connected sockets: (the peer's end, this host's end), as if remote had connected to local; each (address, port).

    Raises OSError where the kernel does not allow a network namespace.
    """
    with _namespace_of_its_own():
        family = socket.AF_INET6 if ':' in local[0] else socket.AF_INET
        _raise_loopback(family, [local[0], remote[0]])
        with socket.socket(family) as listener, socket.socket(family) as near:
            _bind(listener, local)
            listener.listen(1)
            _bind(near, remote)
            near.connect(local)
            far = listener.accept()[0]
            return socket.socket(fileno=near.detach()), far


def _established(pid):
    """The (local, remote) of the first established connection that a process holds, which for sshd is that of its session."""
    rows = _connections(pid)
    folder = '/proc/%d/fd' % pid
    try:
        numbers = sorted(map(int, os.listdir(folder)))
    except OSError:
        return None
    links = [_link('%s/%d' % (folder, number)) for number in numbers]
    return next((rows[link] for link in links if link in rows), None)


def _connections(pid):
    """'socket:[inode]' -> (local, remote) of the established connections of a process's network namespace (proc_net_tcp(5))."""
    rows = [line.split() for table in ('net/tcp', 'net/tcp6') for line in _read(pid, table).splitlines()[1:]]
    return dict(('socket:[%s]' % row[9], (_endpoint(row[1]), _endpoint(row[2]))) for row in rows if row[3] == _ESTABLISHED)


def _endpoint(text):
    address, _colon, port = text.partition(':')
    words = [struct.pack('=I', int(address[start:start + 8], 16)) for start in range(0, len(address), 8)]
    found = ipaddress.ip_address(b''.join(words))
    return str(getattr(found, 'ipv4_mapped', None) or found), int(port, 16)


@contextmanager
def _namespace_of_its_own():
    """A network namespace that holds nothing, for this thread alone and as long as the block lasts."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open('/proc/self/ns/net', os.O_RDONLY)
    try:
        if libc.unshare(_CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'no network namespace')
        try:
            yield
        finally:
            if libc.setns(home, _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), 'no way back')
    finally:
        os.close(home)


def _raise_loopback(family, addresses):
    """Give the loopback interface the addresses and set it up (netdevice(7), and linux/ipv6.h for struct in6_ifreq)."""
    with socket.socket(family, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack('16sH14x', b'lo', _IFF_UP))
        for number, address in enumerate(addresses):
            packed = socket.inet_pton(family, address)
            if family == socket.AF_INET:
                request = struct.pack('16sHH4s8x', b'lo:%d' % number, family, 0, packed)
            else:
                request = struct.pack('16sIi', packed, 128, _LOOPBACK_INDEX)
            try:
                fcntl.ioctl(control, _SIOCSIFADDR, request)
            except FileExistsError:
                pass  # Both ends have the same address, or it is the loopback's own.


def _bind(end, address):
    """Take an address; an IPv6 one can be had a moment after it was given, when the kernel has looked for duplicates."""
    deadline = time.monotonic() + _ADDRESS_SECONDS
    while True:
        try:
            return end.bind(address)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.001)


def _read(pid, name):
    try:
        with open('/proc/%d/%s' % (pid, name), 'rb') as stream:
            return stream.read().decode('ascii', 'replace')
    except OSError:
        return ''


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ''

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial: whole logins under a changed configuration that is not loaded, each by an sshd -i of its own, without a port.

An abstract socket of this host leads to it, and the play's own connection leads there. So that criteria on addresses (Match Address,
AllowUsers user@address, from= in authorized_keys) see what they will see, each sshd gets a TCP connection between the very addresses
of the play's connection, made in a network namespace that holds nothing else; where that is not allowed, sshd sees no address.
"""

import base64
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time

from . import network, openssh

LIVES_SECONDS = 120
STEP_SECONDS = 0.5
LOGIN_SECONDS = 30
LOGINS = 10
_TELLING = re.compile(r'not allowed|refused|denied|fatal|error|fail|no hostkeys|invalid|cannot|could not|unable|bad owner|no such', re.I)
_ROUTINE = re.compile(r'^(Connection (closed|reset)|Disconnected|Received disconnect|Accepted|Server listening)')


class Trial(object):
    """Logins under the main configuration file at path. sshd: the program; log: a file that is made, which is where sshd writes and
    whose removal ends the trial."""

    def __init__(self, path, sshd, log):
        self.path, self.sshd, self.log = path, sshd, log

    def listen(self):
        """Start the process that answers; gives the command, for a shell, that joins its standard streams to one login."""
        name = 'fleetops.keepalive.%s' % base64.b16encode(os.urandom(16)).decode('ascii').lower()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind('\0' + name)
        listener.listen(LOGINS)
        self._make_log()
        addresses = network.addresses_of_session()
        if not os.fork():
            _leave_connection(listener)
            self._answer(listener, addresses)
        listener.close()
        return "%s -c 'import base64;exec(base64.b64decode(\"%s\"))' %s" % (sys.executable, _relay_source(), name)

    def log_in_here(self, user, command):
        """Log in from this host itself, as user, with a key that exists for this alone; gives why that failed, None where it did not.

        It sees what keeps everybody out, and not what is wrong with the keys of a user.
        """
        ssh = openssh.find('ssh')
        self._make_log()
        with tempfile.TemporaryDirectory(prefix='fleetops.keepalive.', dir='/run' if os.geteuid() == 0 else os.path.dirname(self.log)) as folder:
            os.chmod(folder, 0o755)
            key = os.path.join(folder, 'key')
            subprocess.check_call(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key])
            server = ' '.join(self._command() + ['-o', 'AuthorizedKeysFile=%s.pub' % key, '-o', 'AuthorizedKeysCommand=none'])
            options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ProxyCommand=%s' % server]
            login = [ssh, '-F', 'none', '-i', key] + [part for option in options for part in ('-o', option)]
            try:
                done = subprocess.run(login + ['%s@localhost' % user, command], check=False, timeout=LOGIN_SECONDS, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            except subprocess.TimeoutExpired:
                return 'it took more than %d s' % LOGIN_SECONDS
        return None if done.returncode == 0 else done.stderr.decode('utf-8', 'replace').strip().rpartition('\n')[2] or 'ssh ended without a word'

    def end(self):
        """End the trial; gives the line of sshd's that tells best why a login failed, '' without one."""
        try:
            with open(self.log, 'rb') as file:
                lines = file.read().decode('utf-8', 'replace').splitlines()
            os.unlink(self.log)
        except FileNotFoundError:
            return ''
        lines = [line.strip() for line in lines if line.strip() and not _ROUTINE.match(line)]
        return next((line for line in lines if _TELLING.search(line)), lines[-1] if lines else '')

    def _make_log(self):
        os.makedirs(os.path.dirname(self.log), 0o700, exist_ok=True)
        with open(self.log, 'wb', opener=_private):
            pass

    def _command(self):
        return [self.sshd, '-i', '-f', self.path, '-E', self.log]

    def _answer(self, listener, addresses):
        """In the process of its own: one sshd for each connection, until the trial is ended or its time is over."""
        deadline = time.monotonic() + LIVES_SECONDS
        try:
            while os.path.exists(self.log) and time.monotonic() < deadline:
                if select.select([listener], [], [], STEP_SECONDS)[0]:
                    connection = listener.accept()[0]
                    if not os.fork():
                        self._serve(connection, addresses)
                    connection.close()
        finally:
            os._exit(0)

    def _serve(self, connection, addresses):
        try:
            near, far = _ends(connection, addresses)
            with subprocess.Popen(self._command(), stdin=far, stdout=far, stderr=subprocess.DEVNULL):
                far.close()
                if near:
                    _join(connection, near)
        finally:
            os._exit(0)


def _ends(connection, addresses):
    """(what is to be joined to a connection, what sshd gets): no more than the connection itself where addresses cannot be had."""
    if addresses:
        try:
            return network.connected(*addresses)
        except OSError:
            pass
    return None, connection


def _join(one, other):
    """Pass on bytes both ways between two sockets until both have no more."""
    reading = {one: other, other: one}
    while reading:
        for source in select.select(list(reading), [], [])[0]:
            try:
                data = source.recv(65536)
                reading[source].sendall(data)
            except KeyError:
                continue
            except OSError:
                return
            if not data:
                reading.pop(source).shutdown(socket.SHUT_WR)


def _leave_connection(kept):
    """Become a process that nobody waits for: a session of its own, its streams closed, and of all descriptors only the kept one."""
    os.setsid()
    os.chdir('/')
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    for number in map(int, os.listdir('/proc/self/fd')):
        if number > 2 and number != kept.fileno():
            try:
                os.close(number)
            except OSError:
                pass


def _relay_source():
    from . import relay
    return base64.b64encode(sys.modules[relay.__name__].__spec__.loader.get_source(relay.__name__).encode('ascii')).decode('ascii')


def _private(path, flags):
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)

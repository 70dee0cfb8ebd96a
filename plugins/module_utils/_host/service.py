# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs sshd, how it is told to load its configuration, and when the new listener is there.

sshd loads by executing itself anew: it closes its listening sockets, starts over under the same process id and opens
new ones, tens of milliseconds later. Until then the old one answers, with the old configuration, so a load is over
only when the listening sockets are others. A daemon that refuses its configuration at that moment is simply gone.
"""

import os
import re
import signal
import time

from .._config.criteria import USUAL_CONNECTION
from .._config.errors import KeepaliveError
from . import openssh
from .run import ANSWER_SECONDS, run

# Where sshd looks without -f, as distributions and the upstream default build it.
DEFAULT_PATHS = (
    '/etc/ssh/sshd_config',
    '/usr/etc/ssh/sshd_config',
    '/usr/local/etc/sshd_config',
    '/usr/local/etc/ssh/sshd_config',
    '/usr/pkg/etc/ssh/sshd_config',
)
UNITS = ('ssh', 'sshd')
SYSTEMD = '/run/systemd/system'
# How long a restart or reload may take; systemd itself gives up after 90 s, and says why.
TELL_SECONDS = 100
LOAD_SECONDS = 10
GONE_SECONDS = 1
STEP_SECONDS = 0.005


class Refused(KeepaliveError):
    """sshd does not accept the configuration; the text has its own words."""


def find(path, sshd, method='auto', unit=None, pid_file=None):
    """Return what runs the sshd of the main configuration file at path: a Unit, a BehindSocket, an OnDemand or a Signal.

    method: auto, service or signal. unit, pid_file: where the user names them. Raises KeepaliveError when no sshd
    is found that runs this file, or when these contradict each other, and Refused when sshd has to be asked and refuses it.
    """
    if method == 'service' and pid_file:
        raise KeepaliveError('pid_file is %s, but method is service, which has no use for it: leave one out' % pid_file)
    if unit and (pid_file or method == 'signal'):
        raise KeepaliveError('service is %s, but %s asks for a signal: leave one out' % (unit, 'pid_file' if pid_file else 'method'))
    if method == 'signal' or pid_file:
        return Signal(path, pid_file or _pid_file(sshd, path))
    managed = _managed(path, [unit] if unit else UNITS)
    if managed:
        return managed
    if method == 'service' or unit:
        raise _no_unit(path, unit)
    return Signal(path, _pid_file(sshd, path))


def is_live_at_once(path):
    """Whether a file below the main configuration file at path is in force as soon as it is written, since the next connection starts an sshd."""
    return isinstance(_managed(path, UNITS), OnDemand)


class OnDemand:
    """The service manager listens and starts sshd when somebody connects: every file written is in force at once."""

    method = 'none'
    loads = False
    revive = None

    def __init__(self, path):
        self._path = path

    def check(self, sshd):
        """Raise Refused with sshd's own words unless it would accept the configuration.

        What it misses before its first start (its folder below /run) is for the service manager to make.
        """
        _ask(sshd, self._path)

    def load(self, _seconds=LOAD_SECONDS):
        """Nothing holds an old configuration."""


class _Running:
    """An sshd that keeps its configuration until it is told to load. revive: the command that starts it again, as a list."""

    loads = True

    def __init__(self, path):
        self._path = path

    def check(self, sshd):
        """Raise Refused with sshd's own words unless it would start here and now, which is what a load comes to."""
        done = run([sshd, '-t', '-f', self._path])
        if done.status != 0:
            raise _refused(self._path, _one_line(done.complaint))


class BehindSocket(_Running):
    """sshd as a systemd service whose socket unit listens. name: the unit.

    Such an sshd dies of SIGHUP: started over, it finds its port taken by the socket unit (Debian's 9.2p1 and 10.0p2).
    A restart is safe here, since new connections wait in the socket and, with KillMode=process, sessions stay.
    """

    method = 'service'

    def __init__(self, path, unit):
        super().__init__(path)
        self.name = unit.name
        self.revive = ['systemctl', 'restart', '--', self.name]
        if unit.ends_sessions:
            raise KeepaliveError(
                'The unit %s is started by a socket and would end its sessions with it (KillMode): set KillMode=process in the unit' % self.name
            )

    def load(self, _seconds=LOAD_SECONDS):
        """Have the service restarted; return when it runs, or raise KeepaliveError."""
        _systemctl(['restart'], [self.name], TELL_SECONDS)


class _Daemon(_Running):
    """An sshd that listens itself; subclasses know its process and how to tell it."""

    def load(self, seconds=LOAD_SECONDS):
        """Have the configuration loaded; return when the new listener is there. Raises KeepaliveError after seconds."""
        pid = self._pid()
        old = _Listener(pid)
        self._tell(pid)
        seen = time.monotonic()
        deadline = seen + seconds
        while not old.is_replaced_by(pid):
            now = time.monotonic()
            if _is_alive(pid):
                seen = now
            else:
                pid = self._successor(pid)
            if now - seen > GONE_SECONDS:
                raise KeepaliveError(
                    'sshd (process %s) ended when it was told to load %s: see its log, put the configuration right and '
                    'start it again (%s) while this connection is open' % (old.pid, self._path, ' '.join(self.revive))
                )
            if now > deadline:
                raise KeepaliveError(
                    'sshd (process %s) was told to load %s, but has opened no new listening socket for %s s: '
                    'see its log' % (pid, self._path, seconds)
                )
            time.sleep(STEP_SECONDS)


class Unit(_Daemon):
    """sshd as a systemd service. name: the unit."""

    method = 'service'

    def __init__(self, path, unit):
        super().__init__(path)
        self.name = unit.name
        self.revive = ['systemctl', 'restart', '--', self.name]
        self._main_pid = unit.pid

    def _pid(self):
        return self._main_pid

    def _tell(self, pid):
        try:
            _systemctl(['reload'], [self.name], TELL_SECONDS)
        except KeepaliveError:
            if _is_alive(pid):
                raise  # Otherwise sshd ended of it, and load() says so.

    def _successor(self, pid):
        return next((unit.pid for unit in _show([self.name]) if unit.pid), pid)


class Signal(_Daemon):
    """sshd without a service manager. pid_file: where it keeps its process id."""

    method = 'signal'

    def __init__(self, path, pid_file):
        super().__init__(path)
        self.pid_file = pid_file
        self.revive = command_line(_title(self._pid())).split()

    def _pid(self):
        pid = self._written_pid()
        title = _title(pid)
        if not is_listener(_comm(pid), title):
            raise KeepaliveError(
                'The pid file %s is stale: process %s is %s; start sshd, or name its pid file in '
                'pid_file' % (self.pid_file, pid, 'not there' if not title else 'no sshd that listens')
            )
        if not serves(title, self._path):
            raise KeepaliveError(
                'The pid file %s belongs to an sshd that runs %s, not path %s: name the right one in '
                'pid_file' % (self.pid_file, main_file(title) or DEFAULT_PATHS[0], self._path)
            )
        _require_rights(pid)
        return pid

    def _tell(self, pid):
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            pass  # It has just ended, and load() says so.

    def _successor(self, pid):
        try:
            return self._pid()
        except KeepaliveError:
            return pid

    def _written_pid(self):
        try:
            with open(self.pid_file, 'rb', opener=_without_waiting) as stream:
                content = stream.read(64) or b''
            return int(content)
        except ValueError:
            raise KeepaliveError('The pid file %s holds %r, not a process id' % (self.pid_file, content.decode('ascii', 'replace')))
        except OSError as error:
            raise KeepaliveError(
                'No sshd is known to run %s, since its pid file %s cannot be read (%s): start sshd, or name the '
                'file in pid_file' % (self._path, self.pid_file, error.strerror)
            )


def is_listener(comm, title):
    """Whether a process is an sshd that listens. comm: its short name; title: its command line, as sshd rewrites it.

    The process of a session is called sshd too, up to OpenSSH 9.7, but its title is "sshd: alice@pts/0"; that of a
    listener is its command line, since 8.2 as in "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups".
    """
    return comm == 'sshd' and (not title.startswith('sshd: ') or '[listener]' in title)


def main_file(title):
    """The main configuration file that the title of a listener names after -f, or None if it runs the default one."""
    found = re.search(r'\s-[46DdeiqTt]*f\s*(\S+)', title)
    return found.group(1) if found else None


def command_line(title):
    """The command that the listener with this title was started with."""
    return re.sub(r'^sshd: | \[listener\].*', '', title)


def serves(title, path):
    """Whether the listener with this title runs the main configuration file at path."""
    named = main_file(title)
    return os.path.realpath(path) in map(os.path.realpath, [named] if named else DEFAULT_PATHS)


def listening_inodes(table):
    """The inodes of the listening sockets in the text of /proc/net/tcp or tcp6 (proc_net_tcp(5))."""
    rows = (line.split() for line in table.splitlines()[1:])
    return {row[9] for row in rows if row[3] == '0A'}


class UnitState:
    """What systemctl show says of one unit.

    name, active; of a service: pid (0 without a process), ends_sessions (when it is restarted); of a socket: accepts
    (starts a process for each connection).
    """

    def __init__(self, properties):
        self.name = properties.get('Id', '')
        self.active = properties.get('ActiveState') in ('active', 'reloading')
        self.pid = int(properties.get('MainPID') or 0)
        self.ends_sessions = properties.get('KillMode', 'process') not in ('process', 'none')
        self.accepts = properties.get('Accept') == 'yes'


def parse_units(output):
    """Read the output of systemctl show for several units: a list of UnitState, in the order asked for."""
    blocks = (block.splitlines() for block in output.strip().split('\n\n'))
    return [UnitState(dict(line.partition('=')[::2] for line in block)) for block in blocks]


def _managed(path, names):
    """What systemd runs for path: a Unit, a BehindSocket, an OnDemand, or None."""
    if not os.path.isdir(SYSTEMD):
        return None
    bare = [name[: -len('.service')] if name.endswith('.service') else name for name in names]
    units = _show([name + '.service' for name in bare] + [name + '.socket' for name in bare])
    sockets = [unit for unit in units if unit.name.endswith('.socket') and unit.active]
    for unit in units:
        if unit.active and unit.pid and serves(_title(unit.pid), path):
            _require_rights(unit.pid)
            return (Unit if all(socket.accepts for socket in sockets) else BehindSocket)(path, unit)
    return OnDemand(path) if sockets and serves('', path) else None


def _no_unit(path, unit):
    runner = 'The unit %s runs no sshd' % unit if unit else 'Neither unit ssh nor sshd runs an sshd'
    advice = 'name the right one in service, or set method to signal'
    if not os.path.isdir(SYSTEMD):
        advice = 'systemd does not run here, so leave service out and set method to signal'
    return KeepaliveError('%s with %s: %s' % (runner, path, advice))


def _show(units):
    return parse_units(_systemctl(['show', '--property=Id,ActiveState,MainPID,KillMode,Accept'], units, ANSWER_SECONDS))


def _systemctl(words, units, seconds):
    """What systemctl tells when it is given a verb and options, and names of units, within so many seconds."""
    done = run(['systemctl'] + words + ['--'] + units, seconds)
    if done.status != 0:
        raise KeepaliveError('systemctl %s %s failed: %s' % (words[0], units[-1], _one_line(done.complaint)))
    return done.output


def _ask(sshd, path):
    answer = openssh.ask_sshd(sshd, path, USUAL_CONNECTION)
    if not answer.ok:
        raise _refused(path, answer.message)
    return answer.values


def _pid_file(sshd, path):
    found = _ask(sshd, path).get('pidfile', 'none')
    if found == 'none':
        raise KeepaliveError('%s has PidFile none, so the sshd to be told is not known: set PidFile, or name a file in pid_file' % path)
    return found


def _refused(path, message):
    return Refused('sshd refuses %s, so nothing was loaded: %s' % (path, message))


class _Listener:
    """The listening sockets of a process at one moment, to be compared with a later one."""

    def __init__(self, pid):
        self.pid = pid
        self._sockets = _listening_sockets(pid)
        if not self._sockets:
            raise KeepaliveError('sshd (process %s) listens nowhere: wait until it has started, and run again' % pid)

    def is_replaced_by(self, pid):
        """Whether the process listens, and on none of these."""
        return not self._sockets & _sockets(pid) and bool(_listening_sockets(pid))


def _sockets(pid):
    folder = '/proc/%s/fd' % pid
    try:
        links = [_link(os.path.join(folder, name)) for name in os.listdir(folder)]
    except OSError:  # It is gone, or its owner is another account: the kernel says so of a process that is ending, too.
        return set()
    return {link[len('socket:[') : -1] for link in links if link.startswith('socket:[')}


def _listening_sockets(pid):
    held = _sockets(pid)
    if not held:
        return held
    return held & (listening_inodes(_read(pid, 'net/tcp')) | listening_inodes(_read(pid, 'net/tcp6')))


def _is_alive(pid):
    fields = _stat(pid)
    return bool(fields) and fields[0] not in 'ZX'


def _stat(pid):
    """The fields of /proc/PID/stat after the name, which may hold spaces and brackets itself."""
    return _read(pid, 'stat').rpartition(')')[2].split()


def _comm(pid):
    return _read(pid, 'comm').rstrip('\n')


def _title(pid):
    return _read(pid, 'cmdline').replace('\0', ' ').strip()


def _read(pid, name):
    try:
        with open('/proc/%s/%s' % (pid, name), 'rb') as stream:
            return stream.read().decode('utf-8', 'surrogateescape')
    except OSError:
        return ''


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ''


def _require_rights(pid):
    """Refuse a process that this account must not tell anything, or one whose title another account has made up: root runs what stands there."""
    try:
        owner, program = os.stat('/proc/%s' % pid).st_uid, os.stat('/proc/%s/exe' % pid).st_uid
    except FileNotFoundError:
        return
    except PermissionError:
        owner = program = None
    me = os.geteuid()
    if me != 0 and owner != me:
        raise KeepaliveError('sshd (process %s) belongs to another account: set become to true' % pid)
    if owner != me or program not in (0, me):
        raise KeepaliveError('Process %s calls itself sshd and is not: it, or its program, belongs to another account than root' % pid)


def _without_waiting(path, flags):
    """Open a file; a pipe that nobody writes to is empty."""
    return os.open(path, flags | os.O_NONBLOCK)


def _one_line(text):
    return ' '.join(text.split())

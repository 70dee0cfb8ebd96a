# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of this host, and running something as one of them."""

import json
import os
import pwd
import re
import traceback

from .._config.errors import KeepaliveError

NO_LOGIN = ('nologin', 'false', 'sync', 'halt', 'shutdown')
LOGIN_DEFS = '/etc/login.defs'
PASSWD = '/etc/passwd'
_UID_LIMITS = {'UID_MIN': 1000, 'UID_MAX': 60000}


def named(name):
    """The passwd entry of a user; KeepaliveError where there is none or its home is unusable."""
    try:
        return pwd.getpwnam(name)
    except (KeyError, ValueError):
        raise KeepaliveError('user: %s does not exist on this host' % name)


def people():
    """The names of all local accounts in UID_MIN to UID_MAX (login.defs) with a login shell and a home that exists."""
    limits = dict(_UID_LIMITS)
    for name, value in re.findall(r'(?m)^[ \t]*(UID_MIN|UID_MAX)[ \t]+([0-9]+)', _text(LOGIN_DEFS)):
        limits[name] = int(value)
    local = set(line.split(':', 1)[0] for line in _text(PASSWD).splitlines())
    return [entry.pw_name for entry in pwd.getpwall()
            if limits['UID_MIN'] <= entry.pw_uid <= limits['UID_MAX'] and entry.pw_name in local
            and os.path.basename(entry.pw_shell) not in NO_LOGIN and os.path.isdir(entry.pw_dir)]


def _text(path):
    try:
        with open(path, 'rb') as file:
            return file.read().decode('utf-8', 'surrogateescape')
    except OSError:
        return ''


def as_user(entry, function):
    """The dict that function() gives when run by a process of its own with the identity of a passwd entry.

    The kernel holds the process to the user's own rights: what the user cannot read or write, it cannot either.
    A KeepaliveError of the function is raised here; so is one for a process that ends without an answer.
    """
    if os.geteuid() not in (0, entry.pw_uid):
        raise KeepaliveError('user: acting as %s needs root (become: true)' % entry.pw_name)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _answer(writer, entry, function)
    os.close(writer)
    with os.fdopen(reader, 'rb') as file:
        told = file.read()
    os.waitpid(child, 0)
    if not told:
        raise KeepaliveError('user: the process that acted as %s ended without an answer' % entry.pw_name)
    answer = json.loads(told.decode('ascii'))
    if 'refused' in answer:
        refusal = KeepaliveError(answer['refused'])
        refusal.provenance = answer.get('provenance', ())
        raise refusal
    return answer['done']


def _answer(writer, entry, function):
    """In the child: take the identity on, run the function, tell the parent, and end without its clean-up."""
    try:
        _become(entry)
        answer = {'done': function()}
    except KeepaliveError as error:
        answer = {'refused': str(error), 'provenance': list(error.provenance)}
    except Exception:
        last = traceback.format_exc().strip().splitlines()
        answer = {'refused': 'A defect of the collection showed itself for user %s (%s, %s); please report it' % (
            entry.pw_name, last[-1], last[-3].strip())}
    with os.fdopen(writer, 'wb') as file:
        file.write(json.dumps(answer).encode('ascii'))
    os._exit(0)


def _become(entry):
    os.umask(0o077)
    os.environ.update(HOME=entry.pw_dir, USER=entry.pw_name, LOGNAME=entry.pw_name)
    if os.geteuid() == 0 and entry.pw_uid != 0:
        os.initgroups(entry.pw_name, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    os.chdir('/')

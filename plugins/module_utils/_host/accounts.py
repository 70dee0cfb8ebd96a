# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The accounts of this host."""

import os
import pwd
import re

from .._config.errors import KeepaliveError

NO_LOGIN = ("nologin", "false", "sync", "halt", "shutdown")
LOGIN_DEFS = "/etc/login.defs"
PASSWD = "/etc/passwd"
_UID_LIMITS = {"UID_MIN": 1000, "UID_MAX": 60000}


def named(name):
    """The passwd entry of a user; KeepaliveError where there is none."""
    try:
        return pwd.getpwnam(name)
    except (KeyError, ValueError):
        raise KeepaliveError("user: %s does not exist on this host" % name)


def people():
    """The passwd entries of all local accounts in UID_MIN to UID_MAX (login.defs) with a login shell.

    Whether a home is there is for a process of the user's to see: root may wait for it for ever, or may not
    look.
    """
    limits = dict(_UID_LIMITS)
    for name, value in re.findall(r"(?m)^[ \t]*(UID_MIN|UID_MAX)[ \t]+([0-9]+)", _text(LOGIN_DEFS)):
        limits[name] = int(value)
    local = set(line.split(":", 1)[0] for line in _text(PASSWD).splitlines())
    return [
        entry
        for entry in pwd.getpwall()
        if limits["UID_MIN"] <= entry.pw_uid <= limits["UID_MAX"]
        and entry.pw_name in local
        and os.path.basename(entry.pw_shell) not in NO_LOGIN
    ]


def _text(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "surrogateescape")
    except OSError:
        return ""

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which system this host is, and what its vendor has taken over into an OpenSSH of an older release."""

import platform
import re
import sys

from .._config.errors import KeepaliveError
from .._config.timing import VendorRelease
from .run import run

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")

_BACKPORTED = (8, 0)
_BACKPORTED_SINCE = 13
_PACKAGE = re.compile(r"8\.0p1-([0-9]+)")


def identify():
    """(ID, VERSION_ID) as os-release(5) has them, '' for what it does not say; macOS has no such file and is
    called darwin."""
    if sys.platform == "darwin":
        return "darwin", platform.mac_ver()[0]
    for path in OS_RELEASE:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                told = dict(line.strip().split("=", 1) for line in file if "=" in line)
        except OSError:
            continue
        return tuple(told.get(name, "").strip("\"'") for name in ("ID", "VERSION_ID"))
    return "", ""


def known_build(program, release):
    """The release of this sshd, as a VendorRelease where its package says that count 0 never ends a session.

    Red Hat took the change of 8.2 into openssh-8.0p1-13 (RHEL 8.6, RHSA-2022:2013); sshd itself goes on
    saying 8.0.
    """
    if release != _BACKPORTED:
        return release
    package = _PACKAGE.match(_package_of(program))
    return VendorRelease(release) if package and int(package.group(1)) >= _BACKPORTED_SINCE else release


def _package_of(program):
    try:
        return run(["rpm", "-qf", "--queryformat", "%{VERSION}-%{RELEASE}", program]).output
    except KeepaliveError:
        return ""

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where copies of the system's files may go: never where OpenSSH or a scanner would read them as
configuration."""

import os

from .._config.errors import KeepaliveError
from .._host.transaction import Backups


def in_directory(params, paths, tree):
    """The Backups of the task's backup_dir for files of these paths; KeepaliveError where a copy there would
    be read as configuration."""
    directory, main = params["backup_dir"], params["path"]
    if not os.path.isabs(directory):
        raise KeepaliveError("backup_dir: %r is not absolute; give the full path of a directory" % directory)
    real = os.path.realpath(directory)
    named_like_it = os.path.join(os.path.dirname(os.path.realpath(main)), os.path.basename(main))
    found = Backups(directory)
    copies = [
        os.path.join(base, os.path.basename(found.path_for(path)))
        for path in paths
        for base in (directory, real)
    ]
    if real.startswith(named_like_it) or any(
        include.matches(copy) for include in tree.includes for copy in copies
    ):
        raise KeepaliveError(
            "backup_dir: copies in %s would be read as configuration, by OpenSSH or by scanners; give "
            "another directory" % directory
        )
    return found

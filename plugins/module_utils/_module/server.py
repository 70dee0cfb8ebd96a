# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd_config does."""

import os

from .._config.errors import KeepaliveError
from .._host import openssh
from .._host.files import FileSystem, check_main
from .._host.journal import Journal
from .._host.transaction import Backups, Ownership, Transaction
from . import arguments, report, sides
from .settlement import settle


def manage(module):
    """Bring the server's files in line with the task's options; gives the module's result."""
    params = module.params
    arguments.refuse_not_built(params)
    check_main('path', params['path'])
    side = sides.server(params['path'], openssh.find('sshd', params['sshd']), FileSystem())
    settled = settle(side, params)
    told = report.result(side, settled, module._verbosity)
    edits, journal = settled.plan.edits, Journal(params['path'])
    backups = {}
    if edits:
        backups = _write(module, edits, journal)
    told.update(files=report.files(edits, backups), reload_required=journal.pending() or (module.check_mode and bool(edits)))
    if module._diff:
        told['diff'] = report.diffs(edits)
    return told


def _write(module, edits, journal):
    params, changes = module.params, report.changes(edits)
    transaction = Transaction(Ownership.like(params['path']), 0o755, journal.record,
                              _backups(params) if params['backup'] else None, params['unsafe_writes'])
    transaction.check(changes)
    return {} if module.check_mode else transaction.commit(changes)


def _backups(params):
    folder = os.path.realpath(params['backup_dir'])
    if folder == os.path.realpath(params['path'] + '.d'):
        raise KeepaliveError('backup_dir: %s holds drop-ins, and scanners read every file there as configuration; give another folder' % (
            params['backup_dir']))
    return Backups(params['backup_dir'])

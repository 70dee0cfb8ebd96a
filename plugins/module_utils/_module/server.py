# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd_config does."""

from .._host import openssh
from .._host.files import FileSystem, check_main
from .._host.journal import Journal
from .._host.transaction import Ownership, Transaction
from . import arguments, backups, report, sides
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
    kept = _write(module, edits, settled.plan.tree, journal) if edits else {}
    told.update(files=report.files(edits, kept), reload_required=journal.pending() or (module.check_mode and bool(edits)))
    if module._diff:
        told['diff'] = report.diffs(edits)
    return told


def _write(module, edits, tree, journal):
    params, changes = module.params, report.changes(edits)
    kept = backups.in_folder(params, [edit.path for edit in edits], tree) if params['backup'] else None
    transaction = Transaction(Ownership.like(params['path']), 0o755, journal.record, kept, params['unsafe_writes'])
    transaction.check(changes)
    return {} if module.check_mode else transaction.commit(changes)

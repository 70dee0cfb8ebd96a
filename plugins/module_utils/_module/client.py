# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ssh_config does: the system's file, one user's, or many users'."""

import difflib
import os
from collections import namedtuple

from .._config.errors import KeepaliveError
from .._host import accounts, openssh, permissions
from .._host.files import FileSystem, check_main
from .._host.transaction import Backups, Ownership, Transaction
from . import backups, policies, report, sides
from .settlement import settle

EVERYBODY = 'all'

#: How one main file is written: the Ownership of new files, the mode of new folders, what gives the Backups for paths and a tree,
#: what makes the diffs, and the permissions.Repairs that are needed whatever the files say.
Writing = namedtuple('Writing', 'ownership folder_mode backups diffs repairs')


def manage(module):
    """Bring client files in line with the task's options; gives the module's result."""
    params = module.params
    _refuse_combinations(params)
    program = openssh.find('ssh', params['ssh'])
    if params['users'] is not None:
        return _for_users(module, program)
    if params['user'] is not None:
        return _for_user(module, program, params['user'])
    check_main('path', params['path'])
    side = sides.system_client(params['path'], program, FileSystem())
    if not os.path.isdir(os.path.dirname(side.main)):
        raise KeepaliveError('path: the folder of %s does not exist; a missing file is made, a missing folder is not' % side.main)
    repairs = permissions.drop_in_repairs(policies.preferences(params, side.main, True).drop_in)
    return _write(module, side, Writing(Ownership(0o644), 0o755, lambda paths, tree: backups.in_folder(params, paths, tree), report.diffs, repairs))


def _refuse_combinations(params):
    given = [name for name in ('user', 'users') if params[name] is not None]
    given += ['path'] if params['path'] != sides.CLIENT_PATH else []
    if len(given) > 1:
        raise KeepaliveError('%s: exclude each other; give one of path, user and users' % ' and '.join(given))
    if params['exclude'] and params['users'] is None:
        raise KeepaliveError('exclude: takes names out of users, and users is not given')
    if params['placement'] == 'drop_in' and given and given[0] != 'path':
        raise KeepaliveError("placement: drop_in is for the system's file; a user's lines always go to ~/.ssh/config")


def _for_user(module, program, name):
    entry = accounts.named(name)
    if not os.path.isdir(entry.pw_dir):
        raise KeepaliveError('user: the home of %s, %s, does not exist' % (name, entry.pw_dir))
    return accounts.as_user(entry, lambda: _write_as_user(module, program, entry))


def _write_as_user(module, program, entry):
    side = sides.user_client(entry.pw_dir, program, FileSystem())
    repairs = permissions.user_repairs(os.path.dirname(side.main), side.main, entry)
    return _write(module, side, Writing(Ownership(0o600), 0o700, lambda paths, tree: Backups(), _private_diffs, repairs))


def _for_users(module, program):
    told = {'users': {}, 'changed': False, 'files': [], 'warnings': []}
    diffs = []
    for name in _names(module.params):
        try:
            own = _for_user(module, program, name)
        except KeepaliveError as error:
            own = {'failed': True, 'msg': str(error), 'changed': False}
        told['users'][name] = own
        told['changed'] = told['changed'] or own['changed']
        told['files'] += own.get('files', [])
        diffs += own.get('diff', [])
        told['warnings'] += [text for text in own.pop('warnings', []) if text not in told['warnings']]
    bad = [name for name, own in told['users'].items() if own.get('failed')]
    if bad:
        told.update(failed=True, msg='users: %d of %d could not be done: %s' % (
            len(bad), len(told['users']), '; '.join('%s (%s)' % (name, told['users'][name]['msg']) for name in bad)))
    return dict(told, diff=diffs) if module._diff else told


def _names(params):
    names = params['users']
    if EVERYBODY in names:
        names = accounts.people() + [name for name in names if name != EVERYBODY]
    return [name for index, name in enumerate(names) if name not in params['exclude'] and name not in names[:index]]


def _write(module, side, writing):
    params = module.params
    settled = settle(side, params)
    told, edits = report.result(side, settled, module._verbosity), settled.plan.edits
    repairs = [repair for repair in writing.repairs if not any(edit.path == repair.path and edit.after is None for edit in edits)]
    kept = {}
    if edits:
        changes = report.changes(edits)
        copies = writing.backups([edit.path for edit in edits], settled.plan.tree) if params['backup'] else None
        transaction = Transaction(writing.ownership, writing.folder_mode, None, copies, params['unsafe_writes'])
        transaction.check(changes)
        kept = {} if module.check_mode else transaction.commit(changes)
    if not module.check_mode:
        permissions.repair(repairs)
    told['changed'] = bool(edits or repairs)
    told['files'] = report.files(edits, kept) + report.repaired(edits, repairs)
    told['warnings'] += _refusals(settled.plan.tree, side, repairs)
    if module._diff:
        told['diff'] = writing.diffs(edits) + report.mode_diffs(repairs)
    return told


def _refusals(tree, side, repairs):
    """Warnings about included files that ssh would refuse to read for its users, whatever they say."""
    included = [path for path in tree.files if path != side.main and os.path.exists(path)]
    mended = [repair.path for repair in repairs]
    for_all = side.has_drop_ins
    found = [permissions.refused(path, os.geteuid(), for_all) for path in included if path not in mended]
    return [reason for reason in found if reason]


def _private_diffs(edits):
    """One diff a file that shows the changed lines alone."""
    return [{'prepared': ''.join(difflib.unified_diff(
        report.text(edit.before).splitlines(True), report.text(edit.after).splitlines(True), edit.path, edit.path, n=0))} for edit in edits]

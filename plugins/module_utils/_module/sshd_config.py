# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd_config does."""

from .._config.values import option_seconds
from .._host import lock, openssh
from .._host.files import FileSystem, check_main
from .._host.journal import Journal
from .._host.transaction import Ownership, Transaction
from . import backups, policies, results, sides
from .settlement import settle


def manage(module):
    """Bring the server's files in line with the task's options; gives the module's result."""
    params = module.params
    check_main('path', params['path'])
    side = sides.server(params['path'], openssh.find('sshd', params['sshd']), FileSystem())
    enforce = _enforcement(params)
    settled, journal, kept = settle(side, params, enforce), Journal(params['path']), {}
    if settled.plan.edits and module.check_mode:
        _transaction(params, settled.plan, journal)
    elif settled.plan.edits:
        with lock.locked():
            # Another run may have written since.
            settled = settle(side, params, enforce)
            kept = _write(params, settled.plan, journal)
    told, edits = results.result(side, settled, module._verbosity), settled.plan.edits
    if settled.enforcement:
        told.update(settled.enforcement.told())
    told.update(files=results.files(edits, kept), reload_required=journal.pending() or (module.check_mode and bool(edits)))
    if module._diff:
        told['diff'] = results.diffs(edits)
    return told


def _enforcement(params):
    """What makes the Enforcement of the task's profile; None without one."""
    if not policies.has_profile(params):
        return None
    # Here, so that a run without a profile need not load the catalogue.
    from .enforcement import Enforcement
    return Enforcement


def _write(params, plan, journal):
    if not plan.edits:
        return {}
    transaction = _transaction(params, plan, journal)
    _guard(params, journal)
    return transaction.commit(results.changes(plan.edits))


def _transaction(params, plan, journal):
    """The Transaction of a plan, which can be committed."""
    kept = backups.in_folder(params, [edit.path for edit in plan.edits], plan.tree) if params['backup'] else None
    transaction = Transaction(Ownership.like(params['path']), 0o755, journal.record, kept, params['unsafe_writes'])
    transaction.check(results.changes(plan.edits))
    lock.check()
    return transaction


def _guard(params, journal):
    """Have the watchdog there before a file that is in force as soon as it is written."""
    seconds = option_seconds('rollback_after', params['rollback_after'])
    if not seconds:
        return
    # Here, so that a run that changes nothing need not load them.
    from .._host import rollback, service, watchdog
    if service.is_live_at_once(params['path']):
        sshd = openssh.find('sshd', params['sshd'])
        watchdog.Watchdog(journal).arm(rollback.Target(params['path'], sshd, 'auto', None, None, None), seconds)

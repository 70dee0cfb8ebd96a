# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd_config does."""

from functools import partial

from .._config.values import option_seconds
from .._host import openssh
from .._host.files import FileSystem, check_main
from .._host.journal import Journal
from .._host.transaction import Ownership, Transaction
from . import backups, change, policies, results, sides
from .settlement import settle


def manage(module):
    """Bring the server's files in line with the task's options; gives the module's result."""
    params = module.params
    check_main("path", params["path"])
    side = sides.server(params["path"], openssh.find("sshd", params["sshd"]), FileSystem())
    journal = Journal(params["path"])
    attempt = partial(_attempt, module, side, _enforcement(params), journal)
    told = change.carry_out(attempt, module.check_mode, checks_lock=False)
    told["reload_required"] = journal.pending() or (module.check_mode and told["changed"])
    return told


def _enforcement(params):
    """What makes the Enforcement of the task's profile; None without one."""
    if not policies.has_profile(params):
        return None
    # Here, so that a run without a profile need not load the catalogue.
    from .enforcement import Enforcement

    return Enforcement


def _attempt(module, side, enforce, journal, dry):
    """The module's result of one plan, which is written unless dry."""
    settled = settle(side, module.params, enforce)
    edits, kept = settled.plan.edits, {}
    # What is written under the lock is checked there.
    if edits and (module.check_mode or not dry):
        transaction = _transaction(module.params, settled.plan, journal)
        kept = change.write(transaction, edits, dry, partial(_guard, module.params, journal))
    told = results.result(side, settled, module._verbosity)
    if settled.enforcement:
        told.update(settled.enforcement.told())
    told["files"] = results.files(edits, kept)
    if module._diff:
        told["diff"] = results.diffs(edits)
    return told


def _transaction(params, plan, journal):
    paths = [edit.path for edit in plan.edits]
    kept = backups.in_directory(params, paths, plan.tree) if params["backup"] else None
    return Transaction(Ownership.like(params["path"]), 0o755, journal.record, kept, params["unsafe_writes"])


def _guard(params, journal):
    """Have the watchdog there before a file that is in force as soon as it is written."""
    seconds = option_seconds("rollback_after", params["rollback_after"])
    if not seconds:
        return
    # Here, so that a run that changes nothing need not load them.
    from .._host import rollback, service, watchdog

    if service.is_live_at_once(params["path"]):
        sshd = openssh.find("sshd", params["sshd"])
        watchdog.Watchdog(journal).arm(
            rollback.Target(params["path"], sshd, "auto", None, None, None), seconds
        )

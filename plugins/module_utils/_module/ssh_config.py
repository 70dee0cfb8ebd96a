# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ssh_config does: the system's file, one user's, or many users'."""

import difflib
import os
from functools import partial
from typing import Callable, List, NamedTuple

from .._config.errors import KeepaliveError
from .._host import openssh, permissions
from .._host.files import FileSystem, check_main
from .._host.transaction import Backups, Ownership, Transaction
from . import arguments, backups, change, policies, results, sides, users
from .settlement import settle


class Writing(NamedTuple):
    """How one main file is written."""

    ownership: Ownership  # of new files
    directory_mode: int  # of new directories
    backups: Callable  # gives the Backups for paths and a tree
    diffs: Callable  # makes the diffs of edits
    repairs: List[permissions.Repair]  # needed whatever the files say


def manage(module):
    """Bring client files in line with the task's options; gives the module's result."""
    params = module.params
    _refuse_combinations(params)
    # A bad name is one error, not one a user; and a user's process may not be able to load the catalogue.
    policies.idle_timeout(params)
    program = openssh.find("ssh", params["ssh"])
    if params["users"] is not None:
        # Asked once for all: those who have no file yet need not ask for it.
        return users.many(module, partial(_do, module, program, openssh.about(program).release))
    if params["user"] is not None:
        return users.one(module, partial(_do, module, program, None))
    check_main("path", params["path"])
    permissions.refuse_foreign("path", params["path"], "user: %s")
    side = sides.system_client(params["path"], program, FileSystem())
    if not os.path.isdir(os.path.dirname(side.main)):
        raise KeepaliveError(
            "path: the directory of %s does not exist; a missing file is made, a missing directory is not"
            % side.main
        )
    repairs = permissions.drop_in_repairs(policies.preferences(params, side.main, True).drop_in)
    writing = Writing(Ownership(0o644), 0o755, partial(backups.in_directory, params), results.diffs, repairs)
    return change.carry_out(partial(_attempt, module, side, writing), module.check_mode)


def _refuse_combinations(params):
    given = [name for name in ("user", "users") if params[name] is not None]
    given += ["path"] if params["path"] != arguments.CLIENT_PATH else []
    if len(given) > 1:
        raise KeepaliveError("%s: exclude each other; give one of path, user and users" % " and ".join(given))
    if params["exclude"] and params["users"] is None:
        raise KeepaliveError("exclude: takes names out of users, and users is not given")
    if params["placement"] == "drop_in" and given and given[0] != "path":
        raise KeepaliveError(
            "placement: drop_in is for the system's file; a user's lines always go to ~/.ssh/config"
        )


def _do(module, program, release, entry, dry):
    """A user's own file, in a process of that user's; dry: as in check mode."""
    side = sides.user_client(entry.pw_dir, program, FileSystem(), release)
    repairs = permissions.user_repairs(os.path.dirname(side.main), side.main, entry)
    writing = Writing(Ownership(0o600), 0o700, lambda paths, tree: Backups(), _private_diffs, repairs)
    return _attempt(module, side, writing, dry)


def _attempt(module, side, writing, dry):
    """The module's result of one plan, which is written unless dry."""
    params = module.params
    settled = settle(side, params)
    told, edits = results.result(side, settled, module._verbosity), settled.plan.edits
    repairs = [
        repair
        for repair in writing.repairs
        if not any(edit.path == repair.path and edit.after is None for edit in edits)
    ]
    kept = {}
    if edits:
        copies = (
            writing.backups([edit.path for edit in edits], settled.plan.tree) if params["backup"] else None
        )
        transaction = Transaction(
            writing.ownership, writing.directory_mode, None, copies, params["unsafe_writes"]
        )
        kept = change.write(transaction, edits, dry)
    if not dry:
        permissions.repair(repairs)
    told["changed"] = bool(edits or repairs)
    told["files"] = results.files(edits, kept) + results.repaired(edits, repairs)
    told["warnings"] += _refusals(settled.plan.tree, side, repairs)
    if module._diff:
        told["diff"] = writing.diffs(edits) + results.mode_diffs(repairs)
    return told


def _refusals(tree, side, repairs):
    """Warnings about included files that ssh would refuse to read for its users, whatever they say."""
    included = [path for path in tree.files if path != side.main]
    mended = [repair.path for repair in repairs]
    for_all = side.has_drop_ins
    found = [permissions.refused(path, os.geteuid(), for_all) for path in included if path not in mended]
    return [reason for reason in found if reason]


def _private_diffs(edits):
    """One diff a file that shows the changed lines alone."""
    return [
        {
            "prepared": "".join(
                difflib.unified_diff(
                    results.text(edit.before).splitlines(True),
                    results.text(edit.after).splitlines(True),
                    edit.path,
                    edit.path,
                    n=0,
                )
            )
        }
        for edit in edits
    ]

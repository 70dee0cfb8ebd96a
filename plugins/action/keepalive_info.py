# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keepalive_info returns, checked: all that it was asked for, and nothing else."""

from __future__ import annotations

from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.action import CheckedAction

SIDES = ["server", "client"]


class ActionModule(CheckedAction):
    """The task of this name."""

    def shape(self, options):
        sides = options.get("sides") or SIDES
        others = [option for option in ("hosts", "users") if options.get(option)]
        others += ["findings", "compliant"] if options.get("profiles") else []
        return results.keepalive_info([side for side in SIDES if side in sides], others)

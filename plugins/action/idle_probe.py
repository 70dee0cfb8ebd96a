# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What idle_probe returns, checked, and within a time that follows from its options."""

from __future__ import annotations

from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.values import option_seconds
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.action import CheckedAction
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.deadline import Late, deadline

#: Rounds of a measuring, and seconds for the logins and the answers of one.
ROUNDS, LOGINS_SECONDS = 4, 900


class ActionModule(CheckedAction):
    """The task of this name."""

    def run(self, tmp=None, task_vars=None):
        try:
            longest = option_seconds("max_wait", self._task.args.get("max_wait", 900))
        except KeepaliveError as error:
            return {"failed": True, "msg": str(error)}
        seconds = ROUNDS * (longest + LOGINS_SECONDS)
        try:
            with deadline(seconds):
                return super().run(tmp, task_vars)
        except Late:
            return {
                "failed": True,
                "msg": f"max_wait: the measuring did not end within the {seconds} s that it may take; "
                "give a shorter time",
            }

    def shape(self, options):
        return results.IDLE_PROBE

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ssh_config returns, checked."""

from __future__ import annotations

from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._boundary.action import CheckedAction


class ActionModule(CheckedAction):
    """The task of this name."""

    def shape(self, options):
        return results.SSH_CONFIG if options.get("users") is None else results.SSH_CONFIG_USERS

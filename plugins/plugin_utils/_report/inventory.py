# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says of a host, as if the host had never answered: its facts take no part."""

from __future__ import annotations

from ansible.errors import AnsibleError
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

#: The variable that names a host's environment, and the name that it had before. That one is a name of
#: Ansible's own.
ENVIRONMENT, FORMER_ENVIRONMENT = "keepalive_environment", "environment"


class _NoFacts:
    """A cache of facts that holds none."""

    def get(self, _host, _default=None):
        return {}


class Inventory:
    """The inventory of a play with its group_vars, host_vars and extra variables. hostvars: the play's
    variable of that name."""

    def __init__(self, hostvars):
        manager = VariableManager(loader=hostvars._loader, inventory=hostvars._inventory)
        manager._fact_cache = _NoFacts()
        self._variables = HostVars(hostvars._inventory, manager, hostvars._loader)

    def about(self, host, environment):
        """(the environments that a host is filed under, its groups). environment: the variable that names the
        environment of a host."""
        own = self._variables[host]
        groups = sorted(group for group in own.get("group_names", []) if group != "ungrouped")
        names = [environment] + ([FORMER_ENVIRONMENT] if environment == ENVIRONMENT else [])
        values = [
            value
            for value in (_value(own, name) for name in names)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""
        ]
        return [str(value) for value in values[:1]] or groups, groups


def _value(variables, name):
    """A variable; None where there is none, or it cannot be worked out from the inventory alone."""
    try:
        return variables.get(name)
    except AnsibleError:
        return None

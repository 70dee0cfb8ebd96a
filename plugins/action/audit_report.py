# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit has collected, put together on the controller. What hosts answered stays text: a registered
result is never taken for a template."""

from __future__ import annotations

import datetime

from ansible.plugins.action import ActionBase
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import document, formats, waivers
from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report.inventory import (
    ENVIRONMENT,
    Inventory,
)


class ActionModule(ActionBase):
    """Make the files of the report from the variables of the hosts. Nothing is asked of a host."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _options, given = self.validate_argument_spec(
            {
                "hosts": {"type": "list", "elements": "str", "required": True},
                "limit": {"type": "list", "elements": "str"},
                "waivers": {"type": "raw", "default": []},
                "formats": {
                    "type": "list",
                    "elements": "str",
                    "choices": list(formats.FILES),
                    "default": list(formats.FILES),
                },
                "environment": {"type": "str", "default": ENVIRONMENT},
                "time": {
                    "type": "str",
                    "default": datetime.datetime.now(datetime.timezone.utc).strftime(document.TIME),
                },
            }
        )
        faults = waivers.faults(given["waivers"]) + document.faults(given["time"])
        if faults:
            return dict(result, failed=True, msg="; ".join(faults))
        report = document.build(
            _hosts(task_vars["hostvars"], given), given["limit"], given["time"], given["waivers"]
        )
        files = {name: make(report) for name, make in (formats.FILES[name] for name in given["formats"])}
        lost = [host["name"] for host in report["hosts"] if host["status"] in document.WITHOUT_DATA]
        # Thousands of findings on a screen help nobody, not even with -v.
        told = dict(report["summary"], files=files, compliant=report["compliant"], without_data=lost)
        return dict(result, changed=False, _ansible_verbose_override=True, **told)


def _hosts(variables, given):
    """What the document needs to know of each host; the answers are read as they were registered."""
    inventory = Inventory(variables)
    return {
        name: (*inventory.about(name, given["environment"]), variables.raw_get(name).get("keepalive_audit"))
        for name in set(given["hosts"])
    }

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_waiver_faults
short_description: What is wrong with waivers
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Finds waivers that cannot be used, because a key is unknown or missing, or a date is none.
options:
  _input:
    description: Waivers as C(keepalive_report_waivers) has them.
    type: list
    elements: dict
    required: true
seealso:
  - module: fleetops.keepalive.keepalive_info
"""

EXAMPLES = r"""
- name: Refuse waivers that cannot be used
  ansible.builtin.assert:
    that: keepalive_report_waivers | fleetops.keepalive.audit_waiver_faults | length == 0
"""

RETURN = r"""
_value:
  description: One sentence for each waiver that cannot be used.
  type: list
  elements: str
"""

from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import waivers


class FilterModule:
    """What Ansible asks for."""

    def filters(self):
        return {'audit_waiver_faults': waivers.faults}

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_csv
short_description: The document of an audit as CSV
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - One row for each finding, and one for each host that has none.
  - A cell that a spreadsheet would take for a formula begins with an apostrophe.
options:
  _input:
    description: The document, as M(fleetops.keepalive.audit_report) returns it in C(report).
    type: dict
    required: true
seealso:
  - module: fleetops.keepalive.audit_report
"""

EXAMPLES = r"""
- name: A table for spreadsheets
  ansible.builtin.copy:
    content: "{{ audit.report | fleetops.keepalive.audit_csv }}"
    dest: report.csv
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The table, with a header.
  type: str
"""

from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import formats


class FilterModule:
    """What Ansible asks for."""

    def filters(self):
        return {'audit_csv': formats.table}

# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_junit
short_description: The document of an audit as JUnit XML
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - One suite for each host and one test for each finding.
  - A finding that is waived or not applicable is skipped, a host without data is an error.
options:
  _input:
    description: The document, as M(fleetops.keepalive.audit_report) returns it in C(report).
    type: dict
    required: true
seealso:
  - module: fleetops.keepalive.audit_report
"""

EXAMPLES = r"""
- name: Tests for those who count tests
  ansible.builtin.copy:
    content: "{{ audit.report | fleetops.keepalive.audit_junit }}"
    dest: junit.xml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The XML.
  type: str
"""

from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import formats


class FilterModule:
    """What Ansible asks for."""

    def filters(self):
        return {'audit_junit': formats.junit}

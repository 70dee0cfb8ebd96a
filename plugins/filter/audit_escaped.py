# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_escaped
short_description: The document of an audit for HTML
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Every text in it is escaped, so that a template can put it into elements and quoted attributes as it is.
  - Ansible templates have no autoescape, and what a managed host tells is not to be trusted.
options:
  _input:
    description: The document, as M(fleetops.keepalive.audit_report) returns it in C(report).
    type: dict
    required: true
seealso:
  - module: fleetops.keepalive.audit_report
"""

EXAMPLES = r"""
- name: A page of your own
  ansible.builtin.copy:
    content: |
      {% set report = audit.report | fleetops.keepalive.audit_escaped %}
      <ul>
      {% for host in report.hosts %}
      <li title="{{ host.status }}">{{ host.name }}</li>
      {% endfor %}
      </ul>
    dest: hosts.html
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The document with escaped texts.
  type: dict
"""

from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import formats


class FilterModule:
    """What Ansible asks for."""

    def filters(self):
        return {'audit_escaped': formats.escaped}

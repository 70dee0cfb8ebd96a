# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_report
short_description: What an audit has collected, as one document
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Puts what M(fleetops.keepalive.keepalive_info) told of every host together, applies the waivers, and counts.
  - The role P(fleetops.keepalive.keepalive_report#role) writes its files from this document. It is what C(report.json) holds, and
    U(https://github.com/fleetops/keepalive/blob/main/docs/report.md) describes it.
  - A finding is text from a managed host. It is neither escaped nor a template here.
options:
  _input:
    description: The variables of the hosts, C(hostvars). The result of the audit is looked for in C(keepalive_audit) of each.
    type: dict
    required: true
  hosts:
    description: The hosts to report on, those without data included.
    type: list
    elements: str
    required: true
  time:
    description: When the audit was, in UTC, such as V(2026-11-21T06:00:00Z). Its day decides which waivers have expired.
    type: str
    required: true
  waivers:
    description: Waivers without faults, as P(fleetops.keepalive.audit_waiver_faults#filter) finds them.
    type: list
    elements: dict
    default: []
  environment:
    description: The variable of a host that names its environment. A host that does not have it is filed under its groups.
    type: str
    default: environment
seealso:
  - module: fleetops.keepalive.keepalive_info
"""

EXAMPLES = r"""
- name: The hosts that do not comply
  ansible.builtin.debug:
    msg: "{{ report.hosts | selectattr('status', 'eq', 'non_compliant') | map(attribute='name') }}"
  vars:
    report: "{{ hostvars | fleetops.keepalive.audit_report(hosts=groups.all, time='%Y-%m-%dT%H:%M:%SZ' | ansible.builtin.strftime(utc=true)) }}"
"""

RETURN = r"""
_value:
  description: The document, version 1 of its schema.
  type: dict
"""

from ansible_collections.fleetops.keepalive.plugins.plugin_utils._report import document


def audit_report(variables, hosts, time, waivers=(), environment='environment'):
    """The document of an audit; see DOCUMENTATION."""
    return document.build(variables, hosts, time, waivers, environment)


class FilterModule:
    """What Ansible asks for."""

    def filters(self):
        return {'audit_report': audit_report}

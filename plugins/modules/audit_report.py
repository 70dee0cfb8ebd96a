#!/usr/bin/python
# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: audit_report
short_description: Make one report of what an audit has collected
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Puts what M(fleetops.keepalive.keepalive_info) told of every host together, applies the waivers, counts,
    and makes the texts of the report's files.
  - It runs on the controller, from the variable C(keepalive_audit) of the hosts, and asks no host. It writes
    nothing; the role
    P(fleetops.keepalive.keepalive_report#role) writes the files.
options:
  hosts:
    description:
      - The hosts to report on, those without data included.
    type: list
    elements: str
    required: true
  limit:
    description:
      - Hosts that were asked, where C(--limit) left only some. Another one is in the report only if it told
        something.
    type: list
    elements: str
  waivers:
    description:
      - Findings that are accepted, each with C(control), C(hosts) or C(groups), C(reason), and C(until), its
        last day in UTC.
      - C(control) is the benchmark's ID. C(hosts) are names or patterns (V(web*)), C(groups) are groups of
        the inventory, V(all) for every host.
      - A waiver with another key, without a reason or with a date that is none fails the task.
    type: list
    elements: dict
    default: []
  formats:
    description:
      - What to make, a page for people, JSON, a table for spreadsheets, JUnit XML.
    type: list
    elements: str
    choices: [html, json, csv, junit]
    default: [html, json, csv, junit]
  environment:
    description:
      - The variable of a host that names its environment, as the inventory sets it; what a host says of
        itself takes no part.
        A host that does not have it is filed under its groups.
      - With the default, C(environment) is read where C(keepalive_environment) is not set, for one release
        more. It is a name of Ansible's own.
    type: str
    default: keepalive_environment
  time:
    description:
      - When the audit was, in UTC, such as V(2026-11-21T06:00:00Z). By default now. Its day decides which
        waivers have expired.
    type: str
attributes:
  action:
    support: full
    description: It runs on the controller.
  check_mode:
    support: full
    description: Nothing is ever changed.
  diff_mode:
    support: none
    description: Nothing is ever changed.
  platform:
    support: full
    description: The controller.
    platforms: posix
seealso:
  - module: fleetops.keepalive.keepalive_info
"""

EXAMPLES = r"""
- name: Make one report of what the play before this one has collected
  fleetops.keepalive.audit_report:
    hosts: "{{ groups.all }}"
    waivers:
      - control: RHEL-09-255095
        hosts: [db-02.example.org]
        reason: The replica's link drops for minutes; ticket OPS-4711.
        until: 2027-03-31
  register: audit

- name: Name the hosts that do not comply
  ansible.builtin.debug:
    msg: >-
      {{ (audit.files['report.json'] | from_json).hosts
         | selectattr('status', 'eq', 'non_compliant') | map(attribute='name') }}
"""

RETURN = r"""
files:
  description:
    - The text of each file by its name, C(report.html), C(report.json), C(report.csv), C(junit.xml).
      U(https://github.com/fleetops/keepalive/blob/main/docs/report.md) describes them.
  returned: success
  type: dict
  sample: {report.csv: "host,environments,host_status,status,..."}
compliant:
  description: Whether every host with a verdict complies; null where none has one.
  returned: success
  type: bool
hosts:
  description:
    - How many hosts have each status, V(compliant), V(non_compliant), V(not_applicable), V(not_judged),
      V(unreachable), V(failed), V(no_data).
  returned: success
  type: dict
  sample:
    {non_compliant: 2, failed: 0, unreachable: 1, no_data: 0, not_judged: 0, not_applicable: 0, compliant: 9}
findings:
  description: How many findings have each status, V(pass), V(fail), V(waived), V(not_applicable).
  returned: success
  type: dict
  sample: {fail: 3, waived: 1, not_applicable: 0, pass: 20}
without_data:
  description: The hosts that were unreachable, failed, or told nothing.
  returned: success
  type: list
  elements: str
  sample: [db-03.example.org]
"""

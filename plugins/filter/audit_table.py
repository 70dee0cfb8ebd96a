# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_table
short_description: What keepalive_info has read on a host, as lines for people
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Makes one table of the directives in force on both sides, with the file and line that decides each and
    why. The playbook
    C(fleetops.keepalive.audit) shows it for each host.
  - An input that is not a result of M(fleetops.keepalive.keepalive_info) becomes one line that says so.
positional: _input
options:
  _input:
    description: The result of M(fleetops.keepalive.keepalive_info).
    type: dict
    required: true
seealso:
  - module: fleetops.keepalive.keepalive_info
"""

EXAMPLES = r"""
- name: Ask and show
  fleetops.keepalive.keepalive_info:
  register: info

- name: Which line decides what
  ansible.builtin.debug:
    msg: "{{ info | fleetops.keepalive.audit_table }}"
"""

RETURN = r"""
_value:
  description: The lines, those of each side behind its name, then those of users and what could not be read.
  type: list
  elements: str
  sample:
    - sshd
    - ClientAliveInterval  600  /etc/ssh/sshd_config:12  wins: first line read for everybody
"""

from ansible_collections.fleetops.keepalive.plugins.module_utils._answer import results, shape

_PROGRAMS = {"server": "sshd", "client": "ssh"}


def table(result):
    """The filter: see its documentation."""
    try:
        read = shape.fit(results.SHOWN, result)
    except shape.Unfit as fault:
        return [f"This is not a result of keepalive_info: {fault}"]
    lines = [
        line
        for side, program in _PROGRAMS.items()
        if side in read
        for line in [program, *read[side]["provenance"]]
    ]
    users = [line for user in read.get("users", {}).values() for line in user.get("provenance", [])]
    return lines + users + read["unreadable"]


class FilterModule:
    """The collection's filter for the playbook audit."""

    def filters(self):
        """The filters by name."""
        return {"audit_table": table}

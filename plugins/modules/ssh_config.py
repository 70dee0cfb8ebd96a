#!/usr/bin/python
# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: ssh_config
short_description: Make the keepalive directives of ssh effective
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Sets C(ServerAliveInterval), C(ServerAliveCountMax) and C(TCPKeepAlive) so that ssh itself would use the
    wanted values, system-wide,
    for one user or for many users, for all destinations or for those of Host and Match blocks.
  - Follows C(Include) lines, edits the line that decides and no other, and keeps every byte besides. OpenSSH
    judges the whole
    candidate before a file is replaced.
  - A user's file is read, judged and written by a process with that user's identity. What is missing of
    C(~/.ssh) and C(~/.ssh/config)
    is made, with modes 0700 and 0600 and the user's primary group. The process has 30 seconds and 512 MiB of
    memory.
  - As root, a O(path) that leads through a file, directory or link of somebody else is refused; O(user)
    handles
    such a file.
options:
  interval:
    description:
      - C(ServerAliveInterval), the seconds without data from the server after which ssh asks for a sign of
        life, or an OpenSSH time such as V(10m).
        0 switches the probes off. OpenSSH's own default is 0.
      - V(auto) is the interval recommended for O(idle_timeout), min(60, 0.45 * O(idle_timeout)).
    type: str
  count_max:
    description:
      - C(ServerAliveCountMax), how many probes may stay unanswered. A dead peer is dropped after interval
        times count_max plus 1.
        OpenSSH's own default is 3.
      - V(0) ends a healthy session after one silent interval, in every version.
    type: int
  tcp_keepalive:
    description:
      - C(TCPKeepAlive), whether the kernel sends probes of its own, after two hours by default; they can be
        spoofed. OpenSSH's own default is V(true).
    type: bool
  host:
    description:
      - The pattern list of a Host block, such as V(*.example.com !gw.example.com). V(*) is every destination.
      - Exclusive with O(match).
    type: str
    default: '*'
  match:
    description:
      - The criteria of a Match block, such as V(host *.example.com user backup).
    type: str
  rules:
    description:
      - Several scopes in one task, judged and written as one change, beside the task's own.
    type: list
    elements: dict
    suboptions:
      host:
        description: The pattern list of the Host block.
        type: str
      match:
        description: The criteria of the Match block.
        type: str
      interval:
        description:
          - C(ServerAliveInterval), the seconds without data from the server after which ssh asks for a sign
            of life, or an OpenSSH time such as V(10m).
        type: str
      count_max:
        description:
          - C(ServerAliveCountMax), how many probes may stay unanswered. A dead peer is dropped after interval
            times count_max plus 1.
            OpenSSH's own default is 3.
        type: int
      tcp_keepalive:
        description:
          - C(TCPKeepAlive), whether the kernel sends probes of its own, after two hours by default; they can
            be spoofed. OpenSSH's own default is V(true).
        type: bool
      state:
        description: V(absent) takes the directives out of the blocks of this scope.
        type: str
        choices: [present, absent]
        default: present
      directives:
        description:
          - With O(rules[].state=absent), which directives to take out, by their option names. By default all.
        type: list
        elements: str
        choices: [count_max, interval, tcp_keepalive]
  directives:
    description:
      - With O(state=absent), which directives to take out, by their option names. By default all.
    type: list
    elements: str
    choices: [count_max, interval, tcp_keepalive]
  precedence:
    description:
      - V(default) lets destinations that have a value of their own keep it.
      - V(override) makes the policy win for every destination in the scope.
    type: str
    choices: [default, override]
    default: default
  path:
    description:
      - The system-wide file. Exclusive with O(user) and O(users).
    type: path
    default: /etc/ssh/ssh_config
  user:
    description:
      - The user whose C(~/.ssh/config) is meant.
    type: str
  users:
    description:
      - The users whose C(~/.ssh/config) are meant. V(all) stands for every local account between C(UID_MIN)
        and C(UID_MAX) with a login shell and a home.
      - A user that cannot be done does not keep the others from being done; the task fails at its end.
    type: list
    elements: str
  exclude:
    description:
      - Names to take out of O(users).
    type: list
    elements: str
    default: []
  ssh:
    description:
      - The ssh program to ask. By default the one on the search path.
    type: path
  backup_dir:
    description:
      - The directory for copies of the system's files, made with mode 0700. A user's copy stands beside the
        file, as a dotfile of the user's.
    type: path
    default: /var/backups/fleetops.keepalive
  conflicts:
    default: report
extends_documentation_fragment:
  - fleetops.keepalive.config
seealso:
  - module: fleetops.keepalive.sshd_config
"""

EXAMPLES = r"""
- name: Keep every user's sessions alive
  fleetops.keepalive.ssh_config:
    interval: 60
    count_max: 3
  become: true

- name: One destination alone
  fleetops.keepalive.ssh_config:
    host: gw.example.com
    interval: 25
  become: true

- name: Every human account of the host but one
  fleetops.keepalive.ssh_config:
    interval: 60
    users: [all]
    exclude: [kiosk]
  become: true

- name: Often enough for the NAT gateway on the way
  fleetops.keepalive.ssh_config:
    interval: auto
    idle_timeout: aws_nat_gateway
  become: true

- name: Whatever destinations have of their own, this wins
  fleetops.keepalive.ssh_config:
    user: alice
    interval: 30
    precedence: override
  become: true
"""

RETURN = r"""
changed:
  description: Whether a file was changed, or would be in check mode.
  returned: always
  type: bool
  sample: true
diff:
  description: What changed in each file.
  returned: in diff mode
  type: list
  elements: dict
files:
  description: The files that changed, or would in check mode.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
      returned: always
    action:
      description: One of V(created), V(edited), V(removed).
      type: str
      returned: always
    backup:
      description: The copy of the file as it was.
      type: str
      returned: when one was kept
  sample: [{path: /etc/ssh/ssh_config.d/00-keepalive.conf, action: edited}]
effective:
  description:
    - The values in force after the task, as OpenSSH reports them, by lower-case keyword. In check mode, as
      they would be.
    - They are those of the task's own scope, or of the first of O(rules) if it has none; for a narrower
      scope, of somebody in it.
  returned: success, without O(users)
  type: dict
  sample: {serveraliveinterval: '60', serveralivecountmax: '3', tcpkeepalive: 'yes'}
lines:
  description: Every line of a managed directive in the files, after the task.
  returned: success, without O(users)
  type: list
  elements: dict
  contains:
    directive:
      description: The keyword in OpenSSH's spelling.
      type: str
      returned: always
    value:
      description: The value as written.
      type: str
      returned: always
    file:
      description: The file that the line stands in.
      type: str
      returned: always
    line:
      description: The number of the line, from 1.
      type: int
      returned: always
    scope:
      description: V(global), or the headers of the blocks around the line.
      type: str
      returned: always
    status:
      description:
        - V(wins) decides in its scope. V(shadowed) does not, because another line decides there.
        - V(match_override) and V(own) decide for fewer connections or destinations.
        - V(wrong_side) belongs to the other side. V(unknown) cannot be decided without running a command of
          the configuration.
      type: str
      returned: always
    why:
      description: Why the line has this status, for people.
      type: str
      returned: always
verified:
  description: V(openssh) where OpenSSH was asked for every scope, else V(resolution), the collection's own
    reading.
  returned: success, without O(users)
  type: str
  sample: openssh
verified_reason:
  description: Why OpenSSH was not asked.
  returned: when RV(verified) is V(resolution)
  type: str
provenance:
  description: A short table for people, directive, value, C(file:line) and why; of a failing task, of the
    files as they are.
  returned: with C(-v), when something changed or the task failed
  type: list
  elements: str
drop_after:
  description: After how many seconds a dead peer is dropped at the latest; null for never.
  returned: success, without O(users)
  type: int
  sample: 240
openssh_version:
  description: The version of OpenSSH that was asked.
  returned: success, without O(users)
  type: str
  sample: '9.2'
users:
  description: For each user the same keys, or C(failed) and C(msg).
  returned: with O(users)
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import boundary


def main():
    boundary.require_python()
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module import arguments
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module.ssh_config import manage

    module = AnsibleModule(argument_spec=arguments.ssh_config(), supports_check_mode=True)
    boundary.run(module, manage)


if __name__ == "__main__":
    main()

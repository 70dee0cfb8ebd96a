#!/usr/bin/python
# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: keepalive_info
short_description: Tell which keepalive values are in force, and which line decides them
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Reads what sshd and ssh would use, for everybody, for a connection, for destinations and for users, and
    names the file and line that decides each value.
  - Nothing is changed. Without root it reads what is readable, and says what was not.
options:
  sides:
    description:
      - What to read.
    type: list
    elements: str
    choices: [server, client]
    default: [server, client]
  server_path:
    description:
      - The main file of sshd.
    type: path
    default: /etc/ssh/sshd_config
    aliases: [path]
  client_path:
    description:
      - The system-wide file of ssh.
    type: path
    default: /etc/ssh/ssh_config
  users:
    description:
      - The users whose C(~/.ssh/config) to read as well, each with the user's own rights.
    type: list
    elements: str
    default: []
  connection:
    description:
      - A connection to tell the server's values for, C(user), C(host), C(addr), C(laddr), C(lport); what is
        left out is made up.
    type: dict
  hosts:
    description:
      - Destinations to tell the client's values for.
    type: list
    elements: str
    default: []
  profiles:
    description:
      - Compliance profiles to judge the server against, such as V(stig), V(stig/V1R7) or V(cis+idle);
        U(https://github.com/fleetops/keepalive/blob/main/docs/profiles.md) lists them all.
    type: list
    elements: str
  profile_os:
    description:
      - The product to take the host for, as C(ID) and C(VERSION_ID) of os-release have it, such as V(rhel 9).
        By default what the host says.
    type: str
  sshd:
    description:
      - The sshd program to ask. By default the one on the search path or in an C(sbin) directory.
    type: path
  ssh:
    description:
      - The ssh program to ask. By default the one on the search path.
    type: path
attributes:
  check_mode:
    support: full
    description: Nothing is ever changed.
  diff_mode:
    support: none
    description: Nothing is ever changed.
  platform:
    support: full
    description: Linux; the BSDs and macOS where nothing stands against it.
    platforms: posix
notes:
  - The managed host needs Python 3.6 or newer, and OpenSSH.
  - C(ssh -G) runs the commands of C(Match exec), so ssh is not asked about files that have one; the
    collection's own reading is told instead.
seealso:
  - module: fleetops.keepalive.sshd_config
  - module: fleetops.keepalive.ssh_config
"""

EXAMPLES = r"""
- name: What is in force here, and why
  fleetops.keepalive.keepalive_info:
  become: true
  register: keepalive

- name: Show it
  ansible.builtin.debug:
    var: keepalive.server.provenance

- name: What sshd would use for a connection, and ssh for two destinations
  fleetops.keepalive.keepalive_info:
    connection:
      user: backup
      addr: 192.0.2.7
    hosts: [gw.example.com, db.example.com]
    users: [alice]
  become: true

- name: Hold the host against two benchmarks
  fleetops.keepalive.keepalive_info:
    profiles: [stig, cis]
  become: true
  register: audited

- name: Show what is at fault, with its file and line
  ansible.builtin.debug:
    msg: "{{ audited.findings | selectattr('status', 'eq', 'fail') | map(attribute='reason') }}"
"""

RETURN = r"""
openssh:
  description: For C(server) and C(client), the C(version), the C(build) in the program's own words, and the
    C(program) that was asked.
  returned: always
  type: dict
  sample: {server: {version: '9.2', build: OpenSSH_9.2p1 Debian-2+deb12u7, program: /usr/sbin/sshd}}
server:
  description: What sshd uses, for O(connection) if it is given.
  returned: when O(sides) has V(server)
  type: dict
  contains: &view
    effective:
      description: The values in force, as OpenSSH reports them, by lower-case keyword.
      type: dict
      returned: always
      sample: {clientaliveinterval: '60', clientalivecountmax: '3', tcpkeepalive: 'yes'}
    lines:
      description:
        - Every line of a managed directive, with C(directive), C(value), C(file), C(line), C(scope),
          C(status) and C(why).
        - C(status) is V(wins), V(shadowed), V(match_override), V(own), V(wrong_side) or V(unknown), as
          M(fleetops.keepalive.sshd_config) has it.
      type: list
      elements: dict
      returned: always
    drop_after:
      description: After how many seconds a dead peer is dropped at the latest; null for never.
      type: int
      returned: always
      sample: 240
    provenance:
      description: The same as a short table, directive, value, C(file:line) and why.
      type: list
      elements: str
      returned: always
    verified:
      description: V(openssh) where OpenSSH was asked, else V(resolution), the collection's own reading.
      type: str
      returned: always
    verified_reason:
      description: Why OpenSSH was not asked, or did not answer.
      type: str
      returned: when C(verified) is V(resolution)
client:
  description: What ssh uses for destinations that have no value of their own.
  returned: when O(sides) has V(client)
  type: dict
  contains: *view
hosts:
  description: For each of O(hosts) the same keys.
  returned: when O(hosts) is given
  type: dict
users:
  description: For each of O(users) the same keys and C(unreadable), or C(failed) and C(msg).
  returned: when O(users) is given
  type: dict
findings:
  description: The verdict on each control of O(profiles).
  returned: when O(profiles) is given
  type: list
  elements: dict
  contains:
    profile:
      description: The profile, as given.
      type: str
      returned: always
    benchmark:
      description: The issuer's set of controls.
      type: str
      returned: always
    product:
      description: The product that the control is for.
      type: str
      returned: always
    release:
      description: The benchmark's release.
      type: str
      returned: always
    control:
      description: The benchmark's own ID.
      type: str
      returned: always
    title:
      description: What the control is about.
      type: str
      returned: always
    severity:
      description: In the benchmark's own words, null where it has none.
      type: str
      returned: always
    side:
      description: V(server) or V(client).
      type: str
      returned: always
    directive:
      description: The keyword in OpenSSH's spelling.
      type: str
      returned: always
    expected:
      description: What the control asks for.
      type: str
      returned: always
    actual:
      description: What is in force for everybody.
      type: str
      returned: always
    status:
      description: V(pass), V(fail), or V(not_applicable) where the profile has no benchmark for the system.
      type: str
      returned: always
    file:
      description: The file of the line at fault, or of the line that decides.
      type: str
      returned: always
    line:
      description: The number of that line, from 1; null for OpenSSH's default.
      type: int
      returned: always
    reason:
      description: Why, in words.
      type: str
      returned: always
    confidence:
      description: How well the requirement is known, V(primary) (the issuer's own file), V(third-party) or
        V(unverified).
      type: str
      returned: always
    scanner:
      description: What a scanner that matches lines of text would say, where it differs from C(status); else
        null.
      type: str
      returned: always
    source:
      description: Where the requirement was read.
      type: str
      returned: always
compliant:
  description: For each of O(profiles) whether every control passes; null where the profile is not applicable.
  returned: when O(profiles) is given
  type: dict
  sample: {stig: true, cis: false}
unreadable:
  description: What could not be read, as sentences. Its lines are missing in the rest.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import boundary


def main():
    boundary.require_python()
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module import arguments
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module.keepalive_info import look

    module = AnsibleModule(argument_spec=arguments.keepalive_info(), supports_check_mode=True)
    boundary.run(module, look)


if __name__ == "__main__":
    main()

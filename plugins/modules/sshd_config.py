#!/usr/bin/python
# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: sshd_config
short_description: Make the keepalive directives of sshd effective
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Sets C(ClientAliveInterval), C(ClientAliveCountMax), C(TCPKeepAlive), C(ChannelTimeout) and
    C(UnusedConnectionTimeout) so that sshd
    itself would use the wanted values, for everybody or for the connections of Match blocks.
  - Follows C(Include) lines, edits the line that decides and no other, and keeps every byte besides. OpenSSH
    judges the whole
    candidate before a file is replaced.
  - It does not load the configuration. RV(reload_required) says that this is due;
    M(fleetops.keepalive.sshd_reload) does it.
options:
  interval:
    description:
      - C(ClientAliveInterval), the seconds without data from the client after which sshd asks for a sign of
        life, or an OpenSSH time such as V(10m).
        0 switches the probes off. OpenSSH's own default is 0.
      - V(auto) is the interval recommended for O(idle_timeout), min(60, 0.45 * O(idle_timeout)),
        and half of that on sshd 9.2 to 9.4, which probe at twice the interval.
    type: str
  count_max:
    description:
      - C(ClientAliveCountMax), how many probes may stay unanswered. A dead peer is dropped after interval
        times count_max plus 1.
        OpenSSH's own default is 3.
      - V(0) on sshd 8.2 and newer never ends a session; on older ones it ends every session that sends
        nothing for one interval.
    type: int
  tcp_keepalive:
    description:
      - C(TCPKeepAlive), whether the kernel sends probes of its own, after two hours by default; they can be
        spoofed. OpenSSH's own default is V(true).
      - Only for the global scope.
    type: bool
  channel_timeout:
    description:
      - C(ChannelTimeout), channel types, each with the time after which such a channel without data is
        closed, or V(none).
      - V(session:*) is for all sessions. Needs sshd 9.2, in a Match block 10.5. A working but silent command
        is closed, too.
    type: dict
  unused_connection_timeout:
    description:
      - C(UnusedConnectionTimeout), the time after which a connection without open channels is closed, or
        V(none). Needs sshd 9.2.
    type: str
  rollback_after:
    description:
      - Where every connection starts an sshd of its own (a systemd socket with C(Accept=yes)), a file is in
        force as soon as it is
        written. There, and only there, the host puts the last proven files back after this much time, seconds
        or an OpenSSH time,
        unless M(fleetops.keepalive.sshd_reload) proves before that a login works.
      - V(0) is without that watchdog. Set it together with a task that proves the change.
    type: str
    default: '0'
  match:
    description:
      - The criteria of a Match block, such as V(User backup). Without it the scope is global.
    type: str
  rules:
    description:
      - Several scopes in one task, judged and written as one change, beside the task's own.
      - New Match blocks follow the order of the list, and sshd lets the first block that fits decide.
    type: list
    elements: dict
    suboptions:
      match:
        description: The criteria of the Match block.
        type: str
        required: true
      interval:
        description:
          - C(ClientAliveInterval), the seconds without data from the client after which sshd asks for a sign
            of life, or an OpenSSH time such as V(10m).
        type: str
      count_max:
        description:
          - C(ClientAliveCountMax), how many probes may stay unanswered. A dead peer is dropped after interval
            times count_max plus 1.
            OpenSSH's own default is 3.
        type: int
      tcp_keepalive:
        description:
          - C(TCPKeepAlive), whether the kernel sends probes of its own, after two hours by default; they can
            be spoofed. OpenSSH's own default is V(true).
          - Only for the global scope.
        type: bool
      channel_timeout:
        description:
          - C(ChannelTimeout), channel types, each with the time after which such a channel without data is
            closed, or V(none).
          - V(session:*) is for all sessions. Needs sshd 9.2, in a Match block 10.5. A working but silent
            command is closed, too.
        type: dict
      unused_connection_timeout:
        description:
          - C(UnusedConnectionTimeout), the time after which a connection without open channels is closed, or
            V(none). Needs sshd 9.2.
        type: str
      state:
        description: V(absent) takes the directives out of the blocks with these criteria.
        type: str
        choices: [present, absent]
        default: present
      directives:
        description:
          - With O(rules[].state=absent), which directives to take out, by their option names. By default all.
        type: list
        elements: str
        choices: [channel_timeout, count_max, interval, tcp_keepalive, unused_connection_timeout]
  directives:
    description:
      - With O(state=absent), which directives to take out, by their option names. By default all.
    type: list
    elements: str
    choices: [channel_timeout, count_max, interval, tcp_keepalive, unused_connection_timeout]
  path:
    description:
      - The main configuration file. Drop-ins are looked for where its C(Include) lines say.
    type: path
    default: /etc/ssh/sshd_config
  match_overrides:
    description:
      - What becomes of lines in Match blocks that give another value than the global policy of this task. The
        blocks of O(rules) are not meant.
      - V(report) lists them in RV(lines). V(comment) turns them into comments, V(remove) takes them out,
        V(fail) fails and names one.
      - With O(profile), one that violates it and stays is warned about.
    type: str
    choices: [report, comment, remove, fail]
    default: report
  profile:
    description:
      - A compliance profile, such as V(stig), V(cis) or V(pci_dss_4);
        U(https://github.com/fleetops/keepalive/blob/main/docs/profiles.md) lists them all.
      - A release can be pinned (V(stig/V1R7)), and each has a strict variant that ends idle sessions, too
        (V(stig+idle), sshd 9.2 and newer).
      - Its lines are written for scanners that match text, canonically, in the file that they read, and other
        lines of the same directives are
        taken out of the way as O(conflicts) says.
      - Options beside it win over it; RV(tailoring) names them. What stays a finding is warned about on every
        run.
      - It is for everybody, so it excludes O(match).
    type: str
  profile_os:
    description:
      - The product to take the host for, as C(ID) and C(VERSION_ID) of os-release have it, such as V(rhel 9).
        By default what the host says.
    type: str
  profile_values:
    description:
      - V(at_least) leaves a value alone that a line sets and that satisfies the profile, so that a stricter
        host is never loosened.
      - V(exact) sets the profile's own values everywhere.
    type: str
    choices: [at_least, exact]
    default: at_least
  conflicts:
    description:
      - What becomes of lines in the same scope that set a directive of this task without deciding its value,
        duplicates with an equal value too.
      - V(report) lists them in RV(lines). V(comment) turns them into comments, V(remove) takes them out,
        V(fail) fails and names them.
      - The default is V(report), and V(comment) with O(profile), because scanners read every line.
    type: str
    choices: [report, comment, remove, fail]
  sshd:
    description:
      - The sshd program to ask. By default the one on the search path or in an C(sbin) directory.
    type: path
extends_documentation_fragment:
  - fleetops.keepalive.config
seealso:
  - module: fleetops.keepalive.sshd_reload
  - module: fleetops.keepalive.ssh_config
"""

EXAMPLES = r"""
- name: Ask silent clients every minute, and drop them after three unanswered probes
  fleetops.keepalive.sshd_config:
    interval: 60
    count_max: 3
  become: true
  register: policy

- name: Load it
  fleetops.keepalive.sshd_reload:
  become: true
  when: policy.reload_required

- name: One policy for everybody, others for two kinds of connections
  fleetops.keepalive.sshd_config:
    interval: 600
    count_max: 1
    rules:
      - match: User backup
        interval: 30
      - match: Address 192.0.2.0/24
        state: absent
  become: true

- name: Keep sessions open through a firewall that forgets after five minutes
  fleetops.keepalive.sshd_config:
    interval: auto
    idle_timeout: 5m
  become: true

- name: What the host's own STIG asks for, and sessions that nobody uses end as well
  fleetops.keepalive.sshd_config:
    profile: stig+idle
  become: true

- name: Take out what others have left in the way, and keep a copy
  fleetops.keepalive.sshd_config:
    interval: 600
    conflicts: remove
    match_overrides: remove
    backup: true
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
  sample: [{path: /etc/ssh/sshd_config.d/00-keepalive.conf, action: edited}]
effective:
  description:
    - The values in force after the task, as OpenSSH reports them, by lower-case keyword. In check mode, as
      they would be.
    - They are those of the task's own scope, or of the first of O(rules) if it has none; for a narrower
      scope, of somebody in it.
  returned: success
  type: dict
  sample: {clientaliveinterval: '60', clientalivecountmax: '3', tcpkeepalive: 'yes'}
lines:
  description: Every line of a managed directive in the files, after the task.
  returned: success
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
  returned: success
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
  returned: success
  type: int
  sample: 240
profile:
  description: What O(profile) means on this host.
  returned: with O(profile)
  type: dict
  contains:
    name:
      description: As given.
      type: str
      returned: always
    benchmark:
      description: The issuer's set of controls.
      type: str
      returned: always
    product:
      description: The product that the host is taken for.
      type: str
      returned: always
    release:
      description: The release of the benchmark.
      type: str
      returned: always
    controls:
      description: The benchmark's IDs.
      type: list
      elements: str
      returned: always
    values:
      description: The values that satisfy it on this host, by option; those in force where they do already.
      type: dict
      returned: always
  sample: {name: stig, benchmark: disa_stig, product: rhel 9, release: V2R9,
           controls: [RHEL-09-255095, RHEL-09-255100],
           values: {interval: '600', count_max: '1'}}
tailoring:
  description: Options of the task that win over the profile, each with C(option), C(value), C(profile) (the
    profile's value) and C(control).
  returned: with O(profile)
  type: list
  elements: dict
openssh_version:
  description: The version of OpenSSH that was asked.
  returned: success
  type: str
  sample: '9.2'
reload_required:
  description: Whether there is a change that no proven reload has covered, from this run or from an earlier
    one.
  returned: success
  type: bool
  sample: true
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import boundary


def main():
    boundary.require_python()
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module import arguments
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module.sshd_config import manage

    module = AnsibleModule(argument_spec=arguments.sshd_config(), supports_check_mode=True)
    boundary.run(module, manage)


if __name__ == "__main__":
    main()

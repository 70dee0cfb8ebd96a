#!/usr/bin/python
# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: idle_probe
short_description: Measure after how much idle time the path to an SSH destination forgets a connection
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Opens real C(ssh) sessions side by side from the host that it runs on, without keepalive and without
    connection sharing, leaves each idle for
    another time, and then asks each for an echo. Further rounds, four at most, narrow the answer down.
  - A round takes as long as its longest idle time that is still in question. Use C(async) where that is
    longer than the connection of the play lives.
  - It measures the path from where it runs, so it is often delegated to C(localhost) or to the client in
    question.
options:
  host:
    description:
      - The destination, as C(ssh) takes it. A C(Host) alias of the account that it runs under works, too.
    type: str
    required: true
  port:
    description:
      - The destination's port. By default what C(ssh) takes.
    type: int
  user:
    description:
      - The account to log in to. By default what C(ssh) takes. It has to be allowed to run C(sh) and C(cat),
        and to log in
        without a question.
    type: str
  identity_file:
    description:
      - The private key to log in with. By default what C(ssh) takes.
    type: path
  ssh_args:
    description:
      - Further arguments of C(ssh), such as V(-J jump.example.com).
      - Through jump hosts the tightest part of the whole path is measured, because the connections to them
        are left idle, too. A C(ProxyCommand) is run as
        it stands, with its own keepalive, if it has any.
    type: str
  max_wait:
    description:
      - The longest idle time worth knowing, seconds or an OpenSSH time such as V(15m); a day at most.
    type: str
    default: '900'
  rungs:
    description:
      - The idle times of the first round, seconds or OpenSSH times, at most O(sessions). By default as many
        as O(sessions), each by the same factor
        longer than the one before, the last O(max_wait).
    type: list
    elements: str
  precision:
    description:
      - How far apart the longest time survived and the shortest not survived may stay, as a share of the
        latter. V(0.1) is 10 percent.
    type: float
    default: 0.1
  sessions:
    description:
      - How many sessions may be open at once, 64 at most. They log in one after the other, so that
        C(MaxStartups) of sshd has room for them, and each has a
        connection of its own, so that C(MaxSessions) does not matter.
    type: int
    default: 8
  ssh:
    description:
      - The ssh program. By default the one on the search path.
    type: path
attributes:
  check_mode:
    support: full
    description: Measures nothing.
  diff_mode:
    support: none
    description: Nothing is ever changed.
  platform:
    support: full
    description: Linux; the BSDs and macOS where nothing stands against it.
    platforms: posix
notes:
  - The host that it runs on needs Python 3.6 or newer, and the OpenSSH client.
  - On the server a session that the path has forgotten cannot be told that it is over. Its C(cat) ends half a
    minute after O(max_wait) by itself, where the
    server has C(timeout), and C(sshd) as soon as the network tells it that nobody is there, after a quarter
    of an hour at the latest.
  - A server that sends probes of its own (C(ClientAliveInterval)) keeps the path awake. That is noticed and
    said.
seealso:
  - module: fleetops.keepalive.ssh_config
  - module: fleetops.keepalive.sshd_config
"""

EXAMPLES = r"""
- name: How long may a session to this host be idle
  fleetops.keepalive.idle_probe:
    host: "{{ ansible_host | default(inventory_hostname) }}"
    user: "{{ ansible_user | default(omit) }}"
  delegate_to: localhost
  register: path

- name: Have the client ask often enough
  fleetops.keepalive.ssh_config:
    host: "{{ inventory_hostname }}"
    interval: "{{ path.recommended_interval }}"
  delegate_to: localhost

- name: Only whether five minutes are survived, from a jump host's point of view
  fleetops.keepalive.idle_probe:
    host: db.example.com
    rungs: [5m]
    max_wait: 5m
  delegate_to: jump.example.com
"""

RETURN = r"""
lived:
  description: The longest idle time survived, in seconds; 0 for none.
  returned: success
  type: float
  sample: 328.8
died:
  description: The shortest idle time not survived, in seconds; null where everything lived.
  returned: success
  type: float
  sample: 353.8
idle_timeout:
  description: The estimate between the two, in seconds; null where everything lived up to O(max_wait).
  returned: success
  type: float
  sample: 341.3
behaviour:
  description:
    - What the path does with a connection that it has forgotten, V(silent) (nothing comes back) or V(reset)
      (it is ended), V(none) where it forgot none.
    - Null in check mode.
  returned: success
  type: str
  sample: silent
recommended_interval:
  description: The keepalive interval that follows, min(60, 0.45 times the timeout) in seconds; null where no
    whole second is short enough.
  returned: success
  type: int
  sample: 60
rounds:
  description: What was tried, with C(rungs) (the idle times asked about), C(lived) and C(died) (the idle
    times as they were), all in seconds.
  returned: success
  type: list
  elements: dict
  sample: [{rungs: [150.0, 300.0], lived: [150.0], died: [300.1]}]
elapsed:
  description: How long the measuring took, in seconds.
  returned: success
  type: float
  sample: 1270.4
path:
  description: Where the measured connection went first.
  returned: success
  type: str
  sample: 192.0.2.7 port 22
server_probes:
  description: About how often sshd itself sent probes, in seconds, which is the largest idle time that could
    be measured; null where it sent none.
  returned: success
  type: float
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import boundary


def main():
    boundary.require_python()
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module import arguments
    from ansible_collections.fleetops.keepalive.plugins.module_utils._probe.measure import measure

    module = AnsibleModule(argument_spec=arguments.idle_probe(), supports_check_mode=True)
    boundary.run(module, measure)


if __name__ == "__main__":
    main()

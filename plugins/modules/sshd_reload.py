#!/usr/bin/python
# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: sshd_reload
short_description: Load the changed configuration of sshd and prove that a login works
version_added: 1.0.0
author: The fleetops.keepalive authors (@fleetops)
description:
  - Proves that a login works under the changed configuration, has the running sshd load it, proves it again,
    and puts the last proven
    files back where a proof fails. Existing sessions are never cut.
  - First the I(trial), a whole login from the controller through an C(sshd -i) on the host that reads
    O(path), carried by the
    connection of the play. It needs no port, and sees what C(sshd -t) does not, such as C(AllowUsers nobody),
    an C(AuthorizedKeysFile)
    that is not there, or no host key.
  - Then the I(load), by what really runs sshd. It is over when sshd listens on new sockets. A I(watchdog) on
    the host, which needs
    neither the connection nor the controller, puts the files back and loads them unless it is told in time
    that a login works.
  - Last the I(login), a new one from the controller to the address and port of the play that shares nothing
    with its connection.
  - Changes that M(fleetops.keepalive.sshd_config) has made are kept in a journal until a load is proven. It
    says
    C(reload_required) while there is one, also in a later run after a play that failed in between.
    Run this module as a task under that condition, not as a handler, which such a failure would lose.
  - A file that somebody else has edited since is reported and not put back.
options:
  proof:
    description:
      - What has to work before the load counts as proven and the journal is cleared.
      - V(login) is the trial ahead of the load and the new login after it.
      - V(trial) is the trial alone.
      - V(auto) is V(login) over the connection P(ansible.builtin.ssh#connection), and V(trial) with a warning
        over others. There the
        trial is made on the host itself, as the remote user of the play, with a key that exists for it alone.
      - V(none) takes the load itself as proof. It is for logins that cannot be repeated unattended (one-time
        codes).
    type: str
    choices: [auto, login, trial, none]
    default: auto
  rollback_after:
    description:
      - After how much time the host puts the last proven files back by itself, unless a new login has worked
        by then.
        Seconds, or a time as OpenSSH writes it (V(10m)).
      - The login after the load is tried again for half of that time, 30 seconds at most.
      - V(0) is without the watchdog. A proof that fails is undone at once all the same, over the connection
        of the play.
    type: str
    default: '60'
  method:
    description:
      - How sshd is told to load.
      - V(service) reloads the systemd unit. One that a socket unit has started is restarted instead, because
        sshd does not survive
        a reload there. New connections wait in the socket meanwhile, and sessions stay.
      - V(signal) sends SIGHUP to the process in the pid file.
      - V(auto) is V(service) where systemd runs the sshd of O(path) and O(pid_file) is not set, else
        V(signal).
        Where a systemd socket starts sshd at the next connection, there is nothing to load.
    type: str
    choices: [auto, service, signal]
    default: auto
  service:
    description:
      - The systemd unit that runs sshd. By default V(ssh) or V(sshd), whichever runs the sshd of O(path).
    type: str
  pid_file:
    description:
      - The file that holds the process id of sshd. By default the one that C(sshd -T) names for O(path).
      - Setting it asks for a signal, so it does not go with O(service) or O(method=service).
    type: path
  path:
    description:
      - The main configuration file of the sshd to be told.
    type: path
    default: /etc/ssh/sshd_config
  sshd:
    description:
      - The sshd binary that checks the configuration. By default the one on the search path or in an C(sbin)
        directory.
    type: path
  login_command:
    description:
      - What the logins run on the host. The proof needs it to end with 0.
    type: str
    default: 'true'
  login_timeout:
    description:
      - How long each login may take, from its start to the end of O(login_command). One that takes longer has
        failed, is ended with
        everything behind it, and the way back is taken.
      - Seconds, or a time as OpenSSH writes it (V(1m)); at least one second.
    type: str
    default: '30'
  _step:
    description:
      - What the controller asks the host to do between its logins. Not for playbooks, where it is refused.
    type: dict
attributes:
  check_mode:
    support: full
    description: Says whether it would load, and fails where that would fail; there is no login.
  diff_mode:
    support: none
    description: A load changes no file.
  platform:
    support: full
    platforms: linux
    description: Processes and sockets are read below C(/proc).
notes:
  - Run it with the rights to signal sshd, which is C(become) for the system's own.
  - A reboot before the load is proven ends the watchdog, and the changed files are in force after it.
  - A connection with a password that is not shared (without C(ControlPersist)) cannot carry the trial. A
    warning says so, and the login
    after the load is the whole proof.
seealso:
  - module: fleetops.keepalive.sshd_config
"""

EXAMPLES = r"""
- name: Ask idle clients for a sign of life every minute
  fleetops.keepalive.sshd_config:
    interval: 60
    count_max: 3
  become: true
  register: policy

- name: Load it if logins work under it, and put it back unless they do within a minute
  fleetops.keepalive.sshd_reload:
  become: true
  when: policy.reload_required

- name: Load the configuration of a second sshd, where each login takes a one-time code
  fleetops.keepalive.sshd_reload:
    path: /etc/ssh/sshd_backup_config
    pid_file: /run/sshd-backup.pid
    proof: none
  become: true
"""

RETURN = r"""
changed:
  description: Whether a load was done, or would be in check mode.
  returned: always
  type: bool
  sample: true
method:
  description:
    - How sshd was told, V(service) or V(signal).
    - V(none) where sshd is started at the next connection and nothing has to be loaded.
  returned: when sshd was found
  type: str
  sample: service
proof:
  description: The proof that was asked for, V(login), V(trial) or V(none).
  returned: when sshd was found
  type: str
  sample: login
login_seconds:
  description: How long the login after the load took, in seconds; null where there was none.
  returned: when sshd was found
  type: float
  sample: 0.21
rolled_back:
  description: Whether files of the last proven state were put back.
  returned: when sshd was found
  type: bool
  sample: false
restored:
  description: The files that were put back.
  returned: when sshd was found
  type: list
  elements: str
  sample: []
reason:
  description: Why a proof failed, in the words of ssh and sshd; null where none did.
  returned: when sshd was found
  type: str
  sample: "alice@web1.example.com: Permission denied (publickey)."
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import boundary


def main():
    boundary.require_python()
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module import arguments
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module.sshd_reload import manage

    module = AnsibleModule(argument_spec=arguments.sshd_reload(), supports_check_mode=True)
    boundary.run(module, manage)


if __name__ == "__main__":
    main()

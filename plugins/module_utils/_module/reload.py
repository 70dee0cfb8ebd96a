# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sshd_reload does on the managed host; the action plugin logs in and calls it a second time."""

from .._config.errors import KeepaliveError
from .._config.values import option_seconds
from .._host import openssh, service
from .._host.journal import Journal


def manage(module):
    """Load the configuration, or note in the journal that the controller has proven the load; gives the module's result."""
    options = module.params
    _refuse_not_built(options)
    journal = Journal(options['path'])
    if options['_proven'] is not None:
        journal.clear(options['_proven'])
        return {'changed': False}
    # Taken first: what is recorded from now on may miss the load.
    state = journal.state()
    sshd = openssh.find('sshd', options['sshd'])
    daemon = service.find(options['path'], sshd, options['method'], options['service'], options['pid_file'])
    daemon.check(sshd)
    if not module.check_mode:
        daemon.load()
        if options['proof'] == 'none':
            journal.clear(state)
    return {
        'changed': daemon.loads,
        'method': daemon.method,
        'proof': options['proof'],
        'login_seconds': None,
        'rolled_back': False,
        'restored': [],
        'reason': None,
        '_journal': state,
    }


def _refuse_not_built(options):
    if option_seconds('rollback_after', options['rollback_after']) > 0:
        raise KeepaliveError(
            'rollback_after: %s is not possible yet, since the watchdog is not built; set rollback_after: 0' % options['rollback_after']
        )
    if options['proof'] == 'trial':
        raise KeepaliveError('proof: trial is not possible yet, since the trial login is not built; set proof: login or proof: none')

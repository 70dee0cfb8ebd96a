# Copyright (c) 2026, the fleetops.keepalive authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place where an error of ours becomes a task's failure. Importable by any Python that AnsibleModule
runs on."""

import json
import sys

from .._config.errors import KeepaliveError

OLDEST_PYTHON = (3, 6)


def require_python():
    """End the module in one sentence on a Python that the collection's code cannot run on; to be called ahead
    of any import of that."""
    if sys.version_info < OLDEST_PYTHON:
        sentence = (
            "fleetops.keepalive needs Python %d.%d or newer on the managed host, and %s is %d.%d; set "
            "ansible_python_interpreter"
            % (OLDEST_PYTHON[0], OLDEST_PYTHON[1], sys.executable, sys.version_info[0], sys.version_info[1])
        )
        sys.stdout.write(json.dumps({"failed": True, "msg": sentence}))
        raise SystemExit(1)


def run(module, job):
    """Run job(module), which gives the result dict; warnings in it are passed on, a KeepaliveError fails the
    task."""
    try:
        told = job(module)
    except KeepaliveError as error:
        more = {"provenance": list(error.provenance)} if error.provenance and module._verbosity else {}
        module.fail_json(msg=str(error), **more)
    for warning in told.pop("warnings", []):
        module.warn(warning)
    (module.fail_json if told.get("failed") else module.exit_json)(**told)

"""Run the real module as root on one set of options: `run.py MODULE SECONDS OPTIONS LIMIT`, with PYTHONPATH
set.

MODULE: ssh_config or keepalive_info. SECONDS: how long to do so again and again. OPTIONS: lists of module
options in JSON,
taken in turn, each at least once. LIMIT: how many seconds a user's process has. Says each result, or how the
module ended
without one, on a line of its own.
"""

import importlib
import itertools
import json
import os
import sys
import time

from ansible.module_utils import basic
from ansible_collections.fleetops.keepalive.plugins.module_utils._host import identity


def main():
    name, seconds, options, limit = sys.argv[1], float(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4])
    module = importlib.import_module("ansible_collections.fleetops.keepalive.plugins.modules.%s" % name)
    identity.LONGEST, identity._DYING = limit, 1
    until = time.monotonic() + seconds
    for number, given in enumerate(itertools.cycle(options), 1):
        print(once(module, given), flush=True)
        if number >= len(options) and time.monotonic() >= until:
            return


def once(module, options):
    """What one run said: a process of its own, as the module exits when it is done."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        basic._ANSIBLE_PROFILE = "legacy"
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
        module.main()
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read().strip()
    os.waitpid(child, 0)
    return said.decode("ascii", "backslashreplace").replace("\n", " // ")


main()

"""Run one of the real modules in this process: run_module.py NAME OPTIONS, the options as JSON. Prints the
module's result."""

import importlib
import json
import sys

from ansible.module_utils import basic

sys.path.insert(0, "/media/checkout/.build/source")

basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": json.loads(sys.argv[2])}).encode()
basic._ANSIBLE_PROFILE = "legacy"
importlib.import_module(f"ansible_collections.fleetops.keepalive.plugins.modules.{sys.argv[1]}").main()

"""Write down what every task of every host came to, as lines of JSON in the file that TOLD names: [host,
action, kind, result]; and in the file `memory`
beside it how many MiB the largest process had.
"""

import json
import os
import re
import resource

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Beside the callback that people see."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "told"

    def v2_runner_on_ok(self, result):
        self._told("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._told("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._told("unreachable", result)

    def v2_runner_on_skipped(self, result):
        self._told("skipped", result)

    def v2_playbook_on_stats(self, _stats):
        with open("/proc/self/status") as status:
            own = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))
        with open(os.path.join(os.path.dirname(os.environ["TOLD"]), "memory"), "w") as file:
            file.write(str(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) >> 10))

    def _told(self, kind, result):
        line = json.dumps([result._host.get_name(), result._task.action, kind, result._result], default=repr)
        with open(os.environ["TOLD"], "a") as file:
            file.write(line + "\n")

"""What a host is to tell, from audits.json beside the play. It passes through Ansible as the result of a
module does."""

import json
from pathlib import Path

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Return the host's result."""

    def run(self, tmp=None, task_vars=None):
        audits = json.loads((Path(self._loader.get_basedir()) / "audits.json").read_text())
        return audits[task_vars["inventory_hostname"]]

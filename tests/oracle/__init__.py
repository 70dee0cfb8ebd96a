"""Real sshd and ssh asked about trees that we make up, in a mount namespace where /etc/ssh and a home are ours alone."""

import base64
import json
import os
import subprocess

HOME = "/home/alice"
_WORKER = os.path.join(os.path.dirname(__file__), "worker.py")


class Answer:
    """What OpenSSH said: ok (accepted), values (lower-case keyword to text), message (its complaint)."""

    def __init__(self, data):
        self.ok, self.values, self.message = data["ok"], data["values"], data["message"]


class Oracle:
    """A worker below `unshare`; fails loudly where such a namespace cannot be had."""

    def __init__(self):
        command = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--mount", "--", "/usr/bin/python3", _WORKER]
        self._worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
        self.versions = self._exchange({})

    def close(self):
        self._worker.stdin.close()
        self._worker.wait()

    def sshd(self, files, connections):
        """An Answer for each connection (dict for -C, None: none) about /etc/ssh/sshd_config among files (path to bytes)."""
        tests = [None if c is None else ",".join("%s=%s" % pair for pair in c.items()) for c in connections]
        return self._ask(files, [["sshd", "-T", *(["-C", test] if test else [])] for test in tests])

    def ssh(self, files, hosts):
        """An Answer for each destination, as alice, whose home is HOME."""
        return self._ask(files, [["ssh", "-G", "--", host] for host in hosts])

    def _ask(self, files, commands):
        packed = {path: base64.b64encode(data).decode("ascii") for path, data in files.items()}
        return [Answer(data) for data in self._exchange({"files": packed, "commands": commands})]

    def _exchange(self, request):
        try:
            self._worker.stdin.write(json.dumps(request) + "\n")
            self._worker.stdin.flush()
            line = self._worker.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError("the oracle's namespace cannot be had here: `unshare --mount` failed (see its words above)")
        return json.loads(line)

"""Real sshd and ssh asked about trees that we make up, in a mount namespace where /etc/ssh and a home are
ours alone."""

import base64
import json
import os
import re
import subprocess
from pathlib import Path

HOME = "/home/alice"
ROOT = Path(__file__).resolve().parents[2]
# Where the namespace shows the checkout.
CHECKOUT = Path("/media/checkout")
_WORKER = os.path.join(os.path.dirname(__file__), "worker.py")


class Answer:
    """What OpenSSH said: ok (accepted), values (lower-case keyword to text), message (its complaint)."""

    def __init__(self, data):
        self.ok, self.values, self.message = data["ok"], data["values"], data["message"]


class Oracle:
    """A worker below `unshare`; fails loudly where such a namespace cannot be had.

    people: accounts (name:uid:gid, home /home/name) in place of the machine's own people, with root's home in
    /home, too;
    without them alice is whoever runs this. Other uids than one's own can only be had by root.
    image: a container image whose OpenSSH to ask in place of the machine's.
    """

    def __init__(self, people=(), image=None):
        if image:
            engine = [
                os.environ.get("KEEPALIVE_ENGINE", "podman"),
                "run",
                "--rm",
                "--interactive",
                "--privileged",
                "--network=none",
            ]
            command = [
                *engine,
                "--volume=%s:/checkout:ro" % ROOT,
                image,
                "python3",
                "/checkout/tests/oracle/worker.py",
                "/checkout",
                *people,
            ]
        else:
            worker = ["/usr/bin/python3", _WORKER, str(ROOT), *people]
            command = [
                "unshare",
                *([] if os.geteuid() == 0 else ["--map-root-user"]),
                "--mount",
                "--",
                *worker,
            ]
        self._worker = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True
        )
        self.builds = self._exchange({})
        self.releases = {side: _release(text) for side, text in self.builds.items()}

    def close(self):
        self._worker.stdin.close()
        self._worker.wait()

    def sshd(self, files, connections):
        """An Answer for each connection (dict for -C, None: none) about /etc/ssh/sshd_config among files
        (path to bytes)."""
        tests = [None if c is None else ",".join("%s=%s" % pair for pair in c.items()) for c in connections]
        return self._ask(files, [["sshd", "-T", *(["-C", test] if test else [])] for test in tests])

    def ssh(self, files, hosts):
        """An Answer for each destination, as alice, whose home is HOME."""
        return self._ask(files, [["ssh", "-G", "--", host] for host in hosts])

    def manage(self, side, files, runs, **how):
        """Run a module's code on files, once for each dict of runs (options, _check, and _module for another
        one); gives a (result, files after) for each.

        how: readonly (bool), whether /etc/ssh is; modes, of path to mode; without, paths that are taken away
        first.
        """
        answers = self._exchange(dict(how, files=_packed(files), side=side, runs=runs))
        return [
            (answer["result"], {path: base64.b64decode(data) for path, data in answer["files"].items()})
            for answer in answers
        ]

    def tried(self, side, files, options):
        """Run a module's code on files that may break it; gives (result, how it broke or None, harm: states
        before and after by path)."""
        [answer] = self._exchange({"files": _packed(files), "side": side, "tried": [options]})
        return answer["result"], answer.get("broke"), answer["harm"]

    def run(self, files, scripts, environment):
        """Run shell scripts one after the other where these files are; gives (exit status, all that was said)
        for each."""
        answers = self._exchange({"files": _packed(files), "scripts": scripts, "environment": environment})
        return [(answer["status"], answer["output"]) for answer in answers]

    def _ask(self, files, commands):
        return [Answer(data) for data in self._exchange({"files": _packed(files), "commands": commands})]

    def _exchange(self, request):
        try:
            self._worker.stdin.write(json.dumps(request) + "\n")
            self._worker.stdin.flush()
            line = self._worker.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(
                "the oracle's namespace cannot be had here: `unshare` or the container engine failed (see "
                "its words above)"
            )
        return json.loads(line)


def _packed(files):
    return {path: base64.b64encode(data).decode("ascii") for path, data in files.items()}


def _release(text):
    numbers = re.search(r"OpenSSH_([0-9]+)\.([0-9]+)", text)
    return int(numbers.group(1)), int(numbers.group(2))

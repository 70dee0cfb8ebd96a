"""The Python of a hostile host. It runs no module that it is given: it answers with the bytes that a test has
put beside it.

A host names it as its ansible_python_interpreter, by a link in a directory of the host's own. What it answers
is
in the file that is named after
the module and the step (sshd_reload.load; ssh_config.users for the files of users), else after the module.
sshd_reload.relay is for the way to a
trial, `session` for a forced command of sshd. A file with .how behind that name may say more: wait (seconds
ahead of the answer), endless (the
answer again and again), errors (text for stderr), status (to exit with). Where there is a file `record` the
real module is run, and its answer kept.
"""

import json
import os
import re
import sys
import time

DIRECTORY = os.path.dirname(sys.argv[0])
PYTHON = "/usr/bin/python3"


def main():
    names, module = asked()
    if content("record") is not None:
        record(names[0], module)
    name = next((name for name in names if content(name) is not None), names[0])
    how = json.loads(content(name + ".how") or "{}")
    answer = content(name) or b""
    time.sleep(how.get("wait", 0))
    write(2, how.get("errors", "").encode("utf-8", "surrogatepass"))
    write(1, answer)
    while how.get("endless"):
        write(1, answer)
    sys.exit(how.get("status", 0))


def asked():
    """(the names of the files that may hold the answer, the module as it came)."""
    if "SSH_ORIGINAL_COMMAND" in os.environ:
        return ["session"], b""
    if sys.argv[1:2] == ["-c"]:
        return ["sshd_reload.relay"], b""
    module = open(sys.argv[1], "rb").read() if sys.argv[1:] else sys.stdin.buffer.read()
    name = re.search(rb"fleetops[./]keepalive[./]plugins[./]modules[./](\w+)", module)
    step = re.search(rb"_step\W.*?\bname\W+(prepare|load|prove|undo)\b", module) or re.search(
        rb"\W(users)\W", module
    )
    names = [found.group(1).decode() for found in (name, step) if found]
    return [".".join(names) or "nothing", *names[:1]], module


def content(name):
    try:
        with open(os.path.join(DIRECTORY, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def write(descriptor, data):
    data = memoryview(data)
    while data:
        data = data[os.write(descriptor, data) :]


def record(name, module):
    import subprocess

    if not module:
        os.execv(PYTHON, [PYTHON, *sys.argv[1:]])
    done = subprocess.run([PYTHON, *sys.argv[1:]], input=module, stdout=subprocess.PIPE, check=False)
    with open(os.path.join(DIRECTORY, name), "wb") as file:
        file.write(done.stdout)
    write(1, done.stdout)
    sys.exit(done.returncode)


try:
    main()
except BrokenPipeError:
    pass

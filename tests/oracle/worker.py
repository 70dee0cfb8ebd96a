"""Inside the namespace: lays out the files of each request and runs OpenSSH on them. Run by tests/oracle/__init__.py."""

import base64
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

HOME = "/home/alice"


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def prepare():
    """Put empty file systems over what the questions are about, and give root, whom we run as, alice's home."""
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "tmpfs", "/etc/ssh")
    keys = tempfile.mkdtemp()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys + "/key"], check=True)
    me = pwd.getpwuid(os.getuid())
    passwd = keys + "/passwd"
    with open("/etc/passwd") as file:
        lines = [line for line in file if line.split(":")[2] != str(me.pw_uid)]
    with open(passwd, "w") as file:
        file.write("%s:x:%d:%d::%s:/bin/sh\n" % (me.pw_name, me.pw_uid, me.pw_gid, HOME))
        file.writelines(lines)
    mount("--bind", passwd, "/etc/passwd")
    mount("-t", "tmpfs", "tmpfs", "/home")
    mount("-t", "tmpfs", "tmpfs", "/run")
    os.mkdir("/run/sshd", 0o755)
    os.environ["HOME"] = HOME
    return keys + "/key"


def lay_out(files):
    for folder in ("/etc/ssh", "/home"):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)
    os.makedirs(HOME)
    for path, data in files.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


def ask(command, key):
    program = "/usr/sbin/sshd" if command[0] == "sshd" else "ssh"
    extra = ["-o", "HostKey=" + key] if command[0] == "sshd" else ["-o", "CanonicalizeHostname=no"]
    done = subprocess.run([program, *extra, *command[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pairs = [line.split(" ", 1) for line in done.stdout.decode("utf-8", "replace").splitlines() if " " in line]
    values = {}
    for name, value in pairs:
        values.setdefault(name.lower(), []).append(value)
    return {"ok": done.returncode == 0, "message": done.stderr.decode("utf-8", "replace").strip(),
            "values": {name: "\n".join(found) for name, found in values.items()}}


def version(program):
    return subprocess.run([program, "-V"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL).stderr.decode("utf-8", "replace").strip()


def main():
    key = prepare()
    for line in sys.stdin:
        request = json.loads(line)
        if request:
            lay_out(request["files"])
            answer = [ask(command, key) for command in request["commands"]]
        else:
            answer = {"ssh": version("ssh"), "sshd": version("/usr/sbin/sshd")}
        print(json.dumps(answer), flush=True)


main()

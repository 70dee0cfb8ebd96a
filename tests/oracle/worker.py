"""Inside the namespace: lays out the files of each request and runs OpenSSH on them. Run by
tests/oracle/__init__.py."""

import base64
import json
import os
import pwd
import shutil
import subprocess
import sys
import traceback

HOME = "/home/alice"
ROOMS = "/media"
HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def prepare(checkout, people):
    """Put empty file systems over what the questions are about; the checkout, which may be below /home, stays
    in sight in ROOMS.

    Gives the path of a host key. people: see accounts().
    """
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "tmpfs", ROOMS)
    os.mkdir(ROOMS + "/checkout")
    mount("--bind", checkout, ROOMS + "/checkout")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ROOMS + "/key"], check=True)
    with open("/etc/passwd") as file:
        lines = accounts(pwd.getpwuid(os.getuid()), people, file.readlines())
    with open(ROOMS + "/passwd", "w") as file:
        file.writelines(lines)
    mount("--bind", ROOMS + "/passwd", "/etc/passwd")
    for directory in ("/etc/ssh", "/home", "/run", "/var/lib", "/var/backups"):
        mount("-t", "tmpfs", "tmpfs", directory)
    os.mkdir("/run/sshd", 0o755)
    os.environ["HOME"] = HOME
    return ROOMS + "/key"


def accounts(me, people, lines):
    """The lines of /etc/passwd: alice, who is me, beside the machine's accounts; or, where people are given
    (name:uid:gid), these beside the accounts of the system."""
    if not people:
        mine = [
            "%s:x:%d:%d::%s:/bin/sh\n" % (name, me.pw_uid, me.pw_gid, HOME) for name in (me.pw_name, "alice")
        ]
        return mine + [line for line in lines if line.split(":")[2] != str(me.pw_uid)]
    found = ["%s:%d:%d" % (me.pw_name, me.pw_uid, me.pw_gid)] + people
    named = [
        "%s:x:%s:%s::/home/%s:/bin/sh\n" % (name, uid, gid, name)
        for name, uid, gid in (entry.split(":") for entry in found)
    ]
    return named + [line for line in lines if 0 < int(line.split(":")[2]) < 1000]


def lay_out(files, key):
    for directory in ("/etc/ssh", "/home"):
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)
    os.makedirs(HOME)
    shutil.copy(key, HOST_KEY)
    for path, data in files.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
        if path.endswith(".secret"):
            os.chmod(path, 0o600)


def ask(command):
    program = "/usr/sbin/sshd" if command[0] == "sshd" else "ssh"
    extra = [] if command[0] == "sshd" else ["-o", "CanonicalizeHostname=no"]
    done = subprocess.run(
        [program, *extra, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    pairs = [
        line.split(" ", 1) for line in done.stdout.decode("utf-8", "replace").splitlines() if " " in line
    ]
    values = {}
    for name, value in pairs:
        values.setdefault(name.lower(), []).append(value)
    return {
        "ok": done.returncode == 0,
        "message": done.stderr.decode("utf-8", "replace").strip(),
        "values": {name: "\n".join(found) for name, found in values.items()},
    }


def run(script, environment):
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return {"status": done.returncode, "output": done.stdout.decode("utf-8", "replace")}


def files_now():
    found = {}
    for directory in ("/etc/ssh", "/home"):
        for base, _directories, names in os.walk(directory):
            for path in (os.path.join(base, name) for name in names if name != os.path.basename(HOST_KEY)):
                with open(path, "rb") as file:
                    found[path] = base64.b64encode(file.read()).decode("ascii")
    return found


class Module:
    """As much of an AnsibleModule as the code below the modules' main() uses."""

    def __init__(self, spec, options):
        self.check_mode, self._diff, self._verbosity = options.pop("_check", False), True, 1
        self.params = filled(spec, options)


def filled(spec, options):
    """The options with the spec's defaults, as AnsibleModule gives them."""
    given = {name: options.get(name, detail.get("default")) for name, detail in spec.items()}
    if given.get("rules"):
        given["rules"] = [filled(spec["rules"]["options"], rule) for rule in given["rules"]]
    return given


def manage(side, options):
    """The result of sshd_config, ssh_config or keepalive_info, or its failure, as the boundary makes it."""
    from ansible_collections.fleetops.keepalive.plugins.module_utils._config.errors import KeepaliveError
    from ansible_collections.fleetops.keepalive.plugins.module_utils._host import accounts, identity
    from ansible_collections.fleetops.keepalive.plugins.module_utils._module import (
        arguments,
        keepalive_info,
        ssh_config,
        sshd_config,
    )

    jobs = {
        "sshd": (arguments.sshd_config, sshd_config.manage),
        "ssh": (arguments.ssh_config, ssh_config.manage),
        "info": (arguments.keepalive_info, keepalive_info.look),
    }
    spec, job = jobs[side]
    somebody = options.pop("_as", None)
    try:
        if somebody:
            return identity.as_user(accounts.named(somebody), lambda: job(Module(spec(), options)))
        return job(Module(spec(), options))
    except KeepaliveError as error:
        return {"failed": True, "msg": str(error)}


def tried(side, options):
    """The result of a module, or how it broke; and what it did to anything below the directories, by path:
    the
    states before and after."""
    before = states()
    try:
        answer = {"result": manage(side, options)}
    except Exception:
        answer = {"result": {"failed": True, "msg": ""}, "broke": traceback.format_exc()}
    after = states()
    return dict(
        answer,
        harm={
            path: [before.get(path), after.get(path)]
            for path in set(before) | set(after)
            if before.get(path) != after.get(path)
        },
    )


def states():
    """Mode, owner, group, time of change and bytes of everything, by path."""
    found = {}
    for directory in ("/etc/ssh", "/home", "/var/backups"):
        for base, _directories, names in os.walk(directory):
            for path in [base, *(os.path.join(base, name) for name in names)]:
                seen = os.lstat(path)
                found[path] = [seen.st_mode, seen.st_uid, seen.st_gid, seen.st_mtime_ns, None]
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        found[path][-1] = base64.b64encode(file.read()).decode("ascii")
    return found


def version(program):
    done = subprocess.run([program, "-V"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, check=False)
    return done.stderr.decode("utf-8", "replace").strip()


def main():
    sys.path.insert(0, ROOMS + "/checkout/.build/source")
    key = prepare(sys.argv[1], sys.argv[2:])
    for line in sys.stdin:
        request = json.loads(line)
        if request:
            lay_out(request["files"], key)
            answer = [ask(command) for command in request.get("commands", [])]
            for path, mode in request.get("modes", {}).items():
                os.chmod(path, mode)
            for path in request.get("without", []):
                (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)
            if request.get("readonly"):
                mount("-o", "remount,ro", "/etc/ssh")
            answer += [
                {"result": manage(options.pop("_module", request["side"]), options), "files": files_now()}
                for options in request.get("runs", [])
            ]
            answer += [tried(request["side"], options) for options in request.get("tried", [])]
            answer += [run(script, request["environment"]) for script in request.get("scripts", [])]
            mount("-o", "remount,rw", "/etc/ssh")
            os.makedirs("/run/sshd", 0o755, exist_ok=True)
        else:
            answer = {"ssh": version("ssh"), "sshd": version("/usr/sbin/sshd")}
        print(json.dumps(answer), flush=True)


main()

"""A controller with hostile hosts beside honest ones: what it starts, writes, says and finds out when it runs
a play on them."""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from fleet import Fleet

from .answers import Long, expanded

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[2] / ".build" / "source"
HONEST = ["web1", "web2"]
STRACE = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=execve", "-e", "signal=none", "-s", "100000"]
#: Masters of shared connections are part of the trace, which is over when the last of them has ended.
SHARED = "-o ControlMaster=auto -o ControlPersist=2s"
UNSHARED = "-o ControlMaster=no"
FORKS = 8
#: Seconds after which nothing that a run has started may be there any more.
LINGERING = 10

_EXECVE = re.compile(r'^\d+ +execve\("(?:[^"\\]|\\.)*", \[((?:"(?:[^"\\]|\\.)*"(?:, )?)*)\]', re.MULTILINE)
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
#: What differs from one run to the next, and from host to host.
_VARYING = [
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\S*/hosts/[\w-]+/python|/usr/bin/python3(?![\w.])", "PYTHON"),
        (r"/run\d+/", "/run/"),
        (r"\b[0-9a-f]{64}\b", "STATE"),
        (r"\b[0-9a-f]{32}\b", "TOKEN"),
        (r"Port=\d+|-p \d+|port \d+|^\d{5}$", "PORT"),
        (r"\b(2\d|3[0-2])\d{3}\b", "PORT"),
        (r"ConnectTimeout=\d+", "TIMEOUT"),
        (r"/cp/[\w.]+", "/cp/SOCKET"),
        (r"SetEnv=HOSTILE=\w+", "HOSTILE"),
        (r"ansible-(local|tmp)-[\w.-]+|fleetops.keepalive\.\w{8}\b", "TEMPORARY"),
        (r"^(alice|bob)$", "USER"),
        (r'User="\w+"', "USER"),
        (r"\d{8}T\d{6,}\d*Z", "TIME"),
        (r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME"),
        (r"\d+\.\d+", "NUMBER"),
        (r"tmp[\w]{8}\b", "TEMPORARY"),
    )
]


def _constant(text):
    """The text with a word in place of everything that differs from run to run."""
    for pattern, name in _VARYING:
        text = pattern.sub(name, text)
    return text


class Run:
    """What came of one ansible-playbook.

    late, whether it had to be ended; seconds; memory, in MiB, of the process that had most of it; left, what
    still ran after it; output, as text in which
    bytes that are not UTF-8 are lone surrogates; processes, the command lines of all that it started; files,
    all that it left below its own directory; told,
    [host, action, kind, result] of each task.
    """

    def __init__(self, directory, seconds=0, left=()):
        self.directory, self.seconds, self.left = directory, seconds, left
        self.late = not (directory / "status").exists()
        self.output = (directory / "output").read_bytes().decode("utf-8", "surrogateescape")
        self.processes = {
            tuple(map(_constant, words))
            for words in _started((directory / "trace").read_text(encoding="utf-8", errors="surrogateescape"))
        }
        self.files = {
            _constant(str(path.relative_to(directory)))
            for path in sorted(directory.rglob("*"))
            if path.parent != directory and not path.is_dir()
        }
        told, memory = directory / "told", directory / "memory"
        self.memory = int(memory.read_text()) if memory.exists() else 0
        self.told = [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []

    def of(self, host):
        """What the tasks of a host came to, as text that is the same in every run."""
        return [_constant(json.dumps(told[1:], sort_keys=True)) for told in self.told if told[0] == host]

    def first(self, host):
        """(kind, result) of the first task of a host."""
        return next(((kind, result) for name, _action, kind, result in self.told if name == host), (None, {}))

    def sizes(self):
        """Host to how many characters of the output are about it, as far as lines name one: what follows a
        name is about that host."""
        sizes, host = {}, None
        for line in self.output.splitlines(True):
            named = re.search(r"\[(\w+)(?: -> \w+)?\]", line[:200])
            host = None if line.startswith(("TASK [", "PLAY [")) else named.group(1) if named else host
            sizes[host] = sizes.get(host, 0) + len(line)
        return sizes

    def environments(self, host):
        """Which environments the inventory has for a host: one of its own, or the groups that it is in."""
        groups = json.loads((self.directory / "inventory.json").read_text())["all"]["children"]
        members = sorted(name for name, group in groups.items() if host in group["hosts"])
        own = [
            group["hosts"][host]["keepalive_environment"]
            for group in groups.values()
            if "keepalive_environment" in (group["hosts"].get(host) or {})
        ]
        return own or members

    @property
    def report(self):
        """What report.json holds, or None."""
        path = self.directory / "here" / "keepalive-report" / "report.json"
        return json.loads(path.read_text()) if path.exists() else None


def _started(trace):
    for line in _EXECVE.finditer(trace):
        yield [
            ast.literal_eval("b" + literal.replace("\\e", "\\x1b")).decode("utf-8", "surrogateescape")
            for literal in _LITERAL.findall(line.group(1))
        ]


def _runs(process):
    """Whether a process has not ended, which is left to be waited for."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _ended(directory):
    """End all that a run has started and that still runs, but for what traces it; returns the command lines.

    A master of a shared connection is none of them: it stays as long as the host keeps a session of its open.
    """
    ended = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            line, environment = (
                (path / name).read_bytes().decode("utf-8", "replace") for name in ("cmdline", "environ")
            )
            if f"{directory}/" in line + environment and line and not line.startswith("strace\0"):
                os.kill(int(path.name), signal.SIGTERM if "[mux]" in line else signal.SIGKILL)
                ended.append(line.replace("\0", " "))
        except OSError:
            continue
    return [line for line in ended if "[mux]" not in line]


class Controller:
    """Runs plays on two honest hosts of a fleet, and on hostile ones behind the sshd of its third host.

    To be used as a context manager. Each run has a home, a directory for temporary files and a working
    directory of
    its own.
    """

    def __init__(self, directory):
        self.directory, self.fleet, self.runs = directory, Fleet(directory / "fleet", 3), 0
        self.hosts = directory / "hosts"

    def __enter__(self):
        self.fleet.start()
        # What web2 is told to load keeps everybody out, so that honest runs have a way back, too.
        config = self.fleet.hosts[1].sshd_config
        config.write_text("AllowUsers nobody\n" + config.read_text())
        self._state = {path: path.read_bytes() for path in self._files_of_honest_hosts()}
        self._let_many_in(self.fleet.hosts[2])
        self._inventory = json.loads((self.fleet.inventory / "hosts.yml").read_text())
        return self

    def __exit__(self, *_exception):
        self.fleet.stop()

    def _let_many_in(self, host):
        """Have the sshd of the hostile hosts take many logins at once, greet as a hostile one would, and hand
        bob's sessions to the host that HOSTILE names."""
        (host.directory / "banner").write_bytes(b"\x1b]0;owned\x07\x1b[2J\r\nfatal: [web1]: FAILED!\n")
        lines = f"MaxSessions 100\nMaxStartups 100\nAcceptEnv HOSTILE\nBanner {host.directory}/banner\n"
        forced = f"\nMatch User bob\n    ForceCommand exec {self.hosts}/$HOSTILE/python\n"
        host.sshd_config.write_text(lines + host.sshd_config.read_text() + forced)
        os.kill(int(host.pid_file.read_text()), signal.SIGHUP)
        until = time.monotonic() + 20
        while not host.answers() and time.monotonic() < until:
            time.sleep(0.05)

    def _interpreter(self, name, files):
        """Make the directory of a host, with its Python and what this answers."""
        directory = self.hosts / name
        shutil.rmtree(str(directory), ignore_errors=True)
        directory.mkdir(parents=True)
        for file, data in files.items():
            with (directory / file).open("wb") as answer:
                answer.writelines(
                    data if isinstance(data, Long) else [expanded(data, str(self.canaries / name))]
                )
        program = directory / "python"
        program.write_text("#!/usr/bin/python3 -IS\n" + (HERE / "interpreter.py").read_text())
        program.chmod(0o755)

    @property
    def canaries(self):
        """The directory in which a payload that is run makes a file that is named after its host."""
        return self.directory / "canaries"

    def recorded(self):
        """What the honest hosts answered in the last run, file by file: module or module.step to bytes."""
        found = {
            path.name: path.read_bytes()
            for name in reversed(HONEST)
            for path in (self.hosts / name).iterdir()
            if path.name not in ("python", "record")
        }
        return {
            file: json.dumps(
                {key: value for key, value in json.loads(data).items() if key != "invocation"}
            ).encode()
            for file, data in found.items()
        }

    def run(self, play, hostile, *options, limit=300, ssh_args=SHARED, variables=None, ports=None):
        """Run a list of plays or a playbook by its name.

        hostile: {host: {file: what it answers}}; ports: {host: the port of what it has in place of an sshd};
        limit: seconds; variables: of all hosts.
        """
        self.runs += 1
        directory = self.directory / f"run{self.runs}"
        for name in ("home", "temporary", "here"):
            (directory / name).mkdir(parents=True)
        self.canaries.mkdir(exist_ok=True)
        self._restore_honest_hosts()
        for name in HONEST:
            self._interpreter(name, {"record": b""})
        (directory / "inventory.json").write_text(
            json.dumps(self._with(hostile, variables or {}, ports or {}))
        )
        shutil.copytree(str(self.fleet.inventory / "group_vars"), str(directory / "group_vars"))
        if not isinstance(play, str):
            (directory / "play.json").write_text(json.dumps(play))
        command = [
            *STRACE,
            "-o",
            str(directory / "trace"),
            "sh",
            "-c",
            'n=$1; shift; "$@"; echo $? >"$n"',
            "sh",
            str(directory / "status"),
            str(Path(sys.executable).parent / "ansible-playbook"),
            "-i",
            str(directory / "inventory.json"),
            play if isinstance(play, str) else str(directory / "play.json"),
            *options,
        ]
        began = time.monotonic()
        with (directory / "output").open("wb") as output:
            process = subprocess.Popen(
                command,
                env=self._environment(directory, ssh_args),
                cwd=str(directory / "here"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while _runs(process) and not (directory / "status").exists() and time.monotonic() - began < limit:
            time.sleep(0.05)
        seconds = time.monotonic() - began
        until = time.monotonic() + LINGERING
        while _runs(process) and (directory / "status").exists() and time.monotonic() < until:
            time.sleep(0.05)
        left = _ended(directory)
        process.wait()
        return Run(directory, seconds, left)

    def _environment(self, directory, ssh_args):
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(directory / "home"),
            "TMPDIR": str(directory / "temporary"),
            "ANSIBLE_HOME": str(directory / "home" / "ansible"),
            "TOLD": str(directory / "told"),
            "ANSIBLE_REMOTE_TMP": str(directory / "temporary"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callbacks"),
            "ANSIBLE_CONFIG": str(self.fleet.ansible_config),
            "ANSIBLE_COLLECTIONS_PATH": str(SOURCE),
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_FORKS": str(FORKS),
            "ANSIBLE_SSH_ARGS": ssh_args,
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "0",
        }

    def _with(self, hostile, variables, ports):
        """The inventory with the hostile hosts in place of the third one. Each is in a group for every module
        that it has an answer for."""
        groups = json.loads(json.dumps(self._inventory["all"]["children"]))
        [(environment, third)] = [
            (name, group["hosts"].pop("web3")) for name, group in groups.items() if "web3" in group["hosts"]
        ]
        for name, files in hostile.items():
            groups[environment]["hosts"][name] = dict(
                third, ansible_user="bob" if "session" in files else "alice"
            )
            groups[environment]["hosts"][name]["ansible_port"] = ports.get(name, third["ansible_port"])
            if len(groups[environment]["hosts"]) % 2:
                groups[environment]["hosts"][name]["keepalive_environment"] = "cellar"
            self._interpreter(name, files)
            for module in {file.partition(".")[0] for file in files}:
                groups.setdefault(f"answers_{module}", {"hosts": {}})["hosts"][name] = {}
        variables = dict(self._inventory["all"]["vars"], **variables)
        for group in groups.values():
            for name, own in group["hosts"].items():
                own["ansible_python_interpreter"] = str(self.hosts / name / "python")
                own["ansible_ssh_common_args"] = (
                    f"{variables['ansible_ssh_common_args']} -o SetEnv=HOSTILE={name}"
                )
        groups["honest"] = {"hosts": dict.fromkeys(HONEST)}
        groups["hostile"] = {"hosts": dict.fromkeys(hostile)}
        return {"all": {"children": groups, "vars": variables}}

    def _files_of_honest_hosts(self):
        directories = [host.directory for host in self.fleet.hosts if host.name in HONEST]
        return [
            path
            for directory in directories
            for path in directory.rglob("*")
            if path.is_file() and path.suffix not in (".log", ".pid")
        ]

    def _restore_honest_hosts(self):
        """Every run finds the honest hosts as the first one did."""
        for path in self._files_of_honest_hosts():
            if path not in self._state:
                path.unlink()
        for path, data in self._state.items():
            if path.read_bytes() != data:
                path.write_bytes(data)

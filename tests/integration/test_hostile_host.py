"""Hosts that attack the controller: whatever they answer in place of a module, nothing is started and no file
is made there that an honest run
does not make, what is said of them is short and does nothing to a terminal, and the honest hosts of the same
run come to the same.

The hosts are reached over SSH; their Python is tests/integration/hostile_host/interpreter. KEEPALIVE_ANSWERS:
how many answers are made up in all;
KEEPALIVE_SEED in the environment sets another seed, and stands in the name of every test. What does harm is
printed whole.
"""

import json
import os
import shutil
import socketserver
import threading
import time
from pathlib import Path

import pytest
import yaml

from hostile_host import answers, plays
from hostile_host.controller import SHARED, UNSHARED, Controller
from hostile_host.judge import harm

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = int(os.environ.get("KEEPALIVE_ANSWERS", "40"))
#: What takes minutes is for the full run, make integration-full.
FULL = pytest.mark.skipif(ANSWERS < 1000, reason="only the full run has it, KEEPALIVE_ANSWERS=2000")
SEED = int(os.environ.get("KEEPALIVE_SEED", "4"))
TOGETHER = 70
#: What is run, and which share of the answers that are made up is for it.
RUNS = dict(
    {"tasks": (plays.TASKS, 0.35)},
    **{name: (play, share) for (name, play), share in zip(plays.PLAYBOOKS.items(), (0.25, 0.35, 0.05))},
)
RUNS.update((module, ([plays.task(module)], 0)) for module in plays.MODULES)
#: All hosts at once, and none stops the others.
OPTIONS = ["-v", "--diff", "-e", '{"keepalive_serial": "100%", "keepalive_max_fail_percentage": 100}']
VARIABLES = {
    "keepalive_report_profiles": ["pci_dss_4"],
    "keepalive_audit_users": ["root"],
    "keepalive_probe_max_wait": 1,
    "keepalive_probe_sessions": 1,
    "keepalive_server_login_timeout": 10,
}
#: The answer of an honest host's session to idle_probe, and what leads to a trial says first.
NO_JSON = {
    "probe": {"session": b"keepalive probe\nstill there\n"},
    "tasks": {"sshd_reload.relay": b"SSH-2.0-OpenSSH_9.2\r\n"},
}

if not shutil.which("strace"):
    pytest.fail("strace is missing; make integration installs it", pytrace=False)


@pytest.fixture(name="controller", scope="module")
def _controller(tmp_path_factory):
    with Controller(tmp_path_factory.mktemp("hostile")) as controller:
        yield controller


@pytest.fixture(name="honest", scope="module")
def _honest(controller):
    """(a run on the honest hosts alone, what they answered in it) for each of RUNS, each run once."""
    found = {}

    def run(name, **more):
        key = name, *more.values()
        if key not in found:
            done = controller.run(RUNS[name][0], {}, *OPTIONS, variables=VARIABLES, **more)
            assert not [kind for _host, _action, kind, _result in done.told if kind == "unreachable"], (
                done.output
            )
            found[key] = done, dict(controller.recorded(), **NO_JSON.get(name, {}))
        return found[key]

    return run


def attack(controller, honest, name, hostile, limits=None, limit=300, ports=None, **more):
    """Run it with these hosts, {name: what it answers}; returns the run. What did harm is in the text of the
    assertion.

    limits: keywords of the task of a module; limit: seconds for all of it; ports: of hosts without an sshd;
    more: how the controller
    reaches all of them.
    """
    alone, recorded = honest(name, **more)
    play = [plays.task(name, **limits)] if limits else RUNS[name][0]

    def run(hosts):
        files = {
            host: answers.among(_of_its_play(name, recorded, answer), answer)
            for host, answer in hosts.items()
        }
        done = controller.run(play, files, *OPTIONS, variables=VARIABLES, limit=limit, ports=ports, **more)
        return done, list(harm(done, alone, list(hosts)))

    done, found = run(hostile)
    if found:
        culprits = {
            host: answer for host, answer in hostile.items() if any(host in fault.split() for fault in found)
        } or blamed(hostile, run)
        told = [f"{host} answers {str(answer)[:6000]}" for host, answer in culprits.items()]
        raise AssertionError(
            "\n".join([f"KEEPALIVE_SEED={SEED}, {name}, in {done.directory}", *found, *told])
        )
    return done


def _of_its_play(name, recorded, answer):
    """What an honest host answers beside it: of the same module where every module has a play of its own."""
    modules = {file.partition(".")[0] for file in answer}
    return {
        file: data
        for file, data in recorded.items()
        if name in plays.PLAYBOOKS or file.partition(".")[0] in modules
    }


def blamed(hostile, run):
    """The hosts without which a run does no harm, found by halving; run: hosts to a run and its faults."""
    while len(hostile) > 1:
        items = list(hostile.items())
        halves = dict(items[: len(items) // 2]), dict(items[len(items) // 2 :])
        guilty = [half for half in halves if run(half)[1]]
        if not guilty:
            break  # It takes several of them.
        hostile = guilty[0]
    return hostile


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "audit" else FULL, id=f"seed {SEED}, {name}")
        for name, (_play, share) in RUNS.items()
        if share
    ],
)
def test_whatever_a_host_answers(controller, honest, name):
    number, faults = max(1, round(ANSWERS * RUNS[name][1])), []
    made = answers.made_up(honest(name)[1], number, SEED)
    for first in range(0, number, TOGETHER):
        try:
            done = attack(
                controller,
                honest,
                name,
                {f"h{first + index}": answer for index, answer in enumerate(made[first : first + TOGETHER])},
            )
            shutil.rmtree(str(done.directory))
        except AssertionError as error:
            faults.append(str(error))
    assert not faults, "\n\n".join(faults)


def numbered(made):
    return {f"h{number}": answer for number, answer in enumerate(made)}


def changed(data, **keys):
    """An honest answer with some keys of it changed."""
    return json.dumps(dict(json.loads(data), **keys)).encode()


@pytest.mark.parametrize("ssh_args", [SHARED, UNSHARED])
def test_nothing_of_an_answer_becomes_part_of_a_command(controller, honest, ssh_args):
    """What the first step of sshd_reload answered under `_relay` became an argument of ssh on the
    controller."""
    _alone, recorded = honest("sshd_reload", ssh_args=ssh_args)
    keys = [{key: command} for key in ("_relay", "token") for command in answers.COMMANDS]
    keys += [dict.fromkeys(["_relay", "_state", "_target", "token", "state", "reason"], answers.COMMANDS[0])]
    hosts = numbered({"sshd_reload.prepare": changed(recorded["sshd_reload.prepare"], **own)} for own in keys)
    attack(controller, honest, "sshd_reload", hosts, ssh_args=ssh_args)


def odd_audits(info):
    """Answers to the audit's question that are none, by what is odd about them. info: an honest one."""
    views = {side: json.loads(info)[side] for side in ("server", "client")}
    odd = {
        "provenance": {"server": {"provenance": 5}},
        "no view": {"server": {}},
        "a word": {"server": "x"},
        "nothing": {},
        "users": {"users": [1]},
    }
    whole = {f"only {name}": json.dumps(keys).encode() for name, keys in odd.items()}
    changes = dict(
        odd,
        **{
            "unreadable": {"unreadable": None},
            "unreadable words": {"unreadable": "x"},
            "unreadable numbers": {"unreadable": [5]},
            "no view of users": {"users": {"root": {}}},
            "a user": {"users": {"root": [1]}},
            "findings": {"findings": 5},
            "a finding": {"findings": [{"profile": "x"}]},
            "a finding of a list": {"findings": [[]]},
            "a status": {"findings": [{"profile": "x", "status": "fine"}]},
            "a profile": {"findings": [{"profile": ["x"], "status": "pass"}]},
            "openssh": {"openssh": "9.9"},
            "a release": {"openssh": {"server": {"version": {"a": 1}}}},
            "verdicts": {"compliant": [True]},
            "deep lists": {"server": dict(views["server"], provenance="@deep@")},
            "deep dicts": {"server": "@deep dict@"},
            "deep findings": {"findings": "@deep@"},
            "a client": {"client": dict(views["client"], provenance={"0": "x"})},
            "no sentence": {"failed": True},
            "an odd sentence": {"failed": True, "msg": {"a": [1]}},
            "an odd failure": {"failed": "yes", "server": 5},
        },
    )
    del changes["nothing"]
    whole.update((name, changed(info, **keys)) for name, keys in changes.items())
    return dict(
        whole,
        none=b"",
        null=b"null",
        a_list=b"[]",
        a_number=b"5",
        words=b"Segmentation fault\n",
        too_deep=b'{"server": "@too deep@"}',
    )


def test_odd_answers_do_not_spoil_an_audit(controller, honest):
    _alone, recorded = honest("audit")
    odd = odd_audits(recorded["keepalive_info.users"])
    done = attack(
        controller, honest, "audit", numbered({"keepalive_info.users": answer} for answer in odd.values())
    )
    rows = {host["name"]: host for host in done.report["hosts"]}
    told = {name: (rows[host]["status"], rows[host]["message"]) for host, name in numbered(odd).items()}
    assert {
        name: message for name, (status, message) in told.items() if status != "failed" or not message
    } == {}


def test_facts_of_a_host_do_not_say_where_it_belongs(controller, honest):
    _alone, recorded = honest("audit")
    info = recorded["keepalive_info.users"]
    facts = [{key: value} for key, value in answers.FACTS.items()] + [answers.FACTS]
    hosts = numbered({"keepalive_info.users": changed(info, ansible_facts=own)} for own in facts)
    done = attack(controller, honest, "audit", hosts)
    assert {host["status"] for host in done.report["hosts"]} == {
        host["status"] for host in honest("audit")[0].report["hosts"]
    }


def never(name):
    """A host that does not answer this."""
    return {f"{name}.how": b'{"wait": 3600}'}


def without_end(name, line):
    """A host that answers this with lines that never end."""
    return {name: line * (100000 // len(line)), f"{name}.how": b'{"endless": true}'}


#: Seconds that a task has in the tests of hosts that never end; and MB of an answer that is too long, for
#: which Ansible takes the square of them in time.
LIMIT = 15
TOO_LONG = 100 if ANSWERS > 200 else 20


def test_a_host_that_never_answers_or_never_ends(controller, honest):
    hosts = numbered(
        [never("keepalive_info"), without_end("keepalive_info", b"x"), without_end("keepalive_info", b"}\n")]
    )
    done = attack(controller, honest, "keepalive_info", hosts, {"timeout": LIMIT})
    for host in hosts:
        assert "Timed out after" in done.first(host)[1]["msg"]


@FULL
def test_a_step_of_a_load_or_a_login_that_never_ends(controller, honest):
    steps = ["sshd_reload." + step for step in ("prepare", "load", "prove", "undo", "relay")]
    hosts = numbered(
        [never(step) for step in steps]
        + [without_end(step, b"x\n") for step in ("sshd_reload.prepare", "sshd_reload.relay")]
    )
    done = attack(controller, honest, "sshd_reload", hosts, {"timeout": 2 * LIMIT})
    assert {done.first(host)[0] for host in hosts} == {"failed"}


@FULL
def test_a_very_long_answer(controller, honest):
    info, size = honest("keepalive_info")[1]["keepalive_info"], TOO_LONG * 1000000
    long = [
        answers.Long(b'{"failed": true, "msg": "', b"x", size, b'"}'),
        answers.Long(b"", b"}\n", size),
        answers.Long(info + b"\n", b"x}\n", size),
        answers.Long(b'{"unreadable": [', b"[],", size, b"[]]}"),
        answers.Long(b"", b"[", size),
    ]
    told = answers.Long(b'{"errors": "', b"x", size, b'"}')
    hosts = numbered([{"keepalive_info": answer} for answer in long] + [{"keepalive_info.how": told}])
    attack(controller, honest, "keepalive_info", hosts, {"timeout": 600}, limit=900)


class Server(socketserver.BaseRequestHandler):
    """In place of an sshd: says its first words, and the others until nobody listens any more, or nothing."""

    def handle(self):
        first, more = self.server.words
        try:
            self.request.sendall(first)
            while more:
                self.request.sendall(more * 1000)
            self.request.recv(1)
            time.sleep(60)
        except OSError:
            pass


@pytest.fixture(name="server")
def _server():
    """A function that starts a Server with its words and returns its port."""
    servers = []

    def start(*words):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Server)
        server.daemon_threads, server.words = True, words
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@FULL
def test_a_server_that_is_no_sshd(controller, honest, server):
    escape = answers.CONTROLS[0].encode()
    words = [
        (b"", b""),
        (escape + b"\r\n", b""),
        (b"", escape + b"\r\n"),
        (b"", b"x"),
        (b"SSH-2.0-" + escape + b"\r\n", b""),
        (b"SSH-2.0-x\r\n", b"\0"),
        (b"SSH-1.0-x\r\n", b""),
    ]
    hosts = numbered({"session": b""} for _words in words)
    attack(
        controller, honest, "probe", hosts, ports={host: server(*told) for host, told in zip(hosts, words)}
    )


def tasks_of(path):
    """The tasks of a file of tasks or plays, those in blocks, too."""
    waiting = yaml.safe_load(path.read_text())
    while waiting:
        task = waiting.pop()
        waiting += [
            inner
            for part in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")
            for inner in task.get(part) or []
        ]
        yield task


def test_our_tasks_have_a_limit():
    paths = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]
    asking = [
        (path, task)
        for path in paths
        for task in tasks_of(path)
        for module in plays.MODULES
        if f"fleetops.keepalive.{module}" in task
    ]
    assert len(asking) > 5
    assert [
        f"{path.relative_to(ROOT)}: {task['name']}" for path, task in asking if not task.get("timeout")
    ] == []

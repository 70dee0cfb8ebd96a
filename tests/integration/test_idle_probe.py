"""idle_probe on real sessions: through a real NAT that forgets, on the direct path, and where something is
wrong."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loading import change, logins, reload, result_of
from nat import SERVER, Nat

ANSIBLE = str(Path(sys.executable).parent / "ansible")
PATIENCE = 120


@pytest.fixture(name="nat")
def _nat(request, tmp_path):
    """A NAT that forgets after request.param: (seconds, whether it answers with resets)."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces are made by root")
    if not (shutil.which("ip") and shutil.which("iptables")):
        pytest.fail("iproute2 or iptables is missing; make integration installs them", pytrace=False)
    with Nat(tmp_path / "nat", f"k{os.getpid() % 10000}", *request.param) as nat:
        yield nat


def options_of(fleet, host, **more):
    return {
        "host": "127.0.0.1",
        "port": host.port,
        "user": "alice",
        "identity_file": str(fleet.key),
        "ssh_args": f"-F none -o UserKnownHostsFile={fleet.known_hosts}",
        "max_wait": 2,
        "sessions": 2,
        **more,
    }


def probe(fleet, options, *more):
    play = fleet.ansible(
        "localhost", "-c", "local", "-m", "fleetops.keepalive.idle_probe", "-a", json.dumps(options), *more
    )
    return result_of(play.output)


def probe_through(nat, fleet, **more):
    ssh_args = f"-F none -o UserKnownHostsFile={nat.directory}/known_hosts"
    options = {
        "host": SERVER,
        "user": "root",
        "identity_file": f"{nat.directory}/key",
        "ssh_args": ssh_args,
        **more,
    }
    command = [
        "ip",
        "netns",
        "exec",
        f"{nat.name}-c",
        ANSIBLE,
        "localhost",
        "-c",
        "local",
        "-m",
        "fleetops.keepalive.idle_probe",
        "-a",
        json.dumps(options),
    ]
    done = subprocess.run(
        command,
        env=fleet.environment(),
        cwd=str(fleet.directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    return result_of(done.stdout)


@pytest.mark.parametrize(
    "nat, behaviour",
    [((3, False), "silent"), ((3, True), "reset")],
    indirect=["nat"],
    ids=["silent", "reset"],
)
def test_a_path_that_forgets_is_measured(nat, fleet, behaviour):
    result = probe_through(nat, fleet, max_wait=30)
    assert not result["failed"], result["said"]
    assert result["behaviour"] == behaviour
    assert abs(result["idle_timeout"] - 3) <= 0.3 + 0.1, result
    assert 0 < len(result["rounds"]) <= 4
    assert result["recommended_interval"] == 1
    assert (result["path"], result["server_probes"]) == (f"{SERVER} port 22", None)
    assert not processes_of(nat, "c", "ssh")
    assert not left(nat)


def left(nat):
    """Connections that the client's kernel still knows, but for those that are over (TIME-WAIT)."""
    return [
        line
        for line in nat.at("c", f"ss -Htan dst {SERVER}").stdout.splitlines()
        if not line.startswith("TIME-WAIT")
    ]


def processes_of(nat, side, program):
    """The processes of a program in one of the three places."""
    pids = subprocess.run(
        ["ip", "netns", "pids", f"{nat.name}-{side}"],
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout.split()
    return [pid for pid in pids if name_of(pid) == program]


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


@pytest.mark.parametrize("nat", [(30, False)], indirect=True, ids=["30 s"])
def test_probes_of_the_server_are_noticed(nat, fleet):
    nat.serve("ClientAliveInterval 1\nClientAliveCountMax 100\n")
    result = probe_through(nat, fleet, max_wait=8, sessions=3)
    assert (result["behaviour"], result["died"], result["idle_timeout"]) == ("none", None, None)
    assert 0.5 <= result["server_probes"] <= 5
    assert "sends probes of its own" in " ".join(result["said"].split())
    assert result["lived"] < 8
    assert len(result["rounds"]) == 1


def test_a_direct_path_forgets_nothing(fleet):
    result = probe(fleet, options_of(fleet, fleet.hosts[0]))
    assert (result["behaviour"], result["died"], result["idle_timeout"]) == ("none", None, None)
    assert result["lived"] >= 2 and len(result["rounds"]) == 1
    assert not result["changed"]


def test_check_mode_measures_nothing(fleet):
    host = fleet.hosts[0]
    before = logins(host)
    result = probe(fleet, options_of(fleet, host), "--check")
    assert (result["rounds"], result["behaviour"], result["changed"]) == ([], None, False)
    assert logins(host) == before


def test_a_session_that_the_server_ends_is_a_reset(fleet):
    host = fleet.hosts[0]
    change(host, "ChannelTimeout session:*=2\nUnusedConnectionTimeout 1")
    assert not reload(fleet, host)["failed"]
    result = probe(fleet, options_of(fleet, host, max_wait=12, sessions=3))
    assert result.get("behaviour") == "reset", result["said"]
    assert 1 <= result["idle_timeout"] <= 4


def test_a_jump_host_is_named(fleet):
    jump, target = fleet.hosts[:2]
    proxy = f"ssh -v -F none -i {fleet.key} -o UserKnownHostsFile={fleet.known_hosts} -p {jump.port} -W %h:%p alice@127.0.0.1"
    options = options_of(fleet, target)
    result = probe(fleet, dict(options, ssh_args=options["ssh_args"] + f" -o 'ProxyCommand={proxy}'"))
    assert result["path"] == f"127.0.0.1 port {jump.port}, and from there on to the destination"
    assert result["behaviour"] == "none"


def test_jump_hosts_in_a_row(fleet):
    config = fleet.directory / "jumps"
    hosts = "".join(
        f"Host {host.name}\n    HostName 127.0.0.1\n    Port {host.port}\n" for host in fleet.hosts
    )
    config.write_text(
        f"{hosts}Host web3\n    ProxyJump web1,web2\nHost *\n    User alice\n    IdentityFile {fleet.key}\n"
        f"    UserKnownHostsFile {fleet.known_hosts}\n    ServerAliveInterval 1\n"
    )
    result = probe(fleet, {"host": "web3", "ssh_args": f"-F {config}", "max_wait": 2, "sessions": 2})
    assert result.get("behaviour") == "none", result["said"]
    assert result["path"] == f"127.0.0.1 port {fleet.hosts[0].port}, and from there on to the destination"
    for host in fleet.hosts:
        assert (host.directory / "sshd.log").read_text().count("Accepted publickey") == 2


@pytest.mark.parametrize("nat", [(3, False)], indirect=True, ids=["3 s"])
def test_the_way_to_a_jump_host_is_not_kept_awake_by_the_clients_own_policy(nat, fleet):
    nat.serve("ListenAddress 127.0.0.1\n")
    known_hosts = nat.directory / "known_hosts"
    known_hosts.write_text(known_hosts.read_text() + known_hosts.read_text().replace(SERVER, "127.0.0.1"))
    config = nat.directory / "ssh_config"
    config.write_text(
        f"Host *\n    ServerAliveInterval 1\n    User root\n    IdentityFile {nat.directory}/key\n    "
        f"UserKnownHostsFile {known_hosts}\n"
    )
    result = probe_through(
        nat,
        fleet,
        host="127.0.0.1",
        ssh_args=f"-F {config} -J {SERVER}",
        rungs=[2, 5],
        max_wait=5,
        precision=0.7,
    )
    assert (result.get("behaviour"), result.get("path")) == (
        "silent",
        f"{SERVER} port 22, and from there on to the destination",
    ), result["said"]
    assert result["lived"] < 3 + 0.1 and result["died"] >= 3
    # Nothing can tell the server, but what was started there ends by itself.
    wait_until(lambda: not processes_of(nat, "s", "cat"))
    wait_until(lambda: len(processes_of(nat, "s", "sshd")) == 1)


def changed_host_key(fleet, host):
    other = fleet.directory / "other_hosts"
    key = (fleet.hosts[1].directory / "ssh_host_ed25519_key.pub").read_text()
    other.write_text(f"[127.0.0.1]:{host.port} {key}")
    return {"ssh_args": f"-F none -o UserKnownHostsFile={other}"}


REFUSED = [
    (
        "a refused login",
        lambda fleet, host: {"identity_file": "/nowhere/key"},
        "alice@127.0.0.1: Permission denied",
    ),
    ("a closed port", lambda fleet, host: {"port": 9}, "Connection refused"),
    ("a changed host key", changed_host_key, "Host key verification failed"),
    (
        "an unknown name",
        lambda fleet, host: {"host": "nowhere.invalid"},
        "Could not resolve hostname nowhere.invalid",
    ),
    (
        "a proxy that fails",
        lambda fleet, host: {
            "ssh_args": f"-F none -o UserKnownHostsFile={fleet.known_hosts} -o ProxyCommand=false"
        },
        "no session to",
    ),
    (
        "no time",
        lambda fleet, host: {"max_wait": 0},
        "max_wait: '0' is not valid; give the longest idle time worth measuring, at least 1 s",
    ),
    ("no precision", lambda fleet, host: {"precision": 0}, "precision: 0.0 is not valid"),
    ("no sessions", lambda fleet, host: {"sessions": 0}, "sessions: 0 is not valid"),
    (
        "too long a rung",
        lambda fleet, host: {"rungs": [1, 3]},
        "rungs: 1, 3 is not valid; give up to 2 idle times (sessions) from 1 s to 2 s (max_wait)",
    ),
    (
        "an option for a host",
        lambda fleet, host: {"host": "-oProxyCommand=id"},
        "host: '-oProxyCommand=id' is not a destination",
    ),
    (
        "an unknown letter",
        lambda fleet, host: {"ssh_args": "-Z"},
        "ssh_args: ssh has no such option: option -Z not recognized",
    ),
    (
        "a second destination",
        lambda fleet, host: {"ssh_args": "other.example.com"},
        "ssh_args: 'other.example.com' is not an option of ssh",
    ),
    (
        "half a word",
        lambda fleet, host: {"ssh_args": "-o 'User"},
        'ssh_args: "-o \'User" cannot be cut into words',
    ),
]


@pytest.mark.parametrize("change, words", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_wrong_is_said_in_one_sentence(fleet, change, words):
    host = fleet.hosts[0]
    result = probe(fleet, dict(options_of(fleet, host), **change(fleet, host)))
    assert result["failed"]
    assert words in result["msg"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_an_interrupted_measuring_leaves_nothing_behind(fleet, number):
    host = fleet.hosts[0]
    options = json.dumps(options_of(fleet, host, max_wait=600, sessions=3))
    command = [ANSIBLE, "localhost", "-c", "local", "-m", "fleetops.keepalive.idle_probe", "-a", options]
    play = subprocess.Popen(
        command,
        env=fleet.environment(),
        cwd=str(fleet.directory),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    wait_until(lambda: len(ours(fleet, "ssh")) == 3)
    module = int(Path(f"/proc/{ours(fleet, 'ssh')[0]}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(module, number)
    play.communicate()
    wait_until(lambda: not ours(fleet, "ssh"))


def arguments(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def ours(fleet, program):
    """The processes of a program that name this fleet's key."""
    found = [path.name for path in Path("/proc").glob("[0-9]*")]
    return [
        pid for pid in found if str(fleet.key) in arguments(pid) and program in arguments(pid).split(" ")[0]
    ]


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_async_works(fleet):
    result = probe(fleet, options_of(fleet, fleet.hosts[0]), "-B", "120", "-P", "1")
    assert result["behaviour"] == "none" and not result["failed"]

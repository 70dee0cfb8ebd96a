"""What the values do to real sessions: who is dropped, who is not, and what ends a session that is merely
idle."""

import json
import os
import signal
import socketserver
import subprocess
import threading
import time

import pytest

from loading import result_of

#: Long enough for the busiest machine; what has to happen happens within seconds.
PATIENCE = 90


class Session:
    """A login with `cat` at its far end."""

    def __init__(self, fleet, host, *options):
        command = [
            "ssh",
            "-F",
            "none",
            "-i",
            str(fleet.key),
            "-p",
            str(host.port),
            "-o",
            f"UserKnownHostsFile={fleet.known_hosts}",
            *options,
        ]
        far_end = [] if "-W" in options else ["cat"]
        self.process = subprocess.Popen(
            [*command, "alice@127.0.0.1", *far_end],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.answers()

    def answers(self):
        """Whether what is sent comes back."""
        try:
            self.process.stdin.write(b"ping\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return False
        return self.process.stdout.readline() == b"ping\n"

    def ended(self):
        return self.process.poll() is not None

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


@pytest.fixture(name="host")
def _host(fleet):
    return fleet.hosts[0]


@pytest.fixture(name="login")
def _login(fleet, host):
    sessions = []

    def login(*options):
        sessions.append(Session(fleet, host, *options))
        return sessions[-1]

    yield login
    for session in sessions:
        session.close()


def in_force(fleet, host, **options):
    """Set a policy with the modules and have sshd load it; gives the result of sshd_config."""
    options = {"path": str(host.sshd_config), **options}
    result = result_of(
        fleet.ansible(host.name, "-m", "fleetops.keepalive.sshd_config", "-a", json.dumps(options)).output
    )
    assert not result["failed"], result["said"]
    loaded = result_of(
        fleet.ansible(
            host.name,
            "-m",
            "fleetops.keepalive.sshd_reload",
            "-a",
            json.dumps({"path": str(host.sshd_config)}),
        ).output
    )
    assert not loaded["failed"], loaded["said"]
    return result


def wait_until(condition):
    """How long it took, in seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.05)
    return time.monotonic() - began


def dropped(host):
    return (host.directory / "sshd.log").read_text().count("Timeout, client not responding")


def test_a_stopped_client_is_dropped_and_one_that_answers_is_not(fleet, host, login):
    result = in_force(fleet, host, interval=2, count_max=1)
    stopped, answering = login(), login()
    os.kill(stopped.process.pid, signal.SIGSTOP)
    seconds = wait_until(lambda: dropped(host) == 1)
    # Less than two whole intervals can never be enough; how much more than drop_after it takes is up to the
    # machine.
    assert 2 < seconds, seconds
    assert result["drop_after"] in (4, 8)
    assert answering.answers()
    os.kill(stopped.process.pid, signal.SIGCONT)
    wait_until(stopped.ended)


def test_count_zero_never_drops_anybody(fleet, host, login):
    result = in_force(fleet, host, profile="stig_600_0", interval=1)
    assert result["drop_after"] is None
    stopped = login()
    os.kill(stopped.process.pid, signal.SIGSTOP)
    time.sleep(6)
    os.kill(stopped.process.pid, signal.SIGCONT)
    assert stopped.answers()
    assert dropped(host) == 0


@pytest.mark.parametrize(
    "options", [[], ["-o", "ServerAliveInterval=1"]], ids=["no client keepalive", "client keepalive"]
)
def test_the_strict_variant_ends_an_idle_session(fleet, host, login, options):
    in_force(
        fleet, host, profile="stig_600_0+idle", channel_timeout={"session:*": 3}, unused_connection_timeout=3
    )
    idle = login(*options)
    seconds = wait_until(idle.ended)
    assert seconds > 2


def test_without_it_an_idle_session_with_a_living_client_stays(fleet, host, login):
    in_force(fleet, host, profile="pci_dss_4", interval=1)
    idle = login()
    time.sleep(6)
    assert idle.answers()


class Echo(socketserver.StreamRequestHandler):
    """What a forwarded connection leads to."""

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


@pytest.mark.parametrize("kind, ends", [("direct-tcpip", True), ("direct-tcpip:*", False)])
def test_a_channel_timeout_of_a_forwarded_connection(fleet, host, kind, ends):
    """The type has no kind behind a colon: that is for sessions alone."""
    result = in_force(fleet, host, channel_timeout={kind: 2})
    assert ("does nothing" in result["said"]) is not ends
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        session = Session(fleet, host, "-W", f"127.0.0.1:{server.server_address[1]}")
        try:
            if ends:
                wait_until(session.ended)
            else:
                time.sleep(5)
                assert session.answers() and not session.ended()
        finally:
            session.close()
            server.shutdown()

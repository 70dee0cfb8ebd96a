"""Lock-outs: what is never loaded, and what the host takes back, by word of the controller or by itself."""

import contextlib
import json
import os
import subprocess
import time

import pytest

import controller

ENGINE = os.environ["KEEPALIVE_ENGINE"]
OURS = "/etc/ssh/sshd_config.d/00-keepalive.conf"
OTHER = "/etc/ssh/sshd_config.d/20-other.conf"
MARKER = "/tmp/tried"
FIRST_LOGIN_ALONE = f"mkdir {MARKER} 2>/dev/null || exec sleep 300"
WAYS = {
    "service": "rm -rf /etc/systemd/system/ssh.socket.d; systemctl daemon-reload; systemctl stop ssh.socket; systemctl restart ssh.service",
    "socket": "mkdir -p /etc/systemd/system/ssh.socket.d; cp /etc/systemd/system/no-accept.conf /etc/systemd/system/ssh.socket.d; "
    "systemctl daemon-reload; systemctl stop ssh.service ssh.socket; systemctl start ssh.socket",
    "connection": "mkdir -p /etc/systemd/system/ssh.socket.d; cp /etc/systemd/system/accept.conf /etc/systemd/system/ssh.socket.d; "
    "systemctl daemon-reload; systemctl stop ssh.service ssh.socket; systemctl start ssh.socket",
}
STATE = (
    f"pkill -x sleep; rm -rf {MARKER} /var/lib/fleetops.keepalive; rm -f {OTHER}; sed -i s/333/300/ {OURS}"
)


class Target:
    """A container, reached by its engine where SSH may be what is broken, and by SSH from the controller that
    is under test."""

    def __init__(self, instance):
        self.instance = instance
        self.name = f"keepalive-lockout-{instance['instance']}"

    def sh(self, script, check=True):
        done = subprocess.run(
            [ENGINE, "exec", self.name, "sh", "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def logs_in(self, timeout=10):
        options = "-F none -S none -o BatchMode=yes -o ConnectTimeout=3 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null".split()
        login = [
            "ssh",
            *options,
            "-i",
            self.instance["identity_file"],
            f"{self.instance['user']}@{self.instance['address']}",
            "true",
        ]
        return (
            subprocess.run(
                login, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
            ).returncode
            == 0
        )

    @contextlib.contextmanager
    def unreachable(self, *packets):
        """Let none of these packets through to the host, as iptables knows them; without any, nothing, open
        connections included."""
        rule = ["OUTPUT", "-d", self.instance["address"], *packets, "-j", "DROP"]
        subprocess.run(["iptables", "-I", *rule], check=True)
        try:
            yield
        finally:
            subprocess.run(["iptables", "-D", *rule], check=True)

    def policy(self):
        """Our drop-in, '' where there is none."""
        return self.sh(f"cat {OURS} 2>/dev/null", check=False)

    def main_pid(self):
        return self.sh("systemctl show -p MainPID --value ssh.service").strip()

    def change(self, path, text):
        """Write a file as the modules do, journal first."""
        code = (
            "import os, sys; sys.path.insert(0, '/opt/collection')\n"
            "from ansible_collections.fleetops.keepalive.plugins.module_utils._host.journal import Journal\n"
            f"path, after = {path!r}, {text.encode()!r}\n"
            "before = open(path, 'rb').read() if os.path.exists(path) else None\n"
            "Journal('/etc/ssh/sshd_config').record(path, before, after)\n"
            "open(path, 'wb').write(after)\n"
        )
        subprocess.run([ENGINE, "exec", "-i", self.name, "python3", "-"], input=code.encode(), check=True)


@pytest.fixture(name="target", params=WAYS)
def _target(request, host):
    """A host in its proven state that runs sshd in one of the ways."""
    name = host.backend.get_pytest_id().partition("://")[2]
    [instance] = [instance for instance in controller.instances() if instance["instance"] == name]
    target = Target(instance)
    target.way = request.param
    target.sh(STATE + "; " + WAYS[request.param])
    wait_until(target.logs_in)
    yield target
    target.sh(STATE + "; " + WAYS["service"])


def wait_until(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def apply(tmp_path, target, interval, **more):
    """Run the playbook site with this policy; return its exit status and all that it said, in one line."""
    status, output = controller.site(
        tmp_path, [target.instance], {"keepalive_server_interval": interval, **more}
    )
    return status, " ".join(output.split())


def test_a_policy_is_loaded_and_proven(tmp_path, target):
    status, output = apply(tmp_path, target, 333)
    assert status == 0, output
    assert "ClientAliveInterval 333" in target.policy()
    assert target.logs_in()
    assert target.sh("ls /var/lib/fleetops.keepalive") == ""
    status, output = apply(tmp_path, target, 333)
    assert "changed=0 " in output, output


def only(*ways):
    return pytest.mark.parametrize("target", ways, indirect=True)


@only("service", "socket")
def test_a_lockout_beside_ours_is_found_by_the_trial_and_never_loaded(tmp_path, target):
    before, pid = target.policy(), target.main_pid()
    target.sh(f"echo 'AllowUsers nobody' > {OTHER}")
    status, output = apply(tmp_path, target, 333)
    assert status == 2, output
    assert "not allowed because not listed in AllowUsers" in output
    assert f"so it was not loaded, and the last proven state of {OURS} is back" in output
    assert target.policy() == before
    assert target.main_pid() == pid
    assert target.logs_in()


@only("connection")
def test_a_lockout_that_is_in_force_at_once_is_taken_back_at_once(tmp_path, target):
    """The connection of the play is open; nobody else gets in from the moment that the file is written."""
    assert apply(tmp_path, target, 300)[0] == 0
    target.change(OTHER, "AllowUsers nobody\n")
    assert not target.logs_in()
    status, output = apply(tmp_path, target, 300)
    assert status == 2, output
    assert f"the last proven state of {OTHER} is back" in output
    assert target.logs_in()


def test_a_port_that_a_firewall_drops_is_noticed_and_undone(tmp_path, target):
    assert apply(tmp_path, target, 300)[0] == 0
    before = target.policy()
    with target.unreachable("-p", "tcp", "--dport", "22", "--syn"):
        status, output = apply(tmp_path, target, 333, keepalive_server_rollback_after=8)
    assert status == 2, output
    assert "sshd had loaded its changed configuration, but it is not proven" in output
    assert f"the last proven state of {OURS} is back; a new login fails still" in output
    assert target.policy() == before
    assert target.logs_in()


@only("service")
def test_an_address_that_nobody_reaches_is_noticed_and_undone(tmp_path, target):
    target.change(OTHER, "ListenAddress 127.0.0.1\n")
    status, output = apply(tmp_path, target, 300, keepalive_server_rollback_after=6)
    assert status == 2, output
    assert f"the last proven state of {OTHER} is back; a new login works again" in output
    assert target.logs_in()


def begin_a_load_that_is_never_proven(tmp_path, target):
    """Start a play whose login after the load does not return; give it back when it is in that login."""
    wanted = {
        "keepalive_server_interval": 333,
        "keepalive_server_rollback_after": 12,
        "keepalive_server_login_command": FIRST_LOGIN_ALONE,
    }
    play = controller.start(controller.inventory(tmp_path, [target.instance], wanted))
    wait_until(lambda: target.sh("pgrep -x sleep", check=False))
    assert "333" in target.policy()
    return play


def kill(tmp_path, play):
    """Kill the play and its workers, which have sessions of their own."""
    subprocess.run(["pkill", "-KILL", "-f", f"ansible-playbook -i {tmp_path}/"], check=True)
    play.wait()


def test_the_watchdog_outlives_the_controller(tmp_path, target):
    before = target.policy()
    kill(tmp_path, begin_a_load_that_is_never_proven(tmp_path, target))
    wait_until(lambda: target.policy() == before)
    wait_until(target.logs_in)
    wait_until(
        lambda: (
            target.sh("ls /var/lib/fleetops.keepalive").split()
            and not target.sh("pgrep -f [w]atchdog", check=False)
        )
    )
    assert target.sh("/usr/sbin/sshd -T | grep -i clientaliveinterval") == "clientaliveinterval 300\n"


def test_the_watchdog_outlives_the_network(tmp_path, target):
    before = target.policy()
    play = begin_a_load_that_is_never_proven(tmp_path, target)
    with target.unreachable():
        wait_until(lambda: target.policy() == before)
    wait_until(target.logs_in)
    kill(tmp_path, play)


@only("connection", "service")
def test_the_watchdog_is_there_before_a_file_that_is_in_force_at_once(tmp_path, target):
    before = target.policy()
    book = tmp_path / "half.yml"
    task = {"fleetops.keepalive.sshd_config": {"interval": 333, "rollback_after": 12}}
    book.write_text(json.dumps([{"hosts": "all", "become": True, "gather_facts": False, "tasks": [task]}]))
    output = controller.start(controller.inventory(tmp_path, [target.instance], {}), book).communicate()[0]
    assert "changed=1 " in output, output
    assert "333" in target.policy()
    armed = "watchdog.armed" in target.sh("ls /var/lib/fleetops.keepalive")
    assert armed is (target.way == "connection")
    if armed:
        wait_until(lambda: target.policy() == before)

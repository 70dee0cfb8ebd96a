"""A real NAT that forgets: client, router and server as three network namespaces of this machine. For
root."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

CLIENT, ROUTER, SERVER = "10.77.1.1", "10.77.1.254", "10.77.2.1"
#: On the server's side of the router.
_FAR_ROUTER = "10.77.2.254"
SSHD = """
ListenAddress {server}
HostKey {directory}/host_key
PidFile {directory}/sshd.pid
AuthorizedKeysFile {directory}/key.pub
PermitRootLogin yes
StrictModes no
UsePAM no
PasswordAuthentication no
"""


class Nat:
    """Namespaces whose names begin with `name`; a connection idle for `seconds` is forgotten, and answered
    with resets where `resets`."""

    def __init__(self, directory, name, seconds, resets=False):
        self.directory, self.name, self.seconds, self.resets = Path(directory), name, seconds, resets
        self._sshd = None

    def __enter__(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        for side in "crs":
            _run(f"ip netns add {self.name}-{side} && ip -n {self.name}-{side} link set lo up")
        self._wire("c", CLIENT, ROUTER)
        self._wire("s", SERVER, _FAR_ROUTER)
        self._route()
        for key in ("key", "host_key"):
            _run(f"ssh-keygen -q -t ed25519 -N '' -f {self.directory}/{key}")
        host_key = (self.directory / "host_key.pub").read_text()
        (self.directory / "known_hosts").write_text(f"{SERVER} {host_key}")
        self.serve()
        return self

    def _wire(self, side, end, router):
        """A cable between a side and the router."""
        here, there = f"{self.name}{side}0", f"{self.name}{side}1"
        _run(f"ip link add {here} type veth peer name {there}")
        for link, where, address in ((here, side, end), (there, "r", router)):
            _run(
                f"ip link set {link} netns {self.name}-{where} && ip -n {self.name}-{where} addr add "
                f"{address}/24 dev {link} "
                f"&& ip -n {self.name}-{where} link set {link} up"
            )
        _run(f"ip -n {self.name}-{side} route add default via {router}")

    def _route(self):
        out = f"{self.name}s1"
        settings = f"net.ipv4.ip_forward=1 net.netfilter.nf_conntrack_tcp_loose=0 net.netfilter.nf_conntrack_tcp_timeout_established={self.seconds}"
        self.at("r", f"iptables -t nat -A POSTROUTING -o {out} -j MASQUERADE")
        unknown = "REJECT --reject-with tcp-reset" if self.resets else "DROP"
        self.at("r", f"iptables -A FORWARD -p tcp -m conntrack --ctstate INVALID -j {unknown}")
        self.at("r", f"sysctl -q -w {settings}")

    def serve(self, more=""):
        """Start the server's sshd, with more lines of configuration, in the place of one that runs."""
        if self._sshd:
            self._sshd.terminate()
            self._sshd.wait()
        config = self.directory / "sshd_config"
        config.write_text(SSHD.format(server=SERVER, directory=self.directory) + more)
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._sshd = subprocess.Popen(
            ["ip", "netns", "exec", f"{self.name}-s", "/usr/sbin/sshd", "-D", "-e", "-f", str(config)],
            stdin=subprocess.DEVNULL,
            stderr=open(self.directory / "sshd.log", "ab"),
        )
        deadline = time.monotonic() + 30
        while self.at("c", f"bash -c 'exec 3<>/dev/tcp/{SERVER}/22'", check=False).returncode:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def at(self, side, command, check=True, **how):
        """Run a shell command where c, r or s is."""
        return subprocess.run(
            ["ip", "netns", "exec", f"{self.name}-{side}", "sh", "-c", command],
            check=check,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            **how,
        )

    def __exit__(self, *_error):
        self._sshd.terminate()
        self._sshd.wait()
        for side in "crs":
            for pid in _run(f"ip netns pids {self.name}-{side}").split():
                with contextlib.suppress(ProcessLookupError):  # It ends with another one that was ended.
                    os.kill(int(pid), 9)
            _run(f"ip netns del {self.name}-{side}")


def _run(command):
    return subprocess.run(
        ["sh", "-ec", command], check=True, stdout=subprocess.PIPE, universal_newlines=True
    ).stdout

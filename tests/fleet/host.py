"""One host of the fleet: the directory that holds everything a real one has below /etc/ssh, and its sshd."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from string import Template

from . import accounts, processes

TEMPLATES = Path(__file__).parent / "templates"
START_SECONDS = 10


class Host:
    """A host named `name` of the environment `environment`, in `directory`, on a port of 127.0.0.1."""

    def __init__(self, name, environment, directory, port):
        self.name = name
        self.environment = environment
        self.directory = directory
        self.port = port

    @property
    def sshd_config(self):
        return self.directory / "sshd_config"

    @property
    def ssh_config(self):
        return self.directory / "ssh_config"

    @property
    def pid_file(self):
        return self.directory / "sshd.pid"

    def public_key(self):
        """Return the host key as a known_hosts line has it: type and key."""
        return " ".join((self.directory / "ssh_host_ed25519_key.pub").read_text().split()[:2])

    def write(self, wrapper, authorized_key):
        """Write the files of a host that nobody has configured yet. Staging comes from a cloud image,
        production was edited by hand."""
        self.directory.mkdir(parents=True)
        accounts.write(self.directory, os.getuid(), os.getgid())
        names = {"name": self.name, "directory": self.directory, "port": self.port, "wrapper": wrapper}
        server = _render("sshd_config", names)
        if self.environment == "production":
            server += _render("sshd_match", names)
        self.sshd_config.write_text(server)
        self.ssh_config.write_text(_render("ssh_config", names))
        for drop_ins in ("sshd_config.d", "ssh_config.d"):
            (self.directory / drop_ins).mkdir(mode=0o755)
        if self.environment == "staging":
            (self.directory / "sshd_config.d" / "50-cloud-init.conf").write_text(
                "PasswordAuthentication no\n"
            )
        (self.directory / "authorized_keys").write_text(authorized_key)
        make_key(self.directory / "ssh_host_ed25519_key", self.name)

    def start(self, sshd, wrapper):
        """Start this host's sshd and wait until it answers; raise RuntimeError with its log if it does
        not."""
        log = self.directory / "sshd.log"
        process = subprocess.Popen(
            [sshd, "-D", "-f", str(self.sshd_config), "-E", str(log)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log.open("ab"),
            env=dict(os.environ, **accounts.environment(self.directory, wrapper)),
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"{self.name}: sshd does not answer on port {self.port}: {log.read_text().strip()}"
                )
            time.sleep(0.02)

    def answers(self):
        """Return whether an SSH server greets on this host's port."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def stop(self):
        """End this host's sshd and every process of its sessions."""
        processes.end(processes.of_host(self.directory))


def make_key(path, comment):
    """Make an ed25519 key pair without a passphrase at `path`."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)], check=True
    )


def find_sshd():
    """Return the path of sshd, which is on no ordinary user's PATH, or None."""
    return shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")


def _render(template, names):
    return Template((TEMPLATES / template).read_text()).substitute(names)

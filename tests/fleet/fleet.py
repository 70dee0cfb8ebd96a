"""A fleet: its hosts, its inventory, and its life from start to stop."""

import itertools
import os
import random
import shutil
import socket
from pathlib import Path

from . import accounts, inventory
from .host import Host, find_sshd, make_key

ENVIRONMENTS = ("lab", "staging", "production")
# Below the ports that Linux gives to outgoing connections, one of which could take a port while sshd reloads.
PORTS = range(20000, 32768)


class FleetError(Exception):
    """The fleet cannot be started; the text says in one sentence why."""


class Fleet:
    """Hosts web1, web2, … in `directory`, their environments lab, staging, production in turn.

    Use it as a context manager: the hosts run inside the block, and no process outlives it.
    `hosts` lists them; `inventory` is the path for `ansible-playbook -i`, `ansible_config` the file for
    ANSIBLE_CONFIG. The directory must not exist yet
    or hold an earlier fleet, which is stopped and replaced; it stays afterwards, for reading what happened.
    """

    def __init__(self, directory, size=3):
        self.directory = Path(directory).resolve()
        self.hosts = [
            Host(f"web{number}", environment, self.directory / f"web{number}", port)
            for number, environment, port in zip(
                range(1, size + 1), itertools.cycle(ENVIRONMENTS), free_ports()
            )
        ]

    @property
    def inventory(self):
        return self.directory / "inventory"

    @property
    def ansible_config(self):
        """The file for ANSIBLE_CONFIG: it names the inventory, and keeps the person's own configuration
        out."""
        return self.directory / "ansible.cfg"

    @property
    def key(self):
        """The private key that logs in everywhere as alice or bob."""
        return self.directory / "id_ed25519"

    @property
    def known_hosts(self):
        return self.directory / "known_hosts"

    def start(self):
        """Write the files of every host, start it, and write the inventory."""
        sshd, wrapper = _requirements()
        self._clear()
        self.inventory.mkdir(parents=True)
        make_key(self.key, "fleet")
        authorized_key = self.key.with_suffix(".pub").read_text()
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        try:
            for host in self.hosts:
                host.write(wrapper, authorized_key)
                host.start(sshd, wrapper)
        except BaseException:
            stop(self.directory)
            raise
        inventory.write(self.inventory, self.hosts, self.key, self.known_hosts)
        self.ansible_config.write_text(
            f"[defaults]\ninventory = {self.inventory}\nretry_files_enabled = false\nnocows = true\n"
        )

    def stop(self):
        """End every process of the fleet."""
        stop(self.directory)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_exception):
        self.stop()

    def _clear(self):
        if not self.directory.exists():
            return
        if any(self.directory.iterdir()) and not self.inventory.is_dir():
            raise FleetError(f"{self.directory} holds something else than a fleet; name another directory.")
        stop(self.directory)
        shutil.rmtree(self.directory)


def stop(directory):
    """End every process of the fleet in `directory`, whoever started it."""
    for passwd in Path(directory).resolve().glob("*/passwd"):
        Host(passwd.parent.name, None, passwd.parent, None).stop()


def _requirements():
    sshd, wrapper = find_sshd(), accounts.find_wrapper()
    missing = [
        name
        for name, found in (
            ("sshd", sshd),
            ("ssh-keygen", shutil.which("ssh-keygen")),
            ("libnss_wrapper", wrapper),
        )
        if not found
    ]
    if missing:
        raise FleetError(
            f"The fleet needs {', '.join(missing)}; on Debian: apt-get install openssh-server "
            f"openssh-client libnss-wrapper"
        )
    return sshd, wrapper


def free_ports():
    """Yield ports of 127.0.0.1 that nobody listens on, none twice."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port

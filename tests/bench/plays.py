"""How long whole runs of ansible-playbook take on the loopback fleet, against a play with one ping."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from demo import collection
from fleet.host import find_sshd

DIRECTORY = Path(__file__).parent / "plays"
BASELINE = "ping"
NAMES = {
    "ping": "one `ansible.builtin.ping`",
    "command": "one `ansible.builtin.command` that runs `sshd -T`",
    "lineinfile": "two `ansible.builtin.lineinfile`",
    "module": "`fleetops.keepalive.sshd_config`",
    "role": "the role `fleetops.keepalive.keepalive_server`",
}


def measure(fleet, installed, rounds):
    """Return play → list of seconds, one for each round, in which every play runs once. Nothing is left to
    change when the clock starts."""
    for host in fleet.hosts:
        shutil.copy(str(host.sshd_config), f"{host.sshd_config}.lineinfile")
    for play in ("lineinfile", "role"):
        _run(fleet, installed, play)
    seconds = {play: [] for play in NAMES}
    for _round in range(rounds):
        for play, measured in seconds.items():
            start = time.monotonic()
            output = _run(fleet, installed, play)
            measured.append(time.monotonic() - start)
            if output.count("changed=0 ") != len(fleet.hosts):
                sys.exit(f"{play} was to find nothing to change:\n{output}")
    return seconds


def ratio(seconds, play):
    """Return the median, over the rounds, of a play's time divided by the baseline's in the same round."""
    return statistics.median(mine / base for mine, base in zip(seconds[play], seconds[BASELINE]))


def _run(fleet, installed, play):
    environment = dict(
        os.environ, ANSIBLE_CONFIG=str(fleet.ansible_config), ANSIBLE_COLLECTIONS_PATH=str(installed)
    )
    command = [
        str(collection.PROGRAMS / "ansible-playbook"),
        "--forks",
        "20",
        "-e",
        f"bench_sshd={find_sshd()}",
        str(DIRECTORY / f"{play}.yml"),
    ]
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return done.stdout

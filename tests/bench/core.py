"""How long the pure core takes to parse, resolve and plan one large file, in this process."""

import statistics
import time

from ansible_collections.fleetops.keepalive.plugins.module_utils._config import plan, sources
from ansible_collections.fleetops.keepalive.plugins.module_utils._config.directives import SSH, SSHD
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import policies

RELEASE = (9, 2)
WANTED = {"interval": 60, "count_max": 3}
# One block of ten lines, as often as the file needs it.
BLOCKS = {
    SSHD: "Match User user%d\n    AllowTcpForwarding no\n    # by hand\n    X11Forwarding no\n    PermitTTY yes\n"
    "    ClientAliveInterval 120\n    ClientAliveCountMax 2\n    Banner none\n    MaxSessions 4\n\n",
    SSH: "Host host%d\n    HostName 192.0.2.1\n    # by hand\n    Port 2222\n    User deploy\n"
    "    ServerAliveInterval 120\n    ServerAliveCountMax 2\n    ForwardAgent no\n    Compression no\n\n",
}


class OneFile(sources.Source):
    """A file system that holds one file."""

    def __init__(self, path, content):
        self.path = path
        self.content = content

    def read(self, path):
        return self.content

    def exists(self, path):
        return path == self.path

    def glob(self, pattern):
        return []


def measure(dialect, lines, rounds):
    """Return the median of the seconds that a plan for a file of so many lines takes."""
    path = f"/etc/ssh/{dialect.side}_config"
    content = "".join(BLOCKS[dialect] % number for number in range(lines // 10)).encode()
    seconds = []
    for _round in range(rounds):
        start = time.perf_counter()
        made = plan.plan(
            path,
            OneFile(path, content),
            dialect,
            RELEASE,
            sources.Directories("/etc/ssh"),
            policies.build(dialect, WANTED, RELEASE),
        )
        seconds.append(time.perf_counter() - start)
        if not made.edits:
            raise RuntimeError(
                "a file without the wanted values has nothing to change: that is no measurement"
            )
    return statistics.median(seconds)

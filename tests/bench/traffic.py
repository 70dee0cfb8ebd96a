"""What keepalive sends: real idle sessions on loopback, counted by the kernel at the client's own socket.

`python -m bench.traffic` prints the section that `make bench` puts into docs/performance.md.
"""

import datetime
import re
import statistics
import subprocess
import sys
import time
from collections import namedtuple

from demo import collection
from fleet import Fleet, accounts
from fleet.host import find_sshd

DIRECTORY = collection.ROOT / ".build" / "bench" / "traffic"
CIPHERS = {
    "chacha20-poly1305": ["-c", "chacha20-poly1305@openssh.com"],
    "aes128-gcm": ["-c", "aes128-gcm@openssh.com"],
    "aes256-ctr, hmac-sha2-512-etm": ["-c", "aes256-ctr", "-m", "hmac-sha2-512-etm@openssh.com"],
}
SIDES = {"client": "the client (`ServerAliveInterval`)", "server": "the server (`ClientAliveInterval`)"}
INTERVALS = (13, 27, 45, 60)
SESSIONS = 1000
#: IPv4, TCP and its timestamps, without options that only the first packets have; IPv6 adds 20.
HEADERS = 20 + 20 + 12
PROBES = 10
STILL, TICK, LONGEST = 0.3, 0.05, 60.0

Counters = namedtuple("Counters", "sent received packets_out packets_in")


class Probe(Counters):
    """What one question and its answer add to a session's counters, seen from the client. Bytes are those of
    SSH."""

    @property
    def packets(self):
        return self.packets_out + self.packets_in

    @property
    def wire(self):
        """Bytes of IPv4 packets in both directions."""
        return self.sent + self.received + HEADERS * self.packets


def section():
    """Measure, and yield the lines of the section."""
    release = subprocess.run(
        ["ssh", "-V"], stderr=subprocess.PIPE, universal_newlines=True, check=True
    ).stderr.partition(",")[0]
    yield f"""## What keepalive sends

An idle session with `cat` at its other end, over loopback, with {release} on both sides, on {datetime.date.today():%Y-%m-%d}: what one question and its
answer add to the counters of the client's socket (`ss -ti`), the median of {PROBES}. On the wire is SSH's bytes and {HEADERS} for each packet: \
IPv4, TCP, timestamps.
IPv6 adds 20 for each.

| Who asks | Cipher | SSH, from and to the client | Packets | Bytes on the wire |
| --- | --- | --- | --- | --- |"""
    measured = {}
    with Fleet(DIRECTORY, 1) as fleet:
        for side, name in SIDES.items():
            _let_ask(fleet.hosts[0], side)
            for cipher, options in CIPHERS.items():
                probe = measured[side, cipher] = measure(fleet, options, side)
                yield f"| {name} | {cipher} | {probe.sent} + {probe.received} | {probe.packets} | {probe.wire} |"
    probe = measured["client", "chacha20-poly1305"]
    yield f"""
So a session that is idle all the time costs, with the default cipher and a client that asks:

| Interval | Bytes in an hour | {SESSIONS:,} sessions | |
| --- | --- | --- | --- |"""
    for interval in INTERVALS:
        yield (
            f"| {interval} s | {probe.wire * 3600 / interval:,.0f} | "
            f"{SESSIONS * probe.wire * 8 / interval / 1000:.0f} kbit/s "
            f"| {SESSIONS * probe.packets / interval:.0f} packets/s |"
        )
    yield ""


def measure(fleet, options, side):
    """The Probe of a session whose client has these options, or whose server asks where side is server."""
    command = [
        "ssh",
        "-F",
        "none",
        "-i",
        str(fleet.key),
        "-p",
        str(fleet.hosts[0].port),
        "-o",
        f"UserKnownHostsFile={fleet.known_hosts}",
        "-o",
        f"ServerAliveInterval={1 if side == 'client' else 0}",
        *options,
        "alice@127.0.0.1",
        "echo in && exec cat",
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True
    ) as session:
        try:
            if session.stdout.readline() != "in\n":
                sys.exit(f"{' '.join(command)} did not log in.")
            readings = _readings(fleet.hosts[0].port)
        finally:
            session.kill()
    steps = [[after - before for before, after in zip(*pair)] for pair in zip(readings, readings[1:])]
    return Probe(*(round(statistics.median(column)) for column in zip(*steps)))


def _readings(port):
    """The counters in the silence after each of PROBES + 1 exchanges. What the login still sends ends ahead
    of the first."""
    readings, last, since = [], _counters(port), time.monotonic()
    deadline = since + LONGEST
    while len(readings) <= PROBES:
        time.sleep(TICK)
        now = _counters(port)
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > STILL and (not readings or readings[-1] != now):
            readings.append(now)
        if time.monotonic() > deadline:
            sys.exit(f"Only {len(readings)} exchanges in {LONGEST:.0f} s.")
    return readings


def _counters(port):
    """What the kernel has counted at the client's end of the one connection to a port."""
    told = subprocess.run(
        ["ss", "-tinH", "state", "established", f"dport = :{port}"],
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout
    names = ("bytes_sent", "bytes_received", "segs_out", "segs_in")
    return Counters(*(int(re.search(rf"\b{name}:(\d+)", told).group(1)) for name in names))


def _let_ask(host, side):
    """Restart a host's sshd so that it asks every second, or never."""
    host.stop()
    (host.directory / "sshd_config.d" / "traffic.conf").write_text(
        f"ClientAliveInterval {1 if side == 'server' else 0}\n"
    )
    host.start(find_sshd(), accounts.find_wrapper())


if __name__ == "__main__":
    for text in section():
        print(text, flush=True)

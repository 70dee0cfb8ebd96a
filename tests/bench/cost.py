"""What keepalive costs: real sessions between ssh and sshd on loopback, idle but for the probes, and every byte of them counted.

`python -m bench.cost` measures, and writes tests/pages/cost.md and with it docs/timeouts.md; `make bench` does so, too.
"""

import collections
import datetime
import subprocess
import sys
import time

from demo import collection
from fleet import Fleet, accounts
from fleet.host import find_sshd

from .relay import Relay

PAGES = collection.ROOT / "tests" / "pages"
PROBES = 5
PATIENCE = 60
#: Between two probes, which come every second or two, long after a delayed acknowledgement.
QUIET = 0.4
#: Headers of a segment on IPv4: IP 20, TCP 20, and its timestamps 12. IPv6 has 20 more.
HEADERS, IPV6_HEADERS = 52, 72
CIPHERS = {
    "chacha20-poly1305": ["-o", "Ciphers=chacha20-poly1305@openssh.com"],
    "aes128-gcm": ["-o", "Ciphers=aes128-gcm@openssh.com"],
    "aes256-ctr, hmac-sha2-512-etm": ["-o", "Ciphers=aes256-ctr", "-o", "MACs=hmac-sha2-512-etm@openssh.com"],
}
SIDES = {"client": "`ssh`, `ServerAliveInterval`", "server": "`sshd`, `ClientAliveInterval`"}
INTERVALS = (60, 25)
SESSIONS = 1000

#: One probe with its answer: bytes of either, and segments with the acknowledgements.
Cost = collections.namedtuple("Cost", "probe answer segments")


def wire(cost, headers=HEADERS):
    """The bytes of a probe and its answer on the wire."""
    return cost.probe + cost.answer + cost.segments * headers


def measure(fleet):
    """(side, cipher) → Cost."""
    costs = {}
    for side in SIDES:
        _have_sshd_probe(fleet.hosts[0], side == "server")
        for cipher, options in CIPHERS.items():
            costs[side, cipher] = _one(fleet, side, options)
    return costs


def _have_sshd_probe(host, probes):
    text = host.sshd_config.read_text().partition("ClientAliveInterval 1\n")
    host.sshd_config.write_text(("ClientAliveInterval 1\n" if probes else "") + (text[2] or text[0]))
    host.stop()
    host.start(find_sshd(), accounts.find_wrapper())


def _one(fleet, side, options):
    with Relay(fleet.hosts[0].port) as relay:
        command = ["ssh", "-F", "none", "-i", str(fleet.key), "-p", str(relay.port), "-o", "HostKeyAlias=%s" % _known_as(fleet),
                   "-o", f"UserKnownHostsFile={fleet.known_hosts}", "-o", f"ServerAliveInterval={int(side == 'client')}", *options]
        session = subprocess.Popen([*command, "alice@127.0.0.1", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            session.stdin.write(b"ready\n")
            session.stdin.flush()
            if session.stdout.readline() != b"ready\n":
                sys.exit(f"no session: {' '.join(command)}")
            before = _quiet(relay, side, 1)
            after = _quiet(relay, side, len(_asked(before, side)) + PROBES)
        finally:
            session.kill()
            session.wait()
    up, down = after.up[len(before.up):], after.down[len(before.down):]
    probes, answers = (up, down) if side == "client" else (down, up)
    if len(probes) != len(answers) or len(set(probes)) != 1 or len(set(answers)) != 1:
        sys.exit(f"{side}: these are not probes, each with its answer: {probes} {answers}")
    return Cost(probes[0], answers[0], round((after.segments - before.segments) / len(probes)))


def _known_as(fleet):
    return f"[127.0.0.1]:{fleet.hosts[0].port}"


def _asked(traffic, side):
    return traffic.up if side == "client" else traffic.down


def _quiet(relay, side, sent):
    """The Traffic in a pause, once the side that asks has sent so often."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = relay.traffic()
        time.sleep(QUIET)
        if found == relay.traffic() and len(_asked(found, side)) >= sent:
            return found
    sys.exit(f"{side}: no {sent} probes within {PATIENCE} s")


def text(costs):
    """The section of docs/timeouts.md."""
    openssh = subprocess.run(["ssh", "-V"], stderr=subprocess.PIPE, universal_newlines=True, check=True).stderr.partition(",")[0]
    lines = [
        f"Measured by `make bench` on {datetime.date.today():%Y-%m-%d} with {openssh}, both ends: a session over loopback with an open channel and",
        f"nothing to say, {PROBES} probes each, bytes and TCP segments counted by a relay between the two. On the wire a segment has {HEADERS} bytes of headers",
        f"(IPv4, with timestamps; on IPv6 it is {IPV6_HEADERS}).",
        "",
        "| Who asks | Cipher | Probe + answer, bytes of SSH | Segments | On the wire |" + "".join(f" A session, an hour, at {i} s |" for i in INTERVALS),
        "| --- | --- | --- | --- | --- |" + " --- |" * len(INTERVALS),
    ]
    for (side, cipher), cost in costs.items():
        hours = "".join(f" {wire(cost) * 3600 // interval / 1000:.1f} kB |" for interval in INTERVALS)
        lines.append(f"| {SIDES[side]} | {cipher} | {cost.probe} + {cost.answer} | {cost.segments} | {wire(cost)} |{hours}")
    usual = costs["client", "chacha20-poly1305"]
    lines += ["", f"{SESSIONS:,} sessions that `ssh` asks in, both directions together, with chacha20-poly1305, OpenSSH's first choice:", "",
              "| Interval | IPv4 | IPv6 | Packets |", "| --- | --- | --- | --- |"]
    for interval in INTERVALS:
        rates = " | ".join(f"{wire(usual, headers) * 8 * SESSIONS / interval / 1000:.0f} kbit/s" for headers in (HEADERS, IPV6_HEADERS))
        lines.append(f"| {interval} s | {rates} | {usual.segments * SESSIONS / interval:.0f} a second |")
    return "\n".join(lines) + "\n"


def write(folder):
    """Measure on a fleet in a folder, and write the section and the page that it is part of."""
    with Fleet(folder, 1) as fleet:
        costs = measure(fleet)
    (PAGES / "cost.md").write_text(text(costs), encoding="utf-8")
    subprocess.run([sys.executable, str(PAGES / "timeouts.py")], check=True)


if __name__ == "__main__":
    write(collection.ROOT / ".build" / "bench" / "cost")

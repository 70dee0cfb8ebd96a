"""Measure and write docs/performance.md. `python -m bench [ROUNDS]`: 7 or more whole runs of each play; 9 if
not said."""

import datetime
import os
import platform
import statistics
import subprocess
import sys

from ansible.release import __version__ as ansible_version

from demo import collection
from fleet import Fleet

from . import core, plays, traffic

DIRECTORY = collection.ROOT / ".build" / "bench"
SIZES = (1, 20)
LINES = (10_000, 100_000)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    sections = [_head(rounds), *_in_process(rounds), *_over_ssh(rounds), *traffic.section()]
    text = "\n".join(sections)
    (collection.ROOT / "docs").mkdir(exist_ok=True)
    (collection.ROOT / "docs" / "performance.md").write_text(text)
    print(text)
    # It quotes what keepalive sends.
    subprocess.run([sys.executable, str(collection.ROOT / "tests" / "pages" / "timeouts.py")], check=True)


def _head(rounds):
    openssh = subprocess.run(
        ["ssh", "-V"], stderr=subprocess.PIPE, universal_newlines=True, check=True
    ).stderr.partition(",")[0]
    return f"""# Performance

Written by `make bench` on {datetime.date.today():%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores, Linux {platform.release()}, \
Python {platform.python_version()}, ansible-core {ansible_version}, {openssh}. Load when it began: {os.getloadavg()[0]:.1f}.
"""


def _over_ssh(rounds):
    installed = collection.install(DIRECTORY)
    yield f"""## Over SSH, with nothing to change

Whole runs of `ansible-playbook` with `gather_facts: false` and `forks: 20` on the loopback fleet, over real SSH. Each of the {rounds} rounds
runs every play once; the seconds are the median of the rounds, the ratio is the median of each round's ratio to its own ping.
"""
    for size in SIZES:
        with Fleet(DIRECTORY / "fleet", size) as fleet:
            seconds = plays.measure(fleet, installed, rounds)
        yield f"### {size} host{'s' if size > 1 else ''}\n\n| Play | Seconds | Against ping |\n| --- | --- | --- |"
        for play, name in plays.NAMES.items():
            yield f"| {name} | {statistics.median(seconds[play]):.2f} | {plays.ratio(seconds, play):.2f} |"
        yield ""


def _in_process(rounds):
    yield f"""## The core in one process

Parse, resolve and plan one file of blocks of ten lines, without the judgement of OpenSSH: the median of {rounds} times.

| File | {" | ".join(f"{lines:,} lines" for lines in LINES)} | Ratio |
| --- | --- | --- | --- |"""
    for dialect in core.BLOCKS:
        short, long = (core.measure(dialect, lines, rounds) for lines in LINES)
        yield f"| {dialect.side}_config | {short * 1000:.0f} ms | {long * 1000:.0f} ms | {long / short:.1f} |"
    yield ""


def _processor():
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()

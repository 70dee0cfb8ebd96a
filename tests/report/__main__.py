"""`PYTHONPATH=tests .venv/bin/python -m report 2000`: how long the role takes for so many hosts, two profiles
with two controls each."""

import sys
import tempfile
from pathlib import Path

import report
from report import made_up


def main():
    number = int(sys.argv[1])
    hosts = {
        f"host{index:05}.example.org": made_up.drifted() if index % 10 == 0 else made_up.good()
        for index in range(number)
    }
    with tempfile.TemporaryDirectory() as directory:
        written = report.measure(Path(directory), hosts)
        if written.status:
            sys.exit(written.output)
        for path in sorted(written.directory.iterdir()):
            print(f"{path.name:<12} {path.stat().st_size / 1e6:6.1f} MB")
    print(f"{'the role':<12} {written.seconds:6.1f} s")


if __name__ == "__main__":
    main()

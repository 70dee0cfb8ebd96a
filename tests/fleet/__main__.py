"""`python -m fleet start DIR [--hosts N]` and `python -m fleet stop DIR`."""

import argparse
import sys

from . import Fleet, FleetError
from .fleet import stop


def main():
    parser = argparse.ArgumentParser(prog="fleet", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start a fleet and leave it running")
    start.add_argument("directory")
    start.add_argument("--hosts", type=int, default=3, metavar="N")
    commands.add_parser("stop", help="end every process of a fleet").add_argument("directory")
    options = parser.parse_args()
    if options.command == "stop":
        stop(options.directory)
        return
    try:
        fleet = Fleet(options.directory, options.hosts)
        fleet.start()
    except (FleetError, RuntimeError) as error:
        sys.exit(str(error))
    print(f"{len(fleet.hosts)} hosts run; try: ansible -i {fleet.inventory} -m ansible.builtin.ping all")


if __name__ == "__main__":
    main()

"""The collection at work: a policy applied to three real SSH hosts, twice, with what OpenSSH says before and
after."""

import os
import re
import subprocess
import sys
import time

from fleet import Fleet, FleetError

from . import collection, values

DIRECTORY = collection.ROOT / ".build" / "demo"
TASK = re.compile(r"TASK \[(?:.* : )?(.*)\] \**")
RECAP = re.compile(r"^(web\d+) .*\bchanged=(\d+)", re.MULTILINE)


def main():
    start = time.monotonic()
    print("Build the collection and install it", flush=True)
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    installed = collection.install(DIRECTORY)
    try:
        with Fleet(DIRECTORY / "fleet") as fleet:
            _act(fleet, installed)
    except (FleetError, RuntimeError) as error:
        sys.exit(str(error))
    print(
        f"\nDone in {time.monotonic() - start:.0f} s. The hosts' files are still there to read: "
        f"{fleet.directory.relative_to(collection.ROOT)}/web*/"
    )


def _act(fleet, installed):
    print("Start three SSH servers on loopback ports\n\nBefore, a peer that went away is never noticed:\n")
    values.show(fleet.hosts, {host.name: values.in_force(fleet, host) for host in fleet.hosts})

    print(
        "\nApply the policy of the inventory, one host first: ansible-playbook fleetops.keepalive.site",
        flush=True,
    )
    first = _apply(fleet, installed)
    after = {host.name: values.in_force(fleet, host) for host in fleet.hosts}
    print("\nAfter, as sshd -T and ssh -G report it:\n")
    values.show(fleet.hosts, after)
    for host in fleet.hosts:
        if after[host.name] != values.wanted(fleet, host):
            sys.exit(
                f"{host.name} is not as the inventory wants it: {after[host.name]} instead of "
                f"{values.wanted(fleet, host)}"
            )
    if not all(first.values()):
        sys.exit(f"The first run had nothing to change on some host, which shows nothing: {first}")

    print("\nApply it again", flush=True)
    again = _apply(fleet, installed)
    if any(again.values()):
        sys.exit(f"The second run changed something: {again}")
    print("  nothing changed: " + ", ".join(f"{host} changed={count}" for host, count in again.items()))


def _apply(fleet, installed):
    """Run the site playbook on the fleet, print what it changes, and return how many tasks changed something
    on each host."""
    environment = dict(
        os.environ, ANSIBLE_CONFIG=str(fleet.ansible_config), ANSIBLE_COLLECTIONS_PATH=str(installed)
    )
    command = [str(collection.PROGRAMS / "ansible-playbook"), "fleetops.keepalive.site"]
    output, task = [], ""
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, universal_newlines=True
    ) as play:
        for line in play.stdout:
            output.append(line)
            task = TASK.sub(r"\1", line).strip() if TASK.match(line) else task
            if line.startswith("changed: ["):
                print(f"  {line[len('changed: [') :].partition(']')[0]}: {task}", flush=True)
    if play.returncode:
        sys.exit("".join(output) + f"ansible-playbook ended with status {play.returncode}.")
    return {host: int(changed) for host, changed in RECAP.findall("".join(output))}


if __name__ == "__main__":
    main()

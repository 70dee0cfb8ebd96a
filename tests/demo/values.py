"""What OpenSSH itself says on each host, asked over SSH: the server's values, everybody's, alice's."""

import subprocess

import yaml

ASK = """
PATH=$PATH:/usr/sbin
sshd -T -f {directory}/sshd_config | sed s/^/server./
ssh -T -G -F {directory}/ssh_config somewhere | sed s/^/client./
own=$HOME/.ssh/config; [ -e "$own" ] || own=none
ssh -T -G -F "$own" somewhere | sed s/^/user./
"""
KEYWORDS = {"server": "clientalive", "client": "serveralive", "user": "serveralive"}
COLUMNS = {"server": "the server asks", "client": "everybody's ssh asks", "user": "alice's ssh asks"}


def in_force(fleet, host):
    """Return {"server": (interval in seconds, count), "client": …, "user": …} as sshd and ssh report them on
    a host."""
    ssh = [
        "ssh",
        "-F",
        "none",
        "-i",
        str(fleet.key),
        "-p",
        str(host.port),
        "-o",
        f"UserKnownHostsFile={fleet.known_hosts}",
        "-o",
        "BatchMode=yes",
    ]
    said = subprocess.run(
        [*ssh, "alice@127.0.0.1", ASK.format(directory=host.directory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    ).stdout
    reported = dict(line.partition(" ")[::2] for line in said.lower().splitlines())
    return {
        side: tuple(int(reported[f"{side}.{word}{which}"]) for which in ("interval", "countmax"))
        for side, word in KEYWORDS.items()
    }


def wanted(fleet, host):
    """Return, in the same form, what the inventory's policy wants of a host."""
    policy = {}
    for group in ("all", host.environment):
        policy.update(yaml.safe_load((fleet.inventory / "group_vars" / f"{group}.yml").read_text()))
    return {
        side: (policy[f"keepalive_{side}_interval"], policy[f"keepalive_{side}_count_max"])
        for side in KEYWORDS
    }


def show(hosts, values):
    """Print the values of all hosts as a table."""
    print(
        f"  {'host':<6}{'environment':<13}" + "".join(f"{title:<22}" for title in COLUMNS.values()).rstrip()
    )
    for host in hosts:
        print(
            f"  {host.name:<6}{host.environment:<13}"
            + "".join(f"{_text(*values[host.name][side]):<22}" for side in COLUMNS).rstrip()
        )


def _text(interval, count):
    return f"every {interval} s, {count} times" if interval else "never"

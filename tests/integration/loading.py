"""sshd_reload on a host of the fleet, for the tests: changes as the modules make them, the module's result,
and what sshd is at."""

import json
import os
import socket
import time

from ansible_collections.fleetops.keepalive.plugins.module_utils._host import daemon
from ansible_collections.fleetops.keepalive.plugins.module_utils._host.journal import Journal


def journal(host):
    """The journal of the host's files, where the modules keep it when alice runs them."""
    directory = (
        None if os.geteuid() == 0 else str(host.directory / "home/alice/.local/state/fleetops.keepalive")
    )
    return Journal(str(host.sshd_config), directory)


def write(host, path, after):
    """Write a file of the host's tree as a module does: journal first."""
    before = path.read_bytes() if path.exists() else None
    journal(host).record(str(path), before, after)
    path.write_bytes(after)


def change(host, text):
    """Change the host's main file; text goes ahead of all Match blocks."""
    write(host, host.sshd_config, text.encode() + b"\n" + host.sshd_config.read_bytes())


def reload(fleet, host, *more, **options):
    """Run the module on the host; return its result."""
    options = dict({"path": str(host.sshd_config)}, **options)
    return result_of(
        fleet.ansible(
            host.name, "-m", "fleetops.keepalive.sshd_reload", "-a", json.dumps(options), *more
        ).output
    )


def result_of(output):
    said, arrow, result = output.partition("=> ")
    assert arrow and "UNREACHABLE!" not in said, output
    assert "Traceback" not in output
    return dict(json.JSONDecoder().raw_decode(result)[0], failed="FAILED!" in said, said=output)


def greeting(host):
    """What the listener says first, with the VersionAddendum of the configuration that it runs; an sshd that
    loads is shut for a moment."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", host.port), timeout=5) as connection:
                line = connection.makefile().readline().strip()
        except ConnectionError:
            line = ""
        if line:
            return line
        assert time.monotonic() < deadline, "sshd does not answer"
        time.sleep(0.05)


def listener(host):
    """The process and the listening sockets of the host's sshd."""
    pid = int(host.pid_file.read_text())
    return pid, daemon.listening_sockets(pid)


def logins(host):
    """How many logins the host's own listener has let in."""
    return (host.directory / "sshd.log").read_text().count("Accepted publickey")


def left_behind(host):
    """The files that belong to the host's journal."""
    state = journal(host)
    directory = os.path.dirname(state.path)
    return (
        [name for name in os.listdir(directory) if name.startswith(os.path.basename(state.beside("")))]
        if os.path.isdir(directory)
        else []
    )

"""Which Python interpreters this machine has."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MANAGED_NODE = [(3, minor) for minor in range(6, 14)]
CONTROLLER_OLDEST = (3, 11)
PROBE = "import ensurepip, venv, sys; print(*sys.version_info[:2])"


def find():
    """Return a dict from version, as (3, 11), to the path of an interpreter that can make virtual
    environments."""
    found = {}
    for path in _candidates():
        version = _version(path)
        if version:
            found.setdefault(version, path)
    return found


def controller():
    """Return (version, path) of the interpreter for everything that runs on the controller; exit with one
    line if there is none.

    That is python3 where it is new enough, as people expect, else the newest.
    """
    found = find()
    usual = _version("python3")
    if usual and usual >= CONTROLLER_OLDEST:
        return usual, found[usual]
    if found and max(found) >= CONTROLLER_OLDEST:
        return max(found), found[max(found)]
    sys.exit(
        "Python 3.11 or newer with its venv module is needed; on Debian 12 or newer: apt-get install "
        "python3 python3-venv"
    )


def text(version):
    """Return (3, 11) as "3.11"."""
    return ".".join(map(str, version))


def _candidates():
    yield "python3"
    for version in MANAGED_NODE + [(3, 14)]:
        yield "python" + text(version)
    pyenv = Path(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")), "versions")
    releases = (path for path in pyenv.glob("3.*") if re.match(r"3\.\d+\.\d+$", path.name))
    for release in sorted(
        releases, key=lambda path: [int(part) for part in path.name.split(".")], reverse=True
    ):
        yield str(release / "bin" / "python3")


def _version(path):
    """Return the version behind `path`, or None where it does not run or cannot make virtual environments."""
    program = shutil.which(path)
    if not program:
        return None
    probe = subprocess.run(
        [program, "-c", PROBE],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        universal_newlines=True,
        check=False,
    )
    return tuple(map(int, probe.stdout.split())) if probe.returncode == 0 else None

"""The collection as its users get it: built into an archive, and installed from that."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent


def install(directory):
    """Build the collection from this checkout and install it below `directory` (a Path); return what
    ANSIBLE_COLLECTIONS_PATH needs."""
    target = directory / "collections"
    for earlier in directory.glob("fleetops-keepalive-*.tar.gz"):
        earlier.unlink()
    _galaxy("build", "--force", "--output-path", directory, ROOT)
    (archive,) = directory.glob("fleetops-keepalive-*.tar.gz")
    _galaxy("install", "--force", "--offline", "--collections-path", target, archive)
    return target


def _galaxy(*arguments):
    command = [str(PROGRAMS / "ansible-galaxy"), "collection", *map(str, arguments)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")

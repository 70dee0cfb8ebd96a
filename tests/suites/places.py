"""Where things are in the checkout and below .build, for every suite."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
REPORTS = BUILD / "reports"
# The checkout under the name by which tests import it: ansible_collections.fleetops.keepalive.
SOURCE = BUILD / "source"
MAIN = ROOT / ".venv"


def link_source():
    """Let the checkout be found as the collection fleetops.keepalive below SOURCE."""
    link = SOURCE / "ansible_collections" / "fleetops" / "keepalive"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(os.path.relpath(str(ROOT), str(link.parent)))


def tracked_files():
    """Return the files that git knows, and the new ones that it does not ignore, as paths below ROOT."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = (
        subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    )
    return sorted(name for name in names if name and (ROOT / name).is_file())


def copy_collection(target):
    """Copy the tracked files to `target` (a Path), which then holds nothing else."""
    shutil.rmtree(str(target), ignore_errors=True)
    for name in tracked_files():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(ROOT / name), str(copy), follow_symlinks=False)

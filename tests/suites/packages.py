"""`python3 packages.py fleet containers lint`: what these need from the system is there afterwards, or one
line says what is missing."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / ".build" / "packages.lock"
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin:/usr/lib/podman:/usr/libexec/podman"
LIBRARIES = ("/usr/lib", "/usr/lib64", f"/usr/lib/{platform.machine()}-linux-gnu")

# What is looked for, and the Debian package that brings it.
NEEDS = {
    "fleet": {"sshd": "openssh-server", "ssh": "openssh-client", "libnss_wrapper.so": "libnss-wrapper"},
    "containers": {
        "ssh": "openssh-client",
        "podman": "podman",
        "runc": "runc",
        "netavark": "netavark",
        "aardvark-dns": "aardvark-dns",
        "iptables": "iptables",
        "mmdebstrap": "mmdebstrap",
    },
    "browser": {"chromium": "chromium", "chromedriver": "chromium-driver"},
    "bench": {"ss": "iproute2"},
    "faults": {"strace": "strace"},
    "nat": {"ip": "iproute2", "iptables": "iptables", "sysctl": "procps"},
    "lint": {"shellcheck": "shellcheck"},
}


def main():
    wanted = {}
    for purpose in sys.argv[1:]:
        wanted.update(NEEDS[purpose])
    # Suites run side by side, and apt does not wait for another.
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(wanted)


def _install(wanted):
    packages = _missing(wanted)
    if not packages:
        return
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if os.getuid() != 0 or not shutil.which("apt-get"):
        sys.exit(
            f"Missing on this machine: {', '.join(packages)} (the names of Debian's packages). On Debian: "
            f"sudo {' '.join(command)}"
        )
    print(f"installing {', '.join(packages)}", flush=True)
    _apt(["apt-get", "update", "-q"])
    _apt(command)
    still = _missing(wanted)
    if still:
        sys.exit(f"Debian's packages did not bring what is needed of {', '.join(still)}.")


def _missing(wanted):
    return sorted({package for name, package in wanted.items() if not _is_there(name)})


def _is_there(name):
    if ".so" in name:
        return any(list(Path(directory).glob(name + "*")) for directory in LIBRARIES)
    return shutil.which(name, path=PATH) is not None


def _apt(command):
    """Run apt-get quietly; only a failure shows what it said."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        sys.stdout.write(done.stdout.decode(errors="replace"))
        sys.exit(f"{' '.join(command)} failed.")


if __name__ == "__main__":
    main()

"""Made-up trees held against real OpenSSH: that of this machine, and those of the container images.

`python differential.py`: 3,000 trees a side here and 100 in each container; `full`: 10,000 everywhere.
"""

import os
import random
import subprocess
import sys

import places
import reports

IMAGES = ("debian-bullseye", "debian-bookworm", "debian-trixie")
CONTAINERS = places.ROOT / "tests" / "containers"
# How many trees a side, here and in each container.
TREES = {"usual": (3000, 100), "full": (10000, 10000)}


def main():
    reports.clear("differential")
    here, there = TREES[sys.argv[1] if len(sys.argv) > 1 else "usual"]
    os.environ.setdefault("CONTAINERS_CONF", str(CONTAINERS / "containers.conf"))
    failed = _pytest("differential", here, None)
    for platform in IMAGES:
        built = subprocess.run(
            [str(CONTAINERS / "image"), platform],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
        if built.returncode:
            sys.exit(f"differential: the image of {platform} cannot be built")
        failed |= _pytest(f"differential-{platform}", there, built.stdout.decode().strip())
    sys.exit(failed)


def _pytest(report, examples, image):
    seed = random.randrange(2**32)
    print(f"{report}: {examples} trees a side, seed {seed}", flush=True)
    environment = dict(
        os.environ, KEEPALIVE_EXAMPLES=str(examples), **({"KEEPALIVE_ORACLE_IMAGE": image} if image else {})
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        f"--hypothesis-seed={seed}",
        "tests/differential",
    ]
    command.append(f"--junitxml={places.REPORTS / report}.xml")
    return (
        subprocess.run(
            command, cwd=str(places.ROOT), env=environment, stdin=subprocess.DEVNULL, check=False
        ).returncode
        != 0
    )


if __name__ == "__main__":
    main()

"""Run the molecule scenarios in containers.

run quick [SCENARIO...]   the scenario default on three Debian releases, every other one on one
run full [SCENARIO...]    every scenario on all of them
run -- ARGUMENT...        molecule itself on all platforms, for work on one scenario: run -- converge -s
server

Settings by environment:
KEEPALIVE_PLATFORMS   the platforms, debian-bullseye debian-bookworm debian-trixie by default; the scenarios
that run on one
                      take the first that is named debian-bookworm, else the first
KEEPALIVE_REGISTRY    where the images come from, a registry and its directory; by default they are built from
Debian's packages
KEEPALIVE_ENGINE      podman (the default) or docker
KEEPALIVE_JOBS        how many scenarios run at the same time, 2 by default
"""

import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "suites"))

import places  # noqa: E402
import reports  # noqa: E402

ENGINE = os.environ.get("KEEPALIVE_ENGINE", "podman")
PLATFORMS = os.environ.get("KEEPALIVE_PLATFORMS", "debian-bullseye debian-bookworm debian-trixie").split()
USUAL = "debian-bookworm" if "debian-bookworm" in PLATFORMS else PLATFORMS[0]
JOBS = int(os.environ.get("KEEPALIVE_JOBS", "2"))
COLLECTIONS = places.BUILD / "collections"
LOGS = places.BUILD / "molecule"
SCENARIOS = sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml"))


def main():
    mode, arguments = (sys.argv[1:2] or ["help"])[0], sys.argv[2:]
    unknown = set(arguments) - set(SCENARIOS)
    if mode not in ("quick", "full", "--") or (mode != "--" and unknown):
        sys.exit(__doc__.strip())
    if (
        ENGINE == "podman"
        and subprocess.run(
            [sys.executable, str(ROOT / "tests" / "suites" / "packages.py"), "containers"], check=False
        ).returncode
    ):
        sys.exit(1)
    places.copy_collection(COLLECTIONS / "ansible_collections" / "fleetops" / "keepalive")
    # Not below .build, because the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="keepalive-") as sockets:
        os.environ["KEEPALIVE_SOCKETS"] = sockets
        sys.exit(
            molecule(arguments, PLATFORMS).returncode if mode == "--" else run(mode, arguments or SCENARIOS)
        )


def run(mode, scenarios):
    """Run the scenarios, report on them, and return whether anything failed."""
    reports.clear("molecule")
    LOGS.mkdir(parents=True, exist_ok=True)
    suite = reports.Suite("molecule")
    failure = build_images(PLATFORMS if mode == "full" or "default" in scenarios else [USUAL])
    if failure:
        suite.failed("images", failure)
        print(failure, flush=True)
    else:
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            for scenario, platforms, seconds, output, failed in pool.map(
                lambda name: sequence(mode, name), scenarios
            ):
                name = f"{scenario} on {', '.join(platforms)}"
                print(
                    f"molecule: {name}: {'FAILED' if failed else 'passed'} after {seconds:.0f} s", flush=True
                )
                if failed:
                    print(output, flush=True)
                    suite.failed(name, output, seconds)
                else:
                    suite.passed(name, seconds)
    suite.write()
    return suite.failures > 0


def build_images(platforms):
    """Build the images that are missing, at most three at a time; return what went wrong."""
    command = [str(ROOT / "tests" / "containers" / "image")]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        builds = pool.map(
            lambda platform: quiet_run([*command, platform], environment(platforms), subprocess.PIPE),
            platforms,
        )
        return "".join(build.stdout.decode(errors="replace") for build in builds if build.returncode)


def sequence(mode, scenario):
    """Run one scenario from create to destroy."""
    platforms = PLATFORMS if mode == "full" or scenario == "default" else [USUAL]
    print(
        f"molecule: {scenario} on {', '.join(platforms)} starts, log in "
        f"{(LOGS / scenario).relative_to(ROOT)}.log",
        flush=True,
    )
    start = time.monotonic()
    with (LOGS / f"{scenario}.log").open("w+") as log:
        done = molecule(["test", "-s", scenario, "--no-command-borders"], platforms, log)
        log.seek(0)
        return scenario, platforms, time.monotonic() - start, log.read(), done.returncode != 0


def molecule(arguments, platforms, output=None):
    return quiet_run(["molecule", *arguments], environment(platforms), output)


def quiet_run(command, env, output):
    """Run a command without standard input; its words go to output together, to the terminal if that is
    None."""
    return subprocess.run(
        command,
        cwd=str(ROOT),
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        check=False,
    )


def environment(platforms):
    names = ", ".join("{name: %s}" % platform for platform in platforms)
    settings = {
        "PATH": f"{places.MAIN / 'bin'}:{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_HOME": str(places.BUILD / "ansible"),
        "CONTAINERS_CONF": os.environ.get(
            "CONTAINERS_CONF", str(ROOT / "tests" / "containers" / "containers.conf")
        ),
        "KEEPALIVE_ENGINE": ENGINE,
        "KEEPALIVE_PLATFORMS": f"[{names}]",
        "MOLECULE_GLOB": "molecule/*/molecule.yml",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**os.environ, **settings}


if __name__ == "__main__":
    main()

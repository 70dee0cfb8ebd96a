"""The integration tests on the loopback fleet, with the main ansible-core.

They are about real processes and their times. On a busy machine one in thousands comes late, so a test that
fails is tried once more, and
the summary names it as rerun; what fails twice has failed.

`python integration.py full`: with every other release of ansible-core that an interpreter of this machine can
run, too.
"""

import subprocess
import sys

import ansible_core
import environments
import interpreters
import places
import reports


def main():
    reports.clear("integration")
    failed = _pytest(sys.executable, "integration")
    if sys.argv[1:] == ["full"]:
        found = interpreters.find()
        for release, version in ansible_core.runnable(ansible_core.RELEASES, found, "integration"):
            name = interpreters.text(release)
            requirements = (
                f"ansible-core == {name}.*\nhypothesis\npytest\npytest-rerunfailures\npytest-xdist\n"
            )
            python = environments.ensure(places.BUILD / "integration" / name, found[version], requirements)
            failed |= _pytest(str(python), f"integration-{name}")
    sys.exit(failed)


def _pytest(python, report):
    print(f"{report}: tests/integration", flush=True)
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-rfER",
        "-n",
        "3",
        "--reruns=1",
        "tests/integration",
        f"--junitxml={places.REPORTS / report}.xml",
    ]
    return (
        subprocess.run(command, cwd=str(places.ROOT), stdin=subprocess.DEVNULL, check=False).returncode != 0
    )


if __name__ == "__main__":
    main()

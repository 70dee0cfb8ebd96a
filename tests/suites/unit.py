"""The unit tests: all of them with the main Python, those of the pure core and a compilation with every other
one."""

import os
import subprocess
import sys

import environments
import interpreters
import places
import reports

#: What needs no Ansible.
UNITS = "tests/unit/plugins/module_utils"
PURE = (f"{UNITS}/_config", f"{UNITS}/_answer", f"{UNITS}/_compliance")

COMPILE = """
import sys
for path in sys.argv[1:]:
    with open(path, "rb") as source:
        compile(source.read(), path, "exec")
"""


def main():
    reports.clear("unit")
    failed = _pytest(sys.executable, "unit", "tests/unit", "-n", "auto")
    main_version, found = sys.version_info[:2], interpreters.find()
    missing = []
    for version in interpreters.MANAGED_NODE:
        if version == main_version:
            continue
        if version in found:
            failed |= _other_python(version, found[version])
        else:
            missing.append(interpreters.text(version))
    if missing:
        print(f"unit: not run on Python {', '.join(missing)}: not found on this machine")
        suite = reports.Suite("unit-missing")
        for version in missing:
            suite.skipped(f"Python {version}", "not found on this machine")
        suite.write()
    sys.exit(failed)


def _other_python(version, path):
    """Compile what runs on managed nodes with another Python, and run the tests that need no Ansible."""
    text = interpreters.text(version)
    try:
        python = environments.ensure(
            places.BUILD / "python" / text,
            path,
            (places.ROOT / "tests" / "requirements-interpreters.txt").read_text(),
        )
    except subprocess.CalledProcessError as error:
        return _failed(
            f"unit-environment-{text}",
            f"the environment of Python {text} cannot be made: {' '.join(error.cmd)} failed",
        )
    sources = [
        name
        for name in places.tracked_files()
        if name.startswith(("plugins/modules/", "plugins/module_utils/")) and name.endswith(".py")
    ]
    if subprocess.run([str(python), "-c", COMPILE, *sources], cwd=str(places.ROOT), check=False).returncode:
        return _failed(f"unit-compile-{text}", f"Python {text} cannot compile everything below plugins/")
    return _pytest(str(python), f"unit-{text}", *PURE)


def _failed(name, text):
    suite = reports.Suite(name)
    suite.failed("set-up", text)
    suite.write()
    return True


def _pytest(python, report, *tests):
    print(f"{report}: {' '.join(tests)}", flush=True)
    command = [python, "-m", "pytest", "-q", f"--junitxml={places.REPORTS / report}.xml", *tests]
    environment = dict(
        os.environ, PYTHONPATH=f"{places.SOURCE}:{places.ROOT / 'tests'}", PYTHONDONTWRITEBYTECODE="1"
    )
    return (
        subprocess.run(
            command, cwd=str(places.ROOT), env=environment, stdin=subprocess.DEVNULL, check=False
        ).returncode
        != 0
    )


if __name__ == "__main__":
    main()

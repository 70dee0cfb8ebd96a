"""ansible-test sanity with nothing to ignore, on several releases of ansible-core.

`python sanity.py`: on the oldest that the collection supports and on the newest that the main Python allows.
`python sanity.py full`: on every release from the oldest to the newest, each with an interpreter of this machine that it supports.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import environments
import interpreters
import places
import reports

FOLDER = places.BUILD / "sanity"

# The Python versions on which a release of ansible-core runs as a controller.
RELEASES = {
    (2, 16): [(3, 10), (3, 11), (3, 12)],
    (2, 17): [(3, 10), (3, 11), (3, 12)],
    (2, 18): [(3, 11), (3, 12), (3, 13)],
    (2, 19): [(3, 11), (3, 12), (3, 13)],
    (2, 20): [(3, 12), (3, 13), (3, 14)],
    (2, 21): [(3, 12), (3, 13), (3, 14)],
}

# ansible-test wants to download a pip of its own; this takes its place and gets the same pip with the one that Python brings.
GET_PIP = """
import ensurepip
import subprocess
import sys

ensurepip.bootstrap()
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install"] + arguments))
"""


def main():
    reports.clear("sanity")
    found = interpreters.find()
    if sys.argv[1:] == ["full"]:
        releases = list(RELEASES)
    else:
        releases = [min(RELEASES), max(release for release, pythons in RELEASES.items() if sys.version_info[:2] in pythons)]
    failed = False
    for release in releases:
        pythons = [version for version in RELEASES[release] if version in found]
        if pythons:
            version = sys.version_info[:2] if sys.version_info[:2] in pythons else max(pythons)
            failed |= _run(release, version, found[version])
        else:
            _not_run(release)
    sys.exit(failed)


def _run(release, version, path):
    """Run sanity on one release of ansible-core with one Python; return whether anything failed."""
    name, python = interpreters.text(release), interpreters.text(version)
    print(f"sanity: ansible-core {name} on Python {python}", flush=True)
    environment = FOLDER / name
    environments.ensure(environment, path, f"ansible-core == {name}.*\n")
    collection = FOLDER / "checkout" / "ansible_collections" / "fleetops" / "keepalive"
    places.copy_collection(collection)
    done = subprocess.run(
        [str(environment / "bin" / "ansible-test"), "sanity", "--python", python, "--requirements", "--junit", "--color", "no"],
        cwd=str(collection),
        env=dict(os.environ, HOME=str(_home(environment)), PATH=f"{environment / 'bin'}:{os.environ['PATH']}"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    output = done.stdout.decode(errors="replace")
    (FOLDER / f"{name}.log").write_text(output)
    counted = _collect(collection / "tests" / "output" / "junit", name)
    for line in counted.skip_reasons:
        print(f"  skipped {line}")
    print(f"  {counted}", flush=True)
    if done.returncode:
        print(output, flush=True)
        if not counted.failed:
            suite = reports.Suite(f"sanity-{name}-run")
            suite.failed("ansible-test sanity", output)
            suite.write()
    return done.returncode != 0


def _collect(folder, name):
    """Put the reports of ansible-test, one for each of its tests, together into one, and count them."""
    root = ElementTree.Element("testsuites")
    for path in sorted(folder.glob("*.xml")):
        root.extend(ElementTree.parse(str(path)).getroot().iter("testsuite"))
    places.REPORTS.mkdir(parents=True, exist_ok=True)
    report = places.REPORTS / f"sanity-{name}.xml"
    ElementTree.ElementTree(root).write(str(report), encoding="utf-8", xml_declaration=True)
    return reports.count(report)


def _home(environment):
    """Make a home for ansible-test with a stand-in for every pip that this release may ask for, and the person's settings of pip."""
    home = FOLDER / "home"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (asked,) = environment.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py")
    for version in re.findall(r"pip='([\d.]+)'", asked.read_text()):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)
    settings = Path(os.path.expanduser("~/.config/pip/pip.conf"))
    if settings.is_file():
        (home / ".config" / "pip").mkdir(parents=True, exist_ok=True)
        shutil.copy(str(settings), str(home / ".config" / "pip" / "pip.conf"))
    return home


def _not_run(release):
    name = interpreters.text(release)
    pythons = " or ".join(map(interpreters.text, RELEASES[release]))
    print(f"sanity: not run on ansible-core {name}: it needs Python {pythons}, not found on this machine")
    suite = reports.Suite(f"sanity-{name}")
    suite.skipped(f"ansible-core {name}", f"it needs Python {pythons}, not found on this machine")
    suite.write()


if __name__ == "__main__":
    main()

"""ansible-test sanity with nothing to ignore, on several releases of ansible-core.

`python sanity.py`: on the oldest that the collection supports and on the newest that the main Python allows.
`python sanity.py full`: on every release from the oldest to the newest, each with an interpreter of this
machine that it supports.
"""

import configparser
import os
import re
import ssl
import subprocess
import sys
from multiprocessing.pool import ThreadPool
from pathlib import Path
from xml.etree import ElementTree

import ansible_core
import environments
import interpreters
import places
import reports

DIRECTORY = places.BUILD / "sanity"
DEBIANS_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

# ansible-test wants to download a pip of its own; this takes its place and gets the same pip with the one
# that Python brings.
GET_PIP = """
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip"])
arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install"] + arguments))
"""


# What ansible-test says of a test for a kind of file that the collection does not have.
NOTHING_TO_CHECK = "No tests applicable."


def main():
    reports.clear("sanity")
    full = sys.argv[1:] == ["full"]
    found = interpreters.find()
    releases = list(ansible_core.RELEASES) if full else ansible_core.oldest_and_newest()
    runs = [
        Run(release, version, found, full)
        for release, version in ansible_core.runnable(releases, found, "sanity")
    ]
    with ThreadPool(2) as pool:
        failed = [run.name for run in pool.imap_unordered(Run.perform, runs) if not run.show()]
    sys.exit(bool(failed))


class Run:
    """ansible-test sanity on one release of ansible-core, in an environment, a checkout and a home of its
    own."""

    def __init__(self, release, version, found, every_python):
        self.name = interpreters.text(release)
        self.directory = DIRECTORY / self.name
        self._version = interpreters.text(version)
        self._found = found
        self._interpreter = found[version]
        self._every_python = every_python
        self._status = None
        self._output = None

    def perform(self):
        """Run it, and return itself."""
        environment = self.directory / "venv"
        environments.ensure(environment, self._interpreter, f"ansible-core == {self.name}.*\n")
        collection = self.directory / "ansible_collections" / "fleetops" / "keepalive"
        places.copy_collection(collection)
        # ansible-test asks git which files there are, and git takes .build for ignored.
        subprocess.run(["git", "init", "-q", str(collection)], check=True)
        done = subprocess.run(
            [
                str(environment / "bin" / "ansible-test"),
                "sanity",
                "--requirements",
                "--junit",
                "--color",
                "no",
                *self._python(),
            ],
            cwd=str(collection),
            env=dict(os.environ, HOME=str(_home(self.directory)), PATH=self._path(environment)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self._status = done.returncode
        self._output = done.stdout.decode(errors="replace")
        (self.directory / "output.log").write_text(self._output)
        _merge(collection / "tests" / "output" / "junit", self._report)
        return self

    def show(self):
        """Print what came out, with every test that was skipped, and return whether all passed."""
        counted = reports.count(self._report)
        print(f"sanity: ansible-core {self.name} on Python {self._version}: {counted}")
        for reason in counted.skip_reasons:
            print(f"  skipped {reason}")
        good = self._status == 0 and counted.passed > 0
        if not good:
            lines = self._output.splitlines()
            print("\n".join([line for line in lines if line.startswith(("ERROR:", "FATAL:"))] or lines[-40:]))
            print(f"all that ansible-test said: {self.directory / 'output.log'}")
        if not good and not counted.failed:
            suite = reports.Suite(f"sanity-{self.name}-run")
            suite.failed("ansible-test sanity", self._output)
            suite.write()
        return good

    @property
    def _report(self):
        return places.REPORTS / f"sanity-{self.name}.xml"

    def _python(self):
        return [] if self._every_python else ["--python", self._version]

    def _path(self, environment):
        directories = [environment / "bin", *(Path(path).parent for path in self._found.values())]
        return ":".join([*map(str, directories), os.environ["PATH"]])


def _merge(directory, report):
    """Put the reports of ansible-test, one for each of its tests, together into one."""
    root = ElementTree.Element("testsuites")
    idle = []
    for path in sorted(directory.glob("*.xml")):
        for suite in ElementTree.parse(str(path)).getroot().iter("testsuite"):
            if suite.findtext("testcase/skipped") == NOTHING_TO_CHECK:
                idle.append(suite.find("testcase").get("name"))
            else:
                root.append(suite)
    if idle:
        print(f"sanity: no file to check for {', '.join(idle)}")
    places.REPORTS.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(str(report), encoding="utf-8", xml_declaration=True)


def _home(directory):
    """Make a home for ansible-test with a stand-in for every pip that this release may ask for, and pip's
    settings."""
    home = directory / "home"
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (asked,) = directory.glob("venv/lib/python*/site-packages/ansible_test/_internal/python_requirements.py")
    for version in re.findall(r"pip='([\d.]+)'", asked.read_text()):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)
    (home / ".config" / "pip").mkdir(parents=True, exist_ok=True)
    with (home / ".config" / "pip" / "pip.conf").open("w") as file:
        _pip_settings().write(file)
    return home


def _pip_settings():
    """Return the person's own settings of pip, with the machine's certificates, which older releases of pip
    do not look at by themselves."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(os.path.expanduser("~/.config/pip/pip.conf"))
    certificates = ssl.get_default_verify_paths().cafile or DEBIANS_CERTIFICATES
    if os.path.isfile(certificates):
        settings.read_dict(
            {"global": {"cert": certificates, **dict(settings["global"] if "global" in settings else {})}}
        )
    return settings


if __name__ == "__main__":
    main()

"""Virtual environments, made once and made anew when what they hold is to change.

`python3 environments.py` makes the main one, .venv, with the newest ansible-core that its Python allows.
"""

import shutil
import subprocess
import sys

import interpreters
import places


def ensure(directory, python, requirements):
    """Make a virtual environment in `directory` (a Path) with `python` and these requirement lines, unless it
    is
    there; return its Python."""
    wanted = python + "\n" + requirements
    receipt = directory / "made-of.txt"
    if not receipt.is_file() or receipt.read_text() != wanted:
        print(f"making {directory.relative_to(places.ROOT)}", flush=True)
        shutil.rmtree(str(directory), ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(directory)], check=True)
        listed = directory / "requirements.txt"
        listed.write_text(requirements)
        if list(directory.glob("lib/python3.6")):
            # The pip of Python 3.6 takes releases that are not for it.
            _install(directory, "pip == 21.3.1")
        _install(directory, "-r", str(listed))
        receipt.write_text(wanted)
    return directory / "bin" / "python"


def _install(directory, *what):
    command = [
        str(directory / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        *what,
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def main():
    _version, python = interpreters.controller()
    try:
        ensure(places.MAIN, python, (places.ROOT / "tests" / "requirements.txt").read_text())
    except subprocess.CalledProcessError as error:
        sys.exit(f"The virtual environment could not be made: {' '.join(error.cmd)} failed.")
    places.link_source()


if __name__ == "__main__":
    main()

"""Virtual environments, made once and made anew when what they hold is to change.

`python3 environments.py` makes the main one, .venv, with the newest ansible-core that its Python allows.
"""

import shutil
import subprocess
import sys

import interpreters
import places


def ensure(folder, python, requirements):
    """Make a virtual environment in `folder` (a Path) with `python` and these requirement lines, unless it is
    there; return its Python."""
    wanted = python + "\n" + requirements
    receipt = folder / "made-of.txt"
    if not receipt.is_file() or receipt.read_text() != wanted:
        print(f"making {folder.relative_to(places.ROOT)}", flush=True)
        shutil.rmtree(str(folder), ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        listed = folder / "requirements.txt"
        listed.write_text(requirements)
        if list(folder.glob("lib/python3.6")):
            # The pip of Python 3.6 takes releases that are not for it.
            _install(folder, "pip == 21.3.1")
        _install(folder, "-r", str(listed))
        receipt.write_text(wanted)
    return folder / "bin" / "python"


def _install(folder, *what):
    command = [
        str(folder / "bin" / "python"),
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

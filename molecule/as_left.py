"""The files of the scenario lived_in: as people left them (`files`) and as they have to be afterwards
(`expected`)."""

import base64
import pathlib

SCENARIO = pathlib.Path(__file__).parent / "lived_in"


def contents(state):
    """Path on the host to bytes; files with bytes that text files do not hold are kept in encoded/."""
    plain, encoded = SCENARIO / state, SCENARIO / "encoded" / state
    found = {str(path.relative_to(plain)): path.read_bytes() for path in plain.rglob("*") if path.is_file()}
    for path in encoded.rglob("*.base64"):
        found[str(path.relative_to(encoded).with_suffix(""))] = base64.b64decode(path.read_text())
    return found

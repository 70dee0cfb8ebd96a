"""The table of rooms in docs/architecture.md: what each may import, and that nothing imports what stands
above it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
ROWS = re.findall(
    r"^\| `plugins/([\w/]+)` \| .* \| ([^|]*) \|$",
    (ROOT / "docs" / "architecture.md").read_text(),
    re.MULTILINE,
)
MAY = {room: set(re.findall(r"`(\w+)", allowed)) for room, allowed in ROWS}
PACKAGE = "ansible_collections.fleetops.keepalive.plugins."


def room_of(path):
    """The room of a file below plugins, by the table."""
    return max(
        (room for room in MAY if path.relative_to(PLUGINS).as_posix().startswith(room + "/")),
        key=len,
        default=None,
    )


def imported(path):
    """The rooms of the collection that a file imports from, as paths below plugins."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.relative_to(PLUGINS).parts[: -node.level]
            yield "/".join(base + tuple((node.module or "").split(".")))
        elif isinstance(node, ast.ImportFrom) and node.module.startswith(PACKAGE):
            yield node.module[len(PACKAGE) :].replace(".", "/")


FILES = sorted(path for path in PLUGINS.rglob("*.py"))


def test_every_file_has_a_room():
    assert [str(path) for path in FILES if room_of(path) is None] == []
    assert len(MAY) >= 12


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_what_the_table_lets_it_import(room):
    own, seen = room.rpartition("/")[2], set()
    for path in FILES:
        if room_of(path) == room:
            for target in imported(path):
                name = next((part for part in target.split("/") if part.startswith("_")), target)
                if name != own:
                    seen.add(name)
                    group = target.split("/")[0]
                    assert name in MAY[room] or group in MAY[room] and group != "module_utils", (
                        f"{path.relative_to(ROOT)} imports from {target}"
                    )
    # A row that allows what nothing uses says too much.
    assert {name for name in MAY[room] if name.startswith("_") and name != own} <= seen

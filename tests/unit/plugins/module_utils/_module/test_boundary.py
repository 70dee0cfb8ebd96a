"""What a module has to import before it can say in one sentence that the host's Python is too old."""

import ast
import json
from pathlib import Path

import pytest
from ansible_collections.fleetops.keepalive.plugins.module_utils._module import boundary

PLUGINS = Path(__file__).resolve().parents[5] / "plugins"
MODULES = [path for path in sorted((PLUGINS / "modules").glob("*.py")) if "def main(" in path.read_text()]


def imported_at_once(path):
    return {
        (node.module, name.name) if isinstance(node, ast.ImportFrom) else name.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_nothing_of_ours_before_it_has_asked_for_the_python(path):
    names = [name for module, name in imported_at_once(path) if module.startswith("ansible_collections")]
    [main] = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    assert names == ["boundary"] and ast.unparse(main.body[0]) == "boundary.require_python()"


def test_the_boundary_itself_can_be_imported_by_an_old_python():
    room = PLUGINS / "module_utils"
    assert imported_at_once(room / "_module" / "boundary.py") == {
        "json",
        "sys",
        ("_config.errors", "KeepaliveError"),
    }
    assert imported_at_once(room / "_config" / "errors.py") == set()


def test_an_old_python_gets_a_sentence(monkeypatch, capsys):
    boundary.require_python()
    monkeypatch.setattr(boundary, "OLDEST_PYTHON", (99, 1))
    with pytest.raises(SystemExit):
        boundary.require_python()
    told = json.loads(capsys.readouterr().out)
    assert told["failed"] and told["msg"].startswith(
        "fleetops.keepalive needs Python 99.1 or newer on the managed host, and "
    )

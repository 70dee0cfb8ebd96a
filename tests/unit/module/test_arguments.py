"""What every module has to import before it can say in one sentence that the host's Python is too old."""

import ast
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[3] / "plugins" / "module_utils" / "_module"


@pytest.mark.parametrize("name, allowed", [("arguments", set()), ("boundary", {"sys", "_config.errors"})])
def test_an_old_python_can_import_it(name, allowed):
    tree = ast.parse((MODULE / (name + ".py")).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert {node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports} == allowed

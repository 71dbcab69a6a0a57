"""Files and functions stay small enough to be read at once, and are named for what they do.

Source: the house habits in CONTRIBUTING.md. A file above 400 lines says why in a ``Length:`` line of its docstring;
above 600 it fails. Tables of data (docstring: "Data only.") are exempt from both.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .tree import PACKAGE, ROOT, docstring_of, name_of, sources, tree_of

FILE_MAX, FILE_MAX_WITHOUT_REASON, FUNCTION_MAX = 600, 400, 80
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "shared", "stuff"}


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_file_length(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    law = docstring_of(path)
    if "Data only." in law:
        return
    assert lines <= FILE_MAX
    assert lines <= FILE_MAX_WITHOUT_REASON or "Length:" in law, f"{lines} lines: split it, or say why after 'Length:'"


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_function_length(path: Path) -> None:
    long = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_MAX
    }
    assert long == {}


def test_no_module_is_nameless() -> None:
    folders = (PACKAGE, ROOT / "tests", ROOT / "bench", ROOT / "tools")
    skip = {"node_modules", "__pycache__"}
    paths = [path for folder in folders for path in folder.rglob("*.py") if not skip & set(path.parts)]
    assert [path.name for path in paths if path.stem in NAMELESS or path.parent.name in NAMELESS] == []


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_every_module_states_its_law(path: Path) -> None:
    assert len(docstring_of(path)) >= 20

"""Where the sources are, and how the architecture tests read them: as text and syntax trees, never by importing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "entrepot"


def sources(below: Path = PACKAGE) -> list[Path]:
    """Every Python file below a folder, in order."""
    found = sorted(path for path in below.rglob("*.py") if "__pycache__" not in path.parts)
    assert found, f"no sources below {below}"
    return found


def name_of(path: Path) -> str:
    """The path inside the package, as the tables of these tests spell it."""
    return path.relative_to(PACKAGE).as_posix()


@lru_cache(maxsize=256)
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def docstring_of(path: Path) -> str:
    """The module docstring; empty when there is none."""
    return ast.get_docstring(tree_of(path)) or ""


def imported_modules(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module that is imported anywhere in a file, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module, node.lineno

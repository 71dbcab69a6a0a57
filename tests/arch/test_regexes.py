"""Every regular expression of the server takes time in proportion to the text, or says here why it does not matter."""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from typing import Any

import pytest

from .regexes import why_slow
from .tree import PACKAGE

BOUNDED: dict[tuple[str, str], str] = {}
"""Those that the check calls slow, with the reason why they are not, or why their text is short."""
ANCHORED = {("dialects.detection", "ENDPOINTS")}
"""Those whose use is not seen in their module: only ``fullmatch`` is called, wherever they are."""
_SEARCHING = {"search", "sub", "subn", "split", "findall", "finditer"}
_ANCHORED = {"match", "fullmatch"}


@dataclass(frozen=True)
class Use:
    """One expression, where it stands, and whether it is looked for everywhere in a text."""

    module: str
    name: str
    line: int
    pattern: re.Pattern[Any]
    searching: bool


def uses() -> list[Use]:
    """All expressions of the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        ways = _ways(tree)
        for name, call in _calls(tree):
            method = call.func.attr  # type: ignore[attr-defined]
            searching = method in _SEARCHING if method != "compile" else not ways.get(name, {"?"}) <= _ANCHORED
            searching = searching and (module, name) not in ANCHORED
            found.append(Use(module, name, call.lineno, _pattern(module, call), searching))
    return found


def _calls(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    """Calls of the module ``re``, with the name that is given to what they make."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            names |= {id(inner): ast.unparse(target) for inner in ast.walk(node.value) if isinstance(inner, ast.Call)}
    return [
        (names.get(id(node), f"line {node.lineno}"), node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "re"
        and node.func.attr in {"compile", *_SEARCHING, *_ANCHORED}
    ]


def _ways(tree: ast.Module) -> dict[str, set[str]]:
    """How each name is used, as far as that can be seen in its module."""
    ways: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _SEARCHING | _ANCHORED:
            ways.setdefault(ast.unparse(node.value), set()).add(node.attr)
    return ways


def _pattern(module: str, call: ast.Call) -> re.Pattern[Any]:
    """The expression as the program has it; it must be made of what the module knows when it is imported."""
    known = vars(importlib.import_module(f"entrepot.{module}".removesuffix(".")))
    flags = call.args[1:] if isinstance(call.func, ast.Attribute) and call.func.attr == "compile" else []
    made = ast.Expression(ast.Call(ast.parse("re.compile", mode="eval").body, [call.args[0], *flags], call.keywords))
    return eval(compile(ast.fix_missing_locations(made), module, "eval"), {**known, "re": re})  # type: ignore[no-any-return]  # noqa: S307


USES = uses()


def test_they_are_found() -> None:
    """All that a plain search finds, so that none is written in a way that is not seen."""
    written = sum(
        len(re.findall(r"\bre\.(?:compile|match|fullmatch|search|subn?|split|findall|finditer)\(", path.read_text()))
        for path in PACKAGE.rglob("*.py")
    )
    assert len(USES) == written > 50
    imported = [path for path in PACKAGE.rglob("*.py") if re.search(r"from re import|import re as", path.read_text())]
    assert imported == []


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.module}:{use.name}")
def test_it_is_linear(use: Use) -> None:
    """No text can be read in more ways than it is long."""
    why = why_slow(use.pattern, searching=use.searching)
    known = BOUNDED.get((use.module, use.name))
    if known is None:
        assert why is None, f"{use.module}, line {use.line}: {use.pattern.pattern!r}: {why}"
    else:
        assert why is not None, f"{use.name} is linear: take it out of BOUNDED"


@pytest.mark.parametrize(
    ("expression", "searching"),
    [
        (r"\s*,\s*", True),
        (rb"(?i:x-amz-credential)=[^&]*(?:/|%2f)sts(?:/|%2f)aws4_request", True),
        (r"(a+)+b", False),
        (r"(a*)*b", False),
        (r"(a|a)*b", False),
        (r"(a|aa)*c", False),
        (r"(.*)=(.*)x", False),
        (r"\d+\w*-", False),
        (r"x*$", True),
        (r"a=[^&]*x", True),
        (r"(?i)k*[\u212a]*x", False),
    ],
)
def test_the_check_knows_slow_ones(expression: str | bytes, searching: bool) -> None:
    """Two that were here, and the kinds of the literature."""
    assert why_slow(re.compile(expression), searching=searching)


@pytest.mark.parametrize(
    ("expression", "searching"),
    [
        (r'"[^"]*"?', True),
        (r"\bcharset=(\w*)", True),
        (r"\s*,\s*", False),
        (rb"(?:^|&)sign=([^&]*)", True),
        (r"(?:[a-z0-9-]+\.)+com", False),
        (r"a{1,20}b?c*", True),
    ],
)
def test_the_check_knows_quick_ones(expression: str | bytes, searching: bool) -> None:
    """So that it does not call everything slow."""
    assert why_slow(re.compile(expression), searching=searching) is None

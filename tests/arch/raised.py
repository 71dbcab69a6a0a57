"""Which faults the code can raise, kind and reason, read from its syntax trees; and which of them a dialect can meet.

A fault is made by calling ``Fault``, or a function that hands a parameter ``reason`` on to one. What a dialect can meet
is raised in a module that it imports, however far off, or in those that serve every dialect.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .tree import PACKAGE, sources, tree_of

Function = ast.FunctionDef | ast.AsyncFunctionDef
EVERYBODYS = ("core", "adapters", "front.pipeline")
"""What serves every dialect, with all that it imports."""
ENTRY = "entrepot.front.asgi"
"""Raises for every dialect too; but the server's own endpoints, which it imports, answer in words of their own."""

EXPLAINS = "entrepot.explain"
"""What explains a refusal is asked after it, and whatever it raises is caught (``front.explaining``)."""

CALLBACKS = "entrepot.dialects.s3like.callbacks"
HANDED = {f"{CALLBACKS}.answering": f"{CALLBACKS}.calling"}
"""What a module is given, and does not import, because few requests need it (``when_needed``)."""


class Raised(NamedTuple):
    """One place that raises a fault. ``reason`` is empty for none, None for one that is no literal."""

    kind: str
    reason: str | None
    module: str
    line: int


@dataclass
class Raiser:
    """A function that hands a reason on: at which position it takes it, and which kinds it raises."""

    module: str
    name: str
    position: int
    method: bool
    default: ast.expr | None = None
    """What the reason is when a call gives none."""
    kinds: set[str] = field(default_factory=set)
    most: int = 99
    """How many arguments it takes by position: a call of another method of the same name may give more."""


class Call(NamedTuple):
    """A call, with the functions that it stands in, the innermost last."""

    module: str
    node: ast.Call
    inside: tuple[Function, ...]


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax tree of every module, by its dotted name."""
    return {module_of(path): tree_of(path) for path in sources()}


def imports_of(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """What a module imports from the package: module, name there, name here."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("entrepot"):
            yield from ((node.module or "", alias.name, alias.asname or alias.name) for alias in node.names)


def _calls(module: str, node: ast.AST, inside: tuple[Function, ...] = ()) -> Iterator[Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield Call(module, child, inside)
        yield from _calls(module, child, (*inside, child) if isinstance(child, Function) else inside)


def _arguments(function: Function) -> list[str]:
    return [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]


def _takes_reason(function: Function) -> bool:
    return "reason" in [*_arguments(function), *(argument.arg for argument in function.args.kwonlyargs)]


def _default_reason(function: Function) -> ast.expr | None:
    """The default of the parameter ``reason``."""
    placed = [*function.args.posonlyargs, *function.args.args]
    defaults = [None] * (len(placed) - len(function.args.defaults)) + [*function.args.defaults]
    named = zip((*placed, *function.args.kwonlyargs), (*defaults, *function.args.kw_defaults), strict=True)
    return next((default for argument, default in named if argument.arg == "reason"), None)


def _kinds_in(node: ast.AST) -> set[str]:
    found = (part for part in ast.walk(node) if isinstance(part, ast.Attribute))
    return {part.attr for part in found if getattr(part.value, "id", "") == "Kind"}


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The texts that a module names."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for name, text in pairs:
                if isinstance(name, ast.Name) and isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield name.id, text.value


class Scan:
    """Everything that is raised in some modules."""

    def __init__(self, modules: dict[str, ast.Module]) -> None:
        self._calls = [call for module, tree in modules.items() for call in _calls(module, tree)]
        self._named = {
            (module, here): f"{there}.{name}"
            for module, tree in modules.items()
            for there, name, here in imports_of(tree)
        }
        self._constants = {
            f"{module}.{name}": text for module, tree in modules.items() for name, text in _constants(tree)
        }
        self._raisers: dict[str, Raiser] = {}
        for module, tree in modules.items():
            methods = {id(part) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for part in node.body}
            for node in ast.walk(tree):
                if isinstance(node, Function) and _takes_reason(node) and node.name != "__init__":
                    method = id(node) in methods
                    names = _arguments(node)
                    position = names.index("reason") - method if "reason" in names else 99
                    default = _default_reason(node)
                    raiser = Raiser(module, node.name, position, method, default, most=len(names) - method)
                    self._raisers[f"{module}.{node.name}"] = raiser
        while self._spread():
            pass

    def _spread(self) -> bool:
        """Let raisers have the kinds of those that they call; whether that changed anything."""
        before = sum(len(raiser.kinds) for raiser in self._raisers.values())
        for call in self._calls:
            made = self._made(call)
            if made is not None and self._is_handed_on(call, made[1]):
                outer = next(function for function in reversed(call.inside) if _takes_reason(function))
                self._raisers[f"{call.module}.{outer.name}"].kinds |= made[0]
        return sum(len(raiser.kinds) for raiser in self._raisers.values()) > before

    def _raiser(self, call: Call) -> Raiser | None:
        called = call.node.func
        if isinstance(called, ast.Name):
            full = self._named.get((call.module, called.id), f"{call.module}.{called.id}")
            return self._raisers.get(full)
        if isinstance(called, ast.Attribute):
            owner = self._named.get((call.module, getattr(called.value, "id", "")))
            return self._raisers.get(f"{owner}.{called.attr}") or self._method(call, called.attr)
        return None

    def _method(self, call: Call, name: str) -> Raiser | None:
        """The method of this name, of a class that the module can know, that takes what the call gives."""
        given = len(call.node.args)
        found = (each for each in self._raisers.values() if each.method and each.name == name and given <= each.most)
        return next((each for each in found if each.module in known_to(call.module)), None)

    def _made(self, call: Call) -> tuple[set[str], ast.expr | None] | None:
        """The kinds and the reason of the fault that a call makes; None when it makes none."""
        given = [keyword.value for keyword in call.node.keywords if keyword.arg == "reason"]
        if isinstance(call.node.func, ast.Name) and call.node.func.id == "Fault":
            first = call.node.args[0] if call.node.args else call.node
            kinds = _kinds_in(first) or (_kinds_in(call.inside[-1]) if call.inside else set())
            return kinds, given[0] if given else None
        raiser = self._raiser(call)
        if raiser is None:
            return None
        given += call.node.args[raiser.position : raiser.position + 1]
        return raiser.kinds, given[0] if given else None

    @staticmethod
    def _is_handed_on(call: Call, reason: ast.expr | None) -> bool:
        return isinstance(reason, ast.Name) and reason.id == "reason" and any(map(_takes_reason, call.inside))

    def faults(self) -> Iterator[Raised]:
        """Every fault that is raised."""
        for call in self._calls:
            made = self._made(call)
            if made is None or self._is_handed_on(call, made[1]):
                continue
            kinds, given = made
            reasons = self._by_default(call) if given is None else self._texts(call.module, given)
            for kind in kinds or {"?"}:
                for reason in reasons:
                    yield Raised(kind, reason, call.module, call.node.lineno)

    def _by_default(self, call: Call) -> set[str | None]:
        """The reason of a call that gives none: the default of the function that raises, if it has one."""
        raiser = self._raiser(call)
        default = None if raiser is None else raiser.default
        return {""} if raiser is None or default is None else self._texts(raiser.module, default)

    def _texts(self, module: str, given: ast.expr) -> set[str | None]:
        """What an expression can be: a literal, a constant of some module, or one of two; None for what is not told."""
        if isinstance(given, ast.Constant):
            return {given.value or ""} if given.value is None or isinstance(given.value, str) else {None}
        if isinstance(given, ast.IfExp):
            return self._texts(module, given.body) | self._texts(module, given.orelse)
        if isinstance(given, ast.Name):
            return {self._constants.get(self._named.get((module, given.id), f"{module}.{given.id}"))}
        return {None}


@cache
def raised() -> tuple[Raised, ...]:
    """Every fault that the package raises."""
    return tuple(Scan(trees()).faults())


@cache
def known_to(*roots: str) -> frozenset[str]:
    """These modules, those below them, and all that they import, however far off."""
    everything = trees()
    found: set[str] = set()
    waiting = [name for name in everything if any(name == root or name.startswith(f"{root}.") for root in roots)]
    while waiting:
        name = waiting.pop()
        if name not in found and not name.startswith(EXPLAINS):
            found.add(name)
            parts = ((module, f"{module}.{part}") for module, part, _ in imports_of(everything[name]))
            waiting += [each for pair in parts for each in pair if each in everything]
    return frozenset(found)


def reached(dialect: str) -> frozenset[str]:
    """The modules whose faults a dialect can meet: those that it imports, however far off, and everybody's."""
    found = known_to(f"entrepot.dialects.{dialect}", *(f"entrepot.{folder}" for folder in EVERYBODYS)) | {ENTRY}
    return found | known_to(*(there for here, there in HANDED.items() if here in found))


def met_by(dialect: str) -> list[Raised]:
    """The faults that a dialect can meet."""
    modules = reached(dialect)
    return [fault for fault in raised() if fault.module in modules]

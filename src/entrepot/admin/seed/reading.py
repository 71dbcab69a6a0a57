"""A seed as its owner writes it: a YAML file, or a folder with such files and the bytes of objects.

Reads files and knows lines; must not know an index. What is wrong is told with file, line and what to do. The syntax is
YAML 1.2's core schema, so that ``no`` is a text and ``012`` a number; anchors, aliases and tags are refused, because
what they make of a text is not seen in it. A folder's files ``*.yaml`` and ``*.yml`` are read by name, and each file in
its ``buckets/NAME/`` is an object of that bucket. Source: YAML 1.2.2 §10.3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from entrepot.admin.seed.shape import (
    APPID,
    OBJECTS_MAX,
    Seed,
    SeedAccount,
    SeedBucket,
    SeedObject,
    Shape,
    ShapeError,
    seed_of,
)
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value, changed

TEXT_MAX_BYTES: Final = 16 << 20
"""Of one file. Bytes of objects that are longer stand in files of their own."""
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_INT, _FLOAT = re.compile(r"[-+]?[0-9]{1,18}"), re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PLAIN: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_PATH = re.compile(r"\$[^\s:]*")
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")


class _Text(Value, frozen=True, kw_only=True):
    """One file of a seed: its value, and the line of each path in it."""

    path: Path
    value: Any
    lines: dict[str, int]
    first: int = 0
    """At which place its accounts stand in the whole seed."""
    count: int = 0


class Source:
    """A seed that was read, which knows where its parts stand."""

    def __init__(self, seed: Seed, texts: list[_Text], buckets: Path | None) -> None:
        self.seed = seed
        self._texts = texts
        self._buckets = buckets

    def told(self, message: str) -> str:
        """A message that begins with a path of the seed, with file and line in its place."""
        found = _PATH.match(message)
        if found is None:
            return message
        return f"{self._place(found[0])}{message[found.end() :]}"

    def _place(self, path: str) -> str:
        number = re.match(r"\$\.accounts\[(\d+)\]", path)
        at = 0 if number is None else int(number[1])
        text = next((one for one in self._texts if one.first <= at < one.first + one.count), None)
        if text is None:
            return str(self._buckets or self._texts[0].path)
        if number is not None:
            path = f"$.accounts[{at - text.first}]{path[number.end() :]}"
        return f"{text.path}:{_line(text, path)}"


def read(path: Path) -> Source:
    """Read a seed. Raises Fault PARAMETER_INVALID, with file and line."""
    if not path.is_dir():
        return _joined([_text_of(path)], path.parent, None)
    files = sorted(one for one in path.iterdir() if one.suffix in _SUFFIXES and one.is_file())
    buckets = path / "buckets"
    if not files and not buckets.is_dir():
        raise _wrong(f"{path}: it has no *.yaml and no folder `buckets`, so it is no seed")
    return _joined([_text_of(one) for one in files], path, buckets if buckets.is_dir() else None)


def _joined(texts: list[_Text], folder: Path, buckets: Path | None) -> Source:
    accounts: list[SeedAccount] = []
    placed = []
    for text in texts:
        part = _shaped(text)
        placed.append(changed(text, first=len(accounts), count=max(1, len(part.accounts))))
        accounts += [_filled(one, f"{text.path}", folder) for one in part.accounts]
    if buckets is not None:
        owner = accounts[0].appid if accounts else APPID
        accounts.append(SeedAccount(appid=owner, buckets=tuple(_buckets_of(buckets))))
    if sum(len(bucket.objects) for one in accounts for bucket in one.buckets) > OBJECTS_MAX:
        raise _wrong(f"{folder}: a seed has at most {OBJECTS_MAX} objects")
    return Source(Seed(accounts=tuple(accounts)), placed, buckets)


def _text_of(path: Path) -> _Text:
    """A file as values and lines. Raises Fault PARAMETER_INVALID."""
    import yaml  # noqa: PLC0415 - whoever seeds nothing need not load it

    try:
        with path.open("rb") as file:
            data = file.read(TEXT_MAX_BYTES + 1)
    except OSError as error:
        raise _wrong(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > TEXT_MAX_BYTES:
        raise _wrong(f"{path}: more than {TEXT_MAX_BYTES} bytes; put the bytes of objects into files, as `file: NAME`")
    try:
        node = yaml.compose(data.decode("utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise _wrong(f"{path}: it is not UTF-8") from error
    except RecursionError as error:
        raise _wrong(f"{path}: it is nested too deep") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _wrong(f"{path}:{1 if mark is None else mark.line + 1}: no YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise _wrong(f"{path}: no YAML: {error}") from error
    lines: dict[str, int] = {}
    value = _Values(path, lines).of(node, "$") if node is not None else {}
    return _Text(path=path, value={} if value is None else value, lines=lines)


class _Values:
    """Makes values of the nodes of one text, and keeps their lines by their paths."""

    def __init__(self, path: Path, lines: dict[str, int]) -> None:
        self._path = path
        self._lines = lines
        self._seen: set[int] = set()

    def of(self, node: Any, path: str) -> Any:
        """The value of a node. Raises Fault PARAMETER_INVALID."""
        line = node.start_mark.line + 1
        self._lines.setdefault(path, line)
        if id(node) in self._seen:
            raise _wrong(f"{self._path}:{line}: an alias of what stands here is used; write it out where it is meant")
        self._seen.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rpartition(":")[2] not in _TAGS:
            raise _wrong(f"{self._path}:{line}: the tag {node.tag[:60]!r} is not taken; leave it out")
        if node.id == "scalar":
            return _scalar(node)
        if node.id == "sequence":
            return [self.of(one, f"{path}[{at}]") for at, one in enumerate(node.value)]
        made: dict[str, Any] = {}
        for key, value in node.value:
            at = key.start_mark.line + 1
            name = key.value
            if key.id != "scalar" or not isinstance(name, str):
                raise _wrong(f"{self._path}:{at}: a name must be a text")
            if name in made:
                raise _wrong(f"{self._path}:{at}: {name[:80]!r} stands twice; keep one of them")
            self._lines[f"{path}.{name}"] = at
            made[name] = self.of(value, f"{path}.{name}")
        return made


_TAGS = frozenset({"str", "int", "float", "bool", "null", "timestamp", "merge", "value", "seq", "map"})


def _scalar(node: Any) -> Any:
    """A scalar by the core schema; a quoted one is a text."""
    text: str = node.value
    if node.style is not None or node.tag.endswith(":str"):
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _shaped(text: _Text) -> Seed:
    """The seed of a file. Raises Fault PARAMETER_INVALID."""
    try:
        return seed_of(text.value)
    except ShapeError as error:
        raise _wrong(_explained(text, error.why, error.path)) from error


def _explained(text: _Text, message: str, path: str) -> str:
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", message)
    if unknown is None:
        advice = "; put it in quotes" if message.startswith("Expected `str") and "got `int`" in message else ""
        return f"{text.path}:{_line(text, path)}: {path}: {message}{advice}"
    name = unknown[1]
    known = _fields_at(path)
    near = get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    return f"{text.path}:{_line(text, f'{path}.{name}')}: {path}: there is no {name[:80]!r} here; {advice}"


def _line(text: _Text, path: str) -> int:
    """The line of a path, or of the nearest part around it that has one."""
    steps = _STEP.findall(path)
    while steps:
        found = text.lines.get("$" + "".join(f".{name}" if name else f"[{number}]" for name, number in steps))
        if found is not None:
            return found
        steps.pop()
    return text.lines.get("$", 1)


def _fields_at(path: str) -> tuple[str, ...]:
    """Which fields there are at a path."""
    shape: Any = Seed
    for name, _ in _STEP.findall(path):
        if name:
            kinds = get_args(get_type_hints(shape)[name])
            shape = next(one for one in kinds if isinstance(one, type) and issubclass(one, Shape))
    return tuple(shape.__struct_fields__)


# -- the bytes of objects ----------------------------------------------------------------------------------------------


def _filled(account: SeedAccount, where: str, folder: Path) -> SeedAccount:
    """The account with the bytes of the files that its objects name. Raises Fault PARAMETER_INVALID."""
    buckets = tuple(
        changed(
            bucket,
            objects=tuple(_with_bytes(one, f"{where}: {bucket.name}/{one.key}", folder) for one in bucket.objects),
        )
        for bucket in account.buckets
    )
    return changed(account, buckets=buckets)


def _with_bytes(one: SeedObject, where: str, folder: Path) -> SeedObject:
    if one.file is None:
        return one
    if one.text is not None or one.base64 is not None:
        return one  # refused where all of them are, with its line
    path = (folder / one.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise _wrong(f"{where}: the file {one.file[:200]!r} is not below the seed's folder; copy it there")
    return changed(one, base64=_bytes_of(path, where), file=None)


def _bytes_of(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _wrong(f"{where}: {path} cannot be read: {error.strerror}") from error


def _buckets_of(folder: Path) -> Iterable[SeedBucket]:
    """A bucket for each folder, with its files by their paths."""
    for bucket in sorted(one for one in folder.iterdir() if one.is_dir()):
        files = sorted(one for one in bucket.rglob("*") if one.is_file() and not one.is_symlink())
        objects = tuple(
            SeedObject(key=one.relative_to(bucket).as_posix(), base64=_bytes_of(one, f"{one}")) for one in files
        )
        yield SeedBucket(name=bucket.name, objects=objects)


def _wrong(message: str) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, message)

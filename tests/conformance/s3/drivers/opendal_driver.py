"""PyPI opendal, unmodified: any method of an Operator that `configure` made, one call per line.

Presigning exists on the asynchronous operator only. Metadata and entries come back as their public attributes.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import opendal
from loop import serve

OPERATORS: dict[str, opendal.Operator] = {}


def configure(name: str, scheme: str, **options: str) -> None:
    """Make the operator `name`."""
    OPERATORS[name] = opendal.Operator(scheme, **options)


def seen(value: Any) -> Any:
    """What opendal returned, as values."""
    match value:
        case opendal.types.Metadata():
            names = ("content_disposition", "content_length", "content_type", "etag", "last_modified", "user_metadata")
            return {name: getattr(value, name) for name in names} | {"is_dir": value.is_dir}
        case opendal.types.PresignedRequest():
            return {"url": value.url, "method": value.method, "headers": dict(value.headers)}
        case None | str() | bytes() | bool() | int():
            return value
    return [entry.path for entry in value]


def send(operator: Any, source: str, path: str, chunk: int, concurrent: int) -> None:
    """A long file as a stream, which opendal cuts into parts."""
    with Path(source).open("rb") as file, operator.open(path, "wb", chunk=chunk, concurrent=concurrent) as out:
        while data := file.read(1 << 20):
            out.write(data)


def fetch(operator: Any, path: str, target: str, chunk: int, concurrent: int) -> None:
    """A long file as a stream."""
    with Path(target).open("wb") as file, operator.open(path, "rb", chunk=chunk, concurrent=concurrent) as source:
        while data := source.read(4 << 20):
            file.write(data)


def presign(operator: Any, call: str, path: str, seconds: int) -> Any:
    """presign_read, presign_write or presign_stat."""

    async def ask() -> Any:
        return await getattr(operator.to_async_operator(), call)(path, seconds)

    return asyncio.run(ask())


def perform(method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """One call."""
    name, _, call = method.rpartition(".")
    if not name:
        return configure(*args, **kwargs)
    operator = OPERATORS[name]
    own = {"send": send, "fetch": fetch, "presign": presign}
    return seen(own[call](operator, *args, **kwargs) if call in own else getattr(operator, call)(*args, **kwargs))


def describe(error: Exception) -> dict[str, Any]:
    """An exception of opendal as values; its class is its code."""
    return {"name": type(error).__name__, "message": str(error), "code": type(error).__name__, "status": None}


if __name__ == "__main__":
    serve(perform, describe)

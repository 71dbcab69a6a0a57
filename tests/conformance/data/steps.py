"""What a program of a data tool tells of each of its steps, and the steps of every file system of fsspec.

Runs in the tool's own environment: the standard library alone. The words are those of :mod:`conformance.programs`.
"""

from __future__ import annotations

import os
import socket
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAME = "dir/a b+c&中.bin"


def step(name: str, wanted: Any, made: Callable[[], Any]) -> None:
    """One step: what it gives must be what is wanted."""
    try:
        found = made()
    except Exception:  # noqa: BLE001 - whatever a tool raises is told
        print(f"FAILED {name}: {traceback.format_exc(limit=-2)[-600:]!r}")
        return
    print(f"ok {name}" if found == wanted else f"FAILED {name}: {found!r} instead of {wanted!r}"[:600])


def resolve_here(domain: str) -> None:
    """Stand in for a hosts file: names below ``domain`` are this machine, for this process."""
    ask = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **more: Any) -> Any:
        return ask("127.0.0.1" if str(host).endswith(domain) else host, *rest, **more)

    socket.getaddrinfo = answer


def walk(fs: Any, root: str, *, parts: bool = True, exact_ranges: bool = True) -> None:
    """What data tools do with a file system. ``parts``: a file of several blocks is written."""
    data = os.urandom(3_000_000)
    path = f"{root}/{NAME}"
    here = Path("put.txt")
    here.write_bytes(b"from a file")

    def long() -> Any:
        with fs.open(f"{root}/dir/long", "wb", block_size=6 << 20) as file:
            for number in range(14):
                file.write(bytes([number]) * 1_000_000)
        with fs.open(f"{root}/dir/long", "rb") as file:
            file.seek(13_999_999)
            return fs.info(f"{root}/dir/long")["size"], file.read()

    def put_and_get() -> bytes:
        fs.put(str(here), f"{root}/put.txt")
        fs.get(f"{root}/put.txt", "got.txt")
        return Path("got.txt").read_bytes()

    def moved() -> list[str]:
        fs.cp_file(path, f"{root}/dir/copy")
        fs.mv(f"{root}/dir/copy", f"{root}/other/moved")
        fs.invalidate_cache()
        return sorted(name.rpartition(root)[2] for name in fs.find(root))

    step("nothing there", (False, False), lambda: (fs.exists(path), fs.exists(root)))
    step("pipe and cat", True, lambda: (fs.pipe(path, data), fs.cat(path) == data)[1])
    if exact_ranges:
        step("range", data[10:20], lambda: fs.cat_file(path, start=10, end=20))
    step("info", (3_000_000, "file"), lambda: (fs.info(path)["size"], fs.info(path)["type"]))
    step("exists", (True, False, True, True), lambda: (
        fs.exists(path), fs.exists(path + "x"), fs.isdir(f"{root}/dir"), fs.isfile(path),
    ))  # fmt: skip
    if parts:
        step("long", (14_000_000, b"\r"), long)
        step("remove one", False, lambda: (fs.rm_file(f"{root}/dir/long"), fs.exists(f"{root}/dir/long"))[1])
    step("put and get", b"from a file", put_and_get)
    step("copy and move", [f"/{NAME}", "/other/moved", "/put.txt"], moved)
    step("glob", 1, lambda: len(fs.glob(f"{root}/dir/*.bin")))
    step("folders", ["dir", "other"], lambda: sorted(next(iter(fs.walk(root)))[1]))
    step("size", 6_000_011, lambda: fs.du(root))
    step("remove all", False, lambda: (fs.rm(root, recursive=True), fs.invalidate_cache(), fs.exists(path))[2])

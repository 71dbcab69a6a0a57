#!/usr/bin/env python3
"""Create the environments of the real SDKs and tools that the conformance tests drive.

Law: it finds what there is to make by itself, and knows no SDK but qcloud_cos_py3:

    requirements/sdk/NAME.txt            -> .venvs/sdk-NAME, client `NAME`           (python_of)
    tests/conformance/node/package.json  -> node_modules beside it, client `node`    (node_folder)
    tests/conformance/node/NAME/...      -> node_modules beside it, client `node/NAME`
    tests/conformance/go/NAME/setup.py   -> what its lacking() and create() say, client `go/NAME`; so in java/;
                                            with EXTRA = True only by --all or by its name
    DEBIAN                               -> Debian's packages, clients by that name

Idempotent, prints what it does, installs exact versions with hashes only, two at a time, all within an hour.
Touches nothing outside the project except Debian packages, and those only as root with apt-get. What cannot be
had is named with its reason: with `CI=true` that is a failure (exit 1), elsewhere the tests that need it skip
and say why. Two runs at once wait for each other. Standard library only: it runs before any environment exists.

    python3 tests/conformance/setup_sdks.py           create or renew everything that is missing or stale
    python3 tests/conformance/setup_sdks.py NAME ...  only these
    python3 tests/conformance/setup_sdks.py --all     those too that take long
    python3 tests/conformance/setup_sdks.py --check   only report
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "conformance"
NODE_FOLDER = HERE / "node"
COMPILED = ("go", "java")
"""Folders of programs that say themselves how they are built."""
LOCKS = ROOT / "requirements" / "sdk"
VENVS = ROOT / ".venvs"
BUILD = "build"
"""The lock of the build backend: some SDKs are published as source archives only."""
DEBIAN = {
    "chromium": ("chromium",),
    "curl": ("curl",),
    "javac": ("default-jdk-headless",),
    "mvn": ("maven",),
    "rclone": ("rclone",),
    "restic": ("restic",),
}
"""Command -> Debian's packages that bring it."""
STAMP = ".entrepot-stamp"
AT_ONCE = 2
INSTALL_SECONDS = 900
ALL_SECONDS = 3600
ADVICE = "run python3 tests/conformance/setup_sdks.py"

_started = time.monotonic()
_apt_turn = threading.Lock()


class Unavailable(Exception):  # noqa: N818
    """A client that cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One environment: `lacking` returns None when it is ready, otherwise the reason; `create` makes it."""

    name: str
    lacking: Callable[[], str | None]
    create: Callable[[], None]
    extra: bool = False
    """Whether it takes too long to make for every run of the tests."""


def ci() -> bool:
    """Whether nothing may be left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def command(name: str) -> str | None:
    """The path of a command that a Debian package brings, or None."""
    return shutil.which(name) or shutil.which(name, path="/usr/bin")


def chromium() -> str | None:
    """The path of Debian's Chromium, or None."""
    return command("chromium")


def python_of(name: str) -> Path:
    """The interpreter of the environment that holds what requirements/sdk/NAME.txt names."""
    return VENVS / f"sdk-{name}" / "bin" / "python"


def py3_python() -> Path:
    """The interpreter of the environment that holds qcloud_cos_py3."""
    return python_of("qcloud_cos_py3")


def node_folder(name: str = "") -> Path:
    """The folder whose node_modules holds the npm packages of the family `name`."""
    return NODE_FOLDER / name


def _say(text: str) -> None:
    sys.stdout.write(f"sdk: {text}\n")  # one write a line: two makers talk at once
    sys.stdout.flush()


def _seconds_left() -> float:
    left = ALL_SECONDS - (time.monotonic() - _started)
    if left <= 0:
        raise Unavailable(f"no time left: everything together may take {ALL_SECONDS} s; {ADVICE} again")
    return min(left, INSTALL_SECONDS)


def run(words: Sequence[str], cwd: Path = ROOT) -> None:
    """Run a command within the time left; raises Unavailable with the end of what it printed."""
    name = Path(words[0]).name
    _say("$ " + " ".join(str(Path(word).name) if word.startswith("/") else word for word in words))
    limit = _seconds_left()
    try:
        done = subprocess.run(words, cwd=cwd, check=False, timeout=limit, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"`{name}` did not end in {limit:.0f} s") from None
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Unavailable(f"`{name}` ended with {done.returncode}:\n{tail}")


def digest(files: Sequence[Path]) -> str:
    """What a stamp holds: the SHA-256 of these files, those that exist, one after the other."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes() if file.is_file() else b"")
    return whole.hexdigest()


def stale(folder: Path, expected: str) -> str | None:
    """None when `folder` has the stamp `expected`, otherwise the reason."""
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text("ascii").strip() == expected:
        return None
    return f"missing or stale; {ADVICE}"


# -- Debian ------------------------------------------------------------------------------------------------


def _apt(*packages: str) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        names = " ".join(packages)
        raise Unavailable(f"Debian's package {names!r} is missing; install it as root (apt-get install {names})")
    words = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    with _apt_turn:
        try:
            run(words)
        except Unavailable:
            run(["apt-get", "update"])
            run(words)


def _debian() -> Iterator[Client]:
    for name, packages in DEBIAN.items():
        yield Client(name=name, lacking=partial(_command_lacking, name), create=partial(_apt, *packages))


def _command_lacking(name: str) -> str | None:
    return None if command(name) else f"Debian's package {DEBIAN[name][0]!r} is missing; {ADVICE}"


# -- Node.js -----------------------------------------------------------------------------------------------


def _node_digest(folder: Path) -> str:
    return digest([folder / "package-lock.json", folder / ".npmrc"])


def _node_lacking(folder: Path) -> str | None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return f"Node.js with npm is missing; {ADVICE}"
    return stale(folder / "node_modules", _node_digest(folder))


def _node_create(folder: Path) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        _apt("nodejs", "npm")
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
    (folder / "node_modules").mkdir(exist_ok=True)
    (folder / "node_modules" / STAMP).write_text(_node_digest(folder), "ascii")


def _node() -> Iterator[Client]:
    for lock in sorted(NODE_FOLDER.glob("**/package-lock.json")):
        inner = lock.parent.relative_to(NODE_FOLDER)
        if "node_modules" in inner.parts:
            continue
        name = Path("node", inner).as_posix()
        folder = lock.parent
        yield Client(name=name, lacking=partial(_node_lacking, folder), create=partial(_node_create, folder))


# -- Python ------------------------------------------------------------------------------------------------


def _python_locks(name: str) -> tuple[Path, Path]:
    return LOCKS / f"{BUILD}.txt", LOCKS / f"{name}.txt"


def _python_lacking(name: str) -> str | None:
    if not python_of(name).exists():  # also a link whose interpreter has gone
        return f"its interpreter is missing; {ADVICE}"
    return stale(VENVS / f"sdk-{name}", digest(_python_locks(name)))


def _python_create(name: str) -> None:
    folder = VENVS / f"sdk-{name}"
    stamp = digest(_python_locks(name))
    venv.EnvBuilder(with_pip=True, clear=True).create(folder)
    pip = [str(python_of(name)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for lock in _python_locks(name):  # the build backend first: nothing unpinned is fetched to build with
        run([*pip, "--require-hashes", "--use-pep517", "--no-build-isolation", "-r", str(lock)])
    (folder / STAMP).write_text(stamp, "ascii")


def _python() -> Iterator[Client]:
    for lock in sorted(LOCKS.glob("*.txt")):
        name = lock.stem
        if name != BUILD:
            yield Client(name=name, lacking=partial(_python_lacking, name), create=partial(_python_create, name))


# -- Go and Java -------------------------------------------------------------------------------------------


def _compiled_by(script: Path) -> Client:
    name = script.parent.relative_to(HERE).as_posix()
    spec = importlib.util.spec_from_file_location(f"setup_{name.replace('/', '_')}", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        extra = getattr(module, "EXTRA", False)
        return Client(name=name, lacking=module.lacking, create=module.create, extra=extra)
    except Exception as trouble:  # noqa: BLE001 -- one broken setup must not take the other clients with it
        reason = f"its setup.py is broken: {trouble!r}"
        return Client(name=name, lacking=lambda: reason, create=lambda: None)


def _compiled() -> Iterator[Client]:
    for language in COMPILED:
        yield from map(_compiled_by, sorted((HERE / language).glob("*/setup.py")))


CLIENTS = {client.name: client for kind in (_debian, _node, _python, _compiled) for client in kind()}


@contextmanager
def _turn(name: str) -> Iterator[None]:
    """Nobody else, in this process or another, makes the same environment meanwhile."""
    VENVS.mkdir(exist_ok=True)
    with (VENVS / f".turn-{name.replace('/', '-')}").open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                _seconds_left()
                time.sleep(0.5)
        yield


def prepare(client: Client, *, check_only: bool) -> str | None:
    """Make `client` ready unless it is; returns None, or why it is left out."""
    reason = client.lacking()
    if reason is None or check_only:
        _say(f"{client.name}: {'ready' if reason is None else 'not ready'}")
        return reason
    try:
        with _turn(client.name):
            if client.lacking() is not None:
                _say(f"{client.name}: creating")
                client.create()
    except Exception as trouble:  # noqa: BLE001 -- whatever it is, it is the reason why this one is left out
        return f"{type(trouble).__name__}: {trouble}"
    reason = client.lacking()
    _say(f"{client.name}: {reason or 'ready'}")
    return reason


def main(arguments: Sequence[str]) -> int:
    """Prepare every client (extra ones by --all), or those named; exit status 1 when one is left out in CI."""
    names = [word for word in arguments if not word.startswith("-")]
    names = names or [name for name, client in CLIENTS.items() if "--all" in arguments or not client.extra]
    if unknown := set(names) - set(CLIENTS):
        _say(f"no client called {', '.join(sorted(unknown))}; there are {', '.join(CLIENTS)}")
        return 2
    one = partial(prepare, check_only="--check" in arguments)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as makers:
        left_out = {
            name: reason
            for name, reason in zip(names, makers.map(one, (CLIENTS[name] for name in names)), strict=True)
            if reason is not None
        }
    for name, reason in left_out.items():
        _say(f"LEFT OUT: {name}: {reason}")
    return 1 if left_out and ci() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

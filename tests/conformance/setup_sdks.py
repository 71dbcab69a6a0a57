#!/usr/bin/env python3
"""Create the environments of the real SDKs that the conformance tests drive.

Law: idempotent, prints what it does, installs exact versions with hashes only, touches nothing outside the
project except Debian packages (Node.js, Chromium), and those only as root with apt-get. What cannot be had is
named with its reason: with `CI=true` that is a failure (exit 1), elsewhere the tests that need it skip and
say why. Runs on the standard library, because it runs before any environment exists.

    python3 tests/conformance/setup_sdks.py          create or renew everything that is missing or stale
    python3 tests/conformance/setup_sdks.py --check  only report
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE_FOLDER = ROOT / "tests" / "conformance" / "node"
PY3_VENV = ROOT / ".venvs" / "sdk-qcloud_cos_py3"
PY3_LOCKS = tuple(ROOT / "requirements" / "sdk" / name for name in ("build.txt", "qcloud_cos_py3.txt"))
STAMP = ".entrepot-stamp"
INSTALL_SECONDS = 900


class Unavailable(Exception):  # noqa: N818
    """A client that cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One environment: `lacking` returns None when it is ready, otherwise the reason; `create` makes it."""

    name: str
    lacking: Callable[[], str | None]
    create: Callable[[], None]


def ci() -> bool:
    """Whether nothing may be left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def chromium() -> str | None:
    """The path of Debian's Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium", path="/usr/bin")


def py3_python() -> Path:
    """The interpreter of the environment that holds qcloud_cos_py3."""
    return PY3_VENV / "bin" / "python"


def _say(text: str) -> None:
    print(f"sdk: {text}", flush=True)


def _run(command: Sequence[str], cwd: Path = ROOT) -> None:
    _say("$ " + " ".join(str(Path(word).name) if word.startswith("/") else word for word in command))
    done = subprocess.run(command, cwd=cwd, check=False, timeout=INSTALL_SECONDS, capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Unavailable(f"`{Path(command[0]).name}` ended with {done.returncode}:\n{tail}")


def _digest(files: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _stale(folder: Path, digest: str) -> str | None:
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text("ascii").strip() == digest:
        return None
    return "missing or stale; run python3 tests/conformance/setup_sdks.py"


def _apt(package: str, *more: str) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unavailable(f"Debian's package {package!r} is missing; install it as root (apt-get install {package})")
    command = ["apt-get", "install", "-y", "--no-install-recommends", package, *more]
    os.environ.setdefault("DEBIAN_FRONTEND", "noninteractive")
    try:
        _run(command)
    except Unavailable:
        _run(["apt-get", "update"])
        _run(command)


# -- Node.js: qcloud_cos, qos-node-client, cos-js-sdk-v4 ---------------------------------------------------


def _node_digest() -> str:
    return _digest([NODE_FOLDER / "package-lock.json", NODE_FOLDER / ".npmrc"])


def _node_lacking() -> str | None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "Node.js with npm is missing"
    return _stale(NODE_FOLDER / "node_modules", _node_digest())


def _node_create() -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        _apt("nodejs", "npm")
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE_FOLDER)
    (NODE_FOLDER / "node_modules" / STAMP).write_text(_node_digest(), "ascii")


# -- Python: qcloud_cos_py3 --------------------------------------------------------------------------------


def _py3_digest() -> str:
    return _digest(PY3_LOCKS)


def _py3_lacking() -> str | None:
    if not py3_python().exists():  # also a link whose interpreter has gone
        return "its interpreter is missing; run python3 tests/conformance/setup_sdks.py"
    return _stale(PY3_VENV, _py3_digest())


def _py3_create() -> None:
    venv.EnvBuilder(with_pip=True, clear=True).create(PY3_VENV)
    for lock in PY3_LOCKS:  # the build backend first: the SDK is published as a source archive only
        pip = [str(py3_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--require-hashes", "--use-pep517", "--no-build-isolation", "-r", str(lock)])
    (PY3_VENV / STAMP).write_text(_py3_digest(), "ascii")


# -- Chromium ----------------------------------------------------------------------------------------------


def _chromium_lacking() -> str | None:
    return None if chromium() else "Debian's package 'chromium' is missing"


CLIENTS = {
    client.name: client
    for client in (
        Client(name="node", lacking=_node_lacking, create=_node_create),
        Client(name="qcloud_cos_py3", lacking=_py3_lacking, create=_py3_create),
        Client(name="chromium", lacking=_chromium_lacking, create=lambda: _apt("chromium")),
    )
}


def prepare(client: Client, *, check_only: bool) -> str | None:
    """Make `client` ready unless it is; returns None, or why it is left out."""
    reason = client.lacking()
    if reason is None:
        _say(f"{client.name}: ready")
        return None
    if check_only:
        return reason
    _say(f"{client.name}: creating")
    try:
        client.create()
    except (Unavailable, OSError, subprocess.SubprocessError) as trouble:
        return str(trouble)
    reason = client.lacking()
    _say(f"{client.name}: {reason or 'ready'}")
    return reason


def main(arguments: Sequence[str]) -> int:
    """Prepare every client; exit status 1 when one is left out in CI."""
    left_out = {
        name: reason
        for name, client in CLIENTS.items()
        if (reason := prepare(client, check_only="--check" in arguments)) is not None
    }
    for name, reason in left_out.items():
        _say(f"LEFT OUT: {name}: {reason}")
    return 1 if left_out and ci() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

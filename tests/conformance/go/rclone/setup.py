"""rclone, from its modules: whether it is built, and how; `setup_sdks.py` asks both, when it is told to.

Law: standard library only; nothing is fetched but the modules of go.sum, whose hashes are checked; the result lies in
`.venvs/go-rclone/`, with a stamp that tells from which sources it was built. Go itself is not installed: where it or
its module proxy is missing, that is the reason why the tests are left out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
FOLDER = ROOT / ".venvs" / "go-rclone"
PROGRAM = FOLDER / "rclone"
STAMP = FOLDER / ".entrepot-stamp"
NEEDED = "Go is missing; install Go 1.26 or newer"
BUILD_SECONDS = 900
EXTRA = True
"""Two minutes of a processor: for `make conformance-all`."""


def _digest() -> str:
    whole = hashlib.sha256()
    for file in (HERE / "go.mod", HERE / "go.sum", *sorted(HERE.glob("*.go"))):
        whole.update(file.read_bytes())
    return whole.hexdigest()


def lacking() -> str | None:
    """None when rclone is built from the present sources, otherwise the reason."""
    if PROGRAM.is_file() and STAMP.is_file() and STAMP.read_text("ascii").strip() == _digest():
        return None
    if shutil.which("go") is None:
        return NEEDED
    return "missing or stale; run python3 tests/conformance/setup_sdks.py"


def create() -> None:
    """Build rclone. Raises OSError with the reason when Go or the module proxy is not there."""
    go = shutil.which("go")
    if go is None:
        raise FileNotFoundError(NEEDED)
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    done = subprocess.run(
        [go, "build", "-trimpath", "-ldflags=-s", "-o", str(PROGRAM), "."],
        cwd=HERE,
        env={**os.environ, **settings},
        check=False,
        timeout=BUILD_SECONDS,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise OSError(f"`go build` ended with {done.returncode}:\n{tail}")
    STAMP.write_text(_digest(), "ascii")

#!/usr/bin/env python3
"""Build the S3-compatible stores that tests run against, and toxiproxy, once, into `.venvs/store-NAME/`.

Law: exact versions only, modules by the hashes of go.sum, crates by the lock that is published with them; a stamp
tells from what a program was built. Standard library only. Go and Rust are not installed: where one is missing, that is
the reason why tests are left out. From nothing, on two cores: toxiproxy takes 20 seconds, rclone 40, versitygw two and
a half minutes, s3s-fs six, SeaweedFS fifteen.

    python3 tests/cluster/setup_stores.py            the quickest: versitygw and rclone; and toxiproxy
    python3 tests/cluster/setup_stores.py NAME ...   these
    python3 tests/cluster/setup_stores.py --all      all
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENVS = ROOT / ".venvs"
STAMP = ".entrepot-stamp"
QUICK = ("versitygw", "rclone", "toxiproxy")
BUILD_SECONDS = 3600
_GO = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How one store is built: a Go package by the modules in the folder of its name, or a crate and its version."""

    name: str
    package: str
    version: str = ""
    features: str = ""

    @property
    def folder(self) -> Path:
        """Where it lies once it is built."""
        return VENVS / f"store-{self.name}"

    @property
    def path(self) -> Path:
        """The program."""
        return self.folder / "bin" / self.name

    @property
    def tool(self) -> str:
        """What builds it."""
        return "cargo" if self.version else "go"

    def stamp(self) -> str:
        """What it is built from."""
        files = [] if self.version else [HERE / self.name / "go.mod", HERE / self.name / "go.sum"]
        files += [main for main in (HERE / self.name).glob("main.go") if not self.version]
        said = f"{self.package} {self.version} {self.features}".encode()
        return hashlib.sha256(said + b"".join(file.read_bytes() for file in files)).hexdigest()

    def lacking(self) -> str | None:
        """None when it is built, otherwise why not."""
        stamp = self.folder / STAMP
        if self.path.is_file() and stamp.is_file() and stamp.read_text("ascii").strip() == self.stamp():
            return None
        if shutil.which(self.tool) is None:
            return f"{self.tool} is missing"
        return f"not built; run python3 tests/cluster/setup_stores.py {self.name}"

    def words(self) -> list[str]:
        """The command that builds it."""
        if self.version:
            crate = f"{self.package}@{self.version}"
            return ["cargo", "install", crate, "--locked", "--features", self.features, "--root", str(self.folder)]
        return ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(self.path), self.package]


PROGRAMS = {
    program.name: program
    for program in (
        Program(name="versitygw", package="github.com/versity/versitygw/cmd/versitygw"),
        Program(name="rclone", package="."),
        Program(name="toxiproxy", package="github.com/Shopify/toxiproxy/v2/cmd/server"),
        Program(name="weed", package="github.com/seaweedfs/seaweedfs/weed"),
        Program(name="s3s-fs", package="s3s-fs", version="0.14.1", features="binary"),
    )
}


def build(program: Program) -> str | None:
    """Build a program unless it is there; returns None, or why it is not."""
    program.folder.mkdir(parents=True, exist_ok=True)
    with (VENVS / f".turn-store-{program.name}").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if program.lacking() is None:
            return None
        if shutil.which(program.tool) is None:
            return program.lacking()
        print(f"store: building {program.name}", flush=True)
        done = subprocess.run(
            program.words(),
            cwd=HERE if program.version else HERE / program.name,
            env={**os.environ, **_GO},
            check=False, timeout=BUILD_SECONDS, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode != 0:
            return "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        (program.folder / STAMP).write_text(program.stamp(), "ascii")
    return program.lacking()


def main(arguments: Sequence[str]) -> int:
    """Build what is asked for; exit status 1 when something could not be built and `CI` is set.

    What lacks its compiler is named and left out everywhere: the tests that need it skip, and say the same.
    """
    names = [word for word in arguments if not word.startswith("-")]
    names = names or list(PROGRAMS if "--all" in arguments else QUICK)
    left_out = {name: why for name in names if (why := build(PROGRAMS[name])) is not None}
    for name, why in left_out.items():
        print(f"store: LEFT OUT: {name}: {why}")
    failed = [name for name in left_out if shutil.which(PROGRAMS[name].tool) is not None]
    return 1 if failed and os.environ.get("CI", "").lower() in {"1", "true", "yes"} else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

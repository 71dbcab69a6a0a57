"""`python -m bench.setup`: install what the benchmark runs beside Entrepot.

Law: does only what is not done yet, and says plainly what it leaves out and why; a peer that cannot be had
makes the benchmark poorer, not impossible. Leaves the machine's services alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from bench.peers import HERE, MOTO, S3RVER

REQUIREMENTS = HERE / "requirements-moto.txt"
DEBIAN = {"wrk": "wrk", "nginx": "nginx-light"}


def digest(path: Path) -> str:
    """What marks an environment as made from this file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def debian() -> list[str]:
    """wrk and nginx from Debian; what was left out."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    wanted = [package for program, package in DEBIAN.items() if shutil.which(program, path=path) is None]
    if not wanted:
        return []
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        return [f"{', '.join(wanted)}: needs root and apt-get; install it yourself to have it measured"]
    # RUNLEVEL=1 keeps Debian from starting nginx as a service of the machine.
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    if not run(["apt-get", "install", "-y", "--no-install-recommends", *wanted], env=env):
        run(["apt-get", "update"], env=env)
        if not run(["apt-get", "install", "-y", "--no-install-recommends", *wanted], env=env):
            return [f"{', '.join(wanted)}: apt-get could not install it"]
    return []


def moto() -> list[str]:
    """moto's server in an environment of its own; what was left out."""
    home = MOTO.parent.parent
    marker = home / "made-from"
    if MOTO.exists() and marker.exists() and marker.read_text() == digest(REQUIREMENTS):
        return []
    venv.create(home, with_pip=True, clear=True)
    if not run([str(home / "bin" / "pip"), "install", "--quiet", "--require-hashes", "-r", str(REQUIREMENTS)]):
        return ["moto: pip could not install it"]
    marker.write_text(digest(REQUIREMENTS))
    return []


def s3rver() -> list[str]:
    """s3rver from its lock file; what was left out."""
    home = HERE / "peers"
    marker = home / "node_modules" / ".made-from"
    if S3RVER.exists() and marker.exists() and marker.read_text() == digest(home / "package-lock.json"):
        return []
    if shutil.which("npm") is None:
        return ["s3rver: needs node and npm"]
    if not run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], cwd=home):
        return ["s3rver: npm could not install it"]
    marker.write_text(digest(home / "package-lock.json"))
    return []


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> bool:
    """Run one command; whether it succeeded."""
    return subprocess.run(command, cwd=cwd, env=env, check=False, timeout=900).returncode == 0


def main() -> int:
    """Install everything; 0 also when something is left out, for the benchmark runs without it."""
    left_out = [*debian(), *moto(), *s3rver()]
    for line in left_out:
        print(f"left out: {line}")
    if not left_out:
        print("wrk, nginx, moto and s3rver are installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The commands of backup and restore in the document do what it says: a lost folder comes back whole.

Law: the commands are read from `deploy/README.md`; only the places of folders and programs are put in.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx

from conformance.server import Server, environment
from deploy.configurations import DEPLOY

SMALL, LARGE = b"small", bytes(range(256)) * 4096


def block(name: str) -> str:
    """The commands that begin with this comment."""
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```sh\n# {name}.*?\n(.*?)```", text, re.DOTALL)
    return str(found)


def run(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run them as a person would, with folders of the test's own."""
    places = {
        "/var/lib/entrepot": str(folder / "data"),
        "/var/backups/entrepot": str(folder / "copy"),
        "/opt/entrepot/bin/python": sys.executable,
    }
    for ours, theirs in places.items():
        commands = commands.replace(ours, theirs)
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "entrepot"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m entrepot "$@"\n')
    program.chmod(0o755)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        env=environment({"PATH": path}), cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def minted(server: Server, key: str) -> str:
    """An address that takes an upload, and is in the audit log."""
    words = [sys.executable, "-m", "entrepot", "mint", "url", "demo", key, "--data", str(server.data)]
    done = subprocess.run(words, env=environment({}), capture_output=True, text=True, check=True, timeout=60)
    found = re.search(r"https?://\S+", done.stdout)
    assert found is not None
    return found.group()


def signed(server: Server, key: str) -> str:
    """A download address."""
    words = ["sign", "--bucket", "demo", "--path", f"/{key}", "--url", server.address, "--data", str(server.data)]
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", *words],
        env=environment({}), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


def test_a_lost_folder_comes_back(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    with httpx.Client(trust_env=False, timeout=30) as client:
        for key, body in (("small", SMALL), ("large", LARGE)):
            assert client.put(minted(server, key), content=body).status_code == 200
        done = run(block("back up"), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "clean: 2 objects" in done.stdout
        assert client.put(minted(server, "later"), content=b"after the backup").status_code == 200
        server.stop()
        shutil.rmtree(server.data)

        done = run(block("restore"), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "clean: 2 objects" in done.stdout
        server.start()
        try:
            for key, body in (("small", SMALL), ("large", LARGE)):
                assert client.get(signed(server, key)).content == body
            assert client.get(signed(server, "later")).status_code == 404
            verified = run("entrepot audit verify --data /var/lib/entrepot", tmp_path)
            assert verified.returncode == 0, verified.stdout + verified.stderr
        finally:
            server.stop()
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0

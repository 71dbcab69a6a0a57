"""restic (Debian's) on S3: a repository is made, filled, checked, thinned out, and what was saved comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.server import KEY_ID, SECRET, Server, environment

pytestmark = pytest.mark.conformance

RUN_SECONDS = 120
NAMES = ("a.txt", "with space+plus.txt", "文件/图 é.bin", "deep/er/%41.html", "empty")


def test_a_repository(server: Server, tmp_path: Path) -> None:
    require("restic")
    settings = {
        "RESTIC_REPOSITORY": f"s3:{server.address}/demo/restic", "RESTIC_PASSWORD": "of-the-test",
        "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "HOME": str(tmp_path), "TMPDIR": str(tmp_path),
        "RESTIC_CACHE_DIR": str(tmp_path / "cache"),
    }  # fmt: skip

    def restic(*words: str) -> str:
        done = subprocess.run(
            ["restic", *words],
            env=environment(settings),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    saved = tmp_path / "saved"
    for name in NAMES:
        path = saved / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else os.urandom(3_000_000))
    restic("init")
    restic("backup", str(saved))
    assert "no errors were found" in restic("check", "--read-data")
    restic("restore", "latest", "--target", str(tmp_path / "back"))
    back = tmp_path / "back" / saved.relative_to("/")
    assert {name: (back / name).read_bytes() for name in NAMES} == {name: (saved / name).read_bytes() for name in NAMES}

    (saved / "a.txt").write_bytes(os.urandom(3_000_000))
    restic("backup", str(saved))
    assert restic("snapshots", "--compact").count("\n") > 4
    restic("forget", "--keep-last", "1", "--prune")
    assert "no errors were found" in restic("check", "--read-data")
    shutil.rmtree(back.parent)
    restic("restore", "latest", "--target", str(tmp_path / "back"))
    assert (back / "a.txt").read_bytes() == (saved / "a.txt").read_bytes()

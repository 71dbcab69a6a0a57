"""rclone as it is today, built from its modules: trees of files, with the quirks that it has for each provider.

The clouds' providers meet the server under the clouds' own names, by a proxy setting; AWS's sends checksums as trailers
and does so over HTTPS alone. Debian's older rclone is in
``test_rclone.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.conftest import extra, require
from conformance.s3.calls import MIB
from conformance.s3.commands import Command
from conformance.s3.conftest import alone
from conformance.s3.test_rclone import NAMES, settings
from conformance.s3.tls_relay import TlsRelay
from conformance.server import BUCKET, Server
from conformance.setup_sdks import VENVS

pytestmark = [pytest.mark.conformance, extra]

PROGRAM = VENVS / "go-rclone" / "rclone"
CLOUDS = {
    "TencentCOS": ("http://cos.ap-guangzhou.myqcloud.com", f"{BUCKET}-1250000000"),
    "Alibaba": ("http://oss-cn-hangzhou.aliyuncs.com", BUCKET),
}
"""Provider -> the cloud's endpoint and the bucket's name there; the others get the server's address."""


@pytest.fixture
def secure(server: Server, tmp_path: Path) -> Iterator[TlsRelay]:
    """The server over HTTPS."""
    with TlsRelay(server.port, tmp_path) as relay:
        yield relay


@pytest.fixture(params=["Other", "Minio", "AWS", *CLOUDS])
def place(request: pytest.FixtureRequest, server: Server, secure: TlsRelay, tmp_path: Path) -> tuple[Command, str]:
    """rclone with a provider, and a folder on it."""
    require("go/rclone")
    provider = request.param
    address = secure.address if provider == "AWS" else server.address
    endpoint, bucket = CLOUDS.get(provider, (address, BUCKET))
    proxy = {"HTTP_PROXY": server.address} if provider in CLOUDS else {"RCLONE_CA_CERT": str(secure.pem)}
    home = tmp_path / "home"
    home.mkdir()
    env = alone(home, RCLONE_CONFIG=str(home / "none.conf"), RCLONE_RETRIES="1", RCLONE_LOW_LEVEL_RETRIES="1", **proxy)
    style = "false" if provider in CLOUDS else "true"
    remote = settings(endpoint, PROVIDER=provider, FORCE_PATH_STYLE=style)
    return Command([str(PROGRAM), "--stats=0"], env={**env, **remote}, cwd=home), f"at:{bucket}/rclone-{provider}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files whose names are not easy, one of several parts."""
    top = tmp_path / "tree"
    for name in NAMES:
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    (top / "long").write_bytes(bytes(range(256)) * (11 * MIB // 256))
    return top


def test_trees(place: tuple[Command, str], tree: Path, tmp_path: Path) -> None:
    rclone, where = place
    rclone("copy", str(tree), where)
    rclone("check", str(tree), where)
    rclone("check", "--download", str(tree), where)
    items = {item["Path"]: item for item in json.loads(rclone("lsjson", "-R", "--files-only", "--hash", where).out)}
    assert set(items) == {*NAMES, "long"}
    assert items["long"]["Hashes"]["md5"] == hashlib.md5((tree / "long").read_bytes()).hexdigest()
    rclone("copyto", f"{where}/long", f"{where}/复制 long")
    rclone("moveto", f"{where}/复制 long", f"{where}/moved")
    rclone("copy", where, str(tmp_path / "back"))
    assert (tmp_path / "back" / "moved").read_bytes() == (tree / "long").read_bytes()
    rclone("sync", str(tree), where)
    assert "moved" not in rclone("lsf", where).out
    assert "nothing to transfer" in rclone("copy", "-v", "--checksum", str(tree), where).text
    rclone("deletefile", f"{where}/a.txt")
    assert "object not found" in rclone.failed("deletefile", f"{where}/a.txt").lower()
    rclone("purge", where)
    above, _, name = where.rpartition("/")
    assert name not in rclone("lsf", above).out

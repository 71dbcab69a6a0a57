"""Recordings of the real SDKs: no secret of a session is in its transcript, and a replay elsewhere differs in nothing.

Each session is a program of one SDK, as it is; it tells what of it must not be found: its secrets, the tokens and
secrets that it was given, and every signature that its process put on the wire.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from cluster import stores
from cluster.stores import stopped  # noqa: F401 - a fixture
from conformance.conftest import require
from conformance.server import environment
from conformance.setup_sdks import python_of
from entrepot.testing import Account, Server
from entrepot.testing.environment import variables_of
from entrepot.testing.recording import replayed
from entrepot.transcript.comparing import Part
from entrepot.transcript.layout import body_files
from entrepot.transcript.replaying import GivenKey

pytestmark = pytest.mark.conformance
SESSIONS = Path(__file__).parent / "sessions"
SDKS = {
    "boto3": "demo", "cos": "demo", "oss2": "demo", "tos": "demo", "minting": "demo",
    "qcloud_cos_py3": "qcloud_cos_py3",
}  # fmt: skip
OPERATIONS = {
    "boto3": {"StartMultipart", "CompleteMultipart", "CopyInto", "CopyPart", "DeleteObjects", "AssumeRole"},
    "cos": {"StartMultipart", "CompleteMultipart", "CopyInto", "DeleteObjects", "AppendObject"},
    "oss2": {"StartMultipart", "CompleteMultipart", "CopyInto", "DeleteObjects", "AppendObject"},
    "tos": {"StartMultipart", "CompleteMultipart", "CopyInto", "DeleteObjects"},
    "minting": {
        "AssumeRole", "CreateCosSecKeyInstance", "CreateStorageCredentials", "CreateTempFileUploadUrl",
        "GetTempFileDownloadLink", "GetResourceUploadUrl",
    },
    "qcloud_cos_py3": {"StartUpload", "PutPart", "CompleteUpload", "CopyObject", "ListDirectory"},
}  # fmt: skip


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    """One to record, and another one."""
    with Server() as recorded, Server() as other:
        other.account("of-others")  # so that accounts have other numbers there
        yield recorded, other


def session(name: str, server: Server, account: Account, folder: Path) -> tuple[Path, list[str]]:
    """The transcript of a session, and what must not be in it."""
    venv = SDKS.get(name, "demo")
    require(venv)
    file = folder / "transcript.txt"
    variables = variables_of(server, account, environment({}))
    with server.recording(file):
        done = subprocess.run(
            [str(python_of(venv)), str(SESSIONS / f"session_{name}.py")], env=variables, cwd=folder,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return file, json.loads(done.stdout.splitlines()[-1])


def derived(secret: str) -> Iterator[bytes]:
    """Keys that schemes derive of a secret, which sign for a day."""
    for day in {time.strftime("%Y%m%d", time.gmtime(time.time() + shift)) for shift in (-600, 0)}:
        for begin, scope in (
            ("AWS4", (day, "us-east-1", "s3", "aws4_request")),
            ("aliyun_v4", (day, "cn-hangzhou", "oss", "aliyun_v4_request")),
            ("", (day, "cn-beijing", "tos", "request")),
        ):
            key = (begin + secret).encode()
            for part in scope:
                key = hmac.new(key, part.encode(), hashlib.sha256).digest()
            yield key


def written(file: Path) -> bytes:
    """All that a recording left."""
    bodies = Path(body_files(str(file)))
    return b"\n".join([file.read_bytes(), *(one.read_bytes() for one in sorted(bodies.glob("*")))])


@pytest.mark.parametrize("name", SDKS)
def test_a_session_has_no_secret_and_is_the_same_elsewhere(
    servers: tuple[Server, Server], tmp_path: Path, name: str
) -> None:
    recorded, other = servers
    account = recorded.account("uploads", "archive")
    file, secrets = session(name, recorded, account, tmp_path)

    text = written(file)
    assert len(secrets) > 10
    for value in {one for one in secrets if len(one) >= 16}:
        raw = value.encode()
        forms = {raw, quote(value, safe="").encode(), base64.b64encode(raw)[:-4], raw.hex().encode()}
        assert not [form for form in forms if form in text], f"a secret of the session is in {file}"
    for key in derived(account.secret):
        assert not any(form in text for form in (key, key.hex().encode(), base64.b64encode(key)))

    found = other.replay(file, other.account("uploads", "archive"))
    assert [one.skipped for one in found if one.skipped] == []
    assert {one.entry.operation for one in found} >= OPERATIONS[name]
    told = [f"{one.entry.number} {one.entry.operation}: {line.told()}" for one in found for line in one.differences]
    assert told == []


def test_a_server_that_differs_is_told(servers: tuple[Server, Server], tmp_path: Path) -> None:
    recorded, other = servers
    file, _ = session("boto3", recorded, recorded.account("uploads"), tmp_path)
    account = other.account("uploads")
    other.calls.post("/dev/faults", operation="CopyInto", dialect="s3", code="SlowDown")
    other.calls.post("/dev/faults", operation="ReadObject", prefix="big", cut_reply=1000)
    try:
        found = other.replay(file, account)
    finally:
        other.calls.call("DELETE", "/dev/faults")
    different = {one.entry.operation: one.differences for one in found if one.differences}
    assert set(different) == {"CopyInto", "ReadObject", "StatObject", "ListObjects"}
    copying = {one.where: one.came for one in different["CopyInto"]}
    assert copying["status"] == "503"
    assert copying["body /Error/Code"] == "SlowDown"


def test_over_https_with_keys_of_the_clients_own(tmp_path: Path) -> None:
    require("demo")
    with Server(own_certificate=True) as recorded, Server(own_certificate=True) as other:
        other.account("of-others")
        file, secrets = session("https", recorded, recorded.account("uploads"), tmp_path)
        text = written(file)
        assert not [one for one in secrets if len(one) >= 16 and one.encode() in text]
        assert b"> x-amz-server-side-encryption-customer-key: ${customer-key.1}\n" in text
        found = other.replay(file, other.account("uploads"))
    told = [f"{one.entry.number} {one.entry.operation}: {line.told()}" for one in found for line in one.differences]
    assert told == []
    assert len(found) == 5


def test_another_server_is_told_apart(servers: tuple[Server, Server], tmp_path: Path) -> None:
    """versitygw, which is asked with its own key; what differs is what its authors made otherwise."""
    require("demo")
    store = stores.running("versitygw")
    account = servers[0].account(stores.BUCKET)
    file, _ = session("boto3", servers[0], account, tmp_path)
    key = GivenKey(id=stores.CREDENTIALS.key_id, secret=stores.CREDENTIALS.secret, account="1", user="2")
    address = f"http://127.0.0.1:{store._ports[0]}"
    parts: tuple[Part, ...] = ("status", "code")
    found = list(replayed(file, address, {"1": key}, parts=parts, only=["s3"]))
    sent = [one for one in found if not one.skipped]
    alike = {one.entry.operation for one in sent if not one.differences}
    assert alike >= {
        "PutObject", "ReadObject", "StartMultipart", "PutNumberedPart", "ListParts", "ListUploads", "CompleteMultipart",
        "CopyInto", "CopyPart", "AbortUpload", "CreateBucket", "ListBuckets", "DeleteBucket", "ListObjects",
        "StatObject", "DeleteObjects",
    }  # fmt: skip
    came = [line.came or "" for one in sent for line in one.differences]
    assert sum("${secret.2} is not known" in one for one in came) == 2, "it mints no keys"
    assert len([one for one in sent if one.differences]) < len(sent) / 3


def test_the_option_of_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import urllib.request\n"
        "def test_one(entrepot_account, entrepot_server):\n"
        "    try: urllib.request.urlopen(entrepot_server.address + '/uploads/k')\n"
        "    except OSError: pass\n"
        "def test_two(entrepot_recording, entrepot_account):\n"
        "    assert not entrepot_recording.exists()\n"
    )
    words = ["-q", "-p", "entrepot.testing.plugin", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--entrepot-record", "kept", "--basetemp", str(tmp_path / "base")],
        env=environment({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}), cwd=tmp_path, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    kept = {one.name: one.read_text("utf-8") for one in (tmp_path / "kept").iterdir()}
    assert list(kept) == ["test_it.py_test_one.txt"]
    assert "> GET /uploads/k\n" in kept["test_it.py_test_one.txt"]
    assert [one.read_text("utf-8").count("\n== ") for one in (tmp_path / "base").rglob("transcript.txt")] == [0]


def entrepot(*words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """One command."""
    return subprocess.run(
        [sys.executable, "-m", "entrepot", *words], env=environment(variables), capture_output=True, text=True,
        timeout=300, check=False, cwd=folder,
    )  # fmt: skip


def test_the_commands(tmp_path: Path) -> None:
    require("demo")
    program = [str(python_of("demo")), str(SESSIONS / "session_oss2.py")]
    done = entrepot("run", "--bucket", "uploads", "--record", "t.txt", "--", *program, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    again = ["run", "--bucket", "uploads", "--", sys.executable, "-m", "entrepot", "replay", "t.txt"]
    done = entrepot(*again, folder=tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1].split(",")[1]) == (0, " 0 different"), done.stdout
    done = entrepot(*again, "--only", "oss/ListObjects", "--compare", "status", folder=tmp_path)
    assert done.stdout.startswith("2 sent, 0 different, ")
    other = ["run", "--bucket", "others", *again[3:]]
    done = entrepot(*other, folder=tmp_path)
    assert done.returncode == 1
    assert "body /Error/Code: 'NoSuchBucket' came, which was not recorded" in done.stdout

"""`make demo`: mint through four cloud APIs, upload with what was minted, read back through other dialects, withdraw.

Runs beside `make run`, with the clouds' own SDKs. Every step is checked; the first one that fails ends the demo with
exit status 1. Everything is stored under names of its own, so it can be run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from qcloud_cos.cos_exception import CosServiceError

from demo import media
from demo.clouds import APPID, Clouds, Key

DEV = Key(id="entrepot-dev-id", secret="entrepot-dev-secret")  # noqa: S106 - the public one of `make run`
VOICES, TEMPORARY, VIDEOS = "volc-voice-resource-bucket", "hbr-temp-bucket", "demo"


class StepFailedError(Exception):
    """What a step found is not what it should be."""


@dataclass(slots=True)
class Tour:
    """One run: the SDKs, the names that it uses, and what happened."""

    clouds: Clouds
    entrepot: str
    data: str
    tag: str = field(default_factory=lambda: secrets.token_hex(4))
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def step(self, what: str, through: str, act: Callable[[], str]) -> None:
        """Do one thing, and write down what came of it. Raises whatever went wrong, after showing where."""
        started = time.perf_counter()
        print(f"  {what} ({through}) ...", end="", flush=True)
        try:
            found = act()
        except Exception:
            print(" FAILED", flush=True)
            raise
        took = f"{(time.perf_counter() - started) * 1000:.0f} ms"
        self.rows.append((what, through, found, took))
        print(f" {found}", flush=True)

    def read_back(self, what: str, bucket: str, name: str, content: bytes, *dialects: str) -> None:
        """Fetch an object through other dialects; it must be the same bytes."""
        readers = {"S3": self.clouds.by_s3, "OSS": self.clouds.by_oss, "TOS": self.clouds.by_tos,
                   "COS XML": self.clouds.by_cos}  # fmt: skip
        for dialect in dialects:
            self.step(
                f"read the {what} back", dialect, lambda read=readers[dialect]: _same(read(bucket, name), content)
            )

    def command(self, *arguments: str) -> Any:
        """What `entrepot` says, as JSON."""
        done = subprocess.run(  # noqa: S603 - our own command
            [self.entrepot, *arguments, "--data", self.data, "--json"], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StepFailedError(f"entrepot {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return json.loads(done.stdout)


def _same(found: bytes, content: bytes) -> str:
    if found != content:
        raise StepFailedError(f"{len(found)} bytes came back that are not the {len(content)} that were stored")
    return f"{len(found):,} bytes, SHA-256 {hashlib.sha256(found).hexdigest()[:12]}"


def _stored(status: int, body: str) -> str:
    if not 200 <= status < 300:
        raise StepFailedError(f"the upload was refused: {status} {body}")
    return f"{status}, stored"


def voice(tour: Tour) -> None:
    """An MP3, by a presigned URL of Volcengine's voice service."""
    content, name = media.mp3(), f"demo-{tour.tag}.mp3"
    url = ""

    def mint() -> str:
        nonlocal url
        url = tour.clouds.voice_url(name)
        return "an address for one PUT"

    def put() -> str:
        reply = tour.clouds.put(url, content)
        return _stored(reply.status_code, reply.text)

    tour.step("mint for an MP3", "vms GetResourceUploadUrl", mint)
    tour.step("upload the MP3", "TOS, presigned PUT", put)
    tour.step("commit the MP3", "vms CommitResourceUpload", lambda: f"resource {tour.clouds.voice_committed(name)}")
    path = url.partition("?")[0].partition(f"/{VOICES}/")[2]
    tour.read_back("MP3", VOICES, path, content, "S3", "OSS")


def note(tour: Tour) -> None:
    """A text, by a form policy of Alibaba Cloud Backup."""
    content = media.text()
    form: dict[str, str] = {}

    def mint() -> str:
        form.update(tour.clouds.temporary_form(f"demo-{tour.tag}.txt"))
        return f"a form for the key {form['OssAccessKeyId']}"

    def post() -> str:
        reply = tour.clouds.post(form, content)
        return _stored(reply.status_code, reply.text)

    tour.step("mint for a text", "hbr CreateTempFileUploadUrl", mint)
    tour.step("upload the text", "OSS, browser's form", post)
    tour.read_back("text", form["BucketName"], form["TempFileKey"], content, "TOS", "COS XML")


def video(tour: Tour) -> None:
    """30 MiB in parts, with temporary keys of Tencent VOD."""
    content, name = media.noise(), f"demo/{tour.tag}.bin"
    key: list[Key] = []

    def mint() -> str:
        key.append(tour.clouds.video_key(f"{VIDEOS}/{name}"))
        return f"the temporary key {key[0].id}"

    def upload() -> str:
        tour.clouds.upload_in_parts(key[0], VIDEOS, name, content)
        return "four parts, stored"

    tour.step("mint for 30 MiB", "vod CreateStorageCredentials", mint)
    tour.step("upload 30 MiB", "S3, multipart", upload)
    tour.read_back("30 MiB", VIDEOS, name, content, "OSS", "COS XML")


def image(tour: Tour) -> None:
    """An image, with the keys of Tencent's Mobile Security; then that right is withdrawn."""
    content = media.png()
    made: list[tuple[Key, str, str]] = []

    def mint() -> str:
        made.append(tour.clouds.shield_key())
        return f"a key for uploads below {made[0][2]}/"

    tour.step("mint for an image", "ms CreateCosSecKeyInstance", mint)
    key, bucket, prefix = made[0]
    full = bucket if bucket.endswith(f"-{APPID}") else f"{bucket}-{APPID}"
    name = f"{prefix}/demo-{tour.tag}.png"

    def upload() -> str:
        reply = tour.clouds.cos(key).put_object(Bucket=full, Key=name, Body=content, ContentType="image/png")
        return f"ETag {reply['ETag']}, stored"

    def revoke() -> str:
        tour.command("grants", "revoke", key.id)
        shown = tour.command("grants", "show", key.id)
        if not shown["revoked_at"]:
            raise StepFailedError(f"the ledger does not say that {key.id} is revoked: {shown}")
        return f"{key.id} holds no more"

    def refused() -> str:
        try:
            tour.clouds.cos(key).put_object(Bucket=full, Key=f"{name}.again", Body=b"x")
        except CosServiceError as error:
            return f"refused: {error.get_status_code()} {error.get_error_code()}"
        raise StepFailedError("a withdrawn key could still upload")

    tour.step("upload the image", "COS XML, PUT", upload)
    tour.read_back("image", full.removesuffix(f"-{APPID}"), name, content, "S3", "TOS")
    tour.step("withdraw that right", "entrepot grants revoke", revoke)
    tour.step("try it again", "COS XML, PUT", refused)


def show(rows: list[tuple[str, str, str, str]]) -> None:
    """Print what happened as a table."""
    heads = ("step", "through", "what came of it", "took")
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    line = "+".join("-" * (width + 2) for width in widths)
    print()
    for row in (heads, *rows):
        cells = (f" {text:<{width}} " for text, width in zip(row, widths, strict=True))
        print("|".join(cells).rstrip())
        if row is heads:
            print(line)


def _ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/-/readyz", timeout=5) as reply:  # noqa: S310 - an address of the caller's own
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:9400", help="where `make run` serves")
    parser.add_argument("--data", default="data", help="the data folder of that server")
    parser.add_argument("--entrepot", default=".venv/bin/entrepot", help="the command")
    options = parser.parse_args()
    if not _ready(options.address):
        print(f"demo: nothing serves at {options.address}; start `make run` in another terminal first, with the same"
              " PORT= and DATA=", file=sys.stderr)  # fmt: skip
        return 2
    if not Path(options.data).is_dir():
        print(f"demo: there is no data folder {options.data}; give the DATA= of `make run`", file=sys.stderr)
        return 2
    tour = Tour(Clouds(options.address, DEV), options.entrepot, options.data)
    print(f"a tour of {options.address}")
    failure: Exception | None = None
    try:
        for chapter in (voice, note, video, image):
            chapter(tour)
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is a failed step
        failure = error
    show(tour.rows)
    if failure is not None:
        print(f"\ndemo: a step failed: {type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    print(
        f"\nall {len(tour.rows)} steps passed; `{options.entrepot} grants list --data {options.data}` shows the rights"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

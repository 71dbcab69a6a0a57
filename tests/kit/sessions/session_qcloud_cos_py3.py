"""A session of qcloud_cos_py3, the SDK of the COS JSON API: whole and sliced uploads, folders, signed downloads."""

from __future__ import annotations

import io
import tempfile
from typing import Any

import overheard
import requests
from overheard import ACCOUNT, ADDRESS, BUCKET, KEY_ID, SECRET
from qcloud_cos_py3 import CosBucket


class Bucket(CosBucket):  # type: ignore[misc]
    """At the server's address, in place of the host that the SDK has as a literal."""

    def _format_url(self, url_pattern: str, **extra: str) -> str:
        url = super()._format_url(url_pattern, **extra)
        return ADDRESS + str(url).removeprefix(f"http://{self.config.region}.file.myqcloud.com")


def done(reply: dict[str, Any]) -> Any:
    """The data of a call that must succeed."""
    assert reply["code"] == 0, reply
    return reply.get("data")


cos = Bucket(ACCOUNT, KEY_ID, SECRET, BUCKET)
done(cos.create_folder("docs"))
found = done(cos.upload_file(io.BytesIO(b"hello"), "a b.txt", dir_name="docs", biz_attr="blue"))
with tempfile.NamedTemporaryFile() as file:
    file.write(b"slice " * 400_000)
    file.flush()
    sliced = cos.upload_slice_file(file.name, 1 << 20, "big.bin", dir_name="docs")
    assert sliced["resource_path"] == f"/{ACCOUNT}/{BUCKET}/docs/big.bin"
done(cos.stat_file("docs/a b.txt"))
done(cos.list_folder("docs"))
assert cos.get_file("docs/a b.txt") == b"hello"
signature = cos.signer.sign_download(BUCKET, "/docs/a b.txt", 300)
overheard.secret(signature)
answer = requests.get(found["source_url"], params={"sign": signature}, timeout=20)
assert answer.content == b"hello"
done(cos.copy_file("docs/a b.txt", f"/{ACCOUNT}/{BUCKET}/docs/copy.txt"))
assert cos.stat_file("docs/missing")["code"] == -197
done(cos.delete_file("docs/a b.txt"))
overheard.told()

"""Every way to store an object: simple, in parts or slices, by a form, by appending; in each of the five dialects.

Law: each way stores the same kind of thing (bytes of its own, headers, metadata) and says which entity tag is promised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from fastcrc import crc64

from behaviour.bucket import Bucket
from behaviour.client import some_bytes
from behaviour.slices import finish, send, slices, started

from .clouds import CLOUDS, COS, OSS, TOS, Cloud
from .forms import KINDS, Form, post
from .speaker import Speaker

KEY = "目录/{way} a+b%20&=#~!'();@$,[]中🎈.txt"
"""Everything that all five dialects can spell."""
HEADERS = {
    "Content-Type": "text/x-matrix; charset=utf-8",
    "Cache-Control": "max-age=60",
    "Content-Disposition": "attachment; filename=\"a b.txt\"; filename*=UTF-8''%E4%B8%AD.txt",
    "Content-Encoding": "x-none",
}
METADATA = {"color": "teal", "note": "a-b_c 1; d=%E4%B8%AD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ware:
    """What was stored. ``etag`` is the promised one as hexadecimal digits; empty where it must not look like an MD5."""

    key: str
    content: bytes
    etag: str
    kind: str = "Normal"

    @property
    def crc64(self) -> str:
        """CRC-64/XZ in decimal digits."""
        return str(crc64.xz(self.content))

    @property
    def sha1(self) -> str:
        """SHA-1 in hexadecimal digits."""
        return hashlib.sha1(self.content).hexdigest()


def _md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def _said(cloud: Cloud) -> dict[str, str]:
    return HEADERS | {f"{cloud.prefix}meta-{name}": value for name, value in METADATA.items()}


def _key(way: str, cloud: Cloud) -> str:
    return KEY.format(way=f"{way} {cloud.name}")


def simple(speaker: Speaker) -> Ware:
    """PUT."""
    key = _key("put", speaker.cloud)
    content = some_bytes(3000, key)
    speaker.ok("PUT", key, body=content, headers=_said(speaker.cloud))
    return Ware(key=key, content=content, etag=_md5(content))


def in_parts(speaker: Speaker) -> Ware:
    """Two parts, the first as small as it may be."""
    key = _key("parts", speaker.cloud)
    content = some_bytes(speaker.cloud.part_min + 1000, key)
    pieces = content[: speaker.cloud.part_min], content[speaker.cloud.part_min :]
    upload = speaker.start(key, _said(speaker.cloud))
    parts = [(number, speaker.part(key, upload, number, piece)) for number, piece in enumerate(pieces, 1)]
    speaker.complete(key, upload, parts)
    digests = [hashlib.md5(piece).digest() for piece in pieces]
    if speaker.cloud.upper:  # OSS: over the entity tags as they are written (its SDKs for Java and Go v1)
        digests = [digest.hex().upper().encode() for digest in digests]
    whole = hashlib.md5(b"".join(digests)).hexdigest()
    return Ware(key=key, content=content, etag=f"{whole}-2", kind="Multipart")


def by_form(speaker: Speaker) -> Ware:
    """A browser's form."""
    kind = next(kind for kind in KINDS if kind.cloud == speaker.cloud.name)
    key = _key("form", speaker.cloud)
    content = some_bytes(2000, key)
    fields = _said(speaker.cloud)
    form = Form(key=key, content=content, fields=fields, file_headers=(f"Content-Type: {HEADERS['Content-Type']}",))
    reply = post(kind, speaker, form)
    assert reply.status == 204, str(reply)
    return Ware(key=key, content=content, etag=_md5(content))


def by_appending(speaker: Speaker) -> Ware:
    """Twice."""
    key = _key("append", speaker.cloud)
    content = some_bytes(2000, key)
    place = speaker.cloud.append
    speaker.ok("POST", key, query={"append": "", place: "0"}, body=content[:700], headers=_said(speaker.cloud))
    speaker.ok("POST", key, query={"append": "", place: "700"}, body=content[700:])
    return Ware(key=key, content=content, etag="", kind="Appendable")


def _described(bucket: Bucket, key: str) -> None:
    bucket.update(f"/{key}", custom_headers=HEADERS | {f"x-cos-meta-{name}": text for name, text in METADATA.items()})


def json_upload(bucket: Bucket) -> Ware:
    """COS JSON's simple upload."""
    key = KEY.format(way="json")
    content = some_bytes(3000, key)
    bucket.put(f"/{key}", content)
    _described(bucket, key)
    return Ware(key=key, content=content, etag="")


def json_slices(bucket: Bucket) -> Ware:
    """COS JSON's upload in slices."""
    key = KEY.format(way="slices")
    content = some_bytes(70_000, key)
    session = started(bucket, f"/{key}", content)
    send(bucket, f"/{key}", session, slices(content))
    bucket.ok(finish(f"/{key}", session, len(content)))
    _described(bucket, key)
    return Ware(key=key, content=content, etag="")


def _spoken(way: Callable[[Speaker], Ware], cloud: Cloud) -> Callable[[Bucket], Ware]:
    return lambda bucket: way(Speaker(bucket=bucket, cloud=cloud, owner=bucket.owner))


WAYS: dict[str, Callable[[Bucket], Ware]] = {
    **{f"{cloud.name} put": _spoken(simple, cloud) for cloud in CLOUDS},
    **{f"{cloud.name} parts": _spoken(in_parts, cloud) for cloud in CLOUDS},
    **{f"{cloud.name} form": _spoken(by_form, cloud) for cloud in CLOUDS},
    **{f"{cloud.name} append": _spoken(by_appending, cloud) for cloud in (OSS, TOS, COS)},
    "json upload": json_upload,
    "json slices": json_slices,
}

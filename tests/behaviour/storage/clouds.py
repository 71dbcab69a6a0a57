"""What each S3-like dialect's clients say differently: prefixes, bucket names, documents, error bodies, forms.

Law: the wire as the clouds' clients see it; knows nothing of the server's code.
Sources: AWS "Amazon S3 API Reference"; wire facts of Tencent §7, Alibaba §3 and §5, Volcengine §3.
"""

from __future__ import annotations

import base64
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from behaviour.client import Owner, Reply

from .signers import AWS4, OSS4, TOS4, Asked, How, oss1, q_sign

Signer = Callable[[Asked, Owner, How], Asked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud's way to say things. ``host`` is the cloud's own endpoint, after the bucket and a dot."""

    name: str
    prefix: str
    sign: Signer
    host: str
    part_min: int
    appid: bool = False
    """Whether bucket names carry the appid."""
    json: bool = False
    crc64: bool = True
    upper: bool = False
    """Whether entity tags are in capitals."""
    append: str = "position"
    presigned_max: int | None = None
    """The longest validity of a presigned address, where there is one."""

    def bucket_text(self, owner: Owner, name: str) -> str:
        """A bucket's name as clients say it."""
        return f"{name}-{owner.appid}" if self.appid else name

    def etag(self, hexadecimal: str) -> str:
        """A quoted entity tag."""
        return f'"{hexadecimal.upper() if self.upper else hexadecimal}"'

    def source(self, bucket_text: str, key: str) -> str:
        """The value of a copy-source header."""
        start = f"{bucket_text}.{self.host}/" if self.appid else f"/{bucket_text}/"
        return start + quote(key, safe="/-_.~")

    def document(self, root: str, *members: tuple[str, Any]) -> bytes:
        """A request's document; repeated members are lists. A mapping is a list of pairs."""
        if self.json:
            return json.dumps(_as_json(members), ensure_ascii=False).encode()
        return f"<{root}>{_as_xml(members)}</{root}>".encode()

    def parts(self, parts: Sequence[tuple[object, str]]) -> bytes:
        """What completes an upload."""
        return self.document(
            "CompleteMultipartUpload",
            *(("Part", (("PartNumber", number), ("ETag", etag))) for number, etag in parts),
        )

    def deletion(self, keys: Sequence[str]) -> bytes:
        """What names keys to delete."""
        return self.document("Delete", *(("Object", (("Key", key),)) for key in keys))

    def values(self, reply: Reply, name: str) -> list[str]:
        """Every value of this name in a reply's document, in order."""
        if self.json:
            return [str(value) for value in _in_json(json.loads(reply.body), name)]
        return [element.text or "" for element in _tree(reply.body).iter(name)]

    def value(self, reply: Reply, name: str) -> str:
        """The first value of this name; empty without one."""
        return next(iter(self.values(reply, name)), "")


_PLURALS = {"Part": "Parts", "Object": "Objects", "CORSRule": "CORSRules", "AllowedOrigin": "AllowedOrigins",
            "AllowedMethod": "AllowedMethods", "AllowedHeader": "AllowedHeaders", "ExposeHeader": "ExposeHeaders",
            "Tag": "Tags"}  # fmt: skip


def _as_xml(members: Sequence[tuple[str, Any]]) -> str:
    return "".join(
        f"<{name}>{_as_xml(value) if isinstance(value, tuple) else escape(str(value))}</{name}>"
        for name, value in members
    )


def _as_json(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in members:
        inner = _as_json(value) if isinstance(value, tuple) else value
        if name in _PLURALS:
            made.setdefault(_PLURALS[name], []).append(inner)
        else:
            made[name] = inner
    return made


def _tree(body: bytes) -> ET.Element:
    root = ET.fromstring(body)  # noqa: S314 - our own server's
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _in_json(node: Any, name: str) -> Iterator[Any]:
    if isinstance(node, list):
        for one in node:
            yield from _in_json(one, name)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == name and not isinstance(value, list | dict):
                yield value
            else:
                yield from _in_json(value, name)


MIB = 1 << 20
S3 = Cloud(
    name="s3", prefix="x-amz-", sign=AWS4.signed, host="s3.us-east-1.amazonaws.com", part_min=5 * MIB, crc64=False,
    presigned_max=604_800,
)  # fmt: skip
OSS = Cloud(
    name="oss", prefix="x-oss-", sign=OSS4.signed, host="oss-cn-hangzhou.aliyuncs.com", part_min=100 * 1024, upper=True,
    presigned_max=604_800,
)  # fmt: skip
OSS_1 = Cloud(
    name="oss1", prefix="x-oss-", sign=oss1, host="oss-cn-hangzhou.aliyuncs.com", part_min=100 * 1024, upper=True
)
TOS = Cloud(
    name="tos", prefix="x-tos-", sign=TOS4.signed, host="tos-cn-beijing.volces.com", part_min=5 * MIB, json=True,
    append="offset", presigned_max=2_592_000,
)  # fmt: skip
COS = Cloud(
    name="cos", prefix="x-cos-", sign=q_sign, host="cos.ap-guangzhou.myqcloud.com", part_min=MIB, appid=True
)  # fmt: skip
CLOUDS = (S3, OSS, TOS, COS)
APPENDING_CLOUDS = (OSS, TOS, COS)
SIGNING = (S3, OSS, OSS_1, TOS, COS)
"""One for each kind of signature."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status and the code of an error."""

    status: int
    code: str


class Codes(dict[str, Refusal]):
    """What each dialect answers: one for all, and those that differ by the dialect's name."""

    def __init__(self, status: int, code: str, **own: tuple[int, str]) -> None:
        both = {"oss1": own["oss"]} if "oss" in own else {}
        super().__init__({name: Refusal(*refusal) for name, refusal in {**both, **own}.items()})
        self._rest = Refusal(status, code)

    def __missing__(self, name: str) -> Refusal:
        return self._rest


@contextmanager
def about(says: object) -> Iterator[None]:
    """Say which line of a table an assertion is about."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{says}: {error}") from error


def check_refused(cloud: Cloud, reply: Reply, expected: Refusal) -> None:
    """A refusal in the dialect's own form: status, code, sentence, request id, and what its SDKs insist on."""
    assert reply.status == expected.status, f"{reply}, expected {expected}"
    request_id = reply.headers[f"{cloud.prefix}request-id"]
    assert request_id, str(reply)
    if reply.request.startswith("HEAD "):
        check_bodiless(cloud, reply, expected)
        return
    kind = "application/json" if cloud.json else "application/xml"
    assert reply.headers["content-type"] == kind, str(reply)
    assert cloud.value(reply, "Code") == expected.code, f"{reply}, expected {expected}"
    assert len(cloud.value(reply, "Message")) > 9, str(reply)
    assert cloud.value(reply, "RequestId") == request_id, str(reply)
    if cloud.name in {"cos", "tos", "s3"}:
        assert cloud.value(reply, "Resource"), str(reply)
    if cloud.name in {"oss", "oss1", "tos"}:
        assert cloud.value(reply, "HostId"), str(reply)
        assert cloud.value(reply, "EC") == reply.headers.get(f"{cloud.prefix}ec", ""), str(reply)
    assert b"Traceback" not in reply.body


def check_bodiless(cloud: Cloud, reply: Reply, expected: Refusal) -> None:
    """HEAD has no body; where SDKs look for the code in a header, it is there."""
    assert reply.body == b""
    if cloud.name in {"oss", "oss1"}:
        document = base64.b64decode(reply.headers["x-oss-err"])
        assert f"<Code>{expected.code}</Code>".encode() in document
    if cloud.name == "cos":
        assert reply.headers["x-cos-error-code"] == expected.code

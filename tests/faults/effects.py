"""Everything that a server acknowledges, one effect after the other, each with a way to see later that it is there.

Law: an effect touches names of its own and is never changed by a later one, so what is acknowledged must be there at
every later moment. `seen` says True or False, and raises AssertionError for what is neither there nor absent.
"""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from behaviour.client import DEV
from behaviour.storage.clouds import CLOUDS, S3, Cloud
from behaviour.storage.signers import Asked, How

from .client import Client
from .oracle import Version, content, look
from .workload import LARGE, MIDDLE, SLICE, SMALL

ADMIN = {"Authorization": "Bearer entrepot-dev-admin"}
HOST = "127.0.0.1:9400"
Seen = Callable[[Client], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What was done, between two moments of a journal; ``granted`` is a right of which the audit log must tell."""

    name: str
    started: int
    acknowledged: int
    seen: Seen
    granted: str | None = None


def ask(
    client: Client,
    cloud: Cloud,
    method: str,
    key: str = "",
    query: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    bucket: str = "demo",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """A signed request of an S3-like dialect; raises NoAnswer."""
    text = cloud.bucket_text(DEV, bucket)
    asked = Asked(
        method=method, path=f"/{text}/{key}", query=tuple((query or {}).items()), body=body, host=HOST, bucket=text,
        key=key, headers=tuple((headers or {}).items()),
    )  # fmt: skip
    asked = cloud.sign(asked, DEV, How())
    return client.exchange(method, asked.target, body, {**dict(asked.headers), "Host": HOST})


def _ok(answer: tuple[int, bytes]) -> bytes:
    assert answer[0] in {200, 201, 204}, answer
    return answer[1]


def _whole(answer: tuple[int, bytes], expected: bytes) -> bool:
    """There, byte for byte, or absent."""
    if answer[0] == 404:
        return False
    assert answer == (200, expected), f"damaged: {answer[0]}, {len(answer[1])} bytes of {len(expected)}"
    return True


def _text(document: bytes, name: str) -> str:
    return next(one.text or "" for one in ET.fromstring(document).iter() if one.tag.endswith(name))  # noqa: S314


def json_object(size: int) -> Callable[[Client, str], Seen]:
    """A file of this size through the COS JSON API."""

    def do(client: Client, key: str) -> Seen:
        data = content(hash(key) % 1000, size)
        assert client.upload(f"/{key}", data).ok
        return lambda later: _known(look(later, f"/{key}"), Version.of(data, ""))

    return do


def _known(found: object, version: Version) -> bool:
    assert found in (None, version), f"damaged: {found}"
    return found is not None


def put(cloud: Cloud, size: int) -> Callable[[Client, str], Seen]:
    """An object of this size."""

    def do(client: Client, key: str) -> Seen:
        data = content(len(key), size)
        _ok(ask(client, cloud, "PUT", key, body=data))
        return lambda later: _whole(ask(later, cloud, "GET", key), data)

    return do


def deletion(client: Client, key: str) -> Seen:
    """An object that is gone."""
    _ok(ask(client, S3, "PUT", key, body=content(1, MIDDLE)))
    _ok(ask(client, S3, "DELETE", key))
    return lambda later: ask(later, S3, "GET", key)[0] == 404


def piece(client: Client, key: str) -> Seen:
    """One slice of a session."""
    session = client.slice_init(f"/{key}", 2 * SLICE, SLICE).data["session"]
    assert client.slice_data(f"/{key}", session, 0, content(3, SLICE)).ok

    def seen(later: Client) -> bool:
        listed = later.slice_list(f"/{key}").data
        return listed.get("session") == session and [one["offset"] for one in listed.get("listparts", [])] == [0]

    return seen


def sliced(client: Client, key: str) -> Seen:
    """A session made visible."""
    data = content(4, 2 * SLICE)
    session = client.slice_init(f"/{key}", len(data), SLICE).data["session"]
    for at in (0, SLICE):
        assert client.slice_data(f"/{key}", session, at, data[at : at + SLICE]).ok
    assert client.slice_finish(f"/{key}", session, len(data)).ok
    return lambda later: _known(look(later, f"/{key}"), Version.of(data, ""))


def part(client: Client, key: str) -> Seen:
    """A part of an upload that is under way."""
    upload = _text(_ok(ask(client, S3, "POST", key, {"uploads": ""})), "UploadId")
    _ok(ask(client, S3, "PUT", key, {"partNumber": "1", "uploadId": upload}, content(5, MIDDLE)))

    def seen(later: Client) -> bool:
        status, listed = ask(later, S3, "GET", key, {"uploadId": upload})
        return status == 200 and b"<PartNumber>1</PartNumber>" in listed

    return seen


def completion(client: Client, key: str) -> Seen:
    """An upload in parts that became an object."""
    data = content(6, MIDDLE)
    upload = _text(_ok(ask(client, S3, "POST", key, {"uploads": ""})), "UploadId")
    _ok(ask(client, S3, "PUT", key, {"partNumber": "1", "uploadId": upload}, data))
    listed = _ok(ask(client, S3, "GET", key, {"uploadId": upload}))
    _ok(ask(client, S3, "POST", key, {"uploadId": upload}, S3.parts([(1, _text(listed, "ETag"))])))
    return lambda later: _whole(ask(later, S3, "GET", key), data)


def _minted(client: Client, key: str, **more: object) -> dict[str, str]:
    asked = json.dumps({"bucket": "demo", "key": key, "method": "PUT", **more}).encode()
    status, said = client.exchange("POST", "/-/api/v1/mint/url", asked, ADMIN)
    assert status == 201, said
    found: dict[str, str] = json.loads(said)
    return found


def _use(client: Client, minted: Mapping[str, str], body: bytes) -> int:
    parts = urlsplit(minted["url"])
    return client.exchange("PUT", f"{parts.path}?{parts.query}", body, {"Host": parts.netloc})[0]


def _grant(client: Client, grant: str) -> dict[str, object] | None:
    status, said = client.exchange("GET", f"/-/api/v1/grants/{grant}", b"", ADMIN)
    assert status in {200, 404}, said
    return json.loads(said) if status == 200 else None


def grant(client: Client, key: str) -> Seen:
    """A minted right."""
    minted = _minted(client, key)
    return Granted(minted["grant"], lambda later: _grant(later, minted["grant"]) is not None)


def revocation(client: Client, key: str) -> Seen:
    """A right that was withdrawn."""
    minted = _minted(client, key)
    _ok(client.exchange("DELETE", f"/-/api/v1/grants/{minted['grant']}", b"", ADMIN))
    return Granted(minted["grant"], lambda later: _use(later, minted, b"revoked") == 403)


def spent(client: Client, key: str) -> Seen:
    """A right of one use, used."""
    minted = _minted(client, key, uses=1)
    assert _use(client, minted, b"first") == 200

    def seen(later: Client) -> bool:
        if not _whole(ask(later, S3, "GET", key), b"first"):
            return False
        assert _use(later, minted, b"second") == 403, "used twice"
        return True

    return Granted(minted["grant"], seen)


def bucket(client: Client, key: str) -> Seen:
    """A bucket with a rule."""
    name = key.replace("/", "-").replace("_", "-").lower()
    _ok(ask(client, S3, "PUT", bucket=name))
    rule = (
        b"<CORSConfiguration><CORSRule><ID>kept</ID><AllowedOrigin>http://a.example.com</AllowedOrigin>"
        b"<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    _ok(ask(client, S3, "PUT", query={"cors": ""}, body=rule, bucket=name))
    return lambda later: b"<ID>kept</ID>" in ask(later, S3, "GET", query={"cors": ""}, bucket=name)[1]


class Granted:
    """A way to see an effect that gave a right out."""

    def __init__(self, key: str, seen: Seen) -> None:
        self.key = key
        self._seen = seen

    def __call__(self, later: Client) -> bool:
        """Whether it is there."""
        return self._seen(later)


EFFECTS: Mapping[str, Callable[[Client, str], Seen]] = {
    **{f"json-{size}": json_object(size) for size in (SMALL, MIDDLE, LARGE)},
    **{f"{cloud.name}-{size}": put(cloud, size) for cloud in CLOUDS for size in (SMALL, MIDDLE)},
    "s3-empty": put(S3, 0), "deletion": deletion, "slice": piece, "sliced": sliced, "part": part,
    "completion": completion, "grant": grant, "revocation": revocation, "spent": spent, "bucket": bucket,
}  # fmt: skip


def perform(client: Client, prefix: str, rng: random.Random, moment: Callable[[], int], done: list[Effect]) -> None:
    """Every kind of effect once, in some order; raises NoAnswer."""
    for name in rng.sample(sorted(EFFECTS), len(EFFECTS)):
        started = moment()
        seen = EFFECTS[name](client, f"{prefix}-{name}")
        granted = seen.key if isinstance(seen, Granted) else None
        done.append(Effect(name=name, started=started, acknowledged=moment(), seen=seen, granted=granted))

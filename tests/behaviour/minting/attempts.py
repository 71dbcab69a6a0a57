"""What somebody who holds a temporary key may try, as a table: each attempt a request of a storage dialect.

Law: requests as clients send them, over the real data plane; whether they pass is the test's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from behaviour.client import Reply
from behaviour.server import Server
from behaviour.storage.speaker import Speaker
from entrepot.clock_and_chance import now

from .tencent import Minted


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request. ``bucket`` is another one's name, as the dialect says it."""

    name: str
    method: str
    key: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    bucket: str | None = None

    def by(self, speaker: Speaker, minted: Minted) -> Reply:
        """Its reply to a holder of that key."""
        asked = speaker.asked(
            self.method, self.key, query=self.query, headers=self.headers, body=self.body, bucket=self.bucket
        )
        return replace(speaker, owner=minted.owner).send(asked, minted.how)


def check(attempts: tuple[Attempt, ...], speaker: Speaker, minted: Minted, expected: dict[str, int]) -> None:
    """Every attempt must end in the status that is expected of it; 403 where nothing is said."""
    found = [(attempt.name, attempt.by(speaker, minted)) for attempt in attempts]
    other = [f"{name}: {reply}" for name, reply in found if reply.status != expected.get(name, 403)]
    assert not other, other


def on_object(speaker: Speaker, key: str, upload: str) -> tuple[Attempt, ...]:
    """Everything that can be tried at one key, which holds an object and an upload under way with one part."""
    source = speaker.cloud.source(speaker.text, key)
    copy = {f"{speaker.cloud.prefix}copy-source": source}
    acl = speaker.cloud.prefix + ("object-acl" if speaker.cloud.prefix == "x-oss-" else "acl")
    return (
        Attempt(name="put", method="PUT", key=key, body=b"new"),
        Attempt(name="get", method="GET", key=key),
        Attempt(name="head", method="HEAD", key=key),
        Attempt(name="initiate", method="POST", key=key, query={"uploads": ""}),
        Attempt(name="part", method="PUT", key=key, query={"partNumber": "2", "uploadId": upload}, body=b"part"),
        Attempt(name="parts", method="GET", key=key, query={"uploadId": upload}),
        Attempt(name="abort", method="DELETE", key=key, query={"uploadId": "0" * 32}),
        Attempt(name="uploads", method="GET", query={"uploads": "", "prefix": key}),
        Attempt(name="list", method="GET", query={"prefix": key}),
        Attempt(name="delete", method="DELETE", key=key),
        Attempt(name="copy", method="PUT", key=f"{key}.copy", headers=copy),
        Attempt(name="acl", method="GET", key=key, query={"acl": ""}),
        Attempt(name="put-acl", method="PUT", key=key, query={"acl": ""},
                headers={acl: "public-read"}),
        Attempt(name="tags", method="GET", key=key, query={"tagging": ""}),
    )  # fmt: skip


def on_bucket(prefix: str) -> tuple[Attempt, ...]:
    """Everything that can be tried at the bucket itself, and above, of the cloud with this prefix."""
    return (
        Attempt(name="list", method="GET"),
        Attempt(name="head-bucket", method="HEAD"),
        Attempt(name="cors", method="GET", query={"cors": ""}),
        Attempt(name="bucket-acl", method="PUT", query={"acl": ""}, headers={f"{prefix}acl": "public-read"}),
        Attempt(name="lifecycle", method="DELETE", query={"lifecycle": ""}),
        Attempt(name="drop", method="DELETE"),
        Attempt(name="uploads", method="GET", query={"uploads": ""}),
        Attempt(name="buckets", method="GET", bucket=""),
    )  # fmt: skip


def revoke(server: Server, minted: Minted) -> None:
    """Withdraw a key, as the command line does."""
    server._write(lambda tx: tx.revoke_key(minted.key_id, now()))


def upload_in_parts(speaker: Speaker, minted: Minted, key: str, *contents: bytes) -> Reply:
    """A whole upload by a temporary key."""
    holder, how = replace(speaker, owner=minted.owner), minted.how
    started = holder.ok("POST", key, query={"uploads": ""}, how=how)
    upload = holder.cloud.value(started, "UploadId")
    tags = []
    for number, content in enumerate(contents, 1):
        query = {"partNumber": str(number), "uploadId": upload}
        tags.append((number, holder.ok("PUT", key, query=query, body=content, how=how).headers["etag"]))
    return holder.ok("POST", key, query={"uploadId": upload}, body=holder.cloud.parts(tags), how=how)

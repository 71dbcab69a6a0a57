"""The corpus: one request a file, as text, which the tests change before and after it is signed.

The first line says who signs (a cloud, `*` for each of the four, `json`, a host of `worst.CALLS`, or `form` and
`plain` for nobody), the method and the target below the bucket. In header names `x-?-` is the cloud's own prefix;
`{md5}` is the digest of the body as it is sent.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from behaviour.storage.clouds import CLOUDS

from .asks import BUCKET, Ask, json_api, plain, storage
from .worst import CALLS

CORPUS = Path(__file__).with_name("corpus")
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A request that is not signed yet."""

    name: str
    who: str
    method: str
    path: str
    query: Pairs
    headers: Pairs
    body: bytes

    def ask(self, *, signed: bool = True) -> Ask:
        """The request for the wire."""
        digest = base64.b64encode(hashlib.md5(self.body).digest()).decode()
        headers = tuple((name, value.replace("{md5}", digest)) for name, value in self.headers)
        cloud = next((cloud for cloud in CLOUDS if cloud.name == self.who), None)
        if cloud is not None:
            own = tuple((name.replace("x-?-", cloud.prefix), value) for name, value in headers)
            return storage(cloud, self.method, self.path, self.query, own, self.body, signed=signed)
        target = self.path + ("?" + "&".join(f"{name}={value}" for name, value in self.query) if self.query else "")
        if self.who == "json":
            ask = json_api(self.body, path=target)
            kept = ask.headers if signed else tuple(pair for pair in ask.headers if pair[0] != b"authorization")
            told = {name.lower().encode(): value.encode("utf-8", "surrogateescape") for name, value in headers}
            return replace(ask, method=self.method, headers=(*(p for p in kept if p[0] not in told), *told.items()))
        if self.who in CALLS:
            return plain(self.method, target.encode("utf-8", "surrogateescape"), headers, self.body, CALLS[self.who])
        start = f"/{BUCKET}" if self.who == "form" else ""
        return plain(self.method, (start + target).encode("utf-8", "surrogateescape"), headers, self.body)


def seeds() -> list[Seed]:
    """All of the corpus."""
    found = []
    for path in sorted(CORPUS.glob("*.txt")):
        head, _, body = path.read_bytes().partition(b"\n\n")
        first, *lines = head.decode().split("\n")
        who, method, target = first.split(" ")
        key, _, query = target.partition("?")
        pairs = tuple(pair.partition("=")[::2] for pair in query.split("&")) if query else ()
        if who not in CALLS:
            pairs = tuple((name, unquote(value)) for name, value in pairs)
        headers = tuple(line.partition(": ")[::2] for line in lines)
        every = [cloud.name for cloud in CLOUDS] if who == "*" else [who]
        made = Seed(name=path.stem, who=who, method=method, path=key, query=pairs, headers=headers, body=body)
        found += [replace(made, name=f"{path.stem}-{one}", who=one) for one in every]
    return found

"""A bucket as the tests use it: short words for what is asked all the time, and a picture of everything in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from .client import DEV, ONCE, Ask, Client, Headers, Owner, Reply, Sign, SignBy, form, get, post, target_of
from .server import Server

DOWNLOAD = Sign(by="query")


@dataclass(slots=True, kw_only=True)
class Bucket:
    """One bucket of one owner, and a connection to its server."""

    server: Server
    name: str
    owner: Owner = DEV
    client: Client
    known: dict[str, Any] | None = None
    """The picture of a bucket that nobody may change."""

    @property
    def host_name(self) -> str:
        """`<bucket>-<appid>`, the first label of its download hosts."""
        return f"{self.name}-{self.owner.appid}"

    def fresh(self) -> Bucket:
        """The same bucket over a connection of its own, for another thread."""
        return Bucket(server=self.server, name=self.name, owner=self.owner, client=self.server.client())

    def sign(self, sign: Sign, path: str) -> str:
        """A finished signature."""
        return sign.text(self.owner, self.name, path)

    def _signed(self, sign: SignBy, path: str) -> tuple[Headers, str]:
        """The headers and the piece of query that carry a signature."""
        if sign is None:
            return (), ""
        if isinstance(sign, str):
            return [("Authorization", sign)], ""
        text = self.sign(sign, path)
        match sign.by:
            case "header":
                return [("Authorization", sign.word + text)], ""
            case "query":
                return (), "sign=" + quote(text, safe="")
            case "raw-query":
                return (), "sign=" + text

    def ask(self, ask: Ask) -> Reply:
        """Send a request to the API."""
        method, query, body, content_type = ask.encoded()
        headers, piece = self._signed(ask.sign, ask.path)
        target = ask.url or target_of(self.owner.appid, self.name, ask.path)
        # The signature first, as the JS SDK does.
        whole = "&".join(filter(None, [piece, urlencode(query, quote_via=quote)]))
        target += ("&" if "?" in target else "?") + whole if whole else ""
        typed = [] if content_type is None else [("Content-Type", content_type)]
        return self.client.send(method, target, headers=[*headers, *typed, *ask.headers], body=body)

    def ok(self, ask: Ask) -> Any:
        """Send a request that must succeed; its data."""
        reply = self.ask(ask)
        assert (reply.status, reply.code, reply.message) == (200, 0, "SUCCESS"), str(reply)
        return reply.data

    def put(self, path: str, content: bytes = b"x", **fields: Any) -> Any:
        """A simple upload that overwrites."""
        return self.ok(form("upload", path, content, **{"insertOnly": "0", **fields}))

    def make(self, path: str) -> None:
        """Create a directory."""
        self.ok(post("create", path))

    def stat(self, path: str) -> Any:
        """The attributes of what must be there."""
        return self.ok(get("stat", path))

    def update(self, path: str, **fields: Any) -> Any:
        """Change attributes, signed for once."""
        return self.ok(post("update", path, sign=ONCE, **fields))

    def delete(self, path: str) -> None:
        """Delete what must be there."""
        self.ok(post("delete", path, sign=ONCE))

    def names(self, path: str = "/", **fields: Any) -> list[str]:
        """The names on one page of a listing."""
        return [entry["name"] for entry in self.ok(get("list", path, num=1000, **fields))["infos"]]

    def download(
        self,
        path: str,
        *,
        headers: Headers = (),
        sign: SignBy = DOWNLOAD,
        method: str = "GET",
        host: str = "",
        query: str = "",
    ) -> Reply:
        """GET a file from a download host, or in the path form of one when no host is named."""
        signed, piece = self._signed(sign, path)
        base = "" if host else f"/{self.host_name}"
        asked = "&".join(filter(None, [query, piece]))
        target = base + quote(path, safe="/~") + (f"?{asked}" if asked else "")
        return self.client.send(method, target, headers=[*signed, *headers], host=host)

    def content(self, path: str) -> bytes:
        """The bytes of a file that must be there."""
        reply = self.download(path)
        assert reply.status == 200, str(reply)
        return reply.body

    def picture(self) -> dict[str, Any]:
        """What the API shows of this bucket: every level, every file's attributes, /a.txt's bytes, open uploads."""
        pending = self.ask(form("upload_slice_list", "/pending.bin"))
        seen: dict[str, Any] = {"/": self.stat("/"), "uploading": (pending.status, pending.data)}
        waiting = ["/"]
        while waiting:
            directory = waiting.pop()
            page = self.ok(get("list", directory, num=1000))
            assert page["listover"], "a picture is for small buckets"
            seen[directory + "*"] = page["infos"]
            for entry in page["infos"]:
                path = directory + entry["name"]
                if path.endswith("/"):
                    waiting.append(path)
                else:
                    seen[path] = self.stat(path)
        seen["/a.txt bytes"] = self.download("/a.txt").body
        return seen


NewBucket = Callable[..., Bucket]

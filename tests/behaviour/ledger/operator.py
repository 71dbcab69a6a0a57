"""An operator of the tests' own: the admin API over raw HTTP, and rights as a minting API would have written them.

Law: speaks JSON and knows nothing of the server's code but how a key is written into the folder.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from behaviour.bucket import Bucket
from behaviour.client import DEV, Client, Headers, Owner, Reply
from behaviour.server import Server
from behaviour.storage.clouds import Cloud
from behaviour.storage.speaker import Speaker
from entrepot.clock_and_chance import now
from entrepot.core.rights.grant import Clause, Grant, Rule, Scope
from entrepot.core.rights.identity import Key, Limits, Minted

ADMIN_KEY = "entrepot-dev-admin"
API = "/-/api/v1"


@dataclass(slots=True, kw_only=True)
class Operator:
    """Whoever holds the admin key of a server."""

    server: Server
    client: Client
    key: str | None = ADMIN_KEY

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Reply:
        """One request; ``body`` is sent as JSON, bytes as they are."""
        target = f"{API}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        headers = [] if self.key is None else [("Authorization", f"Bearer {self.key}")]
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.send(method, target, headers=headers, body=sent)

    def ok(self, method: str, path: str, body: Any = None, *, status: int = 200, **query: Any) -> Any:
        """A request that must succeed; its answer."""
        reply = self.ask(method, path, body, **query)
        assert reply.status == status, str(reply)
        assert reply.headers["content-type"] == "application/json"
        return json.loads(reply.body)

    def refused(self, status: int, kind: str, method: str, path: str, body: Any = None, **query: Any) -> str:
        """A request that must not; its sentence."""
        reply = self.ask(method, path, body, **query)
        assert reply.status == status, str(reply)
        error = json.loads(reply.body)["error"]
        assert error["kind"] == kind, str(reply)
        assert len(error["request_id"]) == 32
        return str(error["message"])

    def url(self, bucket: str, key: str, method: str = "PUT", **more: Any) -> Any:
        """A signed address; in the name of the owner's own key, unless it is said in whose: tests make other keys."""
        if not {"key_id", "account"} & more.keys():
            more["key_id"] = DEV.key_id
        return self.ok("POST", "/mint/url", {"bucket": bucket, "key": key, "method": method, **more}, status=201)

    def revoke(self, grant: str) -> None:
        """Withdraw one right."""
        assert self.ok("DELETE", f"/grants/{quote(grant, safe='')}") == {"matched": 1, "revoked": 1}

    def audit(self, event: str | None = None, lines: int = 1000) -> list[dict[str, Any]]:
        """Lines of the audit log."""
        query = {"lines": lines} | ({} if event is None else {"event": event})
        found: list[dict[str, Any]] = self.ok("GET", "/audit", **query)["lines"]
        return found


def spend(client: Client, minted: Any, body: bytes = b"", *, headers: Headers = ()) -> Reply:
    """Use a signed address as its receiver does."""
    parts = urlsplit(minted["url"])
    target = parts.path + ("?" + parts.query if parts.query else "")
    said = [*minted["headers"].items(), *headers]
    return client.send(minted["method"], target, headers=said, body=body, host=parts.netloc)


def written(server: Server, *, bucket: str, prefix: str = "", seconds: float = 600.0, **limits: int) -> Owner:
    """The key of a right to everything below a prefix of the dev account's bucket."""
    at = now()
    identity = f"TEST{secrets.token_hex(14)}"
    scope = Scope(account=DEV.appid, bucket=bucket, prefix=prefix or None)
    key = Key(
        id=identity, account=DEV.appid, secret=secrets.token_hex(16).encode(), created_at=at, expires_at=at + seconds,
        grant=Grant(clauses=(Clause(rules=(Rule(scope=scope),), expires_at=at + seconds),)),
        minted=Minted(api="test:All", minter=DEV.key_id, client="-", allows="all", bucket=bucket, key=prefix),
        limits=Limits(**limits),
    )  # fmt: skip
    server._write(lambda tx: tx.mint_key(key))
    return Owner(appid=DEV.appid, key_id=key.id, secret=key.secret)


@dataclass(slots=True)
class Connections:
    """Those that a test opened; all are closed when it is over."""

    open: list[Bucket] = field(default_factory=list)

    def bucket(self, server: Server) -> Bucket:
        """A fresh bucket of the dev account."""
        self.open.append(Bucket(server=server, name=server.make_bucket(DEV.appid), client=server.client()))
        return self.open[-1]

    def again(self, bucket: Bucket, owner: Owner) -> Bucket:
        """The same bucket over a connection of its own."""
        self.open.append(replace(bucket.fresh(), owner=owner))
        return self.open[-1]

    def speaker(self, server: Server, cloud: Cloud) -> Speaker:
        """The dev account in one dialect at a fresh bucket."""
        return Speaker(bucket=self.bucket(server), cloud=cloud, owner=DEV)

    def speaker_again(self, speaker: Speaker, owner: Owner | None = None) -> Speaker:
        """The same, or another holder, over a connection of its own."""
        bucket = self.again(speaker.bucket, speaker.bucket.owner)
        return replace(speaker, owner=owner or speaker.owner, bucket=bucket, known=None)

"""What the fixture ``server`` has to be looked at, under names that addresses can have.

Law: written into the folder as a minting API would have; its names are as hostile as names can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from behaviour.client import DEV
from behaviour.server import Server
from console import names
from entrepot.adapters.files.explained import KeptExplanations
from entrepot.clock_and_chance import new_id, now
from entrepot.core.explanation import Explained
from entrepot.core.facts.records import Acl, Attributes, CorsRule, LifecycleRule, Transition, Upload
from entrepot.core.ports import Transaction
from entrepot.core.rights.grant import Clause, Grant, Rule, Scope
from entrepot.core.rights.identity import Key, Limits, Minted

RIGHT = "WALKED-RIGHT"
USER = "walked"
LIST = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:ListBuckets"],"Resource":["*"]}]}'
HOSTILE = (
    "<img src=x onerror=alert(1)>", "\"'><script>alert(2)</script>", "line\nbreak\ttab", "\u202egnp.exe\u2066",
    "{{ 7*7 }}{% raw %}", "n" * 1024,
)  # fmt: skip
"""Keys of objects: markup, quotes, control letters, letters that turn the direction of writing, and a very long one."""


OBJECTS = ("a.txt", "notes/1.txt", "notes/", "/leads", *names.HOSTILE)
"""What the bucket ``walked-0`` has."""


RULES = {
    "acl": Acl.PUBLIC_READ,
    "cors": (
        CorsRule(id=HOSTILE[1], origins=("https://*.example.com",), methods=("GET", "PUT"), headers=("*",)),
        CorsRule(origins=("*",), methods=("GET",), expose=("ETag",), max_age_seconds=600),
    ),
    "lifecycle": (
        LifecycleRule(id=HOSTILE[0], prefix="logs/", expire_days=30, abort_days=7),
        LifecycleRule(prefix="n" * 300, tags={"keep": "no"}, enabled=False, transitions=(
            Transition(storage_class="GLACIER", archived=True, days=90),)),
    ),
    "tags": {"team": "a:b"},
    "referer_allow": ("*.example.com",),
}  # fmt: skip
"""What the bucket ``walked-1`` is set to."""


def right(server: Server, key_id: str, key: str = "", **more: object) -> None:
    """A right of the dev account to a key of its bucket ``demo``."""
    at = now()
    said = {"minter": DEV.key_id, "client": "192.0.2.1", "allows": f"PUT demo/{key}", "api": "url:PUT", **more}
    made = Key(
        id=key_id, account=DEV.appid, secret=b"secret-of-" + key_id.encode(), created_at=at, expires_at=at + 3600,
        grant=Grant(clauses=(Clause(rules=(Rule(scope=Scope(account=DEV.appid, bucket="demo", key=key)),)),)),
        minted=Minted(bucket="demo", key=key, **said), limits=Limits(uses=3, max_bytes=1 << 20),  # type: ignore[arg-type]
    )  # fmt: skip
    server._write(lambda tx: tx.mint_key(made))


def refusals(server: Server, count: int, **more: Any) -> list[str]:
    """Explained refusals of the dev account; the ids of their requests, the oldest first."""
    kept = KeptExplanations(server.data / "run" / "explained", 1000)
    facts: dict[str, Any] = {
        "client": "192.0.2.1", "key": DEV.key_id, "dialect": "s3", "operation": "PutObject", "method": "PUT",
        "kind": "access-denied", "why": "it may not", "told": {"cause": "nothing-allows-it", "sentence": "may not"},
        "account": DEV.appid, "bucket": "demo", "object": "k", "status": 403, "code": "AccessDenied",
    }  # fmt: skip
    made = [Explained(**{"request": new_id(), "at": now(), **facts, **more}) for _ in range(count)]
    for one in made:
        kept.keep(one)
    kept.close()
    return [one.request for one in made]


REFUSED = "f" * 32
_TOLD = {
    "cause": "host-bucket", "confidence": "certain", "sentence": "the host was signed as " + HOSTILE[0],
    "change": "sign for the address that is called", "expected": "host:demo.example", "came": "host:" + HOSTILE[1],
    "parts_at": "42", "needed": '{"Version":"1","Statement":[]}', "right": RIGHT, "sid": HOSTILE[3],
}  # fmt: skip


def uploads(server: Server, bucket: str, keys: Sequence[str], *, sliced: bool = False, by: str = DEV.key_id) -> None:
    """Uploads under way in a bucket of the dev account, of which nothing has arrived."""

    def change(tx: Transaction) -> None:
        found = tx.bucket(DEV.appid, bucket)
        assert found is not None
        for number, key in enumerate(keys):
            name = f"{number:04d}{new_id()}"[:32]
            size = (
                {"size": 5 << 20, "part_bytes": 1 << 20, "sha1": bytes(20)} if sliced else {"size": 0, "part_bytes": 0}
            )
            tx.add_upload(
                Upload(
                    id=name, bucket=found.id, key=key, attributes=Attributes(), replace="always", started_at=now(),
                    started_by=by, **{"sha1": None, **size},  # type: ignore[arg-type]
                )
            )  # fmt: skip

    server._write(change)


def furnish(server: Server) -> None:
    """All of it."""
    server.make_bucket(DEV.appid, "walked-uploads")
    uploads(server, "walked-uploads", HOSTILE, by=RIGHT)
    for key in HOSTILE:
        refusals(server, 1, object=key[:300], client=key[:90], why=key[:300], told=_TOLD)
    refusals(server, 1, request=REFUSED, object=HOSTILE[-1][:300], told=_TOLD)
    server.make_user(DEV.appid, LIST, name=USER)
    right(server, RIGHT, "walked/" + HOSTILE[0])
    for number, key in enumerate(HOSTILE):
        right(server, f"WALKED-{number}", "walked/" + key, minter=RIGHT)

"""What the fixture ``server`` has to be looked at, under names that addresses can have.

Law: written into the folder as a minting API would have; its names are as hostile as names can be.
"""

from __future__ import annotations

from behaviour.client import DEV
from behaviour.server import Server
from console import names
from entrepot.clock_and_chance import now
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


def furnish(server: Server) -> None:
    """All of it."""
    server.make_user(DEV.appid, LIST, name=USER)
    right(server, RIGHT, "walked/" + HOSTILE[0])
    for number, key in enumerate(HOSTILE):
        right(server, f"WALKED-{number}", "walked/" + key, minter=RIGHT)

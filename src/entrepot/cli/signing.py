"""``entrepot sign``: signatures and signed addresses of the COS JSON API, for curl and for trying things out."""

from __future__ import annotations

import secrets
from typing import Annotated
from urllib.parse import quote

from entrepot.admin import keys
from entrepot.cli.arguments import Option, echo
from entrepot.cli.folder import Data, ask, opened
from entrepot.core.fault import Fault, Kind
from entrepot.signing.cos_app import LIFETIME_MAX_SECONDS
from entrepot.signing.cos_app import sign as cos_sign


def sign(
    *,
    bucket: Annotated[str, Option(help="The bucket; empty to list buckets.")],
    path: Annotated[str, Option(help="A path in the bucket, for --once, --bind and --url; a prefix for --bind.")] = "",
    once: Annotated[bool, Option("--once", help="Good for one use, for --path alone.")] = False,
    bind: Annotated[bool, Option("--bind", help="Good for what starts with --path.")] = False,
    ttl: Annotated[int, Option(help="Lifetime in seconds, at most 90 days.")] = 3600,
    url: Annotated[
        str | None,
        Option(help="Print a signed download address of --path on this server instead."),
    ] = None,
    key_id: Annotated[
        str | None,
        Option("--key-id", help="Which key signs; may be left out when there is one."),
    ] = None,
    data: Data = None,
) -> None:
    """Print a signature of the COS JSON API: for several uses, bound to a path, or for one use."""
    with opened(data) as (folder, _):
        if not 0 < ttl <= LIFETIME_MAX_SECONDS:
            raise Fault(Kind.PARAMETER_INVALID, f"--ttl is {ttl}; it must be 1 to {LIFETIME_MAX_SECONDS}")
        if (once or bind or url is not None) and not path:
            raise Fault(Kind.PARAMETER_MISSING, "--once, --bind and --url need a --path")
        key = ask(folder, lambda reader: keys.signer(reader, key_id))
        encoded = quote(path if path.startswith("/") else "/" + path, safe="/~")
        made_at = int(folder.clock())
        text = cos_sign(
            account=key.account,
            bucket=bucket,
            key_id=key.id,
            secret=key.secret,
            expires_at=0 if once else made_at + ttl,
            made_at=made_at,
            nonce=secrets.randbelow(10**10),
            path=f"/{key.account}/{bucket}{encoded}" if once or bind else "",
        )
        if url is None:
            echo(text)
        else:
            echo(f"{url.rstrip('/')}/{bucket}-{key.account}{encoded}?sign={quote(text, safe='')}")

"""MS CreateCosSecKeyInstance: a temporary key that may only upload, below a prefix that no other call ever gets.

Source: the seed of MS; wire facts of Tencent §2. That a key may not read, list or delete is the seed's "limited to
temporary uploads"; that its prefix is a directory is the seed's example. HEAD is granted, because uploaders look first.
"""

from __future__ import annotations

import re
from typing import Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import MintCredential
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.dialects.tencent.call import Answer, Call

SECONDS: Final = 3600
SECONDS_MAX: Final = 129_600
"""The bound is assumed: that of the cloud's other temporary keys."""
_REGION = re.compile(r"(?:ap|cn|na|eu|sa|me|af)-[a-z]+(?:-[a-z0-9]+){0,2}", re.ASCII)
_UPLOADS = frozenset({
    Right.PUT_OBJECT, Right.POST_OBJECT, Right.APPEND_OBJECT, Right.STAT_OBJECT,
    Right.START_UPLOAD, Right.PUT_PART, Right.COMPLETE_UPLOAD, Right.ABORT_UPLOAD, Right.LIST_PARTS,
    Right.LIST_UPLOADS,
})  # fmt: skip


async def create_key(call: Call) -> Answer:
    """Mint the key, and the bucket with it where that is missing."""
    region = call.ask.text("CosRegion", "ap-guangzhou")
    if not _REGION.fullmatch(region) or len(region) > 40:
        raise Fault(Kind.PARAMETER_INVALID, f"`CosRegion` is {region[:40]!r}; it must be a region like ap-guangzhou")
    seconds = call.ask.number("Duration", SECONDS, 1, SECONDS_MAX)
    settings = call.world.mint
    prefix = _prefix(call)
    minted = await call.mint(
        MintCredential(
            account=call.account.id,
            api=call.api,
            requested=_below(call, prefix),
            seconds=float(seconds),
            allows=f"uploads below {prefix}/ in the bucket {settings.ms_bucket}",
            style="AKID",
            with_token=True,
            client=call.client,
            bucket=settings.ms_bucket,
            about_bucket=settings.ms_bucket,
            about_key=f"{prefix}/",
            plain=True,
        )
    )
    return {
        "CosAppid": call.account.id,
        "CosBucket": settings.ms_bucket,
        "CosRegion": region,
        "ExpireTime": int(minted.key.expires_at or 0) if settings.ms_expire_time == "moment" else seconds,
        "CosId": minted.key.id,
        "CosKey": minted.key.secret.decode(),
        "CosPrefix": prefix,
        "CosToken": minted.token,
        "CosTocken": minted.token,
    }


def _prefix(call: Call) -> str:
    """Tool, user and moment, as the cloud's are; digits of the request's id tell calls of one second apart.

    All moments are equally long, so that none is the beginning of another.
    """
    unique = int(call.request_id, 16) % 10**12
    return f"pctool/{call.account.user_id}/{int(call.world.clock())}{unique:012d}"


def _below(call: Call, prefix: str) -> Grant:
    settings = call.world.mint
    rights = _UPLOADS | {Right.READ_OBJECT} if settings.ms_may_read else _UPLOADS
    scope = Scope(account=call.account.id, bucket=settings.ms_bucket, prefix=f"{prefix}/")
    return Grant(clauses=(Clause(rules=(Rule(rights=rights, scope=scope),)),))

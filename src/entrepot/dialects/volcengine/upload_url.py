"""GetResourceUploadUrl: an address to which one file can be PUT for ten minutes.

The file's name is the idempotency key: the same name gives the same object and a fresh address, also after the file was
committed, because what is committed is a copy of its own. Any content type may be sent.
Source: the seed; wire facts of Volcengine §2.3, §2.4.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import quote, urlsplit

from entrepot.core import operations as ops
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Credential, Key
from entrepot.dialects.control.minting.addresses import reach, storage
from entrepot.dialects.volcengine.call import Call
from entrepot.dialects.volcengine.marks import cloud_host
from entrepot.signing.presign import TOS4_ADDRESS, Address, signed_query

KEY_STYLE = "AKTP"
"""The ids of the cloud's temporary keys begin so."""


def object_key(account: int, name: str) -> str:
    """Where a file of this name is uploaded."""
    return f"{account}/{name}"


async def get_resource_upload_url(call: Call) -> object:
    """Raises Fault PARAMETER_MISSING, PARAMETER_INVALID, ACCESS_DENIED."""
    name = call.file_name()
    settings, key = call.setup.mint, object_key(call.account, name)
    bucket, seconds = settings.vms_bucket, max(1, int(settings.vms_seconds))
    only = Rule(rights=frozenset({Right.PUT_OBJECT}), scope=Scope(account=call.account, bucket=bucket, key=key))
    at = call.setup.clock()
    minted = await call.store.perform(
        ops.MintCredential(
            account=call.account, api=call.api, requested=Grant(clauses=(Clause(rules=(only,)),)), seconds=seconds,
            allows=f"PUT {key} in {bucket}", style=KEY_STYLE, with_token=False, client=call.request.client,
            bucket=bucket, about_bucket=bucket, about_key=key,
        ),
        call.who, call.intake,
    )  # fmt: skip
    credential = cast("Credential", minted)
    url = f"{_bucket_url(call, bucket)}/{quote(key, safe='/-_.~')}"
    return {"UploadUrl": _signed(url, credential.key, call.setup.region, at, seconds)}


def _signed(url: str, key: Key, region: str, at: float, seconds: int) -> str:
    """The address, signed for one PUT."""
    parts = urlsplit(url)
    address = Address(
        method="PUT", authority=parts.netloc, path=parts.path, at=int(at), seconds=seconds, region=region
    )  # fmt: skip
    return f"{url}?{signed_query(TOS4_ADDRESS, address, key.id, key.secret)}"


def _bucket_url(call: Call, bucket: str) -> str:
    found = reach(call.request, call.setup.public_url)
    came_by_name = call.setup.public_url is None and cloud_host(call.request.host)
    endpoint = f"tos-{call.setup.region}.volces.com" if came_by_name else None
    return storage(found, call.setup.domains, endpoint).bucket_url(bucket)

"""GetResourceUploadUrl: an address to which one file can be PUT for ten minutes.

The file's name is the idempotency key: the same name gives the same object and a fresh address, also after the file was
committed, because what is committed is a copy of its own. Any content type may be sent.
Source: the seed; wire facts of Volcengine §2.3, §2.4.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import quote, urlsplit

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Credential, Key
from entrepot.dialects.control.minting.addresses import reach, storage
from entrepot.dialects.control.minting.voice_files import FILES
from entrepot.dialects.volcengine.call import Call
from entrepot.dialects.volcengine.marks import cloud_host
from entrepot.signing.presign import TOS4_ADDRESS, Address, signed_query

TOKEN_MAX = 128
KEY_STYLE = "AKTP"
"""The ids of the cloud's temporary keys begin so."""


def object_key(account: int, name: str) -> str:
    """Where a file of this name is uploaded."""
    return f"{account}/{name}"


async def get_resource_upload_url(call: Call) -> object:
    """Raises Fault PARAMETER_MISSING, PARAMETER_INVALID (of a trial: reason ``dry-run``), THROTTLED, ACCESS_DENIED."""
    name = call.file_name()
    once, dry = _once(call, name), call.flag("DryRun")
    await _check_quota(call)
    if dry:
        raise Fault(Kind.PARAMETER_INVALID, "the call would have been granted", reason="dry-run")
    settings, key = call.setup.mint, object_key(call.account, name)
    bucket, seconds = settings.vms_bucket, max(1, int(settings.vms_seconds))
    only = Rule(rights=frozenset({Right.PUT_OBJECT}), scope=Scope(account=call.account, bucket=bucket, key=key))
    at = call.setup.clock()
    minted = await call.store.perform(
        ops.MintCredential(
            account=call.account, api=call.api, requested=Grant(clauses=(Clause(rules=(only,)),)), seconds=seconds,
            allows=f"PUT {key} in {bucket}", style=KEY_STYLE, with_token=False, client=call.request.client,
            bucket=bucket, about_bucket=bucket, about_key=key, plain=True, once=once,
        ),
        call.who, call.intake,
    )  # fmt: skip
    credential = cast("Credential", minted)
    url = f"{_bucket_url(call, bucket)}/{quote(key, safe='/-_.~')}"
    return {"UploadUrl": _signed(url, credential.key, call.setup.region, at, seconds)}


def _once(call: Call, name: str) -> tuple[bytes, bytes] | None:
    """The client's token, if it sent one, and what must be the same whenever it comes again."""
    token = call.text("ClientToken")
    if len(token) > TOKEN_MAX or not token.isprintable():
        raise Fault(
            Kind.PARAMETER_INVALID, f"ClientToken has at most {TOKEN_MAX} characters that can be printed",
            parameter="ClientToken",
        )  # fmt: skip
    return (f"vms:{token}".encode(), b"\0" + name.encode()) if token else None


async def _check_quota(call: Call) -> None:
    """Raises Fault THROTTLED (reason ``quota``)."""
    most = call.setup.mint.vms_files_max
    if most:
        held = await call.store.index.scan(lambda reader: len(reader.notes(call.account, FILES, None, most)))
        if held >= most:
            raise Fault(
                Kind.THROTTLED, f"the account has {held} voice files; delete some", reason="quota",
                quota="The number of voice files",
            )  # fmt: skip


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

"""Temporary files of Cloud Backup (HBR): the right to upload one file by a form, and the address of such a file.

``CreateTempFileUploadUrl`` answers what the form needs: a key of its own, a policy that names exactly one object, and
the signature of that. ``GetTempFileDownloadLink`` answers an address that reads one such file of the caller's account.
Files are deleted by the sweeper some time after their upload. Source: seed 001; wire facts of Alibaba §2, §7.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Clause, Grant, Right, Rule, Scope
from entrepot.core.rights.identity import Credential
from entrepot.dialects.aliyun.calls import Api, Call, Document, region_of
from entrepot.dialects.aliyun.envelope import uuid_of
from entrepot.dialects.aliyun.oss_signing import form_signature, signed_query
from entrepot.dialects.control.minting.addresses import Storage, reach, storage
from entrepot.dialects.control.settings import HBR_PREFIX

_VERSION = "2017-09-08"
_STYLE = "LTAI"
_KEY_MAX_BYTES = 1023
_FILENAME = "${filename}"


def _storage(call: Call) -> Storage:
    region = region_of(call.request)
    endpoint = None if region is None else f"oss-{region or call.setup.storage.oss_region}.aliyuncs.com"
    return storage(reach(call.request, call.setup.public_url), call.setup.domains, endpoint)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def _mint(call: Call, key: str, right: Right, verb: str) -> Credential:
    """A key of its own that may do one thing with one object."""
    bucket = call.setup.mint.hbr_bucket
    scope = Scope(account=call.account.id, bucket=bucket, key=key)
    minted = await call.store.perform(
        ops.MintCredential(
            account=call.account.id,
            api=call.api.name,
            requested=Grant(clauses=(Clause(rules=(Rule(rights=frozenset({right}), scope=scope),)),)),
            seconds=call.setup.mint.hbr_seconds,
            allows=f"{verb} {key} in {bucket}",
            style=_STYLE,
            with_token=False,
            client=call.request.client,
            bucket=bucket,
            about_bucket=bucket,
            about_key=key,
            plain=right is Right.POST_OBJECT,
        ),
        call.who,
        call.intake,
    )
    assert isinstance(minted, Credential)  # noqa: S101 - that is what minting gives
    return minted


def _until(minted: Credential) -> int:
    assert minted.key.expires_at is not None  # noqa: S101 - what is minted ends
    return int(minted.key.expires_at)


# Uploading.


def _file_key(call: Call, name: str) -> str:
    """The key of a new temporary file: below the account's own prefix, the day and a number that no other has."""
    day = _moment(int(call.setup.clock())).strftime("%Y-%m-%d")
    key = f"{HBR_PREFIX}{call.account.user_id}/upload/{day}/{uuid_of(call.request, random=True)}/{name}"
    odd = any(char < " " or char == "\x7f" for char in name)
    odd = odd or any(part in {".", ".."} for part in name.split("/"))
    if odd or name.endswith("/") or _FILENAME in name or len(key.encode("utf-8", "replace")) > _KEY_MAX_BYTES:
        raise Fault(
            Kind.PARAMETER_INVALID,
            f"FileName is {name[:80]!r}; it has no control characters, no element . or .., no slash at its end and no"
            f" {_FILENAME}, and the key made of it at most {_KEY_MAX_BYTES} bytes",
            field="FileName",
        )
    return key


def _policy(call: Call, key: str, until: int) -> bytes:
    """The form's policy: compact, with nothing behind its conditions, in letters that every reader takes alike."""
    most = call.setup.mint.hbr_max_bytes
    conditions: list[object] = [{"bucket": call.setup.mint.hbr_bucket}]
    if most:
        conditions.append(["content-length-range", 0, most])
    conditions.append(["eq", "$key", key])
    document = {"expiration": _moment(until).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "conditions": conditions}
    # Policies know an escape of their own, "\$", so no backslash may stand before a dollar but in a number.
    return json.dumps(document, separators=(",", ":")).replace("\\\\", "\\u005c").encode("ascii")


async def _create_upload(call: Call) -> Document:
    key = _file_key(call, call.needed("FileName"))
    minted = await _mint(call, key, Right.POST_OBJECT, "upload by form")
    until = _until(minted)
    policy, signature = form_signature(minted.key, _policy(call, key, until))
    return {
        "Success": True,
        "Code": "200",
        "Message": "successful",
        "Endpoint": _storage(call).authority,
        "BucketName": call.setup.mint.hbr_bucket,
        "TempFileKey": key,
        "ExpireTime": until,
        "OssAccessKeyId": minted.key.id,
        "Policy": policy,
        "Signature": signature,
    }


# Downloading.


def _check_own(call: Call, key: str) -> None:
    """Let a key pass that is a temporary file of the caller's account, and there."""
    if not key.startswith(f"{HBR_PREFIX}{call.account.user_id}/"):
        raise Fault(
            Kind.OBJECT_MISSING, f"TempFileKey is {key[:120]!r}, which is no temporary file of account"
            f" {call.account.user_id}", field="TempFileKey",
        )  # fmt: skip
    reader = call.store.index.now
    bucket = reader.bucket(call.account.id, call.setup.mint.hbr_bucket)
    if bucket is None or reader.object(bucket.id, key) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no file {key[:120]!r}; it may have been deleted since its upload")


async def _download_link(call: Call) -> Document:
    key = call.needed("TempFileKey")
    _check_own(call, key)
    minted = await _mint(call, key, Right.READ_OBJECT, "download")
    bucket = call.setup.mint.hbr_bucket
    query = signed_query(call.request, minted.key, bucket, key, _until(minted))
    url = f"{_storage(call).bucket_url(bucket)}/{quote(key)}?{query}"
    return {"Success": True, "Code": "200", "Message": "successful", "Url": url}


APIS: Final = (
    Api(
        service="hbr",
        action="CreateTempFileUploadUrl",
        version=_VERSION,
        answer=_create_upload,
        parameters=frozenset({"FileName"}),
    ),
    Api(
        service="hbr",
        action="GetTempFileDownloadLink",
        version=_VERSION,
        answer=_download_link,
        parameters=frozenset({"TempFileKey"}),
    ),
)

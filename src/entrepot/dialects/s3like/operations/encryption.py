"""Encryption at rest as S3-like requests ask for it and replies tell it: by the server's key or a client's.

Knows headers, form fields and the document of a bucket's default. Must not know how bytes are encrypted, and must not
show a client's key. Source: AWS "Specifying server-side encryption with Amazon S3 managed keys", "Using server-side
encryption with customer-provided keys", "PutBucketEncryption"; what the SDKs send (tests/vectors/sdk_operations).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from entrepot.core import operations as ops
from entrepot.core.facts.records import BY_SERVER, BucketSettings, ClientKey, Encryption, Protection
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.sealed import default_of, with_client_key
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document, Flavour, Head, Route
from entrepot.dialects.s3like.operations.configuration import done, missing, settings_of, stat
from entrepot.dialects.s3like.operations.listing import document_of
from entrepot.dialects.s3like.operations.object_headers import Get
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response

_NAME: Final = "server-side-encryption"
_CUSTOMER: Final = f"{_NAME}-customer-"
_SOURCE: Final = "copy-source-"
_AES256: Final = "AES256"
_KEY_BYTES: Final = 32


def mentions(request: Request, flavour: Flavour, start: str = "") -> bool:
    """Whether a header of the request is about encryption; so that a request of which none is costs next to nothing."""
    prefix = flavour.header(start + _NAME)
    for name, _ in request.headers:  # noqa: SIM110 - any() costs three times as much, and every read asks
        if name.startswith(prefix):
            return True
    return False


def _said(find: Callable[[str], str | None]) -> Get:
    """Finds a header or field by its name. An empty one says nothing that could be done, and is not left out either."""

    def get(name: str) -> str | None:
        value = find(name)
        if value is not None and not value.strip():
            raise Fault(
                Kind.PARAMETER_INVALID, f"{name} is empty; leave it out, or say how to encrypt",
                argument=name, value="",
            )  # fmt: skip
        return value

    return get


def _headers(request: Request) -> Get:
    return _said(lambda name: request.header(name.encode()))


def wanted(request: Request, place: Place, intake: Intake, *, form: bool = False) -> Protection | None:
    """How a request that makes an object wants it encrypted; else how its bucket does.

    The fields of a ``form`` count instead of headers.

    Raises:
        Fault: NOT_IMPLEMENTED for keys of a service that is not here, PARAMETER_INVALID, MALFORMED.
    """
    if not form and not mentions(request, place.flavour):
        return default_of(place.existing_bucket())
    get = _said(request.field) if form else _headers(request)
    name = place.flavour.prefix + _NAME
    algorithm = get(name)
    key = client_key(request, place, get)
    if key is not None:
        if algorithm is not None:
            raise Fault(
                Kind.PARAMETER_INVALID, "the server's key and one of the client's are both asked for; name one",
                argument=name,
            )  # fmt: skip
        return with_client_key(intake.sealing, key, masks_md5=place.flavour.encryption.masks_md5)
    if algorithm is None:
        return default_of(place.existing_bucket())
    _check_algorithm(place, algorithm, name)
    return BY_SERVER


def _check_algorithm(place: Place, algorithm: str, name: str) -> None:
    """Refuse what is not AES-256 with the server's key. Raises Fault NOT_IMPLEMENTED, PARAMETER_INVALID."""
    if algorithm in place.flavour.encryption.not_here:
        raise Fault(
            Kind.NOT_IMPLEMENTED, f"{name} is {algorithm}, which is not here; {_AES256} is",
            reason="header", header=name,
        )  # fmt: skip
    if algorithm != _AES256:
        raise Fault(
            Kind.PARAMETER_INVALID, f"{name} is {algorithm[:40]!r}; it must be {_AES256}",
            reason="encryption-algorithm", argument=name, value=algorithm[:100],
        )  # fmt: skip


# -- keys of clients ---------------------------------------------------------------------------------------------------


def read_key(request: Request, place: Place, start: str = "") -> ClientKey | None:
    """The client's key that a read sends along; with ``start``, the one of a copy's source. Raises as below."""
    return client_key(request, place, _headers(request), start) if mentions(request, place.flavour, start) else None


def source_key(request: Request, place: Place) -> ClientKey | None:
    """The client's key of a copy's source."""
    return read_key(request, place, _SOURCE)


def client_key(request: Request, place: Place, get: Get, start: str = "") -> ClientKey | None:
    """The client's key that three headers (or form fields) state.

    Raises:
        Fault: MALFORMED (reason ``customer-key-insecure``) over plain HTTP, PARAMETER_INVALID.
    """
    base = place.flavour.prefix + start + _CUSTOMER
    algorithm, text, md5 = get(base + "algorithm"), get(base + "key"), get(base + "key-md5")
    if algorithm is None and text is None and md5 is None:
        return None
    if request.scheme != "https" and not place.settings.client_keys_over_http:
        raise Fault(
            Kind.MALFORMED, "a key of one's own is taken over a secure connection (https) only",
            reason="customer-key-insecure",
        )  # fmt: skip
    for name, value in (("algorithm", algorithm), ("key", text), ("key-md5", md5)):
        if value is None:
            raise Fault(Kind.PARAMETER_INVALID, f"{base}{name} is missing", argument=base + name)
    if algorithm != _AES256:
        raise Fault(
            Kind.PARAMETER_INVALID, f"{base}algorithm must be {_AES256}",
            reason="encryption-algorithm", argument=f"{base}algorithm",
        )  # fmt: skip
    secret = _decoded(text or "")
    if len(secret) != _KEY_BYTES:
        raise Fault(
            Kind.PARAMETER_INVALID, f"{base}key must be the base64 of {_KEY_BYTES} bytes", argument=f"{base}key"
        )
    if _decoded(md5 or "") != hashlib.md5(secret, usedforsecurity=False).digest():
        raise Fault(Kind.PARAMETER_INVALID, f"{base}key-md5 is not the MD5 of the key", argument=f"{base}key-md5")
    return ClientKey(secret=secret)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def of_part(request: Request, place: Place, intake: Intake, encryption: Encryption | None) -> Protection | None:
    """How a part is encrypted, which is how its upload was started.

    Raises:
        Fault: MALFORMED where the part says it otherwise, or does not say it.
    """
    key = read_key(request, place)
    if request.header(place.flavour.header(_NAME)) is not None and (encryption is None or encryption.by_client):
        raise _other("the upload was not started with the server's key")
    if encryption is None or not encryption.by_client:
        if key is not None:
            raise _other("the upload was not started with a key of the client's")
        return None if encryption is None else BY_SERVER
    if key is None:
        raise _other("the upload was started with a key of the client's, which every part must send along")
    if not intake.sealing.knows(encryption.mark, key):
        raise _other("the upload was started with another key of the client's")
    return Protection(encryption=encryption, client_key=key, masks_md5=place.flavour.encryption.masks_md5)


def _other(message: str) -> Fault:
    return Fault(Kind.MALFORMED, message, reason="customer-key-other")


def told(request: Request, flavour: Flavour, encryption: Encryption | None) -> Head:
    """The headers that tell how an object is encrypted; the MD5 of a client's key is the one that it sent."""
    if encryption is None:
        return []
    name = flavour.header(_NAME)
    if not encryption.by_client:
        return [(name, _AES256.encode())]
    head = [(name + b"-customer-algorithm", _AES256.encode())]
    md5 = name + b"-customer-key-md5"
    sent = request.header(md5) or request.field(md5.decode())
    return [*head, (md5, sent.encode("ascii", "replace"))] if sent and sent.isprintable() else head


# -- the default of a bucket -------------------------------------------------------------------------------------------


async def _put(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Encrypt from now on what is stored without a word about it."""
    node = await document_of(request, place)
    rule = node.first("Rule") if place.flavour.encryption.in_rule else node
    found = [one for name in _APPLIED for one in rule.all(name)] if rule is not None else []
    if len(found) != 1:
        raise Fault(Kind.MALFORMED, f"the document must have one {_APPLIED[0]}", reason="xml")
    _check_default(place, found[0])
    return ops.UpdateBucket(right=Right.UPDATE_ENCRYPTION, bucket=place.existing_bucket(), change=_switched(on=True))


_APPLIED: Final = ("ApplyServerSideEncryptionByDefault", "ApplySideEncryptionConfiguration")
"""What a document calls it; the second is an older name in COS (suite of its SDK for Python)."""


def _check_default(place: Place, applied: Node) -> None:
    algorithm = applied.value("SSEAlgorithm") or ""
    if algorithm not in place.flavour.encryption.not_here and algorithm != _AES256:
        raise Fault(Kind.MALFORMED, f"SSEAlgorithm is {algorithm[:40]!r}; it must be {_AES256}", reason="sse-default")
    _check_algorithm(place, algorithm, "SSEAlgorithm")


def _switched(*, on: bool) -> ops.SettingsChange:
    def change(settings: BucketSettings) -> BucketSettings:
        return replace(settings, encryption=on)

    return change


async def _delete(_request: Request, place: Place, _intake: Intake) -> ops.Operation:
    return ops.UpdateBucket(right=Right.DELETE_ENCRYPTION, bucket=place.existing_bucket(), change=_switched(on=False))


def _shown(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """The default; the cloud's own error where there is none."""
    if not settings_of(result).encryption:
        raise missing("encryption")
    applied: Document = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": _AES256}}
    names = place.flavour.encryption
    shown = reply.document(request, place, names.root, {"Rule": applied} if names.in_rule else applied)
    if request.method == "HEAD":
        shown.body = b""
    return shown


PUT: Final = Route(decode=_put, encode=done(200), about="encrypt what is stored without a word about it")
GET: Final = Route(decode=stat(Right.READ_ENCRYPTION), encode=_shown, about="whether the bucket encrypts by default")
DELETE: Final = Route(decode=_delete, encode=done(204), about="encrypt only what asks for it")

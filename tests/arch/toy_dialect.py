"""A dialect that no cloud speaks, to show what one costs: this file, and its name in the composition root.

``PUT``, ``GET``, ``HEAD``, ``DELETE /toy/<account>/<bucket>/<key>``, signed in ``x-toy: <key id>:<hex HMAC-SHA256>``
over method, space and path. Refusals are the kind, in plain text.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import unquote

from entrepot.core import operations as ops
from entrepot.core.facts.names import check_key
from entrepot.core.facts.records import PLAIN, Bucket, Object
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Reader
from entrepot.core.rights.grant import Clause, Grant, Rule, Scope
from entrepot.core.rights.identity import Key, Principal, principal_of
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Reading, Result
from entrepot.dialects.base import Dialect
from entrepot.signing.scheme import Claim, Scheme, Target
from entrepot.wire.http import Request, Response

STATUS = {
    Kind.SIGNATURE_MISSING: 401, Kind.SIGNATURE_MISMATCH: 401, Kind.KEY_UNKNOWN: 401, Kind.ACCESS_DENIED: 403,
    Kind.OBJECT_MISSING: 404, Kind.BUCKET_MISSING: 404, Kind.METHOD_NOT_ALLOWED: 405, Kind.OBJECT_EXISTS: 409,
    Kind.TOO_LARGE: 413, Kind.INTERNAL: 500, Kind.STORAGE_FAILED: 500, Kind.STORAGE_FULL: 507,
}  # fmt: skip
"""Everything else is 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """An address."""

    bucket: Bucket
    key: str


def find(request: Request) -> Claim | None:
    value = request.header(b"x-toy")
    if value is None:
        return None
    key_id, _, digest = value.partition(":")
    return Claim(key_id=key_id, signature=digest.encode("latin-1"), signed=None)


def texts(request: Request, _claim: Claim, _target: Target) -> tuple[bytes, ...]:
    return (request.method.encode() + b" " + request.raw_path,)


def seal(secret: bytes, _claim: Claim, signed: bytes) -> bytes:
    return hmac.digest(secret, signed, "sha256").hex().encode()


def locate(request: Request, reader: Reader) -> Spot:
    account, bucket_name, key = (request.raw_path.decode("ascii").removeprefix("/toy/") + "//").split("/", 2)
    bucket = reader.bucket(int(account), bucket_name) if account.isdigit() else None
    if bucket is None:
        raise Fault(Kind.BUCKET_MISSING, f"there is no bucket {bucket_name!r}")
    return Spot(bucket=bucket, key=check_key(unquote(key.removesuffix("//"))))


def bind(spot: Spot, _claim: Claim, key: Key, _now: float) -> Principal:
    scope = Scope(account=spot.bucket.account, bucket=spot.bucket.name, key=spot.key)
    return principal_of(key, Grant(clauses=(Clause(rules=(Rule(scope=scope),)),)))


def anonymous(_spot: Spot, _reader: Reader, _now: float) -> Principal:
    raise Fault(Kind.SIGNATURE_MISSING, "sign, please")


async def decode(request: Request, spot: Spot, _claim: Claim | None, intake: Intake) -> ops.Operation:
    match request.method:
        case "GET" | "HEAD":
            return ops.ReadObject(bucket=spot.bucket, key=spot.key)
        case "DELETE":
            return ops.DeleteObject(bucket=spot.bucket, key=spot.key)
        case "PUT":
            content = await intake.stage(request.body, limit=1 << 30, sha1=True)
            return ops.PutObject(
                bucket=spot.bucket, key=spot.key, content=content, attributes=PLAIN, replace=Replace.ALWAYS, tree=False
            )
        case _:
            raise Fault(Kind.METHOD_NOT_ALLOWED, f"no {request.method} here")


def encode(request: Request, _spot: Spot, _op: ops.Operation, result: Result) -> Response:
    if isinstance(result, Reading):
        size = result.record.size
        headers = [(b"content-length", b"%d" % size)]
        body = b"" if request.method == "HEAD" else result.inline_bytes() or result.stream(0, size)
        return Response(status=200, headers=headers, body=body, length=size)
    return Response(status=201 if isinstance(result, Object) else 204)


def refuse(_request: Request, _spot: Spot | None, fault: Fault) -> Response:
    return Response(status=STATUS.get(fault.kind, 400), body=f"{fault.kind.value}: {fault.message}\n".encode())


TOY: Dialect[Spot] = Dialect(
    name="toy", owns=lambda request: request.raw_path.startswith(b"/toy/"),
    preflight=lambda _request, _reader: Response(status=204), locate=locate, bind=bind, anonymous=anonymous,
    schemes=(Scheme(name="toy", find=find, texts=texts, seal=seal),), decode=decode, encode=encode, refuse=refuse,
)  # fmt: skip

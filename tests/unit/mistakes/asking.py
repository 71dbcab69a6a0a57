"""How a mistake is put before the explainers: a request, the key that counts, and what the explanation says.

Law: signatures come from real SDKs, documents, or signers of the tests' own, never from the module under test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_to_bytes

from entrepot.core.explanation import Explanation
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Account, Key, key_of_account
from entrepot.core.value import changed
from entrepot.explain.explainers import EXPLAINERS
from entrepot.explain.refusal import Refusal, Work
from entrepot.signing import acs3, acs_rpc, cos_app, header_v1, q_sign, scoped, tc3, tc3_v1, volc
from entrepot.signing.scheme import Scheme, Target, find_claim, key_of, verify
from entrepot.wire.http import Request

SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "aws4": (scoped.AWS4_HEADER, scoped.AWS4_QUERY, scoped.AWS4_FORM),
    "oss4": (scoped.OSS4_HEADER, scoped.OSS4_QUERY, scoped.OSS4_FORM),
    "tos4": (scoped.TOS4_HEADER, scoped.TOS4_QUERY, scoped.TOS4_FORM),
    "sts4": (scoped.STS4_HEADER, scoped.STS4_QUERY),
    "aws2": (header_v1.AWS2_HEADER, header_v1.AWS2_QUERY, header_v1.AWS2_FORM),
    "oss1": (header_v1.OSS1_HEADER, header_v1.OSS1_QUERY, header_v1.OSS1_FORM),
    "q_sign": (q_sign.HEADER, q_sign.QUERY, q_sign.FORM_NEW, q_sign.FORM_OLD),
    "tc3": (tc3.TC3, tc3_v1.TC3_V1),
    "acs3": (acs3.SCHEME,),
    "acs_rpc": (acs_rpc.SCHEME,),
    "volc": (volc.VOLC_HEADER, volc.VOLC_QUERY),
    "cos_app": (cos_app.SCHEME,),
}
NOW = 1_767_323_050.0


@dataclass
class Index:
    """What explainers look up."""

    known: list[Key] = field(default_factory=list)
    bucket: str = "demo"

    def key(self, key_id: str) -> Key | None:
        return next((key for key in self.known if key.id == key_id), None)

    def keys(self, account: int | None, limit: int | None = None) -> list[Key]:
        return [key for key in self.known if account in {None, key.account}][:limit]

    def account(self, account: int) -> Account | None:
        return Account(id=account, user_id="1", created_at=0) if account in {1, 1250000000} else None

    def accounts(self) -> list[Account]:
        return [Account(id=1, user_id="1", created_at=0)]

    def bucket_named(self, name: str) -> object:
        return object() if name == self.bucket else None


@dataclass(frozen=True)
class Case:
    """A mistake: the causes that name it rightly, and what it takes to see it."""

    name: str
    causes: tuple[str, ...]
    scheme: str
    request: Request
    key: Key
    target: Target
    others: tuple[Key, ...] = ()
    bind: Any = None
    """What is looked at once the signature is good: called with the claim and the key."""
    place: Any = None


def a_key(key_id: str, secret: str | bytes, **more: Any) -> Key:
    """A long-term key."""
    text = secret.encode() if isinstance(secret, str) else secret
    return changed_key(key_of_account(id=key_id, account=1, secret=text, created_at=0), **more)


def changed_key(key: Key, **more: Any) -> Key:
    """The key with other facts."""
    return replace(key, **more)


def refusal_of(case: Case) -> tuple[Fault, Refusal] | None:
    """What the server refuses it with, as the pipeline knows it; None where it is taken."""
    schemes, index = SCHEMES[case.scheme], Index([case.key, *case.others])
    scheme = claim = key = None
    try:
        found = find_claim(schemes, case.request)
        if found is None:
            raise Fault(Kind.SIGNATURE_MISSING, "this needs a signature")  # noqa: TRY301 - as dialects do
        scheme, claim = found
        key = key_of(claim, index)  # type: ignore[arg-type] # it asks for nothing else
        verify(scheme, claim, case.request, key, case.target)
        if case.bind is not None:
            case.bind(claim, key)
    except Fault as fault:
        reader: Any = index
        return fault, Refusal(
            request=case.request, fault=fault, dialect="s3", schemes=schemes, reader=reader, now=NOW,
            target=case.target, place=case.place, scheme=scheme, claim=claim, key=key, work=Work(),
        )  # fmt: skip
    return None


def explained(refusal: Refusal) -> Explanation | None:
    """What the explainers say, as the front asks them."""
    asked = EXPLAINERS.get(refusal.fault.kind, ())
    return next((found for explain in asked if (found := explain(refusal)) is not None), None)


def moved(target: Target, before: Request, after: Request) -> Target:
    """What a request addresses whose path was changed on its way."""
    if target.bucket is None or before.raw_path == after.raw_path:
        return target
    path, start = unquote_to_bytes(after.raw_path), b"/" + target.bucket.encode()
    if unquote_to_bytes(before.raw_path).startswith(start) and path.startswith(start):
        path = path.removeprefix(start)
    return changed(target, key=path[1:])


def spread(items: list[Any], most: int) -> Iterator[Any]:
    """Some of them, evenly, and the same ones each time."""
    step = max(1, len(items) // most)
    yield from items[::step][:most]

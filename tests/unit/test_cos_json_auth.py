"""dialects/cos_json/auth: keys that are temporary. This API has no place for a session token.

The signature is one of tests/vectors, made by a real SDK; ``bind`` is told that it was verified.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from contracts.engines import changed
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Key, key_of_account
from entrepot.dialects.cos_json.auth import bind
from entrepot.dialects.cos_json.faults import row_of
from entrepot.dialects.cos_json.place import Place
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.signing.cos_app import SCHEME, fields_of
from entrepot.signing.scheme import Claim

from .asking import request

VECTOR = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "cos_app" / "spec_multi" / "vector.json").read_text("utf-8")
)


@pytest.fixture
def claim() -> Claim:
    """A genuine signature for several uses."""
    found = SCHEME.find(request(("Authorization", VECTOR["sign"])))
    assert found is not None
    return found


def bound(claim: Claim, key: Key) -> str | None:
    """The key id of the principal while the signature is good."""
    fields = fields_of(claim)
    place = Place(
        api=True, account=int(fields.account), bucket_name=fields.bucket, bucket=None, key="a", downloads=False
    )
    return bind(place, claim, key, fields.made_at, CosJsonSettings()).key_id


def key_of(claim: Claim) -> Key:
    """A long-term key that made the signature."""
    account = int(fields_of(claim).account)
    return key_of_account(id=claim.key_id, account=account, secret=b"a secret", created_at=0.0)


def test_keys_without_a_token(claim: Claim) -> None:
    assert claim.token is None
    assert bound(claim, key_of(claim)) == claim.key_id
    assert bound(claim, changed(key_of(claim), expires_at=fields_of(claim).made_at + 1)) == claim.key_id


@pytest.mark.parametrize(
    ("more", "kind", "code"),
    [
        ({"token_sha256": hashlib.sha256(b"a token").digest()}, Kind.TOKEN_INVALID, -60),
        ({"token_sha256": hashlib.sha256(b"").digest()}, Kind.TOKEN_INVALID, -60),
        ({"expires_at": 1.0}, Kind.SIGNATURE_EXPIRED, -96),
    ],
)
def test_a_key_that_needs_more_than_this_api_can_carry(
    claim: Claim, more: dict[str, object], kind: Kind, code: int
) -> None:
    with pytest.raises(Fault) as refused:
        bound(claim, changed(key_of(claim), **more))
    assert refused.value.kind is kind
    assert (row_of(refused.value).code, row_of(refused.value).status) == (code, 401)

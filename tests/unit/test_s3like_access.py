"""dialects/s3like/access: how long signatures count. Source: wire facts Tencent §6.3, Alibaba §3.4, §4.3, TOS §3.2."""

from __future__ import annotations

from typing import Any, cast

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.grant import Access, Right, account_grant
from entrepot.core.rights.identity import Key
from entrepot.dialects import oss
from entrepot.dialects.s3like.address.access import bind
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing.scheme import Claim

NOW, SKEW, HOUR = 1_767_326_645.0, 900.0, 3600.0
KEY = Key(id="key", account=1, secret=b"secret", grant=account_grant(1), created_at=0.0)


def place() -> Place:
    """The service, where nothing else counts."""
    settings = StorageSettings(clock_skew_seconds=SKEW)
    flavour = oss.flavour(settings)
    return Place(
        flavour=flavour, settings=settings, level="service", bucket_text=None, bucket=None, key="", query={},
        route=flavour.operations.routes["service", "GET", ""], reader=cast("Reader", None),
    )  # fmt: skip


def claim(**times: Any) -> Claim:
    """A claim with some times."""
    return Claim(key_id="key", signature=b"", signed=None, **times)


@pytest.mark.parametrize(
    ("made", "refused"),
    [
        (claim(signed_at=NOW), None),
        (claim(signed_at=NOW - SKEW), None),
        (claim(signed_at=NOW + SKEW), None),
        (claim(signed_at=NOW - SKEW - 1), Kind.REQUEST_SKEWED),
        (claim(signed_at=NOW + SKEW + 1), Kind.REQUEST_SKEWED),
        (claim(signed_at=NOW - HOUR, expires_at=NOW, presigned=True), None),
        (claim(signed_at=NOW - HOUR, expires_at=NOW - 1, presigned=True), Kind.SIGNATURE_EXPIRED),
        (claim(signed_at=NOW + SKEW + 1, expires_at=NOW + HOUR, presigned=True), Kind.REQUEST_SKEWED),
        (claim(expires_at=NOW - 1, presigned=True), Kind.SIGNATURE_EXPIRED),
        (claim(signed_at=NOW - HOUR, expires_at=NOW + 1), None),
        (claim(signed_at=NOW - HOUR, form=True), None),
        (claim(signed_at=NOW + SKEW + 1, form=True), Kind.REQUEST_SKEWED),
        (claim(signed_at=NOW - HOUR, expires_at=NOW - 1, form=True), Kind.SIGNATURE_EXPIRED),
        (claim(form=True), None),
    ],
)
def test_times(made: Claim, refused: Kind | None) -> None:
    """A form lasts as long as its policy says, which is looked at with its fields; its date must not be to come."""
    if refused is None:
        assert bind(place(), made, KEY, NOW).key_id == "key"
        return
    with pytest.raises(Fault) as caught:
        bind(place(), made, KEY, NOW)
    assert caught.value.kind is refused


@pytest.mark.parametrize(
    ("made", "until"),
    [
        (claim(signed_at=NOW), NOW + SKEW),
        (claim(signed_at=NOW, expires_at=NOW + HOUR, presigned=True), NOW + HOUR),
        (claim(signed_at=NOW, form=True), None),
    ],
)
def test_a_right_ends_with_its_signature(made: Claim, until: float | None) -> None:
    grant = bind(place(), made, KEY, NOW).grant

    def permits(at: float) -> bool:
        return grant.permits(Access(right=Right.PUT_OBJECT, account=1, bucket="b", key="k", at=at))

    assert permits(NOW)
    assert permits(NOW + 30 * HOUR) is (until is None)
    if until is not None:
        assert permits(until - 1)
        assert not permits(until + 1)

"""The account that a request expects to own the bucket. Source: AWS "Verifying bucket ownership"."""

from __future__ import annotations

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour.spelling import user_of
from entrepot.dialects.s3like.operations.objects import source_bucket
from entrepot.wire.http import Request

_EXPECTED, _OF_SOURCE = b"x-amz-expected-bucket-owner", b"x-amz-source-expected-bucket-owner"


def check_owner(request: Request, place: Place) -> None:
    """Refuse when the bucket, or that of a copy's source, is another account's than the client believes.

    Raises:
        Fault: ACCESS_DENIED; PARAMETER_INVALID (reason ``bucket-owner``) for what is no account.
    """
    expected = request.header(_EXPECTED)
    if expected is not None and place.bucket is not None:
        _compare(expected, place.bucket, place)
    of_source = request.header(_OF_SOURCE)
    if of_source is not None:
        name, _key = place.flavour.addressing.copy_source(request.header(b"x-amz-copy-source") or "")
        _compare(of_source, source_bucket(place, name), place)


def _compare(text: str, bucket: Bucket, place: Place) -> None:
    if text in {str(bucket.account), user_of(bucket.account, place.reader)}:
        return
    if not (text.isascii() and text.isdigit()):
        raise Fault(Kind.PARAMETER_INVALID, f"{text[:40]!r} is no account", reason="bucket-owner", value=text[:100])
    raise Fault(Kind.ACCESS_DENIED, "the bucket is not owned by the account that the request expects")

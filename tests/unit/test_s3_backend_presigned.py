"""Addresses of the store: the signature is that of AWS's own example, and the host is named as clients name it."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from entrepot.adapters.s3_backend.address import Credentials, Place
from entrepot.adapters.s3_backend.bucket import Bucket
from entrepot.adapters.s3_backend.presigned import Addresses

EXAMPLE = Credentials(key_id="AKIAIOSFODNN7EXAMPLE", secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
AT = datetime(2013, 5, 24, tzinfo=UTC).timestamp()


def bucket(endpoint: str = "https://s3.amazonaws.com", *, virtual: bool = True) -> Bucket:
    return Bucket(Place(endpoint=endpoint, bucket="examplebucket", is_virtual=virtual), EXAMPLE, 5.0)


def test_the_signature_is_that_of_the_documents() -> None:
    """Source: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, the example of GET."""
    address = Addresses(bucket(), EXAMPLE, 86400.0).of_key("test.txt", AT, {})
    assert address == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://Bytes.Example.com", "bytes.example.com"),
        ("https://bytes.example.com:443", "bytes.example.com"),
        ("http://bytes.example.com:80", "bytes.example.com"),
        ("http://bytes.example.com:443", "bytes.example.com:443"),
        ("https://[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
        (None, "store.internal:9000"),
    ],
)
def test_clients_are_sent_to_their_own_way_to_the_store(endpoint: str | None, host: str) -> None:
    here = bucket("http://store.internal:9000", virtual=False)
    address = Addresses(here, EXAMPLE, 60.0, endpoint).of("abcd", AT, {"content-type": "text/plain; charset=utf-8"})
    assert address is not None
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == (host, "/examplebucket/ab/abcd")
    assert parts.scheme == (endpoint or "http:").partition(":")[0]
    said = parse_qs(parts.query)
    assert (said["response-content-type"], said["X-Amz-Expires"]) == (["text/plain; charset=utf-8"], ["60"])
    assert EXAMPLE.secret not in address


def test_nobody_is_sent_to_a_store_that_is_away() -> None:
    here = bucket()
    addresses = Addresses(here, EXAMPLE, 60.0)
    assert addresses.of("abcd", AT, {}) is not None
    here.health.failure = "the store of the bytes does not answer"
    assert addresses.of("abcd", AT, {}) is None


def test_a_session_token_is_signed_along() -> None:
    with_token = Credentials(key_id="AKIA", secret="s", token="t/+=")
    said = parse_qs(urlsplit(Addresses(bucket(), with_token, 60.0).of_key("k", AT, {})).query)
    assert said["X-Amz-Security-Token"] == ["t/+="]

"""Addresses of stores: what is understood, and that nothing else is."""

from __future__ import annotations

import pytest

from entrepot.adapters.s3_backend.address import AddressError, Credentials, Place, read_address


@pytest.mark.parametrize(
    ("text", "place", "url"),
    [
        (
            "s3://blobs?endpoint=http://127.0.0.1:9000",
            Place(endpoint="http://127.0.0.1:9000", bucket="blobs"),
            "http://127.0.0.1:9000/blobs",
        ),
        (
            "s3://blobs/of/ours/?endpoint=https://store.example:443/&region=eu-west-1&style=virtual",
            Place(
                endpoint="https://store.example:443", bucket="blobs", prefix="of/ours/", region="eu-west-1",
                is_virtual=True,
            ),
            "https://blobs.store.example:443",
        ),
        (
            "s3://my.blobs?region=eu-central-1",
            Place(endpoint="https://s3.eu-central-1.amazonaws.com", bucket="my.blobs", region="eu-central-1"),
            "https://s3.eu-central-1.amazonaws.com/my.blobs",
        ),
    ],
)  # fmt: skip
def test_an_address_names_a_place(text: str, place: Place, url: str) -> None:
    assert read_address(text) == place
    assert place.bucket_url == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:///blobs",
        "s3://",
        "s3://B",
        "s3://UPPER?endpoint=http://h",
        "s3://key:secret@blobs?endpoint=http://h",
        "s3://blobs?endpoint=http://key:secret@h",
        "s3://blobs?endpoint=ftp://h",
        "s3://blobs?endpoint=h:9000",
        "s3://blobs?endpoint=http://h/below",
        "s3://blobs?endpoint=http://h?x=1",
        "s3://blobs?endpoint=http://h&style=dns",
        "s3://blobs?endpoint=http://h&secret_access_key=secret",
        "s3://blobs?endpoint=http://h&endpoint=http://i",
        "s3://blobs/a/../b?endpoint=http://h",
        "s3://blobs/a b?endpoint=http://h",
        "s3://blobs/a//b?endpoint=http://h",
        "s3://blobs/a#b?endpoint=http://h",
    ],
)
def test_what_is_not_understood_is_refused_without_repeating_a_secret(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        read_address(text)
    assert "secret@" not in str(caught.value)
    assert "=secret" not in str(caught.value)


def test_a_secret_is_in_no_representation() -> None:
    assert "hidden" not in repr(Credentials(key_id="id", secret="hidden", token="hidden too"))

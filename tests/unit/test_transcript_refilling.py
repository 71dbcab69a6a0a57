"""Recorded requests signed anew: every scheme of every dialect, and only what the server that verifies takes."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from entrepot.signing import acs3, acs_rpc, cos_app, header_v1, q_sign, scoped, tc3, tc3_v1, volc
from entrepot.signing.scheme import Scheme
from entrepot.transcript.entry import Answered, Asked, Entry, Signing, Text
from entrepot.transcript.refilling import SCHEMES, Values, ready
from entrepot.transcript.template import TemplateError

NOW = 1_795_000_000


def test_every_scheme_can_be_replayed() -> None:
    """Those that a dialect verifies; ``scoped`` has two that ``volc`` stands in for."""
    modules: tuple[Any, ...] = (acs3, acs_rpc, cos_app, header_v1, q_sign, scoped, tc3, tc3_v1, volc)
    found = {
        one.name: one
        for module in modules
        for name, one in vars(module).items()
        if isinstance(one, Scheme) and name != "_"
    }
    assert set(found) == set(SCHEMES)
    assert all(found[name] == scheme for name, scheme in SCHEMES.items())


def entry(asked: Asked) -> Entry:
    return Entry(number=1, seconds=0, dialect="s3", operation="-", asked=asked, answered=Answered(status=200))


def values(asked: Asked, **bound: str) -> Values:
    told = {"key.1": "AKID", "secret.1": "the-secret", "account.1": "1250000000"} | bound
    return Values(bound=told, nonces=iter(["1", "2"]), asked=asked, now=NOW)


def test_what_is_not_known_is_told() -> None:
    asked = Asked(method="GET", target="/b/k?uploadId=${upload-id.7}")
    with pytest.raises(TemplateError, match=r"upload-id\.7} is not known: no reply told it"):
        ready(entry(asked), values(asked), "h:1", Path())


def test_a_scheme_that_there_is_not() -> None:
    asked = Asked(method="GET", target="/", signing=Signing(scheme="rot13", key="1"))
    with pytest.raises(TemplateError, match="there is no scheme 'rot13'"):
        ready(entry(asked), values(asked), "h:1", Path())


def test_a_request_that_cannot_be_signed() -> None:
    asked = Asked(
        method="GET", target="/", headers=(("authorization", "AWS4-HMAC-SHA256 Credential=${key.1}"),),
        signing=Signing(scheme="aws4", key="1"),
    )  # fmt: skip
    with pytest.raises(TemplateError, match="cannot be signed"):
        ready(entry(asked), values(asked), "h:1", Path())


def test_values_are_encoded_where_they_stand() -> None:
    asked = Asked(
        method="POST", target="/b?uploadId=${upload-id.1}&sign=${app-sign}", body=(Text(text="a=${upload-id.1}"),),
        headers=(("content-type", "application/x-www-form-urlencoded"), ("content-md5", "${body.md5}")),
        texts=(("app-sign", "a=${account.1}&k=${key.1}&e=${now.unix+60}&t=${now.unix}&r=1&f=&b=b"),),
        signing=Signing(scheme="cos-app", key="1"),
    )  # fmt: skip
    made = ready(entry(asked), values(asked, **{"upload-id.1": "x+y/z="}), "h:1", Path())
    assert made.target.startswith(b"/b?uploadId=x%2By%2Fz%3D&sign=")
    assert b"".join(made.body) == b"a=x%2By%2Fz%3D"
    assert made.length == 14
    assert (b"host", b"h:1") in made.headers
    digest = hashlib.md5(b"a=x%2By%2Fz%3D", usedforsecurity=False).digest()
    assert dict(made.headers)[b"content-md5"] == base64.b64encode(digest)
    _, text = cos_app.parse(unquote(made.target.rpartition(b"sign=")[2].decode()))
    assert (text.key_id, text.account, text.made_at, text.expires_at) == ("AKID", "1250000000", NOW, NOW + 60)

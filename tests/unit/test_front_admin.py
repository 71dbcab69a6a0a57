"""The admin API is off unless there is a key, and its table, its document and its handlers are of one mind."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.admin.api.answers import STATUS, Admin
from entrepot.admin.api.dev_table import DEV_ENDPOINTS, DEV_SCHEMAS, TESTING
from entrepot.admin.api.dev_testing import KitAnswers, moment_of, span_of
from entrepot.admin.api.document import document
from entrepot.admin.api.read import read_body, read_query
from entrepot.admin.api.table import ENDPOINTS, SCHEMAS, Field
from entrepot.config import SettingsError, load
from entrepot.core.fault import Fault, Kind
from entrepot.front.own import OwnEndpoints
from entrepot.front.telemetry import Exchange
from entrepot.wire.http import Request

from .asking import chunks

FIELDS = (
    Field(name="text", kind="string", about="a text", needed=True, choices=("a", "b")),
    Field(name="number", kind="integer", about="a number", least=1, most=9),
    Field(name="flag", kind="boolean", about="a flag"),
    Field(name="texts", kind="strings", about="texts"),
)


def request(path: str, query: str = "") -> Request:
    return Request(
        id="1" * 32, method="GET", raw_path=path.encode(), raw_query=query.encode(), headers=(), authority="h",
        scheme="http", client="192.0.2.1", body=chunks(()),
    )  # fmt: skip


def admin() -> Admin:
    nothing: Any = None
    return Admin("a-key-of-16-chars", nothing, nothing, nothing, nothing, nothing, None, "1")


@pytest.mark.parametrize("path", ["/-/api/openapi.json", "/-/api/v1/grants", "/-/api/v1/mint/url"])
async def test_without_a_key_there_is_no_admin_api(path: str) -> None:
    nothing: Any = None
    own = OwnEndpoints(nothing, nothing, nothing, nothing)
    response = await own.respond(request(path), Exchange("1" * 32, "GET", path.encode(), "192.0.2.1"))
    assert response.status == 404


def test_its_key_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(None).admin_key is None
    with pytest.raises(SettingsError, match="admin_key"):
        load(None, admin_key="short")
    shown = str(load(None, admin_key="a-key-of-16-chars").told())
    assert "a-key-of-16-chars" not in shown


def test_every_endpoint_has_a_handler_and_a_schema() -> None:
    endpoints = (*ENDPOINTS, *DEV_ENDPOINTS)
    names = [endpoint.name for endpoint in endpoints]
    assert len(set(names)) == len(names)
    assert {endpoint.name for endpoint in ENDPOINTS} == set(admin()._handlers)
    assert {endpoint.reply for endpoint in ENDPOINTS} <= SCHEMAS.keys()
    assert {endpoint.reply for endpoint in DEV_ENDPOINTS} <= DEV_SCHEMAS.keys() | SCHEMAS.keys()
    assert {endpoint.name for endpoint in endpoints if endpoint.body is not None} == {
        endpoint.name for endpoint in endpoints if endpoint.method == "POST"
    }


async def test_outside_dev_mode_there_is_nothing_of_dev_mode() -> None:
    """Neither served nor told of, with the right key."""
    kept = admin()
    kept._check = lambda _request: None  # type: ignore[method-assign]
    for endpoint in DEV_ENDPOINTS:
        path = f"/-/api/v1{endpoint.path}"
        response = await kept.respond(request(path), Exchange("1" * 32, "GET", path.encode(), "192.0.2.1"))
        assert response.status == 404
    assert not any("/dev/" in path for path in document("1")["paths"])
    assert all(endpoint.path.startswith("/dev/") for endpoint in DEV_ENDPOINTS)


def test_every_reference_leads_somewhere() -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [name for value in node.values() for name in references(value)]
        return [name for value in node for name in references(value)] if isinstance(node, list) else []

    whole = document("1.2.3")
    assert whole["info"]["version"] == "1.2.3"
    assert {name.removeprefix("#/components/schemas/") for name in references(whole)} == SCHEMAS.keys()


async def test_a_defect_is_answered_as_one() -> None:
    """What is behind this one is missing altogether."""
    path = "/-/api/v1/accounts"
    asked = request(path)
    exchange = Exchange("1" * 32, "GET", path.encode(), "192.0.2.1")
    broken = admin()
    broken._check = lambda _request: None  # type: ignore[method-assign]
    response = await broken.respond(asked, exchange)
    assert response.status == 500
    assert exchange.fault is not None
    assert exchange.fault.kind is Kind.INTERNAL


def test_statuses_are_of_http() -> None:
    assert all(400 <= status < 600 for status in STATUS.values())


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("text=a", {"text": "a"}),
        ("text=b&number=9&flag=true", {"text": "b", "number": 9, "flag": True}),
        ("text=a&flag=false", {"text": "a", "flag": False}),
    ],
)
def test_a_query_is_read(query: str, given: dict[str, Any]) -> None:
    assert read_query(FIELDS, request("/", query)) == given


@pytest.mark.parametrize(
    "query",
    ["", "text=c", "text=a&text=a", "text=a&number=0", "text=a&number=10", "text=a&number=-1", "text=a&number=1.0",
     "text=a&number=99999999999999999999999", "text=a&flag=1", "text=a&texts=b", "text=a&other=1", "text=%FF"],
)  # fmt: skip
def test_a_query_that_cannot_be(query: str) -> None:
    with pytest.raises(Fault):
        read_query(FIELDS, request("/", query))


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (b'{"text":"a","number":1,"flag":false,"texts":[]}', {"text": "a", "number": 1, "flag": False, "texts": []}),
        (b'{"text":"a","number":null}', {"text": "a"}),
        (b'{"text":"a","texts":["x","\xc3\xbc"]}', {"text": "a", "texts": ["x", "ü"]}),
    ],
)
def test_a_body_is_read(body: bytes, given: dict[str, Any]) -> None:
    assert read_body(FIELDS, body) == given


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b'"a"', b'{"text":1}', b'{"text":"a","number":true}', b'{"text":"a","number":"1"}',
     b'{"text":"a","text":"b"}', b'{"text":"a","more":null}',
     b'{"text":"a","flag":0}', b'{"text":"a","texts":"b"}', b'{"text":"a","texts":[1]}', b'{"text":"a","more":1}',
     b'{"text":"a","texts":[' + b",".join([b'""'] * 65) + b"]}", b'{"text":"\xff"}', b'{"number":1.5,"text":"a"}'],
)  # fmt: skip
def test_a_body_that_cannot_be(body: bytes) -> None:
    with pytest.raises(Fault):
        read_body(FIELDS, body)


def test_every_endpoint_for_tests_has_a_handler() -> None:
    nothing: Any = None
    assert set(KitAnswers(nothing, nothing, nothing, {}).handlers) == {endpoint.name for endpoint in TESTING}
    assert not DEV_SCHEMAS.keys() & SCHEMAS.keys()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2030-01-31T12:00:00Z", 1896091200.0),
        ("2030-01-31T14:00:00+02:00", 1896091200.0),
        ("2030-01-31T12:00:00", 1896091200.0),
        ("1896091200.5", 1896091200.5),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert moment_of(text) == seconds


def test_what_is_no_moment_and_no_span() -> None:
    for text in ("soon", "2030-13-01", ""):
        with pytest.raises(Fault):
            moment_of(text)
    assert (span_of("-90s"), span_of("1.5h")) == (-90, 5400)
    for text in ("--1h", "-", "1y"):
        with pytest.raises(Fault):
            span_of(text)

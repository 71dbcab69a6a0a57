"""A closed world: what an operation of an S3-like dialect does not declare is refused, whatever it is.

Made from the declarations (each operation with an unknown thing of each kind, and with every known thing in the wrong
place) and from the outside: every operation that the clouds' SDKs can send is itself or a refusal, with each of its
parameters and headers. Nothing is stored or sent here; ``behaviour/storage/test_closed_world`` asks a server.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from behaviour.storage.sdk_operations import SdkOperation, operations, table
from entrepot.core.fault import Fault, Kind
from entrepot.core.value import changed
from entrepot.dialects.s3like.address import closed
from entrepot.dialects.s3like.address.routes import route_of
from entrepot.dialects.s3like.family import completed
from entrepot.dialects.s3like.flavour import Flavour, RouteKey
from entrepot.dialects.s3like.flavour.known import CONDITIONS
from entrepot.dialects.s3like.flavour.route import COPY, FORM, PART
from entrepot.wire.documents import Node, Shape, check
from entrepot.wire.http import FilePart, Request

from .test_family_faults import FLAVOURS as DECLARED

FLAVOURS = {
    name: replace(flavour, operations=completed(flavour.operations, lambda: 0.0)) for name, flavour in DECLARED.items()
}
SDKS = {"cos_xml": "cos"}
"""Where the table of a cloud has another name."""
PATHS = {"service": b"/", "bucket": b"/", "object": b"/a.txt"}
READS = frozenset({"GET", "HEAD"})
REFUSALS = frozenset({
    Kind.NOT_IMPLEMENTED, Kind.PARAMETER_INVALID, Kind.PARAMETER_MISSING, Kind.METHOD_NOT_ALLOWED, Kind.MALFORMED,
})  # fmt: skip

each_dialect = pytest.mark.parametrize("name", FLAVOURS)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def _request(level: str, method: str, query: dict[str, str], headers: dict[str, str], *, form: bool = False) -> Request:
    return Request(
        id="1", method=method, raw_path=PATHS[level],
        raw_query="&".join(f"{quote(name)}={quote(value)}" for name, value in query.items()).encode(),
        headers=tuple((name.lower().encode(), value.encode()) for name, value in headers.items()),
        authority="localhost", scheme="http", client="127.0.0.1", body=_nothing(),
        form=(("key", "k"),) if form else None,
        file=FilePart(name="file", filename=None, content_type=None) if form else None,
    )  # fmt: skip


def _asked(flavour: Flavour, key: RouteKey) -> tuple[dict[str, str], dict[str, str]]:
    """The query and the headers that make a request this operation."""
    _level, _method, sub = key
    headers = {f"{flavour.prefix}copy-source": "/b/k"} if sub.endswith(COPY) else {}
    if sub.startswith(PART):
        return {"partNumber": "1", "uploadId": "u"}, headers
    return ({sub: ""} if sub and not sub.startswith("+") else {}), headers


def _ask(
    flavour: Flavour, key: RouteKey, query: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> tuple[str, ...]:
    """What is ignored of a request; raises Fault for a refusal."""
    level, method, sub = key
    own_query, own_headers = _asked(flavour, key)
    both = {**own_query, **(query or {})}
    request = _request(level, method, both, {**own_headers, **(headers or {})}, form=sub == FORM)
    found, _route = route_of(flavour, level, request, both)
    assert found == key
    return closed.check(request, flavour, found, request.query(), lenient=False)


def _refused(flavour: Flavour, key: RouteKey, **given: dict[str, str]) -> None:
    with pytest.raises(Fault) as caught:
        _ask(flavour, key, **given)
    assert caught.value.kind in REFUSALS


@each_dialect
def test_every_operation_can_be_asked(name: str) -> None:
    for key in FLAVOURS[name].operations.routes:
        assert _ask(FLAVOURS[name], key) == (), key


@each_dialect
def test_an_unknown_parameter(name: str) -> None:
    """Refused; a read of an object ignores one that means nothing, and says so."""
    flavour = FLAVOURS[name]
    for key in flavour.operations.routes:
        plain = key[0] == "object" and key[1] in READS and not key[2]
        if plain:
            assert _ask(flavour, key, query={"unheard-of": "1"}) == ("unheard-of",)
        else:
            _refused(flavour, key, query={"unheard-of": "1"})


@each_dialect
def test_every_known_parameter_in_the_wrong_place(name: str) -> None:
    flavour = FLAVOURS[name]
    operations_ = flavour.operations
    every = {one for known in operations_.known.values() for one in known.query} | operations_.unsupported
    subs = {sub for _level, _method, sub in operations_.routes if sub and not sub.startswith("+")}
    for key in operations_.routes:
        declared = operations_.known[key] | operations_.anywhere
        for parameter in sorted(every - declared.query - declared.unheeded.keys() - subs - {"partNumber", "uploadId"}):
            _refused(flavour, key, query={parameter: "1"})


@each_dialect
def test_every_sub_resource_beside_another(name: str) -> None:
    """Two of them are never the one or the other: the request is refused, or both are declared by one operation."""
    flavour = FLAVOURS[name]
    routes = flavour.operations.routes
    subs = sorted({sub for _level, _method, sub in routes if sub and not sub.startswith("+")})
    for level, method, sub in routes:
        if sub.startswith("+"):
            continue
        for other in subs:
            query = {sub: "", other: ""} if sub else {other: ""}
            if other == sub:
                continue
            request = _request(level, method, query, {})
            try:
                found, _route = route_of(flavour, level, request, query)
                closed.check(request, flavour, found, request.query(), lenient=False)
            except Fault as fault:
                if fault.kind not in REFUSALS:
                    raise
            else:
                declared = flavour.operations.known[found].query | {found[2]}
                named = {"uploadId", "partNumber"} if found[2].startswith(PART) else set()
                assert set(query) <= declared | named, (level, method, query, found)


@each_dialect
def test_an_unknown_header(name: str) -> None:
    """Of the cloud's own: refused on what changes something, told on what does not."""
    flavour = FLAVOURS[name]
    header = flavour.prefix + "unheard-of"
    for key in flavour.operations.routes:
        if key[1] in READS:
            assert _ask(flavour, key, headers={header: "1"}) == (header,)
        else:
            _refused(flavour, key, headers={header: "1"})


@each_dialect
def test_every_known_header_in_the_wrong_place(name: str) -> None:
    flavour = FLAVOURS[name]
    known = flavour.operations.known
    every = {one for declared in known.values() for one in declared.headers if not one.endswith("*")}
    for key in flavour.operations.routes:
        declared = known[key] | flavour.operations.anywhere
        if key[1] in READS:
            continue
        for header in sorted(every - declared.headers):
            full = flavour.prefix + header
            taken = any(full.startswith(one[:-1]) for one in declared.unheeded if one.endswith("*"))
            if full not in declared.unheeded and not taken and header != "copy-source":
                _refused(flavour, key, headers={full: "1"})


@each_dialect
def test_conditions_that_are_not_declared(name: str) -> None:
    flavour = FLAVOURS[name]
    for key in flavour.operations.routes:
        if key[1] not in READS:
            for condition in CONDITIONS - flavour.operations.known[key].conditions:
                _refused(flavour, key, headers={condition: '"x"'})


@each_dialect
def test_what_is_known_comes_once(name: str) -> None:
    flavour = FLAVOURS[name]
    for key in flavour.operations.routes:
        level, method, _sub = key
        own_query, own_headers = _asked(flavour, key)
        for parameter in flavour.operations.known[key].query:
            request = _request(level, method, own_query, own_headers)
            pairs = [*own_query.items(), (parameter, "1"), (parameter, "2")]
            with pytest.raises(Fault):
                closed.check(changed(request, raw_query=b"twice"), flavour, key, pairs, lenient=False)


@each_dialect
def test_a_body_where_none_is_taken(name: str) -> None:
    flavour = FLAVOURS[name]
    for key in flavour.operations.routes:
        known = flavour.operations.known[key]
        # The body of a DELETE has no meaning (RFC 9110 §9.3.5); TOS's JavaScript SDK sends an empty document there.
        if key[1] not in {*READS, "DELETE"} and not known.content and not known.shapes:
            _refused(flavour, key, headers={"content-length": "7"})


def _spoilt(shape: Shape, name: str) -> Iterator[Node]:
    """Documents with one thing too much, at each place of a shape."""
    stray = Node(name="Unheard-of", text="1")
    yield Node(name=name, children=(stray,))
    yield Node(name=name, attributes=("unheard-of",))
    for child, inner in shape.children.items():
        if inner.absent:
            yield Node(name=name, children=(Node(name=child, text="1"),))
            continue
        if not inner.many:
            yield Node(name=name, children=(Node(name=child), Node(name=child)))
        if not inner.unheeded:
            for spoilt in _spoilt(inner, child):
                yield Node(name=name, children=(spoilt,))


@each_dialect
def test_documents_with_something_too_much(name: str) -> None:
    for known in FLAVOURS[name].operations.known.values():
        for root, shape in known.shapes.items():
            for node in _spoilt(shape, root):
                with pytest.raises(Fault) as caught:
                    check(node, shape)
                assert caught.value.kind in {Kind.MALFORMED, Kind.NOT_IMPLEMENTED}


# -- from the outside --------------------------------------------------------------------------------------------------


def _sdk_operations(name: str) -> Iterator[SdkOperation]:
    for one in operations(SDKS.get(name, name)):
        if one.method != "OPTIONS":
            yield one


def _its_own(one: SdkOperation, sub: str) -> bool:
    """Whether a route is the operation itself, by what names both."""
    names = {*one.query, *one.optional_query}
    if sub in {"", FORM, COPY}:
        return not one.query or set(one.query) <= {"list-type"}
    if sub.startswith(PART):
        return {"partNumber", "uploadId"} <= names
    return sub in names


def _routed(flavour: Flavour, one: SdkOperation, query: dict[str, str], headers: dict[str, str]) -> RouteKey | None:
    """The route that a request takes, with nothing ignored; None for a refusal."""
    form = one.name.lower().startswith("post") and one.level == "bucket" and not one.query
    request = _request(one.level, one.method, query, headers, form=form)
    try:
        found, _route = route_of(flavour, one.level, request, query)
        ignored = closed.check(request, flavour, found, request.query(), lenient=False)
    except Fault as fault:
        if fault.kind not in REFUSALS:
            raise
        return None
    assert ignored == (), (one.name, ignored)
    return found


def _required(one: SdkOperation) -> tuple[dict[str, str], dict[str, str]]:
    query = one.asked()
    if one.name.startswith("UploadPart"):
        query |= {"partNumber": "1", "uploadId": "u"}
    query |= dict.fromkeys((name for name in one.required_query if name not in query), "1")
    return query, dict.fromkeys((*one.required_headers, *one.marker_headers), "1")


@each_dialect
def test_every_operation_of_the_sdks_is_itself_or_refused(name: str) -> None:
    flavour = FLAVOURS[name]
    for one in _sdk_operations(name):
        query, headers = _required(one)
        found = _routed(flavour, one, query, headers)
        assert found is None or _its_own(one, found[2]), (one.name, found)


@each_dialect
def test_every_parameter_and_header_of_the_sdks_is_known_or_refused(name: str) -> None:
    """None of them is passed over in silence, on reads neither: each of them has a meaning."""
    flavour = FLAVOURS[name]
    anywhere = set(table(SDKS.get(name, name)).get("any_operation", {}).get("headers", ()))
    for one in _sdk_operations(name):
        query, headers = _required(one)
        for parameter in one.optional_query:
            found = _routed(flavour, one, {parameter: "1", **query}, headers)
            assert found is None or _its_own(one, found[2]), (one.name, parameter, found)
        for header in one.headers:
            if header.startswith(flavour.prefix) and header not in anywhere:
                _routed(flavour, one, query, {**headers, header.replace("*", "x"): "1"})

"""What happens to a signed request on its way: requests that SDKs signed, changed as browsers, proxies and people do.

Law: the requests are vectors of real SDKs and documents; nothing here is signed. Each row says what it does to a
request, and the cause that it is. Where a change is none (the part is not signed), the row does not apply there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from entrepot.core.value import changed
from entrepot.wire.http import Request

Change = Callable[[Request], Request | None]


@dataclass(frozen=True)
class Row:
    """A change, and the causes that name it rightly: the first is the best."""

    name: str
    causes: tuple[str, ...]
    change: Change


def header(made: Request, name: bytes) -> bytes | None:
    """A header's bytes."""
    return next((value for key, value in made.headers if key == name), None)


def with_header(made: Request, name: bytes, value: bytes | None) -> Request:
    """The request with another value for a header, or with it; None: without it."""
    rest = tuple(pair for pair in made.headers if pair[0] != name)
    return changed(made, headers=rest if value is None else (*rest, (name, value)))


def typed(value: bytes | None, *, only: str = "any") -> Change:
    """Another content type, where there was one (``some``), where there was none (``none``), or any."""

    def change(made: Request) -> Request | None:
        came = header(made, b"content-type")
        if b"content-type" in made.raw_query.lower():
            return None  # an address may carry it as a parameter
        if made.form is not None or (only == "none") != (came is None) or came == value:
            return None
        return with_header(made, b"content-type", value)

    return change


def charset(made: Request) -> Request | None:
    """What browsers and axios append to a text's type."""
    came = header(made, b"content-type")
    if made.form is not None or came is None or b";" in came:
        return None
    return with_header(made, b"content-type", came + b"; charset=UTF-8")


def method(name: str) -> Change:
    """Another method."""
    return lambda made: None if made.method == name or made.form is not None else changed(made, method=name)


def host(write: Callable[[str], str], *, forwarded: bool = False) -> Change:
    """Another host in the request than was signed; a proxy may say which it was."""

    def change(made: Request) -> Request | None:
        other = write(made.authority)
        if made.form is not None or other == made.authority:
            return None
        moved = changed(with_header(made, b"host", other.encode()), authority=other)
        return with_header(moved, b"x-forwarded-host", made.authority.encode()) if forwarded else moved

    return change


def query(write: Callable[[bytes], bytes]) -> Change:
    """Another query."""

    def change(made: Request) -> Request | None:
        other = write(made.raw_query)
        return None if other == made.raw_query or made.form is not None else changed(made, raw_query=other)

    return change


def extra(name: bytes, value: bytes = b"1") -> Change:
    """A parameter more."""
    return query(lambda raw: raw + (b"&" if raw else b"") + name + b"=" + value)


def path(write: Callable[[bytes], bytes]) -> Change:
    """Another path."""

    def change(made: Request) -> Request | None:
        other = write(made.raw_path)
        return None if other == made.raw_path or made.form is not None else changed(made, raw_path=other)

    return change


def more_header(name: bytes, value: bytes) -> Change:
    """A header more."""
    return lambda made: None if made.form is not None or header(made, name) else with_header(made, name, value)


def shown(write: Callable[[str], str]) -> Change:
    """The signature in the header, written otherwise."""

    def change(made: Request) -> Request | None:
        came = header(made, b"authorization")
        if came is None or made.form is not None:
            return None
        text = came.decode("latin-1")
        for mark in ("Signature=", "q-signature="):
            start, found, rest = text.partition(mark)
            if found:
                value, amp, end = rest.partition("&")
                return with_header(made, b"authorization", (start + found + write(value) + amp + end).encode("latin-1"))
        start, colon, value = text.rpartition(":")
        return with_header(made, b"authorization", (start + colon + write(value)).encode("latin-1")) if colon else None

    return change


def _bare(authority: str) -> str:
    return authority.partition(":")[0]


ROWS: tuple[Row, ...] = (
    Row("fetch adds a type", ("content-type-added",), typed(b"text/plain;charset=UTF-8", only="none")),
    Row("curl -d adds a type", ("content-type-added",), typed(b"application/x-www-form-urlencoded", only="none")),
    Row("a file's type is added", ("content-type-added",), typed(b"image/jpeg", only="none")),
    Row("a charset is appended", ("content-type-charset", "content-type-differs"), charset),
    Row("another type", ("content-type-differs",), typed(b"application/x-custom", only="some")),
    Row(
        "the type is lost",
        ("content-type-differs", "signed-header-lost", "content-type-charset"),
        typed(None, only="some"),
    ),
    Row("GET becomes HEAD", ("method-differs",), method("HEAD")),
    Row("sent as PUT", ("method-differs",), method("PUT")),
    Row("sent as POST", ("method-differs",), method("POST")),
    Row("sent as GET", ("method-differs",), method("GET")),
    Row("sent as DELETE", ("method-differs",), method("DELETE")),
    Row("a proxy adds a port", ("host-without-port",), host(lambda name: name if ":" in name else name + ":8443")),
    Row("a proxy drops the port", ("host-with-port", "host-loopback"), host(_bare)),
    Row("a proxy rewrites the host", ("host-forwarded",), host(lambda _: "backend.internal:9400", forwarded=True)),
    Row(
        "localhost for 127.0.0.1",
        ("host-loopback", "host-official"),
        host(lambda name: name.replace("127.0.0.1", "localhost")),
    ),
    Row("analytics add a parameter", ("query-extra",), extra(b"utm_source", b"mail")),
    Row("a cache buster", ("query-extra",), extra(b"_", b"1764500000")),
    Row("somebody adds acl", ("query-extra",), extra(b"acl", b"")),
    Row("somebody adds a response type", ("query-extra",), extra(b"response-content-type", b"text%2Fhtml")),
    Row(
        "the path is encoded again",
        ("path-not-encoded", "path-encoded-twice", "path-plus"),
        path(lambda raw: raw.replace(b"%", b"%25")),
    ),
    Row(
        "a proxy decodes the path",
        ("path-encoded-twice", "path-not-encoded"),
        path(lambda raw: raw.replace(b"%2520", b"%20")),
    ),
    Row("spaces become pluses", ("path-plus", "path-not-encoded"), path(lambda raw: raw.replace(b"%20", b"+"))),
    Row(
        "pluses become spaces",
        ("path-plus", "path-not-encoded", "path-escapes"),
        path(lambda raw: raw.replace(b"%2B", b"%20")),
    ),
    Row("a slash at the end", ("path-slashes",), path(lambda raw: raw if raw.endswith(b"/") else raw + b"/")),
    Row("a double slash in front", ("path-slashes",), path(lambda raw: b"/" + raw if len(raw) > 1 else raw)),
    Row("a prefix in front", ("path-prefix",), path(lambda raw: b"/gateway" + raw)),
    Row(
        "a query's spaces become pluses",
        ("query-plus", "signature-plus"),
        query(lambda raw: raw.replace(b"%2B", b"%20")),
    ),
    Row("a vendor's header is added", ("header-added",), more_header(b"x-oss-forbid-overwrite", b"true")),
    Row("a vendor's acl is added", ("header-added",), more_header(b"x-oss-object-acl", b"public-read")),
    Row(
        "an md5 is added",
        ("content-md5-added", "header-added"),
        more_header(b"content-md5", b"1B2M2Y8AsgTpgAmY7PhCfg=="),
    ),
    Row(
        "the range is lost",
        ("signed-header-lost", "header-altered"),
        lambda made: with_header(made, b"range", None) if header(made, b"range") else None,
    ),
    Row("in capitals", ("signature-case",), shown(lambda text: text if "=" in text or "/" in text else text.upper())),
    Row("with quotes", ("signature-space",), shown(lambda text: f'"{text}"')),
    Row(
        "url-safe base64",
        ("signature-url-safe", "signature-padding"),
        shown(lambda text: text.replace("+", "-").replace("/", "_")),
    ),
    Row("without padding", ("signature-padding",), shown(lambda text: text.rstrip("="))),
    Row(
        "escaped",
        ("signature-escaped",),
        shown(lambda text: text.replace("=", "%3D").replace("+", "%2B").replace("/", "%2F")),
    ),
)


def changes(made: Request) -> Iterator[tuple[Row, Request]]:
    """The request as each row changes it, where it does."""
    for row in ROWS:
        other = row.change(made)
        if other is not None:
            yield row, other

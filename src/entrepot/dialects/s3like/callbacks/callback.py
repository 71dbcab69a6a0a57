"""Callbacks that a client asks for with an upload: what it wrote, and the body that is made of it. No I/O.

After the object is stored, its application is asked over HTTP for the reply that the client gets; see ``calling``.
Source: Alibaba's "Callback" page (fields, variables, signature, and the words of refusals), its error list for 400 and
its C++ SDK's tests; Volcengine 6349/196411. How a variable is filled in inside and outside of a JSON string is from a
recorded callback (``tests/vectors/oss_callback``). Assumed: variables that nobody set are empty, and ``+`` in a query
that was read as a blank was a ``+``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

import orjson

from entrepot.core.fault import Fault, Kind
from entrepot.core.value import Value
from entrepot.wire.json_text import loads_once

LENGTH_MAX = 5 * 1024
"""Of each parameter, in base64."""
URLS_MAX = 5
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_MEMBERS = frozenset({"callbackUrl", "callbackHost", "callbackBody", "callbackBodyType", "callbackSNI"})
_HOST = re.compile(r"[A-Za-z0-9_.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_VARIABLE = re.compile(r"\$\{([^{}]{1,128})\}")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|\$\{([^{}]{1,128})\}', re.DOTALL)
"""A string of a JSON text (to its end when it is not closed), or a variable outside of one."""


class Manner(Value, frozen=True, kw_only=True):
    """How one cloud does it: ``name`` in its messages, ``prefix`` of its headers, the ``scheme`` of URLs without one.

    ``sorted_query`` signs the query's decoded pairs by name instead of the query as it is. ``strict_length`` refuses
    replies without Content-Length. ``checks_body`` refuses a body that is no JSON before anything is stored; otherwise
    the object is stored and the callback has failed (suite of the TOS SDK for Go, TestCallbackErr).
    """

    name: str
    prefix: str
    scheme: str
    agent: str
    sorted_query: bool = False
    strict_length: bool = False
    checks_body: bool = True


OSS = Manner(name="OSS", prefix="x-oss-", scheme="http", agent="aliyun-oss-callback", strict_length=True)
TOS = Manner(
    name="TOS", prefix="x-tos-", scheme="https", agent="volc-tos-callback", sorted_query=True, checks_body=False
)
"""The agent is assumed; what is signed is from an application that checks it."""


class Callback(Value, frozen=True, kw_only=True):
    """Whom to ask, in this order until one answers well, and with what.

    ``host`` replaces the Host header; ``custom`` are the client's own variables, whose names begin with ``x:``.
    """

    urls: tuple[str, ...]
    host: str | None
    body: str
    body_type: str
    custom: Mapping[str, str]


class Reply(Value, frozen=True, kw_only=True):
    """What the application answered."""

    body: bytes
    content_type: str


class Call(Value, frozen=True, kw_only=True):
    """One upload's. ``facts`` are the variables' values (``bucket``, ``object``, ``size`` …, ``reqId``).

    ``requester`` is the account, ``key_url`` where the application finds the key that checks the signature.
    """

    callback: Callback
    manner: Manner
    facts: Mapping[str, str | int]
    requester: str
    key_url: str


def parse(
    text: str, manner: Manner, variables: str | None = None, fields: Mapping[str, str] | None = None
) -> Callback | None:
    """Read ``callback`` and ``callback-var`` (base64 of JSON); None when they name no URL, which asks for nothing.

    Args:
        text: the one.
        manner: the cloud's.
        variables: the other.
        fields: a form's fields, of which those named ``x:…`` are variables.

    Raises:
        Fault: PARAMETER_INVALID (reason ``callback``) with what is wrong.
    """
    said = _decoded(text, "callback", "The length of callback exceed max value.")
    unknown = next((name for name in said if name not in _MEMBERS), None)
    if unknown is not None:
        raise _wrong("callback", f"The callback has the unknown member {unknown[:40]!r}.", unknown)
    custom = {name: value for name, value in (fields or {}).items() if name.startswith("x:")}
    if variables is not None:
        custom |= _custom(variables)
    address = _text(said, "callbackUrl")
    if not address:
        return None
    urls = tuple(_url(one.strip(), manner) for one in address.split(";") if one.strip())
    if len(urls) > URLS_MAX:
        raise _wrong("callbackUrl", f"The callback has {len(urls)} URLs; {URLS_MAX} are allowed.", len(urls))
    host = _text(said, "callbackHost") or None
    if host is not None and not _HOST.fullmatch(host):
        raise _wrong("callbackHost", "The callback host is not a host name or an address.", host)
    body_type = _text(said, "callbackBodyType").strip().lower() or FORM
    if body_type not in {FORM, JSON}:
        raise _wrong("callbackBodyType", f"The callback body type is neither {FORM} nor {JSON}.", body_type)
    body = _text(said, "callbackBody")
    if not body:
        raise _wrong("callbackBody", "The callback body is empty.", "")
    callback = Callback(urls=urls, host=host, body=body, body_type=body_type, custom=custom)
    if manner.checks_body and body_type == JSON and not is_json(expand(callback, {"size": 0})):
        raise _wrong("callbackBody", "The callback configuration is not json format.", body)
    return callback


def _wrong(argument: str, message: str, value: object) -> Fault:
    return Fault(Kind.PARAMETER_INVALID, message, reason="callback", argument=argument, value=str(value)[:200])


def _decoded(text: str, argument: str, too_long: str) -> dict[str, Any]:
    text = text.strip().replace(" ", "+")
    if len(text) > LENGTH_MAX:
        raise _wrong(argument, too_long, len(text))
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong(argument, f"The {argument} configuration is not base64 encoded.", text) from error
    try:
        said = loads_once(data)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise _wrong(argument, f"The {argument} configuration is not json format.", text)
    return said


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(name, f"The {name} of the callback is not a string.", value)
    return value


def _custom(text: str) -> dict[str, str]:
    """The variables of ``callback-var``."""
    found: dict[str, str] = {}
    for name, value in _decoded(text, "callback-var", "The length of callback var exceed max value.").items():
        if not name.startswith("x:"):
            raise _wrong("callback-var", "A name of the callback var does not begin with x: in lower case.", name)
        if isinstance(value, dict | list):
            raise _wrong("callback-var", "A value of the callback var is not a string.", name)
        found[name] = value if isinstance(value, str) else "" if value is None else orjson.dumps(value).decode()
    return found


def _url(text: str, manner: Manner) -> str:
    """An address of a callback, with its scheme and every character that a URL may have."""
    url = text if "://" in text else f"{manner.scheme}://{text}"
    url = quote(url, safe="!#$%&'()*+,/:;=?@[]~-._")
    try:
        parts = urlsplit(url)
        sound = parts.scheme.lower() in {"http", "https"} and parts.port != 0 and "@" not in parts.netloc
        sound = sound and _HOST.fullmatch(parts.netloc.rstrip(":")) is not None
    except ValueError:
        sound = False
    if not sound:
        raise _wrong("callbackUrl", "The callback URL is not a URL.", text)
    return url.partition("#")[0]


def expand(callback: Callback, facts: Mapping[str, str | int]) -> bytes:
    """The body with its variables filled in, in one pass.

    Form: percent-encoded. JSON: escaped inside of a string; a JSON value elsewhere, so that ``{"size":${size}}`` gets
    a number and ``{"object":${object}}`` a string.
    """

    def known(name: str) -> str | int:
        return callback.custom.get(name, "") if name.startswith("x:") else facts.get(name, "")

    def in_string(match: re.Match[str]) -> str:
        return orjson.dumps(str(known(match[1]))).decode()[1:-1]

    def in_json(match: re.Match[str]) -> str:
        name = match[1]
        return _VARIABLE.sub(in_string, match[0]) if name is None else orjson.dumps(known(name)).decode()

    if callback.body_type == JSON:
        return _JSON_TOKEN.sub(in_json, callback.body).encode("utf-8", "replace")
    return _VARIABLE.sub(lambda match: quote(str(known(match[1])), safe=""), callback.body).encode("utf-8", "replace")


def is_json(data: bytes) -> bool:
    """Whether the bytes are one JSON text, without a byte order mark."""
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def signed_text(target: bytes, body: bytes, manner: Manner) -> bytes:
    """What the signature of a callback covers: the path decoded, the query as sent, a line feed, the body.

    Args:
        target: path and query as they are on the wire.
        body: the request's.
        manner: the cloud's.
    """
    path, question, query = target.partition(b"?")
    if manner.sorted_query and query:
        pairs = sorted(parse_qsl(query.decode("latin-1"), keep_blank_values=True), key=lambda pair: pair[0])
        query = "&".join(f"{name}={value}" for name, value in pairs).encode()
    return unquote_to_bytes(path) + question + query + b"\n" + body

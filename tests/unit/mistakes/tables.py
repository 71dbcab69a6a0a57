"""The table of seeded mistakes: over all schemes, of what real SDKs, documents, and signers of the tests' own signed.

Four sources: vectors changed on their way (``transit``); vectors under a secret of which theirs is a mistake; addresses
that SDKs signed with a secret set wrongly (``tests/vectors/mistakes``); what signers of the tests' own sign wrongly.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from behaviour.client import Owner
from behaviour.storage import signers
from behaviour.storage.signers import Asked, How
from entrepot.core.value import changed
from entrepot.signing.scheme import NOWHERE, Target
from entrepot.wire.http import Request
from unit.asking import chunks, request
from unit.vectors import Vector, asked, key_of, target_of, vectors

from .asking import NOW, SCHEMES, Case, a_key, moved, refusal_of, spread
from .transit import changes

VECTORS = Path(__file__).resolve().parents[2] / "vectors"


def made_of(vector: Vector) -> Request:
    """A vector's request with the body of a call."""
    payload = vector["request"].get("payload")
    return asked(vector) if payload is None else changed(asked(vector), payload=payload.encode())


def on_their_way(most: int) -> Iterator[Case]:
    """Requests of SDKs, changed by what is between them and the server; ``most`` of each change and form."""
    for scheme in (name for name in SCHEMES if name != "cos_app"):
        found: dict[tuple[str, str], list[Case]] = {}
        for name, vector in vectors(scheme).items():
            made = made_of(vector)
            for row, other in changes(made):
                target = moved(target_of(vector), made, other)
                case = Case(f"{name}: {row.name}", row.causes, scheme, other, key_of(vector), target)
                found.setdefault((vector["form"], row.name), []).append(case)
        for cases in found.values():
            yield from spread([case for case in cases if refusal_of(case) is not None], most)


def under_another_secret(most: int) -> Iterator[Case]:
    """Requests of SDKs, of whose secret the one that counts is a little more, or is written otherwise."""
    for scheme in (name for name in SCHEMES if name != "cos_app"):
        by_form: dict[str, list[tuple[str, Vector]]] = {}
        for name, vector in vectors(scheme).items():
            by_form.setdefault(vector["form"], []).append((name, vector))
        for pairs in by_form.values():
            for name, vector in spread(pairs, most):
                yield from _secrets_of(name, scheme, vector)


def _secrets_of(name: str, scheme: str, vector: Vector) -> Iterator[Case]:
    secret, key_id = vector["secret"], vector["key_id"]
    more: tuple[tuple[str, str | bytes], ...] = (
        ("secret-cut", secret + "x"),
        ("secret-space", f" {secret} "),
        ("secret-encoded", base64.b64encode(secret.encode())),
        ("secret-encoded", secret.encode().hex()),
    )
    for cause, counts in more:
        yield Case(f"{name}: {cause}", (cause,), scheme, made_of(vector), a_key(key_id, counts), target_of(vector))
    other = a_key("another", secret)
    yield Case(
        f"{name}: of another key", ("secret-of-other-key",), scheme, made_of(vector), a_key(key_id, "its-own"),
        target_of(vector), (other,),
    )  # fmt: skip


def by_sdks() -> Iterator[Case]:
    """Addresses that SDKs signed with a secret set wrongly."""
    for file in sorted((VECTORS / "mistakes").glob("*.json")):
        whole = json.loads(file.read_text("utf-8"))
        facts = whole["facts"]
        for number, case in enumerate(whole["cases"]):
            parts = urlsplit(case["url"])
            made = Request(
                id="1", method=case["method"], raw_path=parts.path.encode(), raw_query=parts.query.encode(),
                headers=((b"host", parts.netloc.encode()),), authority=parts.netloc, scheme="http",
                client="127.0.0.1", body=chunks(()),
            )  # fmt: skip
            bucket = "demo-1250000000" if case["scheme"] == "q_sign" else facts["bucket"]
            key, target = a_key(facts["key_id"], facts["secret"]), Target(bucket=bucket, key=case["key"].encode())
            name = f"{facts['sdk']} {number}: {case['cause']}"
            mistake = Case(name, (case["cause"],), case["scheme"], made, key, target)
            if refusal_of(mistake) is not None:  # some SDKs strip a secret themselves
                yield mistake


# Signers of the tests' own.

OWNER = Owner(appid=1250000000, key_id="entrepot-dev-id", secret=b"entrepot/dev+Secret=")
KEY = a_key(OWNER.key_id, OWNER.secret)
WRONG_SECRETS: tuple[tuple[str, bytes], ...] = (
    ("secret-line-break", OWNER.secret + b"\n"),
    ("secret-space", OWNER.secret + b" "),
    ("secret-is-key-id", OWNER.key_id.encode()),
    ("secret-empty", b"undefined"),
    ("secret-quotes", b'"' + OWNER.secret + b'"'),
    ("secret-case", OWNER.secret.lower()),
)


def _sent(made: Asked) -> Request:
    host = made.host or "127.0.0.1:9400"
    path, _, query = made.target.partition("?")
    headers = (*((name.lower().encode(), value.encode()) for name, value in made.headers), (b"host", host.encode()))
    return Request(
        id="1", method=made.method, raw_path=path.encode(), raw_query=query.encode(), headers=headers, authority=host,
        scheme="http", client="127.0.0.1", body=chunks(()),
    )  # fmt: skip


ASKED = Asked(method="GET", path="/demo/dir/a.txt", bucket="demo", key="dir/a.txt", host="127.0.0.1:9400")
STORAGE: dict[str, Any] = {
    "aws4": signers.AWS4.signed, "tos4": signers.TOS4.signed, "oss4": signers.OSS4.signed, "oss1": signers.oss1,
    "q_sign": signers.q_sign,
}  # fmt: skip
TARGET = Target(bucket="demo", key=b"dir/a.txt")


def signed_wrongly() -> Iterator[Case]:
    """What a signer does wrongly with headers, scopes and days."""
    for scheme, sign in STORAGE.items():
        for cause, secret in WRONG_SECRETS:
            for by in ("header", "query"):
                made = sign(ASKED, OWNER, How(by=by, at=NOW - 5, secret=secret))  # type: ignore[arg-type]
                yield Case(f"{scheme} {by}: {cause}", (cause,), scheme, _sent(made), KEY, TARGET)
    for scheme, one in (("aws4", signers.AWS4), ("tos4", signers.TOS4)):
        for by in ("header", "query"):
            how = How(by=by, at=NOW - 5)  # type: ignore[arg-type]
            wrong: tuple[tuple[str, Any, str, str], ...] = (
                ("scope-region", replace(one, region="eu-west-1"), "eu-west-1", one.region),
                ("scope-service", replace(one, service="sts"), "/sts/", f"/{one.service}/"),
                ("seal-key-prefix", replace(one, start=b"TC3"), "", ""),
            )  # fmt: skip
            for cause, other, said, own in wrong:
                if said and by == "query":
                    continue  # an address says the scope among what is signed
                made = _renamed(other.signed(ASKED, OWNER, how), said, own)
                yield Case(f"{scheme} {by}: {cause}", (cause,), scheme, _sent(made), KEY, TARGET)


def _renamed(made: Asked, said: str, own: str) -> Asked:
    """The credential names what it should, whatever was signed."""
    if not said:
        return made
    return replace(made, headers=tuple((name, value.replace(said, own)) for name, value in made.headers))


# COS JSON: the text travels inside the signature.


def _sign(secret: bytes, text: bytes, digest: str = "sha1") -> bytes:
    return hmac.digest(secret, text, digest)


TEXT = b"a=1250000000&b=demo&k=entrepot-dev-id&e=1767326650&t=1767323050&r=12345&f="


def _app(value: str, *, by: str = "header") -> Request:
    if by == "query":
        return request(path=b"/files/v2/1250000000/demo/k", query=b"op=stat&sign=" + quote(value, safe="").encode())
    return request(("Authorization", value), path=b"/files/v2/1250000000/demo/k")


def cos_json() -> Iterator[Case]:
    """Mistakes in signatures of the COS JSON API."""
    b64 = base64.b64encode
    encoded, plain = TEXT + b"/1250000000/demo/%E4%B8%AD", TEXT + "/1250000000/demo/中".encode()
    right = b64(_sign(OWNER.secret, TEXT) + TEXT).decode()
    # A text under which base64 has - and _ in its URL-safe form.
    odd = next(text for number in range(999) if {*b"+/"} <= {*_app_sign(text := TEXT + b"/%d" % number)})
    safe = base64.urlsafe_b64encode(_sign(OWNER.secret, odd) + odd).decode()
    rows: tuple[tuple[str, str], ...] = (
        *((cause, b64(_sign(secret, TEXT) + TEXT).decode()) for cause, secret in WRONG_SECRETS),
        ("sign-field-coding", b64(_sign(OWNER.secret, plain) + encoded).decode()),
        ("sign-field-coding", b64(_sign(OWNER.secret, encoded) + plain).decode()),
        ("sign-field-left-out", b64(_sign(OWNER.secret, TEXT.removesuffix(b"&f=")) + TEXT).decode()),
        ("sign-field-order", b64(_sign(OWNER.secret, _ordered("akbetrf")) + TEXT).decode()),
        ("sign-field-order", b64(_sign(OWNER.secret, _ordered("aketrfb")) + TEXT).decode()),
        ("sign-url-safe", safe),
        ("sign-url-safe", safe.rstrip("=")),
        ("sign-quoted", f'"{right}"'),
        ("sign-quoted", f"Bearer {right}"),
        ("sign-quoted", quote(right, safe="")),
        ("sign-text-first", b64(TEXT + _sign(OWNER.secret, TEXT)).decode()),
        ("sign-text-first", b64(_sign(OWNER.secret, TEXT).hex().encode() + TEXT).decode()),
        ("text-line-ends", b64(_sign(OWNER.secret, TEXT + b"\n") + TEXT).decode()),
        ("text-digested-otherwise", b64(_sign(OWNER.secret, b64(TEXT)) + TEXT).decode()),
        ("seal-no-hmac", b64(hashlib.sha1(OWNER.secret + TEXT).digest() + TEXT).decode()),
        ("seal-ampersand", b64(_sign(OWNER.secret + b"&", TEXT) + TEXT).decode()),
    )
    for number, (cause, sign) in enumerate(rows):
        for by in ("header",) if cause in {"sign-quoted", "sign-text-first"} else ("header", "query"):
            yield Case(f"cos_app {number} {by}: {cause}", (cause,), "cos_app", _app(sign, by=by), KEY, NOWHERE)


def _app_sign(text: bytes) -> bytes:
    return base64.b64encode(_sign(OWNER.secret, text) + text)


def _ordered(names: str) -> bytes:
    pairs = {pair[:1].decode(): pair for pair in TEXT.split(b"&")}
    return b"&".join(pairs[name] for name in names)


# Addresses that were spoilt where they were copied.


def spoilt_addresses() -> Iterator[Case]:
    """Addresses of SDKs, taken from HTML, from JSON, or encoded once more."""
    for scheme in ("aws4", "oss4", "tos4", "q_sign", "oss1", "aws2"):
        for name, vector in list(vectors(scheme).items()):
            if vector["form"] != "query":
                continue
            made = made_of(vector)
            for cause, raw in (
                ("url-html-escaped", made.raw_query.replace(b"&", b"&amp;")),
                ("url-json-escaped", made.raw_query.replace(b"&", b"\\u0026")),
                ("url-json-escaped", made.raw_query.replace(b"&", b"%5Cu0026")),
            ):
                other = changed(made, raw_query=raw)
                case = Case(f"{name}: {cause}", (cause,), scheme, other, key_of(vector), target_of(vector))
                if refusal_of(case) is not None:
                    yield case
            break


def wrapped_policies() -> Iterator[Case]:
    """Forms of SDKs whose policy got line breaks after it was signed, as encoders of MIME make them."""
    for scheme in ("aws4", "oss4", "tos4", "aws2", "oss1"):
        for name, vector in vectors(scheme).items():
            made = made_of(vector)
            policy = made.field("policy")
            if made.form is None or policy is None:
                continue
            lines = "\r\n".join(policy[at : at + 76] for at in range(0, len(policy), 76))
            form = tuple((key, lines if key.lower() == "policy" else value) for key, value in made.form)
            case = Case(
                f"{name}: policy-coding", ("policy-coding",), scheme, changed(made, form=form), key_of(vector),
                target_of(vector),
            )  # fmt: skip
            if refusal_of(case) is not None:
                yield case


def table() -> list[Case]:
    """All of them."""
    sources = (
        on_their_way(2), under_another_secret(1), by_sdks(), signed_wrongly(), cos_json(), spoilt_addresses(),
        wrapped_policies(),
    )  # fmt: skip
    return [case for source in sources for case in source]

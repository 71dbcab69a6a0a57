"""What of an exchange must not be kept, replaced before it is kept: signatures, tokens, secrets, clients' own keys.

A mark stands for it: a kind, and a name that equal values share. The name is the id of the key whose secret or token it
is, where that is known, else a keyed digest that tells nothing. What is masked is found by the names of parameters,
headers and members (:mod:`.words`), and beside them wherever a value that is known to be secret occurs. The content
of objects is not looked at. Must not know a dialect.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import unquote

from entrepot.core.fault import Fault
from entrepot.core.value import Value
from entrepot.signing import cos_app
from entrepot.transcript import words

MARK: Final = re.compile(r"\0([a-z0-9-]{1,30}):([^\0]{0,200})\0")
"""A mark in a masked text. What is masked has no NUL of its own."""

_NAMED: Final = {
    **dict.fromkeys(words.SIGNATURES, "signature"),
    **dict.fromkeys(words.TOKENS, "token"),
    **dict.fromkeys(words.SECRETS, "secret"),
}
_NAMES: Final = "|".join(sorted(map(re.escape, _NAMED), key=len, reverse=True))
_MEMBER: Final = re.compile(rf'"({_NAMES})"(\s{{0,4}}:\s{{0,4}}")([^"\\\0]{{1,65536}})"', re.IGNORECASE)
_ELEMENT: Final = re.compile(rf"<({_NAMES})>([^<\0]{{1,65536}})<", re.IGNORECASE)
_PARAMETER: Final = re.compile(rf"(^|[?&;]|\\u0026)({_NAMES}|sign)=([^&\s\"<>\\\0]{{1,65536}})", re.IGNORECASE)
_IN_HEADER: Final = re.compile(r"((?:^|[ ,&])(?:q-signature|Signature)=)([^,&\s\0]{1,4096})")
_COLON: Final = re.compile(r"((?:AWS|OSS|acs) [^:\s]{1,256}:)(\S{1,1024})")
_POLICY: Final = re.compile(r'("policy"\s{0,4}:\s{0,4}")([A-Za-z0-9+/]{16,65536}={0,2})"', re.IGNORECASE)
_LONG: Final = re.compile(r"[A-Za-z0-9]{32,64}")
_LITERAL_LEAST: Final = 8
"""What is shorter is no secret, and would be found in words."""


class Secrets(Value, frozen=True, kw_only=True):
    """What is secret in one exchange: values, each with its mark; ``unknown_key`` is a key id that nobody has."""

    values: tuple[tuple[str, str], ...] = ()
    unknown_key: str = ""


def mark(kind: str, name: str) -> str:
    """What stands for something of this kind."""
    return f"\0{kind}:{name}\0"


class Masks:
    """Masks texts. ``salt`` is the recording's own; ``minted`` has the secrets and tokens that this process made."""

    def __init__(self, salt: bytes, minted: Mapping[str, tuple[str, str]], *, claimed: bool = True) -> None:
        self._salt = salt
        self._minted = minted
        self._claimed = claimed

    def unclaimed(self) -> Masks:
        """The same for a request whose signature could not be read: what it says of its key is masked as well."""
        return Masks(self._salt, self._minted, claimed=False)

    def of(self, kind: str, value: str) -> str:
        """The mark of a value."""
        known = self._minted.get(value)
        if known is not None:
            return mark(*known)
        meant = unquote(value) if "%" in value else value
        return mark(kind, hashlib.blake2b(meant.encode("utf-8", "replace"), key=self._salt, digest_size=8).hexdigest())

    def header(self, name: str, value: str, said: dict[str, str]) -> str:
        """A header's value. What is inside of a signature of the COS JSON API goes to ``said``."""
        if name == "authorization":
            return self._authorization(value, said)
        if name in words.TOKENS:
            return self.of("token", value)
        if name in words.PRIVATE_HEADERS:
            return mark("unreadable", "")
        if name.endswith((words.CUSTOMER_KEY, words.CUSTOMER_KEY + "-md5")):
            return mark("unreadable", "")  # :func:`customer_keys` has those that can be read
        return self.document(value)

    def _authorization(self, value: str, said: dict[str, str]) -> str:
        def shown(match: re.Match[str]) -> str:
            return match[1] + self.of("signature", match[2])

        if not self._claimed:
            return mark("unreadable", "")
        masked, found = _IN_HEADER.subn(shown, value)
        if found:
            return masked
        match = _COLON.fullmatch(value.strip())
        if match is not None:
            return match[1] + self.of("signature", match[2])
        return self._app_sign(value.strip().removeprefix("Authorization ").strip(), said)

    def _app_sign(self, sign: str, said: dict[str, str]) -> str:
        if not self._claimed:
            return mark("unreadable", "")
        try:
            fields = cos_app.parse(sign)[1]
        except Fault:
            return mark("unreadable", "")
        said["app-sign"] = fields.text.decode("latin-1")
        return mark("app-sign", self.of("app-sign", sign).strip("\0").partition(":")[2])

    def _policy(self, value: str, said: dict[str, str]) -> str | None:
        """The mark of a form's policy, whose text goes to ``said``; None for what is none."""
        text = policy_text(value)
        if text is None:
            return None
        said["form-policy"] = self.document(text)
        return self.of("form-policy", value)

    def target(self, target: str, said: dict[str, str]) -> str:
        """Path and query as they came, percent-encoded."""
        path, question, query = target.partition("?")
        return path + question + self.parameters(query, said)

    def parameters(self, query: str, said: dict[str, str]) -> str:
        """A query or a posted form."""

        def shown(pair: str) -> str:
            name, _, value = pair.partition("=")
            low = unquote(name).lower()
            if not value:
                return pair
            if low == "sign":
                meant = unquote(value.replace("+", " ")).replace(" ", "+").strip()
                return f"{name}={self._app_sign(meant, said)}"
            if low in words.POLICIES:
                policy = self._policy(unquote(value), said)
                return pair if policy is None else f"{name}={policy}"
            if low in words.KEY_IDS and not self._claimed:
                return f"{name}={mark('unknown-key', '')}"
            kind = _NAMED.get(low)
            return pair if kind is None else f"{name}={self.of(kind, value)}"

        return "&".join(map(shown, query.split("&")))

    def field(self, name: str, value: str, said: dict[str, str]) -> str:
        """A form's field."""
        low = name.lower()
        if low in _NAMED:
            if value.startswith("q-"):  # the whole of a signature of COS
                return self._authorization(value, said)
            return self.of(_NAMED[low], value)
        if low in words.KEY_IDS and not self._claimed:
            return mark("unknown-key", "")
        if low in words.POLICIES:
            return self._policy(value, said) or value.replace("\0", "")
        return value.replace("\0", "")

    def document(self, text: str) -> str:
        """A text of any kind: members, elements and parameters of addresses in it."""
        text = _MEMBER.sub(lambda one: f'"{one[1]}"{one[2]}{self.of(_NAMED[one[1].lower()], one[3])}"', text)
        text = _POLICY.sub(lambda one: f'{one[1]}{self.of("form-policy", one[2])}"', text)
        text = _ELEMENT.sub(lambda one: f"<{one[1]}>{self.of(_NAMED[one[1].lower()], one[2])}<", text)
        return _PARAMETER.sub(self._parameter, text)

    def _parameter(self, match: re.Match[str]) -> str:
        return f"{match[1]}{match[2]}={self.of(_NAMED.get(match[2].lower(), 'signature'), match[3])}"

    def everywhere(self, text: str, secrets: Secrets) -> str:
        """The text without the values themselves, wherever they stand."""
        for value, stands in secrets.values:
            if len(value) >= _LITERAL_LEAST:
                text = text.replace(value, stands)
        if self._minted:
            text = _LONG.sub(self._of_minted, text)
        unknown = secrets.unknown_key
        return text.replace(unknown, mark("unknown-key", "")) if len(unknown) >= _LITERAL_LEAST else text

    def _of_minted(self, match: re.Match[str]) -> str:
        known = self._minted.get(match[0])
        return match[0] if known is None else mark(*known)


def customer_keys(headers: Iterable[tuple[str, str]], masks: Masks) -> dict[str, str]:
    """For each header with a client's own key, or with its MD5, the mark; empty without any."""
    given = dict(headers)
    found: dict[str, str] = {}
    for name, value in given.items():
        if not name.endswith(words.CUSTOMER_KEY):
            continue
        reference = masks.of("customer-key", value).strip("\0").partition(":")[2]
        found[name] = mark("customer-key", reference)
        digest = given.get(name + "-md5")
        if digest is not None:
            genuine = digest == md5_of(value)
            found[name + "-md5"] = mark("customer-key-md5", reference if genuine else "wrong")
    return found


def policy_text(value: str) -> str | None:
    """The text of a form's policy, from its base64; None for what is none, or would not be written so again."""
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except ValueError:
        return None
    genuine = text.lstrip()[:1] == "{" and "\0" not in text
    return text if genuine and base64.b64encode(text.encode()).decode("ascii") == value else None


def md5_of(key: str) -> str:
    """The MD5 that goes with a client's key, both in base64; empty when it is no base64."""
    try:
        digest = hashlib.md5(base64.b64decode(key, validate=True), usedforsecurity=False).digest()
    except (binascii.Error, ValueError):
        return ""
    return base64.b64encode(digest).decode("ascii")

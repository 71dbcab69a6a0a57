"""Values that differ each time become variables, so that a session reads well and can be replayed elsewhere.

Two kinds of texts: of a request, in which what was told before is named and times are told by their distance from now;
of a reply, in which what differs each time is found by the names of members and the shapes of times. A value that a
later request uses gets a number, others only their kind. Masked values (:mod:`.masking`) get their names here as well.
Must not know how a transcript is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote

from entrepot.transcript import words
from entrepot.transcript.masking import MARK
from entrepot.wire.dates import parse_http_date

_UUID: Final = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_SHAPES: Final = (
    ("http", r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} (?:GMT|[+-]0000)"),
    ("iso", r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|\+00:00)"),
    ("compact", r"[0-9]{8}T[0-9]{6}Z"),
    ("day-iso", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
)
_FORMS: Final = tuple(form for form, _ in _SHAPES)
_TIMES: Final = "|".join(f"({shape})" for _, shape in _SHAPES)
_TIME: Final = re.compile(_TIMES)
_WORDS: Final = re.compile(
    rf"\x01[^\x01]{{0,80}}\x01|\0[^\0]{{0,240}}\0|({_UUID})|{_TIMES}|%(?:25){{0,3}}[0-9A-Fa-f]{{2}}|[A-Za-z0-9]{{1,65536}}"
)
"""What may be a value: names that stand already, marks, UUIDs, times, letters and digits; never part of an escape."""
_KINDS: Final = "|".join(sorted(words.KINDS, key=len, reverse=True))
_BEGINNINGS: Final = "|".join(words.ANY_BEGINNINGS)
_NAME: Final = rf"{_KINDS}|(?:{_BEGINNINGS})[A-Za-z0-9_]{{0,40}}"
_MEMBER: Final = re.compile(
    rf'"({_NAME})"(\s{{0,4}}:\s{{0,4}})("(?:[^"\\]|\\.){{0,262144}}"|[0-9]{{1,20}})', re.IGNORECASE
)
_ELEMENT: Final = re.compile(rf"<({_NAME})>([^<]{{1,262144}})<", re.IGNORECASE)
_KEY_PARAMETER: Final = re.compile(
    r"((?:^|[?&;]|\\u0026)(?:[a-z-]{0,20}AccessKeyId|[a-z-]{1,20}-credential|q-ak)=)([A-Za-z0-9.]{8,64})", re.IGNORECASE
)
"""In an address: whose signature it has."""
_NEAR_SECONDS: Final = 400 * 86_400
_UNIX: Final = re.compile(r"[1-9][0-9]{9}")
_OWNER: Final = re.compile(r"[0-9a-f]{64}")
"""The canonical id of an account of AWS; rules of lifecycles have ids of another form."""
_LONG_NUMBER: Final = re.compile(r"[0-9]{16,40}")
"""In the prefix that a minting API makes up."""
_WHOLE_MAX: Final = 1024
"""The longest value that is looked for as a whole."""
_DAY: Final = re.compile(r"[0-9]{8}")

Stamp = tuple[str, int]
"""The form of a time, and its seconds."""


class Names:
    """The variables of one transcript. ``used`` are the words that requests have."""

    def __init__(self, used: set[str]) -> None:
        self._used = used
        self._known: dict[str, str] = {}
        self._marks: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._hosts: dict[str, str] = {}
        self._reply_key = ""
        self.accounts: dict[str, str] = {}
        """For the number of each account the number of its variable."""
        self.given: list[tuple[str, str]] = []
        """The keys that this session did not mint: their numbers, and those of their accounts."""

    def _next(self, kind: str) -> str:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return str(self._numbers[kind])

    # What is known of a whole exchange.

    def host(self, authority: str) -> None:
        """Where a request was sent: the server's own address, or a name of which only the port is the server's."""
        host, colon, port = authority.rpartition(":")
        if not colon or not port.isdigit():
            host, port = authority, ""
        if host == "localhost" or re.fullmatch(r"[0-9.]+|\[.*\]", host):
            self._hosts[authority] = "\x01host\x01"
        elif port:
            self._hosts[authority] = f"{host}:\x01port\x01"

    def key(self, key_id: str, account: int, more: Iterable[tuple[str, str]], reference: str) -> str:
        """The number of the key of a request; one that no reply told must be given to whoever replays.

        ``more`` is what else belongs to its account: kinds and values.
        """
        if str(account) not in self.accounts:
            number = self.accounts[str(account)] = self._next("account")
            self._known[str(account)] = f"account.{number}"
            for kind, value in more:
                if value:
                    self._known.setdefault(value, f"{kind}.{number}")
        name = self._known.get(key_id)
        if name is None or not name.startswith("key."):
            name = self._new_key(key_id, reference)
            self.given.append((name.removeprefix("key."), self.accounts[str(account)]))
        return name.removeprefix("key.")

    def _new_key(self, key_id: str, reference: str) -> str:
        number = self._next("key")
        name = self._known[key_id] = f"key.{number}"
        self._marks[f"secret:{reference}"] = f"secret.{number}"
        self._marks[f"token:{reference}"] = f"token.{number}"
        return name

    # Texts of requests.

    def borrowed(self, texts: list[str]) -> bool:
        """Whether a request carries a signature that an earlier reply made."""
        marks = (match for text in texts for match in MARK.finditer(text))
        return any(match[1] in {"signature", "app-sign"} and f"signature:{match[2]}" in self._marks for match in marks)

    def asked(self, text: str, own_signature: str) -> str:
        """A text of a request, with names for what is known."""
        return self._named(_begun(text), lambda _: None, own_signature)

    def whole(self, value: str) -> str | None:
        """The variable that is the whole of a value; None for what no reply told."""
        name = self._known.get(value)
        return None if name is None else f"${{{name}}}"

    def etag(self, value: str) -> None:
        """An entity tag that is another one each time."""
        self._of("etag", value.strip('"'))

    def timed(self, text: str, at: int, signed_at: float | None, own_signature: str) -> str:
        """The same for what tells times of its signature."""

        def time(word: str) -> str | None:
            stamp = stamp_of(word, at)
            if stamp is not None and stamp[0] != "day-iso":
                return _now(stamp[0], stamp[1] - at)
            day = None if signed_at is None else datetime.fromtimestamp(signed_at, UTC)
            if day is not None and _DAY.fullmatch(word) and word == day.strftime("%Y%m%d"):
                return _now("day", int(signed_at or 0) - at)
            if day is not None and word == day.strftime("%Y-%m-%d"):
                return _now("day-iso", int(signed_at or 0) - at)
            return None

        return self._named(_begun(text), time, own_signature)

    # Texts of replies.

    def answered(self, text: str, at: int) -> str:
        """A text of a reply, with names for what is known and for what differs each time."""
        text = _begun(text)
        self._reply_key = ""
        named = [(match[1].lower(), match[match.lastindex or 1].strip('"')) for match in _MEMBER.finditer(text)]
        named += [(match[1].lower(), match[2]) for match in _ELEMENT.finditer(text)]
        named += [("accesskeyid", match[2]) for match in _KEY_PARAMETER.finditer(text)]
        for name, value in named:
            if words.KINDS.get(name) == "key" and value not in self._known and "\0" not in value:
                self._reply_key = self._new_key(value, value[-32:])
        text = _MEMBER.sub(self._member, text)
        text = _KEY_PARAMETER.sub(lambda one: one[1] + self._of_kind("accesskeyid", one[2]), text)
        text = _ELEMENT.sub(lambda one: f"<{one[1]}>{self._of_kind(one[1], one[2])}<", text)

        signed = "redential=" in text  # of an address, which tells the day

        def time(word: str) -> str | None:
            return self._of("date", word) if stamp_of(word, at) or (signed and _is_day(word, at)) else None

        return self._named(text, time, "")

    def _member(self, match: re.Match[str]) -> str:
        value = match[3]
        if value.startswith('"'):
            return f'"{match[1]}"{match[2]}"{self._of_kind(match[1], value[1:-1])}"'
        return f'"{match[1]}"{match[2]}{self._of_kind(match[1], value)}'

    def _of_kind(self, name: str, value: str) -> str:
        kind = words.KINDS.get(name.lower(), "any")
        if kind == "number":
            return _LONG_NUMBER.sub(lambda one: self._of(kind, one[0]), value)
        if kind == "owner" and not _OWNER.fullmatch(value):
            return value
        if value in self._known:
            return f"\x01{self._known[value]}\x01"
        if "\0" in value or "\x01" in value or not value:
            return value if kind != "any" else "\x01any\x01"
        return self._of(kind, value)

    def _of(self, kind: str, value: str) -> str:
        if value in self._known:
            return f"\x01{self._known[value]}\x01"
        if kind == "any" or (value not in self._used and kind not in words.ALWAYS_NUMBERED):
            return f"\x01{kind}\x01"
        self._known[value] = f"{kind}.{self._next(kind)}"
        return f"\x01{self._known[value]}\x01"

    # Both.

    def _named(self, text: str, time: Callable[[str], str | None], own_signature: str) -> str:
        for authority, name in self._hosts.items():
            text = text.replace(authority, name).replace(quote(authority, safe=""), name)

        def named(match: re.Match[str]) -> str:
            word = match[0]
            if word[0] == "\x01":
                return word
            if word[0] == "\0":
                return self._of_mark(word, own_signature)
            stamp = time(word)
            if stamp is not None:
                return stamp
            known = self._known.get(word)
            if known is not None:
                return f"\x01{known}\x01"
            if match[1] and not own_signature:
                return self._of("uuid", word)
            return word

        return _ended(_WORDS.sub(named, text))

    def _of_mark(self, word: str, own_signature: str) -> str:
        kind, _, name = word.strip("\0").partition(":")
        known = self._marks.get(f"{'signature' if kind == 'app-sign' else kind}:{name}")
        if known is not None:
            return f"\x01{known}\x01"
        if kind in {"signature", "app-sign"}:
            if own_signature:
                return f"\x01{'app-sign' if kind == 'app-sign' else own_signature}\x01"
            if f"signature:{name}" not in self._used:
                return f"\x01{kind}\x01"
            known = self._marks[f"signature:{name}"] = f"signature.{self._next('signature')}"
        elif kind == "form-policy":
            if own_signature or f"{kind}:{name}" not in self._used:
                return f"\x01{kind}\x01"
            known = self._marks[f"{kind}:{name}"] = f"{kind}.{self._next(kind)}"
        elif kind in {"secret", "token"}:
            if own_signature:
                return "\x01unknown-key\x01" if kind == "token" else "\x01unreadable\x01"
            known = f"{kind}.{self._reply_key.removeprefix('key.')}" if self._reply_key else kind
        elif kind.startswith("customer-key"):
            number = name if name == "wrong" else self._customer_key(name)
            known = f"{kind}.{number}"
        else:
            known = kind
        return f"\x01{known}\x01"

    def _customer_key(self, name: str) -> str:
        found = self._marks.get(f"customer:{name}")
        if found is None:
            found = self._marks[f"customer:{name}"] = self._next("customer-key")
        return found


def _is_day(word: str, at: int) -> bool:
    if not _DAY.fullmatch(word):
        return False
    seconds = _seconds("iso", f"{word[:4]}-{word[4:6]}-{word[6:]}")
    return seconds is not None and abs(seconds - at) <= _NEAR_SECONDS


def _now(form: str, shift: int) -> str:
    return f"\x01now.{form}{shift:+}\x01" if shift else f"\x01now.{form}\x01"


def words_of(text: str) -> set[str]:
    """The words of a request's text, as replies may have told them."""
    found = {match[0] for match in _WORDS.finditer(text)} if text else set()
    found |= {match[0] for match in _WORDS.finditer(unquote(text))} if "%" in text else set()
    marks = (match for match in MARK.finditer(text))
    found |= {f"{'signature' if match[1] == 'app-sign' else match[1]}:{match[2]}" for match in marks}
    return found | ({text} if len(text) <= _WHOLE_MAX else set())


def stamp_of(word: str, at: int) -> Stamp | None:
    """The form and the seconds of a time that is not far from ``at``; None for anything else."""
    seconds: float | None = None
    form = "unix"
    if _UNIX.fullmatch(word):
        seconds = float(word)
    else:
        found = _TIME.fullmatch(word)
        form = _FORMS[found.lastindex - 1] if found is not None and found.lastindex is not None else ""
        seconds = _seconds(form, word) if form else None
    if seconds is None or abs(seconds - at) > _NEAR_SECONDS:
        return None
    return ("iso-ms" if form == "iso" and "." in word else form), int(seconds)


def _seconds(form: str, word: str) -> float | None:
    if form == "http":
        return parse_http_date(word)
    try:
        text = f"{word[:4]}-{word[4:6]}-{word[6:11]}:{word[11:13]}:{word[13:15]}+00:00" if form == "compact" else word
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        return None


def _begun(text: str) -> str:
    """A text into which names can be put: without what would be taken for one."""
    return text.replace("\x01", "").replace("${", "$${")


def _ended(text: str) -> str:
    return re.sub(r"\x01([^\x01]*)\x01", r"${\1}", text)

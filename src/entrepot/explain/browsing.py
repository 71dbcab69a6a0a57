"""Explains refusals that browsers meet: forms that miss their policy, and referers that a bucket's owner does not take.

A form is told by the very walk that refused it (:func:`entrepot.dialects.s3like.forms.policy.misses`). Of its fields
only those are told that conditions are about, or that none is; never one that carries a credential, a key for
encryption or the policy itself, and nothing of its file. Must not know where an explanation is shown.
"""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from typing import Final

import orjson

from entrepot.core.explanation import Confidence, Explanation
from entrepot.core.fault import Fault
from entrepot.dialects.referer import Unwelcome
from entrepot.dialects.s3like.forms.policy import Form, Miss, Why, misses, parse
from entrepot.explain.browser_causes import Cause
from entrepot.explain.refusal import Refusal

Details = tuple[tuple[str, str], ...]

_SECRET: Final = ("signature", "token", "credential", "accesskeyid", "customer", "q-ak", "policy")
"""Parts of names of fields whose values are not told."""
_SHOWN_MAX: Final = 120
_ALSO_MAX: Final = 4
_SLIPS: Final = (
    (Cause.FORM_CASE, "", str.casefold, "write it to the letter: upper and lower case differ"),
    (Cause.FORM_BLANKS, "", lambda text: "".join(text.split()), "take the white space away"),
    (Cause.FORM_SLASH, "key", lambda text: text.lstrip("/"), "keys begin without a slash; write both alike"),
    (Cause.FORM_FILE_NAME, "key", lambda text: text.replace("${filename}", ""),
     "let the condition be starts-with what stands before ${filename}: clouds differ in whether they compare the name"),
    (Cause.FORM_TYPE, "content-type", lambda text: text.partition(";")[0],
     "write the type with its charset in both, or in neither"),
)  # fmt: skip
"""Slips in fields whose names end so: what would make both values equal, and what to do."""


def form_missed(refusal: Refusal) -> Explanation | None:
    """Which condition of a form's policy failed, what came, and what to change."""
    form = refusal.fault.denial
    if not isinstance(form, Form):
        return None
    found = list(misses(form))
    if not found:
        return None
    first, also = found[0], [_sentence(one) for one in found[1 : 1 + _ALSO_MAX]]
    cause, change = _judged(first, form)
    details: list[tuple[str, str]] = [
        ("field", first.name[:_SHOWN_MAX]), ("condition", _condition(first)),
        ("also", "; ".join(also)),
        ("policy_expires_at", _moment(form.policy.expires_at)),
    ]  # fmt: skip
    return Explanation(
        cause=cause.value,
        confidence=Confidence.CERTAIN,
        sentence=_sentence(first, form),
        change=change,
        expected=_wanted(first),
        came="" if not first.came else _shown(first.name, first.came[0]),
        details=tuple((name, text) for name, text in details if text),
    )


def form_size(refusal: Refusal) -> Explanation | None:
    """More or fewer bytes than a form's policy takes."""
    text = refusal.request.field("policy") if refusal.request.form is not None else None
    if not text:
        return None
    try:
        policy = parse(text)
    except Fault:
        return None
    limit, least = refusal.fault.facts.get("limit"), refusal.fault.facts.get("minimum")
    if (limit is None or limit != policy.size_max) and (least is None or least != policy.size_min):
        return None
    large = limit is not None
    most = "any size" if policy.size_max is None else f"{policy.size_max} bytes"
    return Explanation(
        cause=(Cause.FORM_LARGE if large else Cause.FORM_SMALL).value,
        confidence=Confidence.CERTAIN,
        sentence=f"the form's policy takes files of {policy.size_min} bytes to {most}",
        change="send another file, or sign a policy with another content-length-range",
        expected=f"content-length-range {policy.size_min} to {most}",
        came="" if "size" not in refusal.fault.facts else f"{refusal.fault.facts['size']} bytes",
    )


_WRITTEN: Final = (
    (lambda text: text.lstrip().startswith("{"), "it is JSON as it stands", "encode it in base64 before signing"),
    (lambda text: not set(text).isdisjoint("-_"), "it is URL-safe base64", "use standard base64 (+ and /)"),
    (lambda text: "%" in text, "it is percent-encoded", "put the base64 into the field as it is"),
    (lambda text: not set(text).isdisjoint(" \r\n\t"), "it has white space in it", "write the base64 in one line"),
    (lambda text: len(text) % 4 > 0, "its base64 lacks its = at the end", "keep the padding of base64"),
)  # fmt: skip
"""How a policy can be written wrongly into its field, and what to do."""


def form_unread(refusal: Refusal) -> Explanation | None:
    """A policy that could not be read, because of how it was written into the field."""
    text = refusal.request.field("policy") if refusal.request.form is not None else None
    if refusal.fault.reason != "policy" or not text:
        return None
    for told, what, change in _WRITTEN:
        if told(text):
            return Explanation(
                cause=Cause.FORM_POLICY.value, confidence=Confidence.LIKELY,
                sentence=f"the form's policy could not be read: {what}", change=change,
            )  # fmt: skip
    return Explanation(
        cause=Cause.FORM_POLICY.value, confidence=Confidence.CERTAIN,
        sentence=f"the form's policy could not be read: {refusal.fault.message}",
        change='write {"expiration": "2026-01-31T12:00:00Z", "conditions": [{"bucket": "…"}, ["eq", "$key", "…"]]}',
    )  # fmt: skip


def _judged(miss: Miss, form: Form) -> tuple[Cause, str]:
    """The cause of a miss, and what to do about it."""
    match miss.why:
        case Why.EXPIRED:
            return Cause.FORM_OVER, "sign a fresh form, or one that lasts longer; its expiration is a time in UTC"
        case Why.BUCKET:
            return Cause.FORM_BUCKET, "post the form to the bucket that its field names"
        case Why.UNNAMED:
            return Cause.FORM_UNNAMED, f'add {{"{miss.name}": …}} to the conditions before signing'
        case Why.EXTRA:
            needed = orjson.dumps(["starts-with", f"${miss.name}", ""]).decode()
            return Cause.FORM_EXTRA, f"add {needed} to the conditions before signing, or leave the field out"
        case Why.CONDITION:
            return _of_condition(miss, form)


def _of_condition(miss: Miss, form: Form) -> tuple[Cause, str]:
    if not miss.came:
        near = get_close_matches(miss.name, [name for name in form.fields if not _is_secret(name)], 1, 0.75)
        hint = f"; there is {near[0]!r}" if near else ""
        return Cause.FORM_ABSENT, f"send the field before the file: what comes after the file does not count{hint}"
    if miss.name == "bucket":
        return Cause.FORM_BUCKET, f"post the form to the bucket that was signed; it came to {miss.came[0]!r}"
    wanted = [miss.wanted] if isinstance(miss.wanted, str) else list(miss.wanted)
    for cause, end, undone, change in _SLIPS:
        for one in wanted if miss.name.endswith(end) and miss.operator != "not-in" else ():
            came = undone(miss.came[0])
            if came == undone(one) or (miss.operator == "starts-with" and came.startswith(undone(one))):
                return cause, change
    if miss.operator == "eq" and any(one and miss.came[0].startswith(one) for one in wanted):
        return Cause.FORM_PREFIX, "eq asks for the whole value; for what it begins with, write starts-with"
    return Cause.FORM_VALUE, "send what was signed, or sign a policy that takes what is sent"


def _sentence(miss: Miss, form: Form | None = None) -> str:
    match miss.why:
        case Why.EXPIRED if form is not None:
            return f"the form's policy ended at {_moment(form.policy.expires_at)}; now it is {_moment(form.now)}"
        case Why.EXPIRED:
            return "the form's policy is over"
        case Why.BUCKET:
            return "the form names another bucket than the one that it was posted to"
        case Why.UNNAMED:
            return f"the policy has no condition on {miss.name[:_SHOWN_MAX]}, which nothing else would cover"
        case Why.EXTRA:
            return f"no condition of the policy covers the field {miss.name[:_SHOWN_MAX]}"
        case Why.CONDITION:
            came = (
                f"{_shown(miss.name, miss.came[0])} came" if miss.came else "the form has no such field before its file"
            )
            return f"the policy's condition {_condition(miss)} failed: {came}"


def _condition(miss: Miss) -> str:
    if miss.why is not Why.CONDITION:
        return ""
    return orjson.dumps([miss.operator, f"${miss.name}", _wanted(miss)]).decode()[: 3 * _SHOWN_MAX]


def _wanted(miss: Miss) -> str:
    if miss.wanted is None:
        return ""
    wanted = miss.wanted if isinstance(miss.wanted, str) else ", ".join(miss.wanted)
    return _shown(miss.name, wanted)


def _shown(name: str, value: str) -> str:
    """A field's value, if it is none that is secret."""
    if _is_secret(name):
        return "(not told)"
    return value if len(value) <= _SHOWN_MAX else value[: _SHOWN_MAX - 1] + "…"


def _is_secret(name: str) -> bool:
    return any(part in name for part in _SECRET)


def _moment(seconds: float) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return ""


# -- referers ----------------------------------------------------------------------------------------------------------


def referer_refused(refusal: Refusal) -> Explanation | None:
    """Which entry of a bucket's lists refused a referer, or which came nearest to taking it."""
    unwelcome = refusal.fault.denial
    if not isinstance(unwelcome, Unwelcome):
        return None
    settings, host = unwelcome.bucket.settings, unwelcome.host
    came = unwelcome.referer[:_SHOWN_MAX].partition("?")[0]
    lists: Details = tuple(
        (name, ", ".join(entries))
        for name, entries in (("allow", settings.referer_allow), ("deny", settings.referer_deny))
        if entries
    )
    if not host:
        cause = Cause.REFERER_NO_HOST if came else Cause.REFERER_EMPTY
        sentence = (
            f"the Referer {came!r} names no host" if came else "the request has no Referer, and the bucket wants one"
        )
        change = (
            "pages must send one: no rel=noreferrer, no Referrer-Policy: no-referrer, no page of a file or of http from"
            " https; or let the bucket take requests without"
        )
    elif unwelcome.entry:
        cause, sentence = (
            Cause.REFERER_DENIED,
            f"the entry {unwelcome.entry!r} of the bucket's deny list takes {host!r}",
        )
        change = "take the entry away or narrow it, or link from another site"
    else:
        cause, sentence, change = _not_allowed(host, settings.referer_allow)
    return Explanation(
        cause=cause.value, confidence=Confidence.CERTAIN, sentence=sentence, change=change,
        expected=unwelcome.entry, came=came, details=lists,
    )  # fmt: skip


def _not_allowed(host: str, allow: tuple[str, ...]) -> tuple[Cause, str, str]:
    sentence = f"no entry of the bucket's allow list takes the referer's host {host!r}"
    for entry in allow:
        if "/" in entry or ":" in entry:
            bare = entry.rpartition("//")[2].partition("/")[0].partition(":")[0]
            if bare == host:
                return Cause.REFERER_FORM, f"{sentence}; {entry!r} is more than a host", f"write {host} as the entry"
        if entry.lower() == host:
            return Cause.REFERER_FORM, f"{sentence}; {entry!r} is not in lower case", f"write {host} as the entry"
        if entry.startswith("*.") and entry[2:] == host:
            change = f"add {host} itself: {entry} takes only names below it"
            return Cause.REFERER_APEX, f"{sentence}; {entry!r} does not take the name itself", change
        if host.endswith(f".{entry}"):
            return Cause.REFERER_BELOW, f"{sentence}; {entry!r} takes no name below it", f"add *.{entry}"
    near = get_close_matches(host, allow, 1, 0.6)
    if near:
        return Cause.REFERER_OTHER, f"{sentence}; the nearest is {near[0]!r}", f"add {host}"
    return Cause.REFERER_OTHER, sentence, f"add {host}, or link from a site that is on it"

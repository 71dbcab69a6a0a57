"""What a bucket is set to: access, CORS, lifecycle, tags, encryption, referers; shown as far as a key may read it.

Each part is a form of its own with the digest of what it was shown with, so that a change that somebody made meanwhile
is told and not undone. The store decides who may, by the right that the dialects ask for the same part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import orjson

from entrepot.admin import bucket_rules
from entrepot.admin.api.table import Field
from entrepot.admin.buckets import check_settings
from entrepot.console.acting import bucket_of, within
from entrepot.console.page import Asked, Go, Page, Reply, Show
from entrepot.console.pages.storage.objects import PATH, path_of
from entrepot.core import operations as ops
from entrepot.core.facts.records import Acl, Bucket, BucketSettings, CorsRule, LifecycleRule
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.grant import Right
from entrepot.core.value import Value

_TEXT_MAX: Final = 8192
Given = dict[str, Any]
Change = Callable[[BucketSettings, Given], BucketSettings]


class _Part(Value, frozen=True, kw_only=True):
    """One part: the ``fields`` of the settings, and the rights to read, to change and to take it away."""

    fields: tuple[str, ...]
    read: Right
    update: Right
    delete: Right


_PARTS: Final = {
    "acl": _Part(
        fields=("acl", "acl_of_objects"), read=Right.READ_BUCKET_ACL, update=Right.UPDATE_BUCKET_ACL,
        delete=Right.UPDATE_BUCKET_ACL,
    ),
    "cors": _Part(fields=("cors",), read=Right.READ_CORS, update=Right.UPDATE_CORS, delete=Right.DELETE_CORS),
    "lifecycle": _Part(
        fields=("lifecycle",), read=Right.READ_LIFECYCLE, update=Right.UPDATE_LIFECYCLE, delete=Right.DELETE_LIFECYCLE
    ),
    "tags": _Part(
        fields=("tags",), read=Right.READ_BUCKET_TAGS, update=Right.UPDATE_BUCKET_TAGS, delete=Right.DELETE_BUCKET_TAGS
    ),
    "encryption": _Part(
        fields=("encryption",), read=Right.READ_ENCRYPTION, update=Right.UPDATE_ENCRYPTION,
        delete=Right.DELETE_ENCRYPTION,
    ),
    "referer": _Part(
        fields=("referer_allow", "referer_deny", "referer_empty"), read=Right.READ_REFERER, update=Right.UPDATE_BUCKET,
        delete=Right.UPDATE_BUCKET,
    ),
}  # fmt: skip


async def show(asked: Asked) -> Reply:
    """All parts, and the form of a rule that is to be changed."""
    return Show(values=await _values(asked, bucket_of(asked)))


async def change(asked: Asked, part: str, make: Change) -> Reply:
    """Change one part; what was refused is told at its form, as it was filled in."""
    bucket, given = bucket_of(asked), dict(asked.given)
    try:
        op = _update(bucket, part, given, make)
        await asked.perform(op, within(asked, bucket.account))
    except Fault as fault:
        if fault.kind in {Kind.INTERNAL, Kind.STORAGE_FAILED, Kind.STORAGE_FULL}:
            raise
        status = {Kind.ACCESS_DENIED: 403, Kind.PRECONDITION_FAILED: 409}.get(fault.kind, 400)
        told = {"fault": fault, "failed": part, "filled": {part: given}}
        return Show(values=await _values(asked, bucket_of(asked)) | told, status=status, fault=fault)
    return Go(path=f"{path_of(bucket.account, bucket.name)}/settings?saved={part}#{part}")


def _update(bucket: Bucket, part: str, given: Given, make: Change) -> ops.UpdateBucket:
    """The operation; it asks for the right to take a part away where nothing of it is left. Raises Fault."""
    about = _PARTS[part]

    def changed_settings(settings: BucketSettings) -> BucketSettings:
        if _digest(settings, about) != given["seen"]:
            raise Fault(Kind.PRECONDITION_FAILED, "this was changed meanwhile: what is shown now is how it is")
        return make(settings, given)

    wanted = changed_settings(bucket.settings)
    is_left = any(getattr(wanted, name) for name in about.fields)
    return ops.UpdateBucket(right=about.update if is_left else about.delete, bucket=bucket, change=changed_settings)


def _digest(settings: BucketSettings, part: _Part) -> str:
    said = orjson.dumps([getattr(settings, name) for name in part.fields], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(said).hexdigest()[:32]


async def _values(asked: Asked, bucket: Bucket) -> dict[str, Any]:
    """Raises Fault ACCESS_DENIED where no part may be read."""
    seen: dict[str, str] = {}
    for name, part in _PARTS.items():
        try:
            await asked.perform(ops.StatBucket(right=part.read, bucket=bucket), within(asked, bucket.account))
        except Fault as fault:
            if fault.kind is not Kind.ACCESS_DENIED:
                raise
        else:
            seen[name] = _digest(bucket.settings, part)
    if not seen:
        raise Fault(Kind.ACCESS_DENIED, f"this key may read nothing of what {bucket.name!r} is set to")
    return {
        "bucket": bucket, "here": path_of(bucket.account, bucket.name), "settings": bucket.settings, "seen": seen,
        "folder": "", "crumbs": [], "fault": None, "failed": None, "saved": asked.given.get("saved"),
        "filled": _edited(asked, bucket.settings), "methods": bucket_rules.METHODS, "acls": list(Acl),
        "editable": [_is_ours(rule) for rule in bucket.settings.lifecycle],
    }  # fmt: skip


def _edited(asked: Asked, settings: BucketSettings) -> dict[str, Given]:
    """The forms as they stand at first: a rule that is to be changed is in its form."""
    part, number = asked.given.get("edit"), asked.given.get("number", 0)
    if part == "cors" and number < len(settings.cors):
        return {"cors": _cors_given(settings.cors[number], number)}
    if part == "lifecycle" and number < len(settings.lifecycle) and _is_ours(settings.lifecycle[number]):
        return {"lifecycle": _lifecycle_given(settings.lifecycle[number], number)}
    return {}


# -- access, encryption, referers --------------------------------------------------------------------------------------


def _acl(settings: BucketSettings, given: Given) -> BucketSettings:
    return replace(settings, acl=Acl(given["acl"]), acl_of_objects=given.get("of_objects", False))


def _encryption(settings: BucketSettings, given: Given) -> BucketSettings:
    return replace(settings, encryption=given.get("on", False))


def _referer(settings: BucketSettings, given: Given) -> BucketSettings:
    return check_settings(
        replace(
            settings, referer_allow=_texts(given, "allow", lower=True), referer_deny=_texts(given, "deny", lower=True),
            referer_empty=given.get("empty", False),
        )
    )  # fmt: skip


def _texts(given: Given, name: str, *, lower: bool = False) -> tuple[str, ...]:
    """The texts between blanks, commas and lines."""
    text = given.get(name, "").replace(",", " ")
    return tuple((text.lower() if lower else text).split())


# -- rules -------------------------------------------------------------------------------------------------------------


def _cors(settings: BucketSettings, given: Given) -> BucketSettings:
    methods = [name for name in bucket_rules.METHODS if given.get(f"method_{name.lower()}")]
    rule = bucket_rules.cors_rule(
        id=given.get("id", ""), origins=_texts(given, "origins"), methods=methods, headers=_texts(given, "headers"),
        expose=_texts(given, "expose"), max_age_seconds=given.get("max_age"),
    )  # fmt: skip
    if "number" in given and given["number"] < len(settings.cors):
        rule = replace(rule, vary=settings.cors[given["number"]].vary)
    return replace(settings, cors=bucket_rules.check_cors(_with(settings.cors, rule, given)))


def _cors_given(rule: CorsRule, number: int) -> Given:
    given: Given = {
        "number": number, "id": rule.id, "origins": "\n".join(rule.origins), "headers": "\n".join(rule.headers),
        "expose": "\n".join(rule.expose), **{f"method_{name.lower()}": True for name in rule.methods},
    }  # fmt: skip
    return given | ({} if rule.max_age_seconds is None else {"max_age": rule.max_age_seconds})


def _lifecycle(settings: BucketSettings, given: Given) -> BucketSettings:
    number = given.get("number")
    if number is not None and number < len(settings.lifecycle) and not _is_ours(settings.lifecycle[number]):
        raise Fault(Kind.PARAMETER_INVALID, "this rule says more than the form can; change it by the API it came by")
    if "tag_value" in given and "tag" not in given:
        raise Fault(Kind.PARAMETER_MISSING, "the value of a tag needs the tag's key")
    rule = bucket_rules.lifecycle_rule(
        id=given.get("id", ""), enabled=given.get("enabled", False), prefix=given.get("prefix", ""),
        tags={given["tag"]: given.get("tag_value", "")} if "tag" in given else {},
        expire_days=given.get("expire_days"), abort_days=given.get("abort_days"),
    )  # fmt: skip
    return replace(settings, lifecycle=bucket_rules.check_lifecycle(_with(settings.lifecycle, rule, given)))


def _lifecycle_given(rule: LifecycleRule, number: int) -> Given:
    tag, value = next(iter(rule.tags.items()), ("", ""))
    given: Given = {"number": number, "id": rule.id, "prefix": rule.prefix, "enabled": rule.enabled}
    numbers = {"expire_days": rule.expire_days, "abort_days": rule.abort_days}
    texts = {"tag": tag, "tag_value": value} if rule.tags else {}
    return given | texts | {name: days for name, days in numbers.items() if days is not None}


def _is_ours(rule: LifecycleRule) -> bool:
    """Whether the form says all that a rule does; the prefix of a form is one line."""
    more = rule.expire_at, rule.expire_from, rule.abort_before
    return more == (None, None, None) and not rule.transitions and len(rule.tags) <= 1 and rule.prefix.isprintable()


def _with(rules: tuple[Any, ...], rule: Any, given: Given) -> tuple[Any, ...]:
    """The rules with one more, or another in the place of one. Raises Fault OBJECT_MISSING."""
    if "number" not in given:
        return (*rules, rule)
    number = _number(rules, given)
    return (*rules[:number], rule, *rules[number + 1 :])


def _without(rules: tuple[Any, ...], given: Given) -> tuple[Any, ...]:
    number = _number(rules, given)
    return (*rules[:number], *rules[number + 1 :])


def _number(rules: tuple[Any, ...], given: Given) -> int:
    number: int = given["number"]
    if number >= len(rules):
        raise Fault(Kind.OBJECT_MISSING, f"there is no rule {number}")
    return number


def _cors_less(settings: BucketSettings, given: Given) -> BucketSettings:
    return replace(settings, cors=_without(settings.cors, given))


def _lifecycle_less(settings: BucketSettings, given: Given) -> BucketSettings:
    return replace(settings, lifecycle=_without(settings.lifecycle, given))


def _tag(settings: BucketSettings, given: Given) -> BucketSettings:
    tags = {**settings.tags, given["tag"]: given.get("value", "")}
    return replace(settings, tags=bucket_rules.bucket_tags(list(tags.items())))


def _tag_less(settings: BucketSettings, given: Given) -> BucketSettings:
    kept = _without(tuple(settings.tags.items()), given)
    return replace(settings, tags=dict(kept))


# -- pages -------------------------------------------------------------------------------------------------------------


def _flag(name: str, about: str) -> Field:
    return Field(name=name, kind="boolean", about=about)


def _text(name: str, about: str, longest: int = _TEXT_MAX, *, needed: bool = False) -> Field:
    return Field(name=name, kind="string", about=about, longest=longest, needed=needed)


def _count(name: str, about: str, least: int, most: int) -> Field:
    return Field(name=name, kind="integer", about=about, least=least, most=most)


_SEEN: Final = _text("seen", "What the form was shown with.", 64, needed=True)
_AT: Final = _count("number", "Which rule, from 0 on.", 0, 10_000)
_WHICH: Final = Field(name="number", kind="integer", about="Which one, from 0 on.", needed=True, most=10_000)
_ACTIONS: Final[tuple[tuple[str, str, Change, tuple[Field, ...]], ...]] = (
    ("set-acl", "acl", _acl, (
        Field(name="acl", kind="string", about="Who may.", needed=True, choices=tuple(Acl)),
        _flag("of_objects", "Whether it is that of objects without one of their own."),
    )),
    ("set-cors", "cors", _cors, (
        _AT, _text("id", "A name for it.", bucket_rules.ID_MAX), _text("origins", "From which sites."),
        *(_flag(f"method_{name.lower()}", f"Whether {name} is allowed.") for name in bucket_rules.METHODS),
        _text("headers", "Which headers requests may have."), _text("expose", "Which headers scripts may read."),
        _count("max_age", "For how many seconds browsers remember it.", 0, 10**8),
    )),
    ("remove-cors", "cors", _cors_less, (_WHICH,)),
    ("set-lifecycle", "lifecycle", _lifecycle, (
        _AT, _text("id", "A name for it.", bucket_rules.ID_MAX), _flag("enabled", "Whether it is followed."),
        _text("prefix", "How the names begin.", 1024), _text("tag", "Only objects with this tag.", 128),
        _text("tag_value", "Its value.", 256),
        _count("expire_days", "After how many days objects are removed.", 1, 10**6),
        _count("abort_days", "After how many days uploads are given up.", 1, 10**6),
    )),
    ("remove-lifecycle", "lifecycle", _lifecycle_less, (_WHICH,)),
    ("set-tag", "tags", _tag, (_text("tag", "Its key.", 128, needed=True), _text("value", "Its value.", 256))),
    ("remove-tag", "tags", _tag_less, (_WHICH,)),
    ("set-encryption", "encryption", _encryption, (_flag("on", "Whether what comes is encrypted."),)),
    ("set-referer", "referer", _referer, (
        _text("allow", "Only from pages of these hosts."), _text("deny", "Not from pages of these."),
        _flag("empty", "Whether requests that name no page are served."),
    )),
)  # fmt: skip
_UNNOTED: Final = frozenset({"seen"})


def _handler(part: str, make: Change) -> Callable[[Asked], Awaitable[Reply]]:
    return partial(change, part=part, make=make)


_STYLES: Final = ("mint.css", "object.css", "settings.css")
_TEMPLATE: Final = "pages/storage/settings.html"
PAGES: Final = (
    Page(
        name="settings", path=PATH + "/settings", handler=show, title="settings.title", template=_TEMPLATE,
        styles=_STYLES,
        query=(
            Field(name="edit", kind="string", about="Whose form has a rule.", choices=("cors", "lifecycle")), _AT,
            Field(name="saved", kind="string", about="What was changed just now.", choices=tuple(_PARTS)),
        ),
    ),
    *(
        Page(
            name=name, path=f"{PATH}/settings/{name}", method="POST", handler=_handler(part, make),
            title="settings.title", template=_TEMPLATE, styles=_STYLES, form=(_SEEN, *fields),
            noted=("account", "bucket", *(one.name for one in fields if one.name not in _UNNOTED)),
        )
        for name, part, make, fields in _ACTIONS
    ),
)  # fmt: skip

"""PostObject: a browser's form uploads one file.

The fields before the file were read, and their signature verified, before this; what the policy says about size holds
for the bytes that really arrive. Source: wire facts of Alibaba §3, Tencent §7.4, Volcengine §3.4; AWS "POST Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from urllib.parse import quote, unquote, urlsplit

from entrepot.core import operations as ops
from entrepot.core.facts.names import check_key
from entrepot.core.facts.records import Checksum, Object, Protection, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock
from entrepot.core.rights.grant import Right
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.sealed import encryption_of, masked
from entrepot.core.store import Result
from entrepot.core.value import changed
from entrepot.dialects.s3like.address.closed import is_strange
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Flavour, Route
from entrepot.dialects.s3like.flavour.known import CONDITIONS
from entrepot.dialects.s3like.forms import policy
from entrepot.dialects.s3like.operations import encryption
from entrepot.dialects.s3like.operations.body import kept_sum, md5_of_text
from entrepot.dialects.s3like.operations.conditions import replace_policy
from entrepot.dialects.s3like.operations.configuration import tags_of_nodes
from entrepot.dialects.s3like.operations.object_headers import Get, acl_of, attributes_of
from entrepot.dialects.s3like.operations.objects import digests
from entrepot.dialects.s3like.operations.shapes import TAGGING
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.http import Request, Response

_FILENAME = "${filename}"
_REDIRECTS = ("success_action_redirect", "redirect")
_FRAME_MAX_BYTES = 2 << 20
"""What a form may have around its file."""


def route(clock: Clock) -> Route[Place]:
    """The route of forms; ``clock`` tells when a policy is over."""

    async def decode(request: Request, place: Place, intake: Intake) -> ops.Operation:
        return await _post(request, place, intake, clock)

    return Route(decode=decode, encode=posted, about="store the file of a browser's form (multipart/form-data)")


async def _post(request: Request, place: Place, intake: Intake, clock: Clock) -> ops.Operation:
    flavour = place.flavour
    bucket = place.existing_bucket()
    template = request.field("key") or ""  # there is one, or the address was refused
    if request.file is None:
        raise Fault(Kind.MALFORMED, "POST requires exactly one file upload per request.", reason="form-no-file")
    key = flavour.addressing.check_key(check_key(template.replace(_FILENAME, _leaf(request.file.filename))))
    fields: dict[str, str] = {}
    twice = ""
    for name, value in request.form or ():
        if fields.setdefault(name.lower(), value) != value:  # an SDK writes the same field twice
            twice = name
    if "q-key-time" in fields:  # the policy of COS calls it by the name that it has in a signature
        fields.setdefault("q-sign-time", fields["q-key-time"])
    fields["key"] = key if flavour.forms.expands_first else template
    _check_fields(place, fields)
    low, high = _checked(place, fields, clock())
    if twice:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the field {twice[:80]} says two things; send it once",
            reason="twice", argument=twice[:80],
        )  # fmt: skip
    length = request.content_length()
    if length is not None and length > high + _FRAME_MAX_BYTES:
        raise Fault(Kind.TOO_LARGE, f"the form has {length} bytes; its file may have {high}", reason="form", limit=high)
    attributes = attributes_of(place, _field_of(request), list(fields))
    kind = flavour.forms.file_type(request)
    if kind is None and "Content-Type" not in attributes.headers:
        kind = flavour.objects.type_of_key(key)
    if kind is not None and not _pins_type(place, fields):
        attributes = changed(attributes, headers={**attributes.headers, "Content-Type": kind})
    if fields.get("acl") and "acl" in flavour.forms.bare:
        attributes = changed(attributes, acl=acl_of(fields["acl"], flavour))
    if fields.get("tagging") and "tagging" in flavour.forms.bare:
        node = flavour.documents.read(fields["tagging"].encode(), {"Tagging": TAGGING})
        attributes = changed(attributes, tags=tags_of_nodes((node.first("TagSet") or node).all("Tag")))
    replace = replace_policy(place, _field_of(request))
    announced = _announced(fields, flavour)
    intake.permit(Right.POST_OBJECT, bucket, key)
    protection = encryption.wanted(request, place, intake, form=True)
    limit = min(high, place.settings.object_max_bytes)
    content, checksum = await _staged(request, intake, limit, fields.get("content-md5"), announced, flavour, protection)
    if content.size < low:
        raise Fault(
            Kind.TOO_SMALL, f"the file has {content.size} bytes; the policy asks for at least {low}",
            size=content.size, minimum=low,
        )  # fmt: skip
    return ops.PutObject(
        bucket=bucket,
        key=key,
        content=content,
        attributes=changed(attributes, checksum=checksum, encryption=encryption_of(protection)),
        replace=replace,
        tree=False,
        form=True,
        calls_back=_leads_away(fields),
    )


def _leads_away(fields: dict[str, str]) -> bool:
    """Whether the form leads its browser to an address that its signer never saw, which asks what a callback asks."""
    given = [name for name in _REDIRECTS if fields.get(name)]
    if not given:
        return False
    named = policy.named(fields["policy"]) if fields.get("policy") else frozenset[str]()
    return not named.issuperset(given)


async def _staged(
    request: Request,
    intake: Intake,
    limit: int,
    md5: str | None,
    announced: Mapping[str, str],
    flavour: Flavour,
    protection: Protection | None,
) -> tuple[Staged, Checksum | None]:
    """The file, which has the digests that its fields announce, and the checksum to keep."""
    more = frozenset(announced)
    content = await intake.stage(request.body, limit=limit, md5=True, more=more, protection=protection)
    if md5 and md5_of_text(md5) != content.md5:
        raise Fault(Kind.DIGEST_MISMATCH, "the file's MD5 is not the one in the field Content-MD5", reason="md5")
    crc64 = request.field(flavour.prefix + "hash-crc64ecma")
    if crc64 and crc64.strip() != str(content.crc64):
        raise Fault(
            Kind.DIGEST_MISMATCH, f"the file's CRC64 is {content.crc64}, which is not the announced one",
            reason="crc64", actual=str(content.crc64),
        )  # fmt: skip
    checksum = kept_sum(announced, content, {}, flavour)
    return masked(intake.sealing, content, protection), checksum


def _pins_type(place: Place, fields: Mapping[str, str]) -> bool:
    """Whether the policy checks the field Content-Type and no other place of the type: what is checked is stored."""
    if not fields.get("policy") or not fields.get("content-type"):
        return False
    named = {name for _operator, name, _value in policy.conditions_of(fields["policy"])}
    return "content-type" in named and place.flavour.prefix + "content-type" not in named


def _check_fields(place: Place, fields: Mapping[str, str]) -> None:
    """Refuse fields that ask for something that is not here: of the cloud's own or another's, and conditions.

    Other fields are nobody's: forms have them for whoever made the page.

    Raises:
        Fault: NOT_IMPLEMENTED.
    """
    prefix, known = place.flavour.prefix, place.flavour.forms.fields
    for name in fields:
        short = name.removeprefix(prefix)
        if name.startswith(prefix):
            absent = short not in known and not short.startswith(_starts(known))
        else:
            absent = name in CONDITIONS or is_strange(name.encode("utf-8", "replace"))
        if absent:
            raise Fault(
                Kind.NOT_IMPLEMENTED, f"the field {name[:80]} asks for something that is not here",
                reason="header", header=name[:80],
            )  # fmt: skip


@cache
def _starts(known: frozenset[str]) -> tuple[str, ...]:
    return tuple(name[:-1] for name in known if name.endswith("*"))


def _announced(fields: Mapping[str, str], flavour: Flavour) -> dict[str, str]:
    """The checksums that fields announce. Raises Fault PARAMETER_INVALID (reason ``checksum``)."""
    start = flavour.prefix + "checksum-"
    found = {name.removeprefix(start): value.strip() for name, value in fields.items() if name.startswith(start)}
    named = found.pop("algorithm", None)
    found = {name: value for name, value in found.items() if name in flavour.objects.checksums}
    if len(found) > 1 or (named and found and named.lower() not in found):
        raise Fault(
            Kind.PARAMETER_INVALID, f"{named or 'two checksums'} and {', '.join(found)} are announced; send one",
            reason="checksum",
        )  # fmt: skip
    return found


def _field_of(request: Request) -> Get:
    def get(name: str) -> str | None:
        return request.field(name) or None

    return get


def _leaf(filename: str | None) -> str:
    """The name of a file without the folders that old browsers send."""
    return (filename or "").replace("\\", "/").rpartition("/")[2]


def _checked(place: Place, fields: dict[str, str], now: float) -> tuple[int, int]:
    """The sizes that the policy allows; every size where there is none, which only public buckets take."""
    most = place.settings.object_max_bytes
    if not fields.get("policy"):
        return 0, most
    found = policy.parse(fields["policy"], text_sizes=place.flavour.forms.text_sizes)
    bucket = place.existing_bucket()
    spellings = (place.bucket_text or "", bucket.name, f"{bucket.name}-{bucket.account}")
    policy.check(found, fields, spellings, now, strict=place.flavour.forms.strict, needed=_needed(fields, place))
    return found.size_min, most if found.size_max is None else found.size_max


def _needed(fields: dict[str, str], place: Place) -> tuple[str, ...]:
    """What a policy must name: the time of a scope, which the signature does not cover, and what widens a right."""
    names = ("algorithm", "signature-version", "credential", "date")
    signed = tuple(place.flavour.prefix + name for name in names if place.flavour.prefix + name in fields)
    return signed + tuple(
        name
        for name, value in fields.items()
        if name.startswith(place.flavour.forms.pinned) and not (name.endswith("acl") and value in _NARROW)
    )


_NARROW = frozenset({"private", "default"})
"""ACLs that widen nothing, which a form may have though its policy does not name them."""


def posted(request: Request, place: Place, op: ops.Operation, result: Result) -> Response:
    """The status that the form asked for: 204 unless it is 200 or 201; a redirect takes its place."""
    assert isinstance(result, Object)  # noqa: S101 - a form stores one
    del op
    flavour = place.flavour
    head = digests(flavour, result)
    etag = head[0][1].decode()
    head += encryption.told(request, flavour, result.attributes.encryption)
    location = f"{request.scheme}://{request.authority}{_path(request, result.key)}{quote(result.key)}"
    redirect = request.field("success_action_redirect") or request.field("redirect")
    if redirect and urlsplit(redirect).scheme in {"http", "https"} and redirect.isprintable():
        query = f"bucket={quote(place.bucket_text or '')}&key={quote(result.key, safe='')}&etag={quote(etag, safe='')}"
        target = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
        return reply.empty(request, place, 303, [*head, (b"location", quote(target, safe=_SAFE).encode())])
    head.append((b"location", location.encode()))
    status = request.field("success_action_status") or ""
    if status == "201":
        content = {
            "Location": location, "Bucket": flavour.addressing.bucket_name(place.existing_bucket()), "Key": result.key,
            "ETag": etag,
        }  # fmt: skip
        return reply.document(request, place, "PostResponse", content, head, status=201)
    return reply.empty(request, place, 200 if status == "200" else 204, head)


_SAFE = "!#$%&'()*+,/:;=?@[]-._~"


def _path(request: Request, key: str) -> str:
    """The path before a key: the bucket where it is in the path, else the root."""
    path = request.raw_path.decode("ascii", "replace")
    if unquote(path).endswith("/" + key):  # the form was posted to the key itself
        path = quote(unquote(path).removesuffix(key))
    return path if path.endswith("/") else path + "/"

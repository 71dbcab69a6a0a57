"""How the XML-speaking clouds of the family spell what they share: errors, owners, copy sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from entrepot.core.facts.records import Acl
from entrepot.core.fault import Fault, Kind
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Document
from entrepot.wire import xml
from entrepot.wire.documents import Node
from entrepot.wire.xml import Attributed


def xml_writer(
    xmlns: str | None = None, only: frozenset[str] | None = None
) -> Callable[[str, Document | str], tuple[bytes, bytes]]:
    """Writes documents as XML, in a namespace (all but errors, or only these roots) or in none."""

    def write(root: str, content: Document | str) -> tuple[bytes, bytes]:
        named = root != "Error" if only is None else root in only
        return b"application/xml", xml.render(root, content, xmlns if named else None)

    return write


def read_xml(data: bytes, roots: tuple[str, ...]) -> Node:
    """A request's XML."""
    return xml.parse(data, *roots)


def path_source(text: str) -> tuple[str, str]:
    """``/bucket/key`` or ``bucket/key``, percent-encoded, perhaps with a version. Raises Fault PARAMETER_INVALID."""
    path, _, version = text.partition("?")
    bucket, slash, key = name_text(path.removeprefix("/")).partition("/")
    return checked_source(text, bucket, key if slash else "", version)


def name_text(text: str) -> str:
    """The name of an object in a header, without its percent-encoding. Raises Fault PARAMETER_INVALID."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the name {text[:100]!r} is not UTF-8", reason="copy-source", value=text[:100]
        ) from error


def checked_source(text: str, bucket: str, key: str, version: str) -> tuple[str, str]:
    """Bucket and key of a copy's source. Raises Fault PARAMETER_INVALID (reason ``copy-source``)."""
    if not bucket or not key:
        raise Fault(
            Kind.PARAMETER_INVALID, f"the copy source {text[:100]!r} does not name a bucket and a key",
            reason="copy-source", value=text[:100],
        )  # fmt: skip
    if version and version not in {"versionId=", "versionId=null"}:
        raise Fault(
            Kind.PARAMETER_INVALID, "this bucket keeps no versions to copy from", reason="version", value=version[:100]
        )
    return bucket, key


def account_of(place: Place) -> int:
    """The account that owns what a place addresses: the bucket's, else the signer's."""
    return place.bucket.account if place.bucket is not None else place.account or 0


def user_of(place: Place) -> str:
    """The number by which the owner's users and policies name it."""
    account = place.reader.account(account_of(place))
    return account.user_id if account is not None else str(account_of(place))


def granted(place: Place, acl: Acl | None) -> Document:
    """An ACL as grants; an object without its own shows what it inherits from the bucket."""
    if acl is None and place.bucket is not None:
        acl = place.bucket.settings.acl
    return acl_document(place, acl or Acl.PRIVATE)


def acl_document(place: Place, acl: Acl) -> Document:
    """An ACL as grants to the owner and to everyone."""
    owner = place.flavour.shown_owner(place)
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    grants: list[Document] = [
        {"Grantee": Attributed(attributes={"xmlns:xsi": xsi, "xsi:type": "CanonicalUser"}, content=owner),
         "Permission": "FULL_CONTROL"}
    ]  # fmt: skip
    rights = {Acl.PRIVATE: (), Acl.PUBLIC_READ: ("READ",), Acl.PUBLIC_READ_WRITE: ("READ", "WRITE")}[acl]
    group = Attributed(attributes={"xmlns:xsi": xsi, "xsi:type": "Group"}, content={"URI": place.flavour.all_users})
    grants += [{"Grantee": group, "Permission": right} for right in rights]
    return {"Owner": owner, "AccessControlList": {"Grant": grants}}


def named_facts(facts: Document, names: dict[str, str]) -> dict[str, Any]:
    """The facts of a fault under a cloud's own element names, those that are there."""
    return {shown: facts[name] for name, shown in names.items() if name in facts}


def text_bytes(text: object) -> str:
    """The bytes of a text as pairs of hexadecimal digits, so that invisible differences can be seen."""
    return str(text).encode("utf-8", "replace").hex(" ")

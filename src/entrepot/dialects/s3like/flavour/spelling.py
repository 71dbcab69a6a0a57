"""How the clouds of the family write what several of them write alike: XML, owners, ACLs, lifecycle rules, errors.

The flavour's records take some of these as defaults, and each cloud picks from the rest. They are given what they
write; they must not know what was asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from entrepot.core.facts.records import Acl, LifecycleRule
from entrepot.core.ports import Reader
from entrepot.wire import xml
from entrepot.wire.documents import Node, Shape
from entrepot.wire.xml import Attributed

Head = list[tuple[bytes, bytes]]
Document = Mapping[str, Any]
"""A document as names and values in order: texts, numbers, booleans, documents and lists of them; None is left out."""

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


_UNNAMED = frozenset({"Error", "PostResponse"})
"""Roots that are in no namespace. Source: AWS "Error responses", "POST Object"."""


def xml_writer(
    xmlns: str | None = None, only: frozenset[str] | None = None
) -> Callable[[str, Document | str], tuple[bytes, bytes]]:
    """Writes documents as XML, in a namespace (all but errors and replies to forms, or only these roots) or in none."""

    def write(root: str, content: Document | str) -> tuple[bytes, bytes]:
        named = root not in _UNNAMED if only is None else root in only
        return b"application/xml", xml.render(root, content, xmlns if named else None)

    return write


def read_xml(data: bytes, shapes: Mapping[str, Shape]) -> Node:
    """A request's XML, of one of these shapes by its root."""
    return xml.read_document(data, shapes)


def read_xml_with_controls(data: bytes, shapes: Mapping[str, Shape]) -> Node:
    """The same, in which control characters may stand as they are: for clouds whose replies spell keys otherwise."""
    return xml.read_document(data, shapes, raw_controls=True)


def user_of(account: int, reader: Reader) -> str:
    """The number by which users and policies name an account."""
    found = reader.account(account)
    return found.user_id if found is not None else str(account)


def user_owner(account: int, reader: Reader) -> Document:
    """An owner by that number, which is its name too."""
    user = user_of(account, reader)
    return {"ID": user, "DisplayName": user}


def grants_to(everyone: str) -> Callable[[Document, Acl | None, Acl], Document]:
    """Writes ACLs as grants to the owner and to ``everyone``, the URI of that group."""

    def grants(owner: Document, acl: Acl | None, inherited: Acl) -> Document:
        user = Attributed(attributes={"xmlns:xsi": _XSI, "xsi:type": "CanonicalUser"}, content=owner)
        group = Attributed(attributes={"xmlns:xsi": _XSI, "xsi:type": "Group"}, content={"URI": everyone})
        listed: list[Document] = [{"Grantee": user, "Permission": "FULL_CONTROL"}]
        listed += [{"Grantee": group, "Permission": right} for right in public_permissions(acl or inherited)]
        return {"Owner": owner, "AccessControlList": {"Grant": listed}}

    return grants


def public_permissions(acl: Acl) -> tuple[str, ...]:
    """What a canned ACL lets everybody do."""
    return {Acl.PRIVATE: (), Acl.PUBLIC_READ: ("READ",), Acl.PUBLIC_READ_WRITE: ("READ", "WRITE")}[acl]


def lifecycle_rule(rule: LifecycleRule) -> Document:
    """A rule as S3 and COS write it."""
    tags = tag_list(rule.tags)
    scope: dict[str, Any] | None = {"Prefix": rule.prefix}
    if len(tags) == 1 and not rule.prefix:
        scope = {"Tag": tags[0]}
    elif tags:
        scope = {"And": {"Prefix": rule.prefix or None, "Tag": tags}}
    elif rule.bare_prefix:
        scope = None
    return {
        "ID": rule.id or None, "Prefix": rule.prefix if scope is None else None, "Filter": scope,
        "Status": "Enabled" if rule.enabled else "Disabled",
        "Expiration": expiration(rule, "Date"), "Transition": transitions(rule),
        "AbortIncompleteMultipartUpload":
            {"DaysAfterInitiation": rule.abort_days} if rule.abort_days is not None else None,
    }  # fmt: skip


def expiration(rule: LifecycleRule, date_name: str) -> Document | None:
    """When objects expire; None when they do not."""
    at = rule.expire_at if rule.expire_from is None else rule.expire_from
    if at is not None:
        return {date_name if rule.expire_from is None else "Date": midnight(at)}
    return None if rule.expire_days is None else {"Days": rule.expire_days}


def transitions(rule: LifecycleRule) -> list[Document]:
    """When objects get other storage classes."""
    return [
        {
            "Days": one.days, "Date": midnight(one.since), "CreatedBeforeDate": midnight(one.before),
            "StorageClass": one.storage_class,
        }
        for one in rule.transitions
    ]  # fmt: skip


def midnight(at: float | None) -> str | None:
    """The date of a rule, as documents say it."""
    return None if at is None else dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def tag_list(tags: Mapping[str, str]) -> list[Document]:
    """Tags as elements."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def fact_elements(facts: Document, names: Mapping[str, str]) -> dict[str, Any]:
    """The facts of a fault under a cloud's own element names, those that are there."""
    return {element: facts[name] for name, element in names.items() if name in facts}


def hex_bytes(text: object) -> str:
    """The bytes of a text as pairs of hexadecimal digits, so that invisible differences can be seen."""
    return str(text).encode("utf-8", "replace").hex(" ")

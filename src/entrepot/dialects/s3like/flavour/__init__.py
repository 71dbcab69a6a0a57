"""A flavour: everything in which one S3-like cloud differs from the others, as data and small functions.

The rest of the family asks the flavour and never its name. Each record is a subject with defaults, so that a new
difference has one place: what requests may say is in ``requests``, what replies look like in ``replies``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Kind
from entrepot.dialects.s3like.flavour.defaults import Default, Defaults
from entrepot.dialects.s3like.flavour.known import Known, KnownTable, RouteKey
from entrepot.dialects.s3like.flavour.replies import Documents, Listings, Objects, Replies, Resource, Row, Source
from entrepot.dialects.s3like.flavour.requests import Addressing, Conditions, Encryptions, Forms, Operations, Uploads
from entrepot.dialects.s3like.flavour.route import Route, Routes
from entrepot.dialects.s3like.flavour.spelling import Document, Head
from entrepot.signing.scheme import Scheme

__all__ = [
    "Addressing",
    "Conditions",
    "Default",
    "Defaults",
    "Document",
    "Documents",
    "Encryptions",
    "Flavour",
    "Forms",
    "Head",
    "Known",
    "KnownTable",
    "Listings",
    "Objects",
    "Operations",
    "Replies",
    "Resource",
    "Route",
    "RouteKey",
    "Routes",
    "Row",
    "Source",
    "Uploads",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flavour:
    """One cloud's storage dialect."""

    name: str
    prefix: str
    """Of its request and response headers: ``x-amz-``."""
    region: str
    signed_region: Callable[[Bucket | None], str] | None = None
    """The region that a signature for a bucket, or for the service, names; None where the cloud takes any."""
    schemes: tuple[Scheme, ...]
    faults: Mapping[tuple[Kind, str | None], Row]
    """Rows by kind, and by kind and reason where one kind has several; every kind has one."""
    addressing: Addressing
    operations: Operations
    encryption: Encryptions
    uploads: Uploads = field(default_factory=Uploads)
    conditions: Conditions = field(default_factory=Conditions)
    forms: Forms
    objects: Objects = field(default_factory=Objects)
    listings: Listings
    documents: Documents
    replies: Replies

    def header(self, name: str) -> bytes:
        """One of the cloud's own header names, as bytes."""
        return (self.prefix + name).encode()

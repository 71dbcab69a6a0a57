"""The parts of a flavour that are about requests: where they go, what they may ask, and under which conditions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

from entrepot.core.facts.records import Attributes, Bucket
from entrepot.dialects.s3like.flavour.defaults import Defaults
from entrepot.dialects.s3like.flavour.known import NOTHING, Known, KnownTable
from entrepot.dialects.s3like.flavour.names import name_text, path_source
from entrepot.dialects.s3like.flavour.route import Routes
from entrepot.dialects.s3like.flavour.spelling import Head
from entrepot.wire.http import Request


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Addressing:
    """How buckets and keys are named: in hosts, paths, headers and replies."""

    endpoint: re.Pattern[str]
    """Host names of the cloud's own service: ``bucket`` is what stands before it, empty or absent at the service."""
    bucket_name: Callable[[Bucket], str] = field(default=lambda bucket: bucket.name)
    """A bucket's name as clients of this cloud write it."""
    check_key: Callable[[str], str] = str
    """Gives a key back that this cloud can name. Raises Fault NAME_INVALID."""
    copy_source: Callable[[str], tuple[str, str]] = path_source
    """Bucket (as spelt) and key of a copy-source header. Raises Fault."""
    link_target: Callable[[str], str] = name_text
    """The key in a link's header. Raises Fault."""
    link_header: Callable[[str], str] = quote
    """The header of a link to a key."""


@cache
def _names(known: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in known if not name.endswith("*"))


@cache
def _starts(known: frozenset[str]) -> tuple[str, ...]:
    return tuple(name[:-1].lower() for name in known if name.endswith("*"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operations:
    """What may be asked, and what is refused because it asks for something that is not here."""

    routes: Routes[Any]
    """What is understood."""
    known: KnownTable
    """What the requests of each of them may say; every route has its row."""
    anywhere: Known = NOTHING
    """What every request may say: signatures, tracing, what SDKs tell of themselves."""
    defaults: Defaults = field(default_factory=dict)
    """Configurations that no bucket has: reading them is answered, changing them is refused."""
    unsupported: frozenset[str] = frozenset()
    """Parameters to which the cloud's documents or SDKs give a meaning that is not here: refused on reads too. One that
    ends in ``*`` stands for all that begin so."""
    hoisted: bool = False
    """Whether headers count as well in the query of a signed address, where presigners of some SDKs move them."""
    refused_headers: tuple[str, ...] = ()
    """Beginnings of header names that ask for something that is not here: refused on reads too."""

    def absent(self, name: str) -> bool:
        """Whether a parameter of this name asks for something that the cloud has and this server has not."""
        small = name.lower()
        return small in _names(self.unsupported) or small.startswith(_starts(self.unsupported))

    def __post_init__(self) -> None:
        """Refuse a route whose requests may say nobody knows what, and a declaration of no route."""
        differ = set(self.routes) ^ set(self.known)
        if differ:
            raise TypeError(f"routes and declarations differ in {sorted(differ)}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uploads:
    """How bytes come in: bodies, parts and copies."""

    chunked_bodies: bool = True
    """Whether a body may come without its length announced."""
    md5_required: bool = False
    """Whether a deletion of many must carry Content-MD5."""
    empty_md5_refused: bool = False
    """Whether an empty Content-MD5 is refused instead of counting as none."""
    part_min_bytes: int = 5 * 1024 * 1024
    """Of every part but the last."""
    names_parts: bool = False
    """Whether the completion of all parts tells which those were."""
    open_copy_range: bool = True
    """Whether the range of a part's source may leave its end open."""
    digest_form: Callable[[bytes], bytes] = bytes
    """How a part's MD5 counts in the entity tag of the whole: as it is, or as a text."""
    may_be_empty: bool = False
    """Whether the completion of an upload without parts makes an empty object."""
    inherited: Callable[[Attributes, Attributes], Attributes] = field(default=lambda new, _source: new)
    """What becomes of the new attributes of a copy that replaces its source's: those to store."""
    any_part_order: bool = False
    """Whether a completion may name its parts in any order, as some SDKs do that upload several at once."""
    self_copy: bool = False
    """Whether a copy onto itself that changes nothing is a change of metadata instead of an error."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encryptions:
    """Encryption at rest: how the cloud names what is not here, and the default of a bucket."""

    not_here: frozenset[str]
    """Ways of encrypting that the cloud has and this server has not, as requests name them."""
    root: str = "ServerSideEncryptionConfiguration"
    """The root of the document of a bucket's default."""
    in_rule: bool = True
    """Whether that document holds a rule, or says at once what the rule would."""
    masks_md5: bool = False
    """Whether the entity tag of what is encrypted with a client's key is not made of the MD5."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conditions:
    """Conditional requests and ranges."""

    on_writes: bool = True
    """Whether If-Match and If-None-Match hold for writes too; where not, they are refused."""
    strict_writes: bool = False
    """Whether a write may say one of the two only, and of those ``If-None-Match: *`` or an entity tag to match; and
    whether the completion of an upload conflicts with what was written since its start."""
    copy_not_modified: int = 412
    """The status of a copy whose source does not meet If-None-Match or If-Modified-Since."""
    not_modified_headers: Head = field(default_factory=list)
    """Further headers of 304."""
    lenient_range: bool = False
    """Whether a range outside the object gives the whole object."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forms:
    """A browser's form and its policy."""

    fields: frozenset[str]
    """Fields below the cloud's own prefix that are understood, without it; one that ends in ``*`` stands for all that
    begin so. Others are refused."""
    bare: frozenset[str] = frozenset({"acl", "tagging"})
    """Fields without the prefix that say what others say with it."""
    strict: bool = True
    """Whether every field of a form must be named by its policy."""
    pinned: tuple[str, ...] = ()
    """Beginnings of fields that a policy must name if they are sent, though others need not be: they widen a right."""
    at_keys: bool = False
    """Whether a form may be posted to the address of the very key that it names."""
    expands_first: bool = True
    """Whether the policy sees the key with the file's name in it."""
    text_sizes: bool = True
    """Whether a policy may write its sizes as texts."""
    any_file_name: bool = False
    """Whether the file may come under any name, if it has a file name."""
    file_type: Callable[[Request], str | None] = field(default=lambda _request: None)
    """The content type of a form's file, where it is not just the field Content-Type."""

"""The shape of what the documents say of a minting API beside its tables: actions, signatures, readings.

A reading is one question that the wire facts leave open, on which documents and clients disagree, or on which this
server differs on purpose; its source is that of what is done here. ``docs/dialects/`` is generated from each dialect's
``readings``. Must not know any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from entrepot.core.fault import Kind
from entrepot.dialects.s3like.guide.readings import Signature as Signature  # noqa: PLC0414 - part of a guide

Source = Literal["seed", "document", "SDK", "observed", "assumed"]
Topic = Literal["calls", "signatures", "rights", "policies", "files", "replies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One API: its name as policies have it, what it takes and gives, and the right that it mints, if any."""

    name: str
    version: str
    takes: tuple[str, ...]
    does: str
    mints: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One question and the answer that is built in. ``setting`` is empty when there is no choice."""

    topic: Topic
    question: str
    cloud: str
    here: str
    setting: str = ""
    source: Source = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """One dialect. ``marks`` say how its calls are told, ``replies`` what they are answered with.

    ``refused`` are what the cloud has here and this server has not; ``also`` are kinds of fault that its calls meet
    beside those of every call.
    """

    title: str
    marks: str
    replies: str
    actions: tuple[Action, ...]
    signatures: tuple[Signature, ...]
    refused: tuple[str, ...]
    readings: tuple[Reading, ...]
    also: frozenset[Kind] = frozenset()


READINGS: Final[tuple[Reading, ...]] = (
    Reading(
        topic="calls",
        question="calls a second",
        cloud="20 by account and API; some tell regions apart",
        here="`mint.requests_per_second` by account and API, counted over a second that moves once the signature is"
        " verified; workers share it evenly",
        setting="mint.requests_per_second",
        source="seed",
    ),
    Reading(
        topic="calls",
        question="the length of a call",
        cloud="Tencent: 10 MB, and 1 MB with the older signatures",
        here="1 MiB. A longer form posted to `/` that only its body could have told is refused in S3's words: whose"
        " call it is would have to be read first",
    ),
    Reading(
        topic="rights",
        question="whether a minted right may do more than who asked for it",
        cloud="presigned addresses and form policies are signed by keys of the cloud's own",
        here="never: it is what was asked and what its minter may, both. A sub-user that may only call the API is"
        " given an address, a form or keys that store nothing",
    ),
    Reading(
        topic="rights",
        question="limits beyond the API's own: bytes, uses, content types, networks",
        cloud="none",
        here="`mint.*_max_bytes`, `_uses`, `_content_types`, `_networks`; nothing on the wire changes",
    ),
    Reading(
        topic="rights",
        question="withdrawing a right",
        cloud="not in these APIs",
        here="`entrepot grants revoke`, or the admin API: refused from the next request on",
    ),
)
"""Those of every minting API."""

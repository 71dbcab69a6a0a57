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
        here="never: it is what was asked and what its minter may, both. In the bucket that is the API's own (vms, hbr,"
        " ms), who may call the API may spend what it gives, without a right of its own there; what is denied stays"
        " denied",
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
        here="`entrepot grants revoke`, or the admin API: refused from the next request on, with all that was minted"
        " from it; deleting a long-term key does the same. Nothing lasts longer than what it was minted from",
    ),
    Reading(
        topic="rights",
        question="minting with a right that holds for a number of uses",
        cloud="there are none",
        here="refused: each of what it minted could be used as often again",
    ),
    Reading(
        topic="rights",
        question="what the holder of an address, a form or a key for uploads may ask beside",
        cloud="a form whose policy does not name it takes an ACL, a callback, a redirect",
        here="no ACL but `private` and `default`, no callback, no redirect: 403",
    ),
    Reading(
        topic="calls",
        question="a parameter that is there twice",
        cloud="one of them counts",
        here="refused, in a JSON object too; parameters that an API does not have are ignored, but refused by Tencent's"
        " (UnknownParameter), as by the clouds",
    ),
    Reading(
        topic="policies",
        question="actions and resources that are not here, in policies of sessions",
        cloud="mean something",
        here="match nothing, and are named in the ledger beside what the right allows",
    ),
)
"""Those of every minting API."""

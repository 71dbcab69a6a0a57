"""``POST ?restore``: open what is of an archive class, for some days. It is done at once.

Source: AWS "RestoreObject"; the clouds' pages "RestoreObject", "POST Object restore"; the suite of OSS's Python SDK.
"""

from __future__ import annotations

from entrepot.core import operations as ops
from entrepot.core.fault import Fault, Kind
from entrepot.core.rules.archive import Restored
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Result
from entrepot.dialects.s3like.address.place import Place
from entrepot.dialects.s3like.flavour import Route
from entrepot.dialects.s3like.operations.configuration import number_of
from entrepot.dialects.s3like.operations.listing import document_of
from entrepot.dialects.s3like.replies import reply
from entrepot.wire.documents import Node
from entrepot.wire.http import Request, Response

TIERS = frozenset({"Expedited", "Standard", "Bulk"})
"""How much of a hurry there is. Everything is restored at once."""
_JOBS = ("GlacierJobParameters", "CASJobParameters", "RestoreJobParameters", "JobParameters")
DAYS_MAX = 365


async def restore(request: Request, place: Place, _intake: Intake) -> ops.Operation:
    """Read the document, which only OSS lets be missing, for one day."""
    bucket, days, tier = place.existing_bucket(), 1, ""
    if request.content_length() or not place.flavour.objects.restores_bare:
        node = await document_of(request, place)
        tier = _tier(node)
        text = node.value("Days")
        if not text and not place.flavour.objects.restores_bare:
            raise Fault(Kind.MALFORMED, "a restoration must say for how many Days", reason="xml")
        days = number_of(text, "Days", 1) if text else 1
        if days > DAYS_MAX:
            raise Fault(Kind.PARAMETER_INVALID, f"Days is {days}; it must be at most {DAYS_MAX}", argument="Days")
    return ops.RestoreObject(bucket=bucket, key=place.key, days=days, urgency=tier)


def _tier(node: Node) -> str:
    """How urgent it is said to be. Raises Fault PARAMETER_INVALID."""
    job = next((found for name in _JOBS if (found := node.first(name)) is not None), node)
    tier = job.value("Tier") or node.value("Tier") or ""
    if tier and tier not in TIERS:
        known = ", ".join(sorted(TIERS))
        raise Fault(Kind.PARAMETER_INVALID, f"{tier[:40]!r} is no tier; {known} are", argument="Tier")
    return tier


def restored(request: Request, place: Place, _op: ops.Operation, result: Result) -> Response:
    """202, and 200 for what was open already."""
    assert isinstance(result, Restored)  # noqa: S101 - this route's own operation
    return reply.empty(request, place, 200 if result.again else 202)


RESTORE = Route(decode=restore, encode=restored, about="open what is archived for some days, at once")

"""Which action a call of AWS's STS asks, and with what.

Must not know what an action does. Source: AWS "Making requests to AWS STS", "Signature Version 4".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.identity import Account, Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value
from entrepot.dialects.call_detection import AWS_STS_VERSION as VERSION
from entrepot.signing.parameters import parameters
from entrepot.wire.http import Request

__all__ = ["COMMON", "VERSION", "Api", "Call", "Document", "Place", "locate"]

Document = Mapping[str, Any]


class Call(Value, frozen=True, kw_only=True):
    """One verified call: who asks, and what with."""

    api: Api
    request: Request
    given: Mapping[str, str]
    who: Principal
    account: Account
    store: Store
    intake: Intake

    def needed(self, name: str) -> str:
        """A parameter that must be there. Raises Fault PARAMETER_MISSING."""
        value = self.given.get(name)
        if not value:
            raise Fault(Kind.PARAMETER_MISSING, f"the parameter {name} is missing", field=name)
        return value


class Api(Value, frozen=True, kw_only=True):
    """One action: ``answer`` gives the members of its result. ``free`` needs no right to be called."""

    action: str
    answer: Callable[[Call], Awaitable[Document]]
    parameters: frozenset[str] = frozenset()
    free: bool = False

    @property
    def name(self) -> str:
        """As policies name it."""
        return f"sts:{self.action}"


COMMON: Final = frozenset({
    "Action", "Version", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
    "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "X-Amz-User-Agent",
})  # fmt: skip
"""What every call may have. Source: AWS "Common parameters", "Signature Version 4"."""


class Place(Value, frozen=True, kw_only=True):
    """What a call asks for."""

    api: Api
    given: Mapping[str, str]

    @property
    def operation(self) -> str:
        """For logs and counters."""
        return self.api.action


def locate(request: Request, apis: Mapping[str, Api]) -> Place:
    """What a request asks for.

    Raises:
        Fault: METHOD_NOT_ALLOWED, PARAMETER_MISSING, NOT_IMPLEMENTED (reason ``api``), MALFORMED.
    """
    if request.method not in {"GET", "POST"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"a call is a GET or a POST, not a {request.method[:20]}")
    given = parameters(request)
    action, version = given.get("Action"), given.get("Version")
    if not action:
        raise Fault(Kind.PARAMETER_MISSING, "the call does not say which Action it asks for", reason="action")
    api = apis.get(action)
    if api is None or version != VERSION or request.raw_path not in {b"/", b""}:
        raise Fault(
            Kind.NOT_IMPLEMENTED,
            f"Could not find operation {action[:80]} for version {(version or 'NO_VERSION_SPECIFIED')[:40]};"
            f" there are {', '.join(sorted(apis))} of version {VERSION}",
            reason="api",
        )
    return Place(api=api, given=given)

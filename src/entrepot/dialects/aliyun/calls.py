"""Which API a call of Alibaba Cloud's OpenAPI asks, and what an API is given.

A call says what it asks either in headers (with the ACS3 signature, which covers them) or in parameters (with the RPC
signature, which covers only those). Must not know what any API does. Source: wire facts of Alibaba §1.1 to §1.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Clock
from entrepot.core.rights.identity import Account, Principal
from entrepot.core.rules.intake import Intake
from entrepot.core.store import Store
from entrepot.core.value import Value
from entrepot.dialects.call_detection import ALIYUN_HOST
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.signing import acs3
from entrepot.signing.parameters import parameters
from entrepot.wire.http import Request

Document = Mapping[str, Any]


class Setup(Value, frozen=True, kw_only=True):
    """What the dialect was made with."""

    mint: MintSettings
    storage: StorageSettings
    clock: Clock
    public_url: str | None
    domains: tuple[str, ...]


class Call(Value, frozen=True, kw_only=True):
    """One verified call: who asks, and what with."""

    api: Api
    request: Request
    given: Mapping[str, str]
    who: Principal
    account: Account
    store: Store
    intake: Intake
    setup: Setup

    def needed(self, name: str) -> str:
        """A parameter that must be there. Raises Fault PARAMETER_MISSING."""
        value = self.given.get(name)
        if not value:
            raise Fault(Kind.PARAMETER_MISSING, f"{self.api.action} needs the parameter {name}", field=name)
        return value


class Api(Value, frozen=True, kw_only=True):
    """One API: ``answer`` gives the members of its reply, all but RequestId. ``free`` needs no right to be called."""

    service: str
    action: str
    version: str
    answer: Callable[[Call], Awaitable[Document]]
    parameters: frozenset[str] = frozenset()
    free: bool = False

    @property
    def name(self) -> str:
        """As policies name it."""
        return f"{self.service}:{self.action}"


COMMON: Final = frozenset({
    "Action", "Version", "Format", "AccessKeyId", "SecurityToken", "Signature", "SignatureMethod", "SignatureType",
    "SignatureVersion", "SignatureNonce", "Timestamp", "RegionId",
})  # fmt: skip
"""What every call may have. Source: wire facts of Alibaba §1.2, §1.3; ``RegionId`` comes from the older SDKs."""


class Place(Value, frozen=True, kw_only=True):
    """What a call asks for."""

    api: Api
    given: Mapping[str, str]

    @property
    def operation(self) -> str:
        """For logs and counters."""
        return self.api.action


def region_of(request: Request) -> str | None:
    """The region of the cloud's own host by which the client came; empty when that has none, None at other hosts."""
    match = ALIYUN_HOST.fullmatch(request.host)
    return None if match is None else match["region"] or ""


def is_headed(request: Request) -> bool:
    """Whether headers say what is asked: they are signed only by the signature that is a header itself."""
    authorization = request.header(b"authorization")
    return authorization is not None and authorization.startswith(acs3.FAMILY)


def locate(request: Request, apis: Mapping[str, Api]) -> Place:
    """What a request asks for.

    Raises:
        Fault: METHOD_NOT_ALLOWED, PARAMETER_MISSING, NOT_IMPLEMENTED (reason ``api``, ``version``), MALFORMED.
    """
    if request.method not in {"GET", "POST"}:
        raise Fault(Kind.METHOD_NOT_ALLOWED, f"a call is a GET or a POST, not a {request.method[:20]}")
    given = parameters(request)
    if is_headed(request) or not ("Action" in given or "AccessKeyId" in given):
        action, version = request.header(b"x-acs-action"), request.header(b"x-acs-version")
    else:
        action, version = given.get("Action"), given.get("Version")
    if not action:
        raise Fault(Kind.PARAMETER_MISSING, "the call does not say which Action it asks for", field="Action")
    if not version:
        raise Fault(Kind.PARAMETER_MISSING, "the call does not say which Version it asks for", field="Version")
    api = apis.get(action)
    if api is None or request.raw_path not in {b"/", b""}:
        path = request.raw_path[:80].decode("latin-1")
        raise Fault(
            Kind.NOT_IMPLEMENTED,
            f"there is no action {action[:80]!r} at {path!r} here; there are, at '/': {', '.join(sorted(apis))}",
            reason="api",
        )
    if version != api.version:
        raise Fault(
            Kind.NOT_IMPLEMENTED,
            f"{api.action} has the version {api.version} here, not {version[:40]!r}",
            reason="version",
        )
    if given.get("Format", "JSON").upper() not in {"JSON", "XML"}:
        raise Fault(
            Kind.PARAMETER_INVALID, f"Format is {given['Format'][:40]!r}; it must be JSON or XML", reason="format"
        )
    return Place(api=api, given=given)

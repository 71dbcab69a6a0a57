"""Mistakes in what a signature is made under: region, service, day, time, span. Data in :data:`MISTAKES`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from entrepot.core.value import changed
from entrepot.explain.signatures.mistake import ClaimMistake, Facts
from entrepot.signing.q_sign import QSign
from entrepot.signing.scheme import Claim
from entrepot.signing.scoped_rows import Scoped
from entrepot.signing.tc3 import Tc3

Claims = Iterator[tuple[Claim, str]]

_REGIONS: Final = (
    "us-east-1", "auto", "", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-northeast-1",
    "cn-north-1", "cn-hangzhou", "cn-shanghai", "cn-beijing", "cn-shenzhen", "cn-guangzhou", "oss-cn-hangzhou",
    "oss-cn-shanghai", "oss-cn-beijing", "ap-guangzhou", "ap-shanghai", "ap-beijing", "ap-singapore", "tos-cn-beijing",
    "local", "default", "garage", "minio",
)  # fmt: skip
_SERVICES: Final = (
    "s3", "oss", "tos", "sts", "cos", "execute-api", "iam", "ec2", "vms", "vod", "cvm", "ms", "s3express",
    "open", "cloudapi", "volc_voice", "127", "localhost",
)  # fmt: skip


def _rescoped(claim: Claim, at: int, value: str) -> Claim | None:
    signed = claim.signed
    if not isinstance(signed, Scoped) or at >= len(signed.scope) or signed.scope[at] == value:
        return None
    scope = (*signed.scope[:at], value, *signed.scope[at + 1 :])
    return changed(claim, signed=changed(signed, scope=scope))


def _region(claim: Claim, _facts: Facts) -> Claims:
    own = getattr(claim.signed, "scope", ("", ""))[1:2]
    near = [made for region in own for made in _near(region)]
    for region in dict.fromkeys((*near, *_REGIONS)):
        found = _rescoped(claim, 1, region)
        if found is not None:
            yield found, region or "(empty)"


def _near(region: str) -> Iterator[str]:
    """The same region as others write it."""
    for prefix in ("oss-", "tos-", "cos.", "s3-"):
        yield region.removeprefix(prefix)
        yield prefix + region
    yield region.lower()
    yield region.upper()
    yield region.replace("_", "-")


def _service(claim: Claim, _facts: Facts) -> Claims:
    if isinstance(claim.signed, Tc3):
        for service in _SERVICES:
            if service != claim.signed.service:
                yield changed(claim, signed=changed(claim.signed, service=service)), service
    for service in _SERVICES:
        found = _rescoped(claim, 2, service)
        if found is not None:
            yield found, service


def _terminal(claim: Claim, _facts: Facts) -> Claims:
    for word in ("aws4_request", "request", "aliyun_v4_request", "tc3_request", ""):
        found = _rescoped(claim, 3, word)
        if found is not None:
            yield found, word


def _days(day: str, form: str) -> Iterator[str]:
    try:
        moment = datetime.strptime(day, form).replace(tzinfo=UTC)
    except ValueError:
        return
    for days in (-1, 1):
        yield (moment + timedelta(days=days)).strftime(form)
    yield moment.strftime("%Y-%m-%d" if form == "%Y%m%d" else "%Y%m%d")


def _day(claim: Claim, _facts: Facts) -> Claims:
    """The day of another time zone, or written otherwise, in the key; the request says the right one."""
    signed = claim.signed
    if isinstance(signed, Tc3):
        for day in _days(signed.date, "%Y-%m-%d"):
            yield changed(claim, signed=changed(signed, date=day)), day
    if isinstance(signed, Scoped):
        for day in _days(signed.scope[0], "%Y%m%d"):
            found = _rescoped(claim, 0, day)
            if found is not None:
                yield found, day


_COMPACT: Final = "%Y%m%dT%H%M%SZ"


def _time(claim: Claim, _facts: Facts) -> Claims:
    """Another time than the one that was sent: the clock was read twice, or the time is written otherwise."""
    signed = claim.signed
    if isinstance(signed, Tc3) and claim.signed_at is not None:
        for off in _OFFS:
            yield changed(claim, signed=changed(signed, time=str(int(claim.signed_at) + off))), f"{off} s"
        yield changed(claim, signed=changed(signed, time=signed.time + "000")), "milliseconds"
    if isinstance(signed, Scoped) and claim.signed_at is not None:
        moment = datetime.fromtimestamp(claim.signed_at, UTC)
        for off in _OFFS:
            written = (moment + timedelta(seconds=off)).strftime(_COMPACT)
            yield changed(claim, signed=changed(signed, time=written)), f"{off} s"
        for form in ("%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT", "%Y%m%dT%H%M%S", "%Y%m%d"):
            yield changed(claim, signed=changed(signed, time=moment.strftime(form))), moment.strftime(form)


_OFFS: Final = tuple(sign * second for second in range(1, 16) for sign in (1, -1))


def _span(claim: Claim, _facts: Facts) -> Claims:
    """The spans of q-sign: the other's, in milliseconds, of a clock that was read twice, or without what parts them."""
    signed = claim.signed
    if not isinstance(signed, QSign) or signed.policy is not None:
        return
    if signed.key_time != signed.sign_time:
        yield changed(claim, signed=changed(signed, key_time=signed.sign_time)), "q-key-time"
        yield changed(claim, signed=changed(signed, sign_time=signed.key_time)), "q-sign-time"
    start, _, end = signed.key_time.partition(b";")
    spans = [start + b"000;" + end + b"000", start + b"," + end, start + b"%3B" + end, end + b";" + start, start, end]
    if start.isdigit() and end.isdigit():
        spans += [b"%d;%d" % (int(start) + off, int(end) + off) for off in _OFFS]
    for span in spans:
        yield changed(claim, signed=changed(signed, key_time=span, sign_time=span)), span.decode("latin-1")
        yield changed(claim, signed=changed(signed, key_time=span)), span.decode("latin-1")


MISTAKES: Final = (
    ClaimMistake(cause="scope-region", alter=_region),
    ClaimMistake(cause="scope-service", alter=_service),
    ClaimMistake(cause="scope-day", alter=_day),
    ClaimMistake(cause="scope-terminal", alter=_terminal),
    ClaimMistake(cause="time-differs", alter=_time),
    ClaimMistake(cause="span-differs", alter=_span),
)

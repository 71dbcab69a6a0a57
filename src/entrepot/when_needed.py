"""What only some requests need, imported when the first of them comes: dialects, the admin API, what explains refusals.

The start of a test's server is mostly imports, and a test needs one dialect of nine. Law: a server outside dev mode has
everything before its first request, and its workers have it before they are forked: :func:`preload` and
:meth:`Dialects.open` see to that, and a test holds them to it. So a function below imports what it is there for, and
nothing else of the server does so but what says why.

It names dialects, in the order in which they are asked whose request it is; :mod:`entrepot.app` puts them to use.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from entrepot.config import Settings
from entrepot.core.fault import Kind
from entrepot.dialects import call_detection as calls
from entrepot.dialects import detection as stored
from entrepot.dialects.base import Dialect, Door
from entrepot.explain.refusal import Explain
from entrepot.folder import Folder
from entrepot.later import Later
from entrepot.wire.http import Request

if TYPE_CHECKING:
    from entrepot.dialects.s3like.callbacks.answering import Answering
    from entrepot.dialects.s3like.callbacks.callback import Manner
    from entrepot.dialects.s3like.callbacks.calling import Caller


def preload() -> None:
    """Import all of it, and make no object."""
    import entrepot.administration  # noqa: PLC0415
    import entrepot.dialects.aliyun  # noqa: PLC0415
    import entrepot.dialects.aws_sts  # noqa: PLC0415
    import entrepot.dialects.cos_json.dialect  # noqa: PLC0415
    import entrepot.dialects.cos_xml  # noqa: PLC0415
    import entrepot.dialects.oss  # noqa: PLC0415
    import entrepot.dialects.s3  # noqa: PLC0415
    import entrepot.dialects.s3like.callbacks.calling  # noqa: PLC0415
    import entrepot.dialects.tencent  # noqa: PLC0415
    import entrepot.dialects.tos  # noqa: PLC0415
    import entrepot.dialects.volcengine  # noqa: PLC0415
    import entrepot.explain.explainers  # noqa: F401, PLC0415


STEPS: Final = (
    "entrepot.administration", "entrepot.dialects.s3", "entrepot.dialects.cos_xml", "entrepot.dialects.oss",
    "entrepot.dialects.tos", "entrepot.dialects.cos_json.dialect", "entrepot.explain.explainers",
    "entrepot.dialects.tencent", "entrepot.dialects.aliyun", "entrepot.dialects.volcengine",
    "entrepot.dialects.aws_sts", "entrepot.dialects.s3like.callbacks.calling",
)  # fmt: skip
"""The same, one after the other, for a process that has a little time now and then: what tests ask for first, first."""


def explainers() -> Mapping[Kind, tuple[Explain, ...]]:
    """Who explains which kind of refusal."""

    def table() -> Mapping[Kind, tuple[Explain, ...]]:
        from entrepot.explain.explainers import EXPLAINERS  # noqa: PLC0415

        return EXPLAINERS

    return Later(table)


def control_dialects(folder: Folder, settings: Settings) -> tuple[Door, ...]:
    """The minting APIs; they are asked before storage is."""
    storage, domains, mint, now = settings.storage, settings.domains, settings.mint, folder.clock
    made: list[Any] = []

    def rates() -> Any:
        from entrepot.dialects.control.rates import Rates  # noqa: PLC0415

        if not made:
            made.append(Rates(mint.requests_per_second, time.monotonic, folder.processes))
        return made[0]

    def aliyun() -> Dialect[Any]:
        from entrepot.dialects.aliyun import aliyun as make  # noqa: PLC0415

        return make(mint, storage, now, rates(), settings.public_url, domains)

    def aws_sts() -> Dialect[Any]:
        from entrepot.dialects.aws_sts import aws_sts as make  # noqa: PLC0415

        return make(storage, rates())

    def tencent() -> Dialect[Any]:
        from entrepot.dialects.tencent import tencent as make  # noqa: PLC0415

        return make(mint, storage, folder.index.now, now, rates())

    def volcengine() -> Dialect[Any]:
        from entrepot.dialects.volcengine import volcengine as make  # noqa: PLC0415

        return make(mint, storage, now, rates(), settings.public_url, domains)

    return (
        Door("aliyun", calls.is_aliyun_call, aliyun),
        Door("aws_sts", calls.is_aws_sts_call, aws_sts),
        Door("tencent", calls.is_tencent_call, tencent),
        Door("volcengine", calls.is_volcengine_call, volcengine),
    )


class Dialects:
    """The dialects of one server, and the one who asks applications for them."""

    def __init__(self, folder: Folder, settings: Settings, sign: Callable[[bytes], bytes]) -> None:
        self._folder = folder
        self._settings = settings
        self._sign = sign
        self.control = control_dialects(folder, settings)
        self.all = (
            *self.control,
            Door(stored.COS_JSON, stored.is_cos_json, self._cos_json),
            Door(stored.COS_XML, partial(_speaks, stored.COS_XML), self._cos_xml),
            Door(stored.OSS, partial(_speaks, stored.OSS), self._oss),
            Door(stored.TOS, partial(_speaks, stored.TOS), self._tos),
            Door(stored.S3, partial(_speaks, stored.S3), self._s3),
        )

    def open(self) -> None:
        """Have all of them, so that no request waits for one."""
        for door in self.all:
            _ = door.dialect
        _ = self._caller

    async def close(self) -> None:
        """Drop connections to applications."""
        if "_caller" in vars(self):
            await self._caller.close()

    @cached_property
    def _caller(self) -> Caller:
        from entrepot.dialects.s3like.callbacks.calling import Caller  # noqa: PLC0415
        from entrepot.dialects.s3like.callbacks.hosts import parse_rules  # noqa: PLC0415

        settings = self._settings
        return Caller(parse_rules(settings.callback_rules), settings.port, self._sign, self._folder.clock)

    def _answering(self, manner: Manner) -> Answering:
        from entrepot.dialects.s3like.callbacks.answering import answering  # noqa: PLC0415

        return answering(lambda: self._caller, manner, self._settings.public_url)

    def _cos_json(self) -> Dialect[Any]:
        from entrepot.dialects.cos_json.dialect import cos_json  # noqa: PLC0415
        from entrepot.dialects.cos_json.urls import Addresses  # noqa: PLC0415

        settings = self._settings
        addresses = Addresses(
            public_url=settings.public_url, download_domain=settings.download_domain, region=settings.cos_json.region
        )
        return cos_json(settings.cos_json, addresses, self._folder.index.now)

    def _cos_xml(self) -> Dialect[Any]:
        from entrepot.dialects.cos_xml import cos_xml  # noqa: PLC0415

        return cos_xml(self._settings.storage, self._settings.domains, self._folder.clock)

    def _oss(self) -> Dialect[Any]:
        from entrepot.dialects.oss import oss  # noqa: PLC0415
        from entrepot.dialects.s3like.callbacks.callback import OSS  # noqa: PLC0415

        return oss(self._settings.storage, self._settings.domains, self._folder.clock, self._answering(OSS))

    def _tos(self) -> Dialect[Any]:
        from entrepot.dialects.s3like.callbacks.callback import TOS  # noqa: PLC0415
        from entrepot.dialects.tos import tos  # noqa: PLC0415

        return tos(self._settings.storage, self._settings.domains, self._folder.clock, self._answering(TOS))

    def _s3(self) -> Dialect[Any]:
        from entrepot.dialects.s3 import s3  # noqa: PLC0415

        return s3(self._settings.storage, self._settings.domains, self._folder.clock)


def _speaks(name: str, request: Request) -> bool:
    return stored.dialect_of(request) == name

"""The policy languages by name, and which one speaks for a dialect, for who compiles or explains policies. Data only.

``service`` is the name under which a dialect's actions and resources stand in its language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from entrepot.core.rights.grant import Right
from entrepot.core.rights.identity import Account
from entrepot.core.value import Value
from entrepot.dialects.control.policies import cam, cam_actions, cam_conditions, ram, ram_actions, ram_conditions
from entrepot.dialects.control.policies.conditions import Language
from entrepot.dialects.control.policies.statements import Statement

Read = Callable[[str, Account], list[Statement]]
"""The statements of a policy of users."""

LANGUAGES: Final[Mapping[str, Read]] = {
    "cam": cam.statements,
    "ram": partial(ram.statements, of_users=True),
}
"""Tencent's CAM 2.0; what Alibaba's RAM, AWS's IAM and Volcengine's IAM share."""

MINTED_LANGUAGES: Final[Mapping[str, Read]] = {
    "cam": cam.statements,
    "ram": ram.statements,
}
"""The same, for rights that belong to no user, so that nothing can be filled in."""

CONDITIONS: Final[Mapping[str, Language]] = {"cam": cam_conditions.LANGUAGE, "ram": ram_conditions.RAM}

ACTIONS: Final[Mapping[str, Mapping[str, tuple[Right, ...]]]] = {**ram_actions.STORAGE, **cam_actions.STORAGE}
"""What every service calls what can be done to buckets and objects."""

APIS: Final[Mapping[str, frozenset[str]]] = {
    service: frozenset(cam_actions.APIS.get(service, ())) | frozenset(ram_actions.APIS.get(service, ()))
    for service in {*cam_actions.APIS, *ram_actions.APIS}
}
"""What every service calls its APIs."""


class Speech(Value, frozen=True, kw_only=True):
    """How one cloud writes policies: ``language``, ``service``, and the prefix of keys that all services have."""

    language: str
    service: str
    common: str


SPEECHES: Final[Mapping[str, Speech]] = {
    "cos": Speech(language="cam", service="cos", common="qcs"),
    "oss": Speech(language="ram", service="oss", common="acs"),
    "tos": Speech(language="ram", service="tos", common="volc"),
    "s3": Speech(language="ram", service="s3", common="aws"),
}
"""The languages that a policy can be asked in."""

OF_DIALECT: Final[Mapping[str, str]] = {
    "cos_json": "cos", "cos_xml": "cos", "tencent": "cos", "oss": "oss", "aliyun": "oss", "tos": "tos",
    "volcengine": "tos", "s3": "s3", "aws_sts": "s3",
}  # fmt: skip
"""The speech of each dialect's cloud."""

CAM_VERSION: Final = re.compile(r'"version"\s*:\s*"2\.0"', re.IGNORECASE)
"""What tells a policy of the one language from those of the other."""

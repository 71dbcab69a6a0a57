"""What the documents say of the minting APIs fits their tables: every action, scheme, fault and setting."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields
from typing import Any, get_args

import pytest

from entrepot.config import Settings
from entrepot.core.fault import Kind
from entrepot.dialects.aliyun import APIS as ALIYUN_APIS
from entrepot.dialects.aliyun import faults as aliyun_faults
from entrepot.dialects.aliyun.readings import GUIDE as ALIYUN
from entrepot.dialects.aws_sts import APIS as AWS_APIS
from entrepot.dialects.aws_sts import faults as aws_faults
from entrepot.dialects.aws_sts.calls import VERSION as AWS_VERSION
from entrepot.dialects.aws_sts.readings import GUIDE as AWS_STS
from entrepot.dialects.control.guide import READINGS, Guide, Topic
from entrepot.dialects.control.guide import Source as GuideSource
from entrepot.dialects.control.policies import cam_actions, ram_actions
from entrepot.dialects.control.refusals import OF_EVERY_CALL, WHEN
from entrepot.dialects.tencent import faults as tencent_faults
from entrepot.dialects.tencent.apis import APIS as TENCENT_APIS
from entrepot.dialects.tencent.readings import GUIDE as TENCENT
from entrepot.dialects.volcengine import ACTIONS as VOLCENGINE_ACTIONS
from entrepot.dialects.volcengine import faults as volcengine_faults
from entrepot.dialects.volcengine.marks import SERVICE, VERSION
from entrepot.dialects.volcengine.readings import GUIDE as VOLCENGINE
from entrepot.signing import acs3, acs_rpc, scoped
from entrepot.signing.tc3 import TC3
from entrepot.signing.tc3_v1 import TC3_V1
from entrepot.signing.volc import VOLC_HEADER, VOLC_QUERY

from .raised import met_by
from .test_docs import setting_names

GUIDES: Mapping[str, Guide] = {"aliyun": ALIYUN, "aws_sts": AWS_STS, "tencent": TENCENT, "volcengine": VOLCENGINE}
SERVED: Mapping[str, AbstractSet[tuple[str, str]]] = {
    "aliyun": {(api.name, api.version) for api in ALIYUN_APIS.values()},
    "aws_sts": {(api.name, AWS_VERSION) for api in AWS_APIS.values()},
    "tencent": {(api.name, version) for (_, version), api in TENCENT_APIS.items()},
    "volcengine": {(f"{SERVICE}:{action}", VERSION) for action in VOLCENGINE_ACTIONS},
}
SCHEMES: Mapping[str, list[str]] = {
    "aliyun": [acs3.SCHEME.name, acs_rpc.SCHEME.name],
    "aws_sts": [scoped.STS4_HEADER.name, scoped.STS4_QUERY.name],
    "tencent": [TC3.name, TC3_V1.name],
    "volcengine": [VOLC_HEADER.name, VOLC_QUERY.name],
}
TABLES: Mapping[str, list[Mapping[tuple[Kind, str | None], Any]]] = {
    "aliyun": [aliyun_faults.FAULTS],
    "aws_sts": [aws_faults.FAULTS],
    "tencent": [tencent_faults.FAULTS, *tencent_faults.OF_PRODUCTS.values()],
    "volcengine": [volcengine_faults.FAULTS],
}
each_dialect = pytest.mark.parametrize("name", GUIDES)


@each_dialect
def test_the_actions_are_those_that_are_served(name: str) -> None:
    listed = [(action.name, action.version) for action in GUIDES[name].actions]
    assert len(listed) == len(set(listed))
    assert set(listed) == SERVED[name]


def test_parameters_are_those_that_are_known() -> None:
    known = {api.name: api.parameters for api in TENCENT_APIS.values()}
    assert {action.name: frozenset(action.takes) for action in TENCENT.actions} == known


@each_dialect
def test_policies_can_name_every_action(name: str) -> None:
    calls = {f"{service}:{call}" for tables in (cam_actions.APIS, ram_actions.APIS) for service in tables
             for call in tables[service]}  # fmt: skip
    assert {action.name for action in GUIDES[name].actions} - calls == set()


@each_dialect
def test_the_schemes_are_those_that_are_tried(name: str) -> None:
    assert [each.scheme for each in GUIDES[name].signatures] == SCHEMES[name]


def test_every_fault_says_when_it_is_met() -> None:
    finer = {key for tables in TABLES.values() for table in tables for key in table if key[1] is not None}
    kinds = OF_EVERY_CALL.union(*(guide.also for guide in GUIDES.values()))
    assert WHEN.keys() == finer | {(kind, None) for kind in kinds}


@each_dialect
def test_kinds_that_are_shown_can_be_met(name: str) -> None:
    shown = OF_EVERY_CALL | GUIDES[name].also
    assert shown - {Kind[fault.kind] for fault in met_by(name)} == set()


@each_dialect
def test_readings_name_settings_that_exist(name: str) -> None:
    known = {*setting_names(), *(one.name for one in fields(Settings))}
    for reading in (*READINGS, *GUIDES[name].readings):
        named = [part for part in reading.setting.split(", ") if part]
        assert set(named) <= known, reading.question
        assert all(getattr(reading, field.name) for field in fields(reading) if field.name != "setting")
        assert reading.topic in get_args(Topic)
        assert reading.source in get_args(GuideSource)


@each_dialect
def test_a_question_is_answered_once(name: str) -> None:
    asked = [(reading.topic, reading.question) for reading in (*READINGS, *GUIDES[name].readings)]
    assert len(asked) == len(set(asked))

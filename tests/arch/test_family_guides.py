"""What the documents say of the S3-like dialects fits their tables: every scheme, operation, fault and setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import pytest

from entrepot.config import Settings
from entrepot.dialects.cos_xml.readings import GUIDE as COS_XML
from entrepot.dialects.oss.readings import GUIDE as OSS
from entrepot.dialects.s3.readings import GUIDE as S3
from entrepot.dialects.s3like.family import completed
from entrepot.dialects.s3like.guide.readings import READINGS, Guide
from entrepot.dialects.s3like.guide.refusals import WHEN
from entrepot.dialects.tos.readings import GUIDE as TOS

from .test_docs import setting_names
from .test_family_faults import FLAVOURS

GUIDES: Mapping[str, Guide] = {"cos_xml": COS_XML, "oss": OSS, "s3": S3, "tos": TOS}
each_dialect = pytest.mark.parametrize("name", GUIDES)


def test_every_dialect_has_a_guide() -> None:
    assert GUIDES.keys() == FLAVOURS.keys()


@each_dialect
def test_the_schemes_are_those_that_are_tried(name: str) -> None:
    assert [each.scheme for each in GUIDES[name].signatures] == [scheme.name for scheme in FLAVOURS[name].schemes]


@each_dialect
def test_every_operation_says_what_it_does(name: str) -> None:
    found = completed(FLAVOURS[name].operations, lambda: 0.0).routes
    assert [place for place, route in found.items() if not route.about] == []


def test_every_fault_says_when_it_is_met() -> None:
    rows = {key for flavour in FLAVOURS.values() for key in flavour.faults}
    assert WHEN.keys() == rows


@each_dialect
def test_readings_name_settings_that_exist(name: str) -> None:
    known = {*setting_names(), *(one.name for one in fields(Settings))}
    for reading in (*READINGS, *GUIDES[name].readings):
        named = [part for part in reading.setting.split(", ") if part]
        assert set(named) <= known, reading.question
        assert all(getattr(reading, field.name) for field in fields(reading) if field.name != "setting")


@each_dialect
def test_a_question_is_answered_once(name: str) -> None:
    asked = [(reading.topic, reading.question) for reading in (*READINGS, *GUIDES[name].readings)]
    assert len(asked) == len(set(asked))

"""Every setting is one that gateways of an index should have alike, or one that may differ: none is forgotten."""

from __future__ import annotations

from pathlib import Path

from entrepot.alike import ALIKE, APART, bytes_at, differences, is_alike, told
from entrepot.config import Settings, load

KEY = {"blobs_key_id": "id", "blobs_secret": "secret", "index": "postgresql://db/x"}


def _names(record: object, within: str = "") -> list[str]:
    found: list[str] = []
    for name in record.__dataclass_fields__:  # type: ignore[attr-defined]
        value = getattr(record, name)
        nested = hasattr(value, "__dataclass_fields__")
        found += _names(value, f"{name}.") if nested else [within + name]
    return found


def _owners(name: str) -> list[str]:
    """The tables that have a setting by its name; where none has, those that have its group."""
    by_name = [table for table in ("ALIKE", "APART") if name in {"ALIKE": ALIKE, "APART": APART}[table]]
    group = f"{name.partition('.')[0]}."
    return by_name or [table for table in ("ALIKE", "APART") if group in {"ALIKE": ALIKE, "APART": APART}[table]]


def test_every_setting_is_in_one_table() -> None:
    names = _names(Settings())
    assert {name: len(_owners(name)) for name in names} == dict.fromkeys(names, 1)
    assert {name for name in names if is_alike(name)} == {name for name in names if _owners(name) == ["ALIKE"]}


def test_no_table_has_what_is_no_setting() -> None:
    names = _names(Settings())
    for entry in (*ALIKE, *APART):
        assert entry in names or any(name.startswith(entry) for name in names if entry.endswith(".")), entry


def test_no_secret_is_told() -> None:
    settings = load(master_key="k" * 44, admin_key="a" * 16, index_password="p", **KEY)
    assert not {"kkkk", "aaaa", "secret"} & set("".join(told(settings).values()).split('"'))
    assert {"limits.request_seconds", "mint.requests_per_second", "dev"} <= told(settings).keys()


def test_what_differs_is_told_with_both_values() -> None:
    mine, theirs = told(load()), {**told(load()), "limits.request_seconds": "60.0", "of.another.version": "1"}
    (told_of,) = differences(mine, theirs, "there:9400")
    assert told_of.startswith("limits.request_seconds is 3600.0 here and 60.0 at there:9400")


def test_one_place_for_bytes_has_one_name(tmp_path: Path) -> None:
    def at(blobs: str) -> str:
        return bytes_at(load(data=tmp_path / "data", blobs=blobs, **KEY))

    assert at("s3://bucket/below?endpoint=http://one:1") == at("s3://bucket/below/?endpoint=http://other:2")
    assert at("s3://bucket/below?endpoint=http://one:1") != at("s3://bucket/other?endpoint=http://one:1")
    (tmp_path / "bytes").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "bytes")
    assert at(f"file://{tmp_path}/link") == at(f"file://{tmp_path}/bytes")
    assert at("file") != at(f"file://{tmp_path}/data")

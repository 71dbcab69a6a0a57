"""admin: names and settings that can be, and those that cannot. Source: issue 2 §2; seed 004 -151, -159."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.admin import accounts, buckets, keys
from entrepot.config import load
from entrepot.core.facts.records import BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.folder import Folder

ONE, ANOTHER = 1250000123, 1250000124
TEN = tuple(f"host{number}.example" for number in range(10))


@pytest.mark.parametrize("name", ["referer_allow", "referer_deny", "domains"])
def test_ten_and_no_more(name: str) -> None:
    ten = BucketSettings(**{name: TEN})  # type: ignore[arg-type]
    assert buckets.check_settings(ten) is ten
    with pytest.raises(Fault) as caught:
        buckets.check_settings(BucketSettings(**{name: (*TEN, "one.more.example")}))  # type: ignore[arg-type]
    assert caught.value.kind is Kind.PARAMETER_INVALID


@pytest.mark.parametrize("value", ["", "a b", "http://x", "x/y", "x:80", "a\nb", "é.example"])
def test_hosts_that_are_none(value: str) -> None:
    for settings in (BucketSettings(domains=(value,)), BucketSettings(referer_deny=(value,))):
        with pytest.raises(Fault) as caught:
            buckets.check_settings(settings)
        assert caught.value.kind is Kind.PARAMETER_INVALID


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty data folder."""
    return Folder(load(None, data=tmp_path / "data"))


async def make(folder: Folder, name: str, settings: BucketSettings | None = None, account: int = ONE) -> None:
    """A bucket."""
    await folder.index.write(lambda tx: buckets.create(tx, 1.0, account, name, settings or BucketSettings()))


async def test_what_can_be_made(folder: Folder) -> None:
    try:
        await folder.index.write(lambda tx: accounts.create(tx, 1.0, ONE))
        for name in ("a", "a-b", "x" * 63, "0"):
            await make(folder, name)
        for name in ("", "-a", "a-", "A", "a_b", "a.b", "x" * 64, "中", "a/b"):
            with pytest.raises(Fault) as caught:
                await make(folder, name)
            assert caught.value.kind is Kind.NAME_INVALID, name
        with pytest.raises(Fault) as caught:
            await make(folder, "a")
        assert caught.value.kind is Kind.BUCKET_EXISTS
        with pytest.raises(Fault) as caught:
            await folder.index.write(lambda tx: accounts.create(tx, 1.0, ONE))
        assert caught.value.kind is Kind.OBJECT_EXISTS
        with pytest.raises(Fault) as caught:
            await folder.index.write(lambda tx: keys.create(tx, 1.0, 1999999999))
        assert caught.value.kind is Kind.OBJECT_MISSING
    finally:
        folder.close()


async def test_a_domain_has_one_bucket(folder: Folder) -> None:
    """Two buckets on one domain would make it a matter of chance whose files it serves."""
    mine = BucketSettings(domains=("files.example.org",))
    try:
        for account in (ONE, ANOTHER):
            await folder.index.write(lambda tx, account=account: accounts.create(tx, 1.0, account))  # type: ignore[misc]
        await make(folder, "first", mine)
        with pytest.raises(Fault):
            await make(folder, "second", mine, ANOTHER)
        found = folder.index.now.bucket_of_domain("files.example.org")
        assert found is not None
        assert found.name == "first"
    finally:
        folder.close()

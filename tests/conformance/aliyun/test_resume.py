"""OSS clients: an upload of 100 MB whose line breaks, and that goes on where it was.

oss2 and oss_v2 ask the server which parts it has; ali-oss goes by its own checkpoint, so that a part whose
acknowledgement was lost is sent again. oss_v2 keeps only the parts up to the first that is missing: it sends one after
another here, so that none is missing between.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.aliyun.calls import MIB, PART, Client, is_content
from conformance.aliyun.interruption import PartRelay
from conformance.conftest import Sample

pytestmark = pytest.mark.conformance

PARTS = 20
ANSWERS = 9
"""What the server says before the line breaks: the upload's id, what it has of it (to oss2), then parts."""


def known(oss: Client, key: str, store: Path) -> set[int]:
    """The parts that the client will not send again."""
    if oss.sdk == "ali_oss":
        return {part["number"] for part in json.loads((store / "checkpoint.json").read_text())["doneParts"]}
    [(_, upload)] = oss.call("uploads", prefix=key)["uploads"]
    return {number for number, *_ in oss.call("parts", key, upload)["parts"]}


@pytest.mark.parametrize(
    ("oss", "part"),
    [
        pytest.param(f"{sdk}-{version}", part, id=f"{sdk}-{version}-{PARTS * part // 10**6}MB")
        for sdk in ("oss2", "oss_v2", "ali_oss")
        for version, part in (("v1", PART), ("v4", 5 * MIB))
    ],
    indirect=["oss"],
)
def test_an_interrupted_upload_goes_on(
    oss: Client, where: str, sample: Callable[..., Sample], tmp_path: Path, part: int
) -> None:
    file, key, store = sample(PARTS * part - 77), where + "大.bin", tmp_path / "store"
    store.mkdir()
    how = {"part": part, "parallel": 1 if oss.sdk == "oss_v2" else 2, "store": str(store)}
    with PartRelay(oss.server.port, cut_after=ANSWERS) as relay:
        oss.connect(endpoint=relay.address)
        oss.refused(None, None, "resume", key, str(file.path), **how)
        assert relay.cut
        assert len(set(relay.parts())) >= ANSWERS - 2
        relay.heal()

        oss.connect()
        assert oss.call("exists", key) is False, "half an upload is not visible"
        there = known(oss, key, store)
        assert len(there) >= ANSWERS - 2
        oss.connect(endpoint=relay.address)
        oss.call("resume", key, str(file.path), **how)
        assert sorted(relay.parts()) == sorted(set(range(1, PARTS + 1)) - there)
    oss.connect()
    head = oss.call("head", key)["headers"]
    assert head["content-length"] == str(len(file.content))
    assert head["etag"].endswith(f'-{PARTS}"')
    assert is_content(oss.call("get_to_file", key, str(tmp_path / "back")), file.content)
    assert oss.call("uploads", prefix=key)["uploads"] == []
    oss.call("delete", key)


@pytest.mark.parametrize("oss", ["oss2-v1", "oss2-v4", "oss_v2-v1", "oss_v2-v4"], indirect=True)
def test_a_download_in_pieces(oss: Client, where: str, sample: Callable[..., Sample], tmp_path: Path) -> None:
    file = sample(3 * MIB + 5)
    oss.call("put", where + "a.bin", file.path)
    got = oss.call("get_to_file", where + "a.bin", str(tmp_path / "back"), part=MIB, store=str(tmp_path))
    assert is_content(got, file.content)

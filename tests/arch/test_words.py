"""No cloud's words in the core: not in names, strings, docstrings or comments.

What a cloud calls its own way is translated before it comes to the core; a word of one cloud there is the first sign
that it was not.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .tree import PACKAGE, name_of, sources

WORDS = (
    "alibaba", "alibabacloud", "aliyun", "amazon", "amz", "appid", "aws", "bizattr", "bytedance", "cam", "cos",
    "cosjson", "cossh", "hbr", "insertonly", "minio", "myqcloud", "oss", "qcloud", "qcs", "s3", "s3like",
    "secretid", "sts", "tencent", "tencentyun", "tos", "uin", "vms", "vod", "volc", "volcengine",
)  # fmt: skip
_PAIRS = ("biz_attr", "files/v2", "access_url", "source_url", "slice_size", "upload_slice", "to_over_write")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[a-z0-9]+")


def vendor_words(text: str) -> list[str]:
    """The vendor words of a text, with their lines."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = set(_WORD.findall(_CAMEL.sub("_", line).lower())) | set(_WORD.findall(line.lower()))
        found += [f"line {number}: {word}" for word in sorted(words & set(WORDS))]
        found += [f"line {number}: {pair}" for pair in _PAIRS if pair in line.lower()]
    return found


@pytest.mark.parametrize("path", sources(PACKAGE / "core"), ids=name_of)
def test_the_core_speaks_no_cloud(path: Path) -> None:
    assert vendor_words(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "class CosObject:",
        "cos_key = 1",
        "def putS3Object(): ...",
        '"""What Tencent calls it."""',
        "header = 'x-cos-meta-a'",
        "from_aws = None  # of AWS",
        "appid: int",
        "biz_attr: str",
        "path = '/files/v2/'",
    ],
)
def test_the_scan_sees(line: str) -> None:
    assert vendor_words(line)


@pytest.mark.parametrize("line", ["cost = closest", "possible losses", "a costly toss", "scosine", "the cloud's word"])
def test_the_scan_lets_pass(line: str) -> None:
    assert vendor_words(line) == []

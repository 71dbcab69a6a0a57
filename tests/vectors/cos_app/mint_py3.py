#!/usr/bin/env python3
"""Mint vectors with PyPI qcloud_cos_py3 0.1.4, unmodified, its clock and random number held still.

Run on the SDK's environment: .venvs/sdk-qcloud_cos_py3/bin/python tests/vectors/cos_app/mint_py3.py
"""

from __future__ import annotations

import random
import sys
import time
from importlib.metadata import version
from pathlib import Path

from qcloud_cos_py3 import CosBucket

sys.path.insert(0, str(Path(__file__).resolve().parent))
from mint_record import record

NOW = 1470736940
RANDOM = 490258943
SECRET = "entrepot-dev-secret"

CASES = (
    ("py3_multi_bucket_prefix", "multi", "sign_more", ("", 30), "/"),
    ("py3_multi_bound", "multi", "sign_more", ("dir/a.txt", 300), "/dir/a.txt"),
    ("py3_multi_bound_non_ascii", "multi", "sign_more", ("目录/文件 名.txt", 300), "/目录/文件 名.txt"),
    ("py3_once", "once", "sign_once", ("dir/a.txt",), "/dir/a.txt"),
    ("py3_once_double_slash", "once", "sign_once", ("/dir/a.txt",), "/dir/a.txt"),
    ("py3_once_directory", "once", "sign_once", ("dir/",), "/dir/"),
    ("py3_once_non_ascii", "once", "sign_once", ("目录/文件 名+~.txt",), "/目录/文件 名+~.txt"),
    ("py3_download_relative", "download", "sign_download", ("dir/a.txt", 30), "/dir/a.txt"),
    ("py3_download_non_ascii", "download", "sign_download", ("/目录/文件.txt", 30), "/目录/文件.txt"),
)


def main() -> None:
    """Write every case."""
    clock, chance = time.time, random.randint
    bucket = CosBucket("1250000000", "entrepot-dev-id", SECRET, "demo")
    for case, kind, method, arguments, path in CASES:
        time.time, random.randint = lambda: float(NOW), lambda low, high: RANDOM
        try:
            sign = getattr(bucket.signer, method)("demo", *arguments)
        finally:
            time.time, random.randint = clock, chance
        record(
            case,
            sign=sign,
            kind=kind,
            path=path,
            secret=SECRET,
            minted_with=f"PyPI qcloud_cos_py3 {version('qcloud_cos_py3')}",
            call=f"CosAuth.{method}{('demo', *arguments)!r}",
        )


if __name__ == "__main__":
    main()

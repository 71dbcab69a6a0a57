"""pyarrow's S3FileSystem, which is the AWS SDK for C++: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pf
import pyarrow.parquet as pq
from steps import step

address, key_id, secret = sys.argv[1:]
fs = pf.S3FileSystem(
    access_key=key_id, secret_key=secret, endpoint_override=address.removeprefix("http://"), scheme="http",
    region="us-east-1", allow_bucket_creation=True, allow_bucket_deletion=True,
)  # fmt: skip
table = pa.table({"a": list(range(100_000)), "k": [str(number % 4) for number in range(100_000)]})
by_k = ds.partitioning(pa.schema([("k", pa.string())]), flavor="hive")
ROOT = "demo/arrow"


def parquet() -> bool:
    """A table there and back."""
    pq.write_table(table, f"{ROOT}/t.parquet", filesystem=fs)
    return bool(pq.read_table(f"{ROOT}/t.parquet", filesystem=fs).equals(table))


def dataset() -> int:
    """A dataset in folders, read by one of them."""
    ds.write_dataset(table, f"{ROOT}/set", filesystem=fs, format="parquet", partitioning=by_k)
    found = ds.dataset(f"{ROOT}/set", filesystem=fs, format="parquet", partitioning=by_k)
    return int(found.to_table(filter=ds.field("k") == "1").num_rows)


def long() -> int:
    """More than one part."""
    with fs.open_output_stream(f"{ROOT}/long") as stream:
        for number in range(12):
            stream.write(bytes([number]) * 1_500_000)
    return int(fs.get_file_info(f"{ROOT}/long").size)


def moved() -> list[Any]:
    """Copied, moved, the first gone."""
    fs.copy_file(f"{ROOT}/long", f"{ROOT}/copy")
    fs.move(f"{ROOT}/copy", f"{ROOT}/moved")
    return [fs.get_file_info(f"{ROOT}/{name}").size for name in ("copy", "moved")]


def gone(path: str) -> bool:
    """Whether nothing is there any more."""
    fs.delete_dir(path)
    return bool(fs.get_file_info(path).type == pf.FileType.NotFound)


step("parquet", True, parquet)
step("dataset", 25_000, dataset)
step("long", 18_000_000, long)
step("copy and move", [None, 18_000_000], moved)
step("nothing there", pf.FileType.NotFound, lambda: fs.get_file_info("demo/nothing").type)
step("make a folder", pf.FileType.Directory, lambda: (
    fs.create_dir(f"{ROOT}/deep/er"), fs.get_file_info(f"{ROOT}/deep/er").type,
)[1])  # fmt: skip
step("list", True, lambda: len(fs.get_file_info(pf.FileSelector(ROOT, recursive=True))) > 8)
step("remove all", True, lambda: gone(ROOT))
step("make and remove a bucket", True, lambda: (fs.create_dir("arrow-made"), gone("arrow-made"))[1])

"""duckdb with its extension httpfs, buckets in the path and in the host: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import hashlib
import sys
from typing import Any
from urllib.parse import urlsplit

import duckdb
from duckdb_extensions import import_extension
from steps import step

address, key_id, secret = sys.argv[1:]
netloc, port = urlsplit(address).netloc, urlsplit(address).port
STYLES = {"path": netloc, "vhost": f"localhost:{port}"}
ROWS = "select range as a, range % 4 as k, md5(range::varchar) as m from range({})"
con = duckdb.connect()
import_extension("httpfs", con=con)
con.sql("load httpfs")
con.sql("set s3_uploader_max_filesize = '50GB'")  # so that a part has 5 MiB


def sign(style: str, password: str) -> None:
    """How the next requests are addressed and signed."""
    words = f"key_id '{key_id}', secret '{password}', region 'us-east-1', endpoint '{STYLES[style]}'"
    con.sql(f"create or replace secret s (type s3, {words}, url_style '{style}', use_ssl false)")


def ask(*texts: str) -> Any:
    """The rows of the last of these."""
    answers = [con.sql(text) for text in texts]
    return answers[-1].fetchall()


def failure(text: str) -> str:
    """What it says when it fails, which it must."""
    try:
        con.sql(text).fetchall()
    except duckdb.Error as error:
        return str(error)
    raise AssertionError(f"{text} did not fail")


def files(root: str) -> None:
    """Tables in one file each come back whole and by parts of them."""
    csv, packed, parquet, odd = (f"{root}/{name}" for name in ("t.csv", "t.csv.gz", "t.parquet", "a b+c&中 %41~.csv"))
    rows, some = ROWS.format(100_000), "select count(*), sum(a)"
    whole = [(100_000, 4_999_950_000)]
    one = hashlib.md5(b"77777").hexdigest()
    step(f"{root} csv", whole, lambda: ask(f"copy ({rows}) to '{csv}'", f"{some} from read_csv('{csv}')"))
    step(f"{root} gzip", whole, lambda: ask(f"copy ({rows}) to '{packed}'", f"{some} from read_csv('{packed}')"))
    step(f"{root} parquet", whole, lambda: ask(
        f"copy ({rows}) to '{parquet}' (row_group_size 10000)", f"{some} from read_parquet('{parquet}')",
    ))  # fmt: skip
    step(f"{root} ranges", [(one,)], lambda: ask(f"select m from read_parquet('{parquet}') where a = 77777"))
    step(f"{root} in one piece", whole, lambda: ask(
        "set force_download = true", f"{some} from read_parquet('{parquet}')",
    ))  # fmt: skip
    con.sql("set force_download = false")
    step(f"{root} parts", [(300_000,)], lambda: ask(
        f"copy (select repeat(m, 2) as m from ({ROWS.format(300_000)})) to '{root}/long.csv'",
        f"select count(*) from read_csv('{root}/long.csv')",
    ))  # fmt: skip
    step(f"{root} odd names", [(1, odd)], lambda: ask(
        f"copy (select 1 as a) to '{odd}'", f"from read_csv('{odd}', filename = true)",
    ))  # fmt: skip
    step(f"{root} size", [(19_500_002,)], lambda: ask(f"select size from read_blob('{root}/long.csv')"))


def folders(root: str) -> None:
    """Tables in many files are found by patterns, and written over."""
    hive = f"read_parquet('{root}/hive/*/*.parquet', hive_partitioning = true)"
    write = f"copy ({ROWS.format(40_000)}) to '{root}/hive' (format parquet, partition_by (k)"
    many = (
        f"copy (select range as a, range % 1100 as k from range(1100)) to '{root}/many' (format csv, partition_by (k))"
    )
    step(f"{root} partitions", [(10_000,)], lambda: ask(f"{write})", f"select count(*) from {hive} where k = 1"))
    step(f"{root} appended", [(20_000,)], lambda: ask(f"{write}, append)", f"select count(*) from {hive} where k = 1"))
    step(
        f"{root} replaced", [(10_000,)], lambda: ask(f"{write}, overwrite)", f"select count(*) from {hive} where k = 1")
    )
    step(f"{root} a class of characters", [(20_000,)], lambda: ask(
        f"select count(*) from read_parquet('{root}/hive/k=[12]/*.parquet')",
    ))  # fmt: skip
    step(f"{root} more than a page", [(1100, 1100)], lambda: ask(
        many, f"select count(*), count(distinct file) from glob('{root}/many/**/*.csv')",
    ))  # fmt: skip
    step(f"{root} odd names found", 1, lambda: len(ask(f"from glob('{root}/a b+*')")))


def refusals(root: str, style: str) -> None:
    """What fails says why."""
    step(f"{root} nothing there", True, lambda: "404" in failure(f"from read_csv('{root}/nothing.csv')"))
    step(f"{root} nothing found", [], lambda: ask(f"from glob('{root}/nothing/*')"))
    sign(style, "wrong")
    step(f"{root} a wrong secret", True, lambda: "SignatureDoesNotMatch" in failure(f"from '{root}/t.parquet'"))


for style in STYLES:
    sign(style, secret)
    files(f"s3://demo/duckdb-{style}")
    folders(f"s3://demo/duckdb-{style}")
    refusals(f"s3://demo/duckdb-{style}", style)

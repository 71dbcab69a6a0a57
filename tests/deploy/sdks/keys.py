"""Names of objects that proxies like to change, and what is stored under them. Data only."""

KEYS = (
    "a//b",
    "a/./b/../c",
    "slash%2Fin it",
    "a b+c",
    "percent%25and%",
    "中文/文件 名.txt",
    "q?x=1&y#z",
    "semi;colon=~!$&'()*,:@",
    "trailing/",
)
LARGE = bytes(range(256)) * (4 << 12)
"""4 MiB: more than any buffer of a proxy."""


def body_of(key: str) -> bytes:
    """What is stored under a name."""
    return f"of {key}".encode() * 10

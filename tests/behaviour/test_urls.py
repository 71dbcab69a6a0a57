"""The addresses in replies work when they are followed, by whatever way the client came.

Source: issue 2 §3 ("access_url / source_url / preview_url that really work when followed"); wire facts §0 rule 23, §1.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from .bucket import Bucket, NewBucket
from .client import Ask, Reply, Sign, form, get
from .conftest import PUBLIC_URL
from .server import Server

NAMES = [
    "plain.txt",
    "文 件.txt",
    "a+b&c=d.txt",
    "100%.txt",
    "q?x#y.txt",
    "%41%2F.txt",
    "~'()*!;:@,$.txt",
    "[1]{2}.txt",
]
DOWNLOADS = ("access_url", "source_url", "preview_url")


def follow(bucket: Bucket, url: str, *, query: str = "", sign: Sign | None = None) -> Reply:
    """GET an address just as it is, over a connection to the server; its host goes into the Host header."""
    parts = urlsplit(url)
    assert parts.scheme == "http"
    assert url.isascii()
    assert " " not in url
    target = parts.path + "?" + "&".join(filter(None, [parts.query, query]))
    header = [("Authorization", bucket.sign(sign or Sign(), ""))]
    return bucket.client.send("GET", target.rstrip("?"), headers=header, host=parts.netloc)


def check_downloads(bucket: Bucket, data: dict[str, Any], content: bytes) -> None:
    """Every download address leads to the bytes."""
    for name in DOWNLOADS:
        reply = follow(bucket, data[name])
        assert (reply.status, reply.body) == (200, content), f"{name} {data[name]}: {reply}"


def check_api(bucket: Bucket, url: str, path: str) -> None:
    """The url of an upload is where further operations go (seed 简单上传文件)."""
    reply = follow(bucket, url, query="op=stat")
    assert reply.code == 0, f"{url}: {reply}"
    assert reply.data["name"] == path.rpartition("/")[2]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("host", ["", "sh.file.myqcloud.com", "gz.file.myqcloud.com", "cos.example.org:8080"])
def test_after_an_upload(bucket: Bucket, name: str, host: str) -> None:
    path, content = f"/d/{name}", name.encode()
    headers = [("Host", host)] if host else []
    uploaded = _with_host(bucket, form("upload", path, content, insertOnly=0), headers)
    check_downloads(bucket, uploaded, content)
    check_api(bucket, uploaded["url"], path)
    assert uploaded["resource_path"] == f"/{bucket.owner.appid}/{bucket.name}{path}"
    stat = _with_host(bucket, get("stat", path), headers)
    listed = _with_host(bucket, get("list", "/d/", num=10), headers)["infos"][0]
    for found in (stat, listed):
        check_downloads(bucket, {**uploaded, **found}, content)


def _with_host(bucket: Bucket, ask: Ask, headers: list[tuple[str, str]]) -> Any:
    """Ask with another Host header."""
    method, query, body, content_type = ask.encoded()
    target = f"/files/v2/{bucket.owner.appid}/{bucket.name}" + quote(ask.path)
    target += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    typed = [] if content_type is None else [("Content-Type", content_type)]
    signed = [("Authorization", bucket.sign(Sign(), ask.path))]
    host = headers[0][1] if headers else f"127.0.0.1:{bucket.server.port}"
    reply = bucket.client.send(method, target, headers=[*signed, *typed], body=body, host=host)
    assert reply.code == 0, str(reply)
    return reply.data


@pytest.mark.parametrize(
    ("host", "access", "source"),
    [
        ("sh.file.myqcloud.com", "{b}.file.myqcloud.com", "{b}.cossh.myqcloud.com"),
        ("gz.file.myqcloud.com", "{b}.file.myqcloud.com", "{b}.cosgz.myqcloud.com"),
        ("tj.file.myqcloud.com", "{b}.file.myqcloud.com", "{b}.costj.myqcloud.com"),
        ("sgp.file.myqcloud.com", "{b}.file.myqcloud.com", "{b}.cossgp.myqcloud.com"),
    ],
)
def test_through_a_proxy_the_cloud_s_own_names_come_back(bucket: Bucket, host: str, access: str, source: str) -> None:
    """Seed samples of access_url, source_url, preview_url, url; wire facts §1, §2."""
    bucket.put("/f.txt", b"x")
    target = f"http://{host}/files/v2/{bucket.owner.appid}/{bucket.name}/f.txt?op=stat"
    signed = [("Authorization", bucket.sign(Sign(), "/f.txt"))]
    data = bucket.client.send("GET", target, headers=signed).data
    assert data["access_url"] == f"http://{access.format(b=bucket.host_name)}/f.txt"
    assert data["source_url"] == f"http://{source.format(b=bucket.host_name)}/f.txt"
    assert data["preview_url"] == f"http://{bucket.host_name}.preview.myqcloud.com/f.txt?cmd=txt_preview"
    for name in DOWNLOADS:
        reply = bucket.client.send("GET", data[name], headers=signed)
        assert (reply.status, reply.body) == (200, b"x"), f"{name} through the proxy: {reply}"


def test_after_slices_and_instant_upload(bucket: Bucket) -> None:
    content = b"sliced and followed" * 10
    session = bucket.ok(form("upload_slice_init", "/s 1", filesize=len(content), slice_size=65536))["session"]
    bucket.ok(form("upload_slice_data", "/s 1", content, session=session, offset=0))
    finished = bucket.ok(form("upload_slice_finish", "/s 1", session=session, filesize=len(content)))
    listed = bucket.ok(form("upload_slice_list", "/s 1"))
    sha = bucket.stat("/s 1")["sha"]
    instant = bucket.ok(form("upload_slice_init", "/s 2", filesize=len(content), slice_size=65536, sha=sha))
    for data, path in ((finished, "/s 1"), (listed, "/s 1"), (instant, "/s 2")):
        check_downloads(bucket, data, content)
        check_api(bucket, data["url"], path)


def test_the_configured_address_replaces_the_caller_s(new_bucket: NewBucket, lenient_server: Server) -> None:
    """Architecture §6: one setting for the public base URL; clients may come by another way."""
    bucket = new_bucket(on=lenient_server)
    data = bucket.put("/d/f.txt", b"x")
    for name in DOWNLOADS:
        assert data[name].startswith(PUBLIC_URL + "/"), data[name]
        assert "//" not in data[name].removeprefix("https://")
    assert data["url"].startswith(PUBLIC_URL + "/files/v2/")
    path = data["access_url"].removeprefix(PUBLIC_URL)
    reply = bucket.client.send("GET", path, headers=[("Authorization", bucket.sign(Sign(), ""))])
    assert reply.body == b"x"

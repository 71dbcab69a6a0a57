"""OSS clients: the ways to the server: by its address, by host names, by a proxy, by a domain of a bucket.

The drivers make every name of the cloud lead to this machine, as a name server would. Source: wire facts of Alibaba
§5.2: how each SDK writes host and path.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from conformance.aliyun.calls import DOMAIN, Client, follow
from conformance.plain_http import request
from conformance.server import APPID, BUCKET, Server, environment

pytestmark = pytest.mark.conformance

FILES = "files.example.com"
"""A domain of the development bucket, here only."""
ADDRESS = "http://127.0.0.1:{port}"
PYTHON = [
    ({"endpoint": ADDRESS}, "address"),
    ({"endpoint": f"http://{DOMAIN}:{{port}}"}, "host"),
    ({"endpoint": "http://oss-cn-hangzhou.localhost:{port}"}, "localhost-host"),
    ({"endpoint": f"http://{DOMAIN}:{{port}}", "style": "path"}, "path"),
    ({"endpoint": "http://localhost:{port}", "style": "path"}, "localhost-path"),
    ({"endpoint": f"http://{FILES}:{{port}}", "style": "cname"}, "cname"),
    ({"endpoint": f"http://{DOMAIN}", "proxy": ADDRESS}, "proxy"),
    ({"endpoint": f"http://{DOMAIN}:{{port}}", "bucket": f"{BUCKET}-{APPID}"}, "host-with-appid"),
]
NODE = [
    ({"endpoint": ADDRESS}, "address"),  # TCP to it, with the cloud's host name
    ({"endpoint": f"http://{DOMAIN}:{{port}}"}, "host"),
    ({"endpoint": "http://oss-cn-hangzhou.localhost:{port}"}, "localhost-host"),
    ({"endpoint": "http://localhost:{port}", "style": "path"}, "localhost-sld"),
    ({"endpoint": f"http://{DOMAIN}:{{port}}", "style": "path"}, "sld"),
    ({"endpoint": f"http://{FILES}:{{port}}", "style": "cname"}, "cname"),
    ({"endpoint": ADDRESS, "bucket": f"{BUCKET}-{APPID}"}, "address-with-appid"),
]
WAYS = [
    pytest.param(f"{sdk}-{version}", way, id=f"{sdk}-{version}-{name}")
    for sdk, ways in (("oss2", PYTHON), ("oss_v2", PYTHON), ("ali_oss", NODE))
    for version in ("v1", "v4")
    for way, name in ways
]


@pytest.fixture(scope="module", autouse=True)
def domain(server: Server) -> Iterator[None]:
    """The domain is the bucket's while these tests run."""

    def update(name: str) -> None:
        command = [sys.executable, "-m", "entrepot", "bucket", "update", BUCKET, "--domain", name]
        done = subprocess.run(
            [*command, "--data", str(server.data)], env=environment({}), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    update(FILES)
    yield
    update("")


@pytest.mark.parametrize(("oss", "way"), WAYS, indirect=["oss"])
def test_the_way(oss: Client, where: str, way: dict[str, str]) -> None:
    port = oss.server.port
    oss.connect(**{name: value.format(port=port) for name, value in way.items()})
    key = where + "文件 +/%.txt"
    assert oss.call("put", key, b"content")["status"] == 200
    assert oss.call("get", key)["body"]["text"] == "content"
    assert oss.call("head", key)["status"] == 200
    assert [entry["key"] for entry in oss.call("list", prefix=where, encoding="url")["objects"]] == [key]
    upload = oss.call("initiate", key)
    part = oss.call("upload_part", key, upload, 1, b"in parts")
    assert oss.call("complete", key, upload, [[1, part["etag"]]])["status"] == 200
    assert oss.call("copy", way.get("bucket", BUCKET), key, key + "2")["status"] == 200
    assert oss.call("delete_many", [key]) == [key]
    if oss.sdk != "ali_oss" or "127.0.0.1" not in way["endpoint"]:
        url = str(oss.call("presign", "GET", key + "2", 60))
        answer = request("GET", url, via=oss.server.address) if "proxy" in way else follow(oss.server, "GET", url)
        assert (answer.status, answer.body) == (200, b"in parts"), url
    oss.connect()
    assert oss.call("get", key + "2")["body"]["text"] == "in parts", "one object, whatever the way"


def test_buckets_by_host_names(oss: Client) -> None:
    oss.by_name()
    assert BUCKET in [entry["name"] for entry in oss.call("list_buckets", max=1000)["buckets"]]
    info = oss.call("bucket_info", BUCKET)
    assert info["extranet"] == info["intranet"]
    assert DOMAIN in info["extranet"]


def test_slashes_and_escaped_slashes_are_one_key(client: Callable[[str], Client], where: str) -> None:
    """oss2 writes them `%2F`, the others as they are."""
    client("oss2-v1").call("put", where + "a/b", b"content")
    for name in ("oss_v2-v4", "ali_oss-v1"):
        assert client(name).call("get", where + "a/b")["body"]["text"] == "content"

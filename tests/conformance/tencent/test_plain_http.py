"""What an application does without an SDK: addresses, signatures in the query, what anybody may do."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from conformance.conftest import Server
from conformance.plain_http import request
from conformance.server import KEY_ID
from conformance.tencent.wire import Cos, Signer, code_of, encoded, full, host, mac

pytestmark = pytest.mark.conformance

PLAIN = "plain-http"
KEY = "folder/a b+中.txt"
VENDOR_SECRET = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"  # of the vendor's published examples


@pytest.fixture(scope="module", autouse=True)
def _bucket(cos: Cos) -> None:
    cos.make(PLAIN)


def test_the_signer_agrees_with_others() -> None:
    """Source: wire facts §6.5; the first two were cross-checked with cos-nodejs-sdk-v5."""
    key = "pctool/123/中 文+1.txt"
    headers = {"Content-Length": "5", "Host": "ms-shield-1250000000.cos.ap-guangzhou.myqcloud.com"}
    signer = Signer(key_id="AKIDtmp", secret="tmpsecret")
    fields = signer.fields("PUT", f"/{key}", {}, headers, "1700000000;1700003600")
    assert fields["q-signature"] == "c6d800b58a9300b25a13b3e3d1af31dfc80d0025"
    query = {"prefix": "pctool/123/", "delimiter": "/", "uploads": ""}
    fields = signer.fields("GET", "/", query, {"Host": "127.0.0.1:8080"}, "1700000000;1700003600")
    assert fields["q-signature"] == "e3a6eba18ba61f7b3cb5fdf0c423a4ae9791e702"
    assert mac(VENDOR_SECRET, "1557989151;1557996351") == "eb2519b498b02ac213cb1f3d1a3d27a3b3c9bc5f"


def test_addresses(cos: Cos, server: Server) -> None:
    assert cos("PUT", PLAIN, KEY, body=b"content").status == 200
    sign = Signer().authorization
    path = f"/{quote(KEY)}"
    for name in (host(PLAIN), host(PLAIN, "tencentcos.cn"), f"{full(PLAIN)}.cos.local", host(PLAIN).upper()):
        for written in (name, f"{name}:{server.port}"):
            headers = {"Host": written, "Authorization": sign("GET", f"/{KEY}", {}, {"host": written})}
            assert request("GET", server.address + path, headers=headers).body == b"content", written
        absolute = {"Authorization": sign("GET", f"/{KEY}", {}, {"host": name})}
        assert request("GET", f"http://{name}{path}", headers=absolute, via=server.address).body == b"content", name


def test_path_style(cos: Cos, server: Server) -> None:
    cos("PUT", PLAIN, KEY, body=b"content")
    here = f"127.0.0.1:{server.port}"
    for place in (here, "cos.ap-guangzhou.myqcloud.com"):
        signed = Signer().authorization("GET", f"/{full(PLAIN)}/{KEY}", {}, {"host": place})
        url = f"http://{place}/{full(PLAIN)}/{quote(KEY)}"
        answer = request("GET", url, headers={"Authorization": signed}, via=server.address)
        assert answer.body == b"content", (place, answer.body)
        listed = Signer().authorization("GET", f"/{full(PLAIN)}/", {"prefix": KEY}, {"host": place})
        url = f"http://{place}/{full(PLAIN)}/?prefix={quote(KEY, safe='')}"
        answer = request("GET", url, headers={"Authorization": listed}, via=server.address)
        assert f"<Key>{KEY}</Key>" in answer.body.decode(), answer.body


def test_buckets_of_the_service_host(cos: Cos) -> None:
    for name in ("service.cos.myqcloud.com", "cos.ap-guangzhou.myqcloud.com", "127.0.0.1"):
        signed = Signer().authorization("GET", "/", {}, {"host": name})
        answer = cos.follow(f"http://{name}/", headers={"Authorization": signed})
        assert f"<Name>{full(PLAIN)}</Name>" in answer.body.decode(), answer.body


def test_a_signature_in_the_query(cos: Cos) -> None:
    cos("PUT", PLAIN, KEY, body=b"content")
    assert cos.follow(cos.presigned("GET", PLAIN, KEY)).body == b"content"
    assert cos.follow(cos.presigned("PUT", PLAIN, KEY), "PUT", b"new").status == 200
    assert cos.follow(cos.presigned("HEAD", PLAIN, KEY), "HEAD").status == 200
    # `;` raw, and the whole Authorization in one parameter
    raw = Signer().authorization("GET", f"/{KEY}", {}, {"host": host(PLAIN)})
    assert cos.follow(f"http://{host(PLAIN)}/{quote(KEY)}?{raw}").body == b"new"
    assert cos.follow(f"http://{host(PLAIN)}/{quote(KEY)}?sign={encoded(raw)}").body == b"new"
    # what is not named in the lists is not signed
    fields = Signer().fields("GET", f"/{KEY}", {}, {})
    assert cos.follow(f"http://{host(PLAIN)}/{quote(KEY)}?{urlencode(fields)}&unknown=1").body == b"new"


@pytest.mark.parametrize(
    ("start", "seconds"), [(1_500_000_000, 3600), (4_000_000_000, 3600)], ids=["long ago", "not yet"]
)
def test_a_signature_outside_its_time(cos: Cos, start: int, seconds: int) -> None:
    late = Signer(start=start, seconds=seconds)
    for answer in (
        cos("GET", PLAIN, KEY, signer=late),
        cos("PUT", PLAIN, "late", body=b"x", signer=late),
        cos.follow(cos.presigned("GET", PLAIN, KEY, start=start, seconds=seconds)),
    ):
        assert answer.status == 403
        assert code_of(answer)[1] in {"AccessDenied", "RequestTimeTooSkewed"}
        assert answer.headers["date"], "clients correct their clock by it"
    assert cos("HEAD", PLAIN, "late").status == 404


def test_bad_signatures(cos: Cos) -> None:
    good = Signer().authorization("GET", f"/{KEY}", {}, {"host": host(PLAIN)})
    headers = {"Host": host(PLAIN)}
    url = f"{cos.address}/{quote(KEY)}"
    for wrong, status in (
        (good.replace("sha1", "sha9", 1), {400, 403}),
        (good.replace("q-signature=", "q-signature=0"), {400, 403}),
        (good.replace(KEY_ID, "unknown-id"), {403}),
        (good.split("&q-key-time")[0], {400, 403}),
        ("nonsense", {400, 403}),
    ):
        answer = request("GET", url, headers={**headers, "Authorization": wrong})
        assert code_of(answer)[0] in status, wrong
    twice = request("GET", f"{url}?{good}", headers={**headers, "Authorization": good})
    assert code_of(twice)[0] in {400, 403}, "two signatures"
    answer = cos("GET", PLAIN, KEY, signed=False)
    assert code_of(answer) == (403, "AccessDenied")
    assert cos("GET", PLAIN, KEY, signed=False, headers={"Authorization": ""}).status == 403
    overridden = cos("GET", PLAIN, KEY, signed=False, query={"response-content-type": "a/b"})
    assert overridden.status in {400, 403}


def test_replies(cos: Cos) -> None:
    cos("PUT", PLAIN, KEY, body=b"content")
    head = cos("HEAD", PLAIN, KEY)
    assert (head.status, head.headers["content-length"], head.body) == (200, "7", b"")
    missing = cos("HEAD", PLAIN, "missing")
    assert (missing.status, missing.body) == (404, b"")
    assert missing.headers["x-cos-request-id"]
    same = cos("GET", PLAIN, KEY, headers={"If-None-Match": head.headers["etag"]})
    assert (same.status, same.body) == (304, b"")
    assert same.headers["etag"] == head.headers["etag"]
    assert same.headers["content-length"] == "0", "the Python SDK cannot read a reply without a length"
    further_limits = cos("GET", PLAIN, KEY, headers={"Range": "bytes=7-"})
    assert code_of(further_limits) == (416, "InvalidRange")
    assert further_limits.headers["content-range"] == "bytes */7"
    assert cos("DELETE", PLAIN, "missing").status == 204
    assert code_of(cos("POST", PLAIN, query={"delete": ""}, body=b"<Delete/>"))[0] == 400


def test_traffic_limits(cos: Cos) -> None:
    cos("PUT", PLAIN, KEY, body=b"content")
    assert cos("GET", PLAIN, KEY, headers={"x-cos-traffic-limit": "819200"}).body == b"content"
    assert cos("GET", PLAIN, KEY, query={"x-cos-traffic-limit": "819200"}).body == b"content"
    assert code_of(cos("GET", PLAIN, KEY, headers={"x-cos-traffic-limit": "10"})) == (400, "InvalidArgument")

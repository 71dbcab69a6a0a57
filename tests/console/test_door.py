"""The console's own host: what is there, what is not, and what its pages may ask of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from behaviour.client import DEV
from behaviour.ledger.operator import Operator
from behaviour.server import Server
from console.asking import BASE, Tab

Open = Callable[..., Tab]


def test_elsewhere_it_leads_to_its_own_host(server: Server, tab: Open) -> None:
    for host in ("127.0.0.1", "localhost", "demo.localhost"):
        one = tab(host=host)
        for path in ("", "/login", "/static/x"):
            reply = one.get(path)
            expected = f"http://console.localhost:{server.port}/-/console"
            assert (reply.status, reply.headers["location"]) == (303, expected)


def test_a_cookie_means_nothing_elsewhere(server: Server, tab: Open) -> None:
    one, elsewhere = tab(), tab(host="127.0.0.1")
    one.log_in()
    elsewhere.cookies = dict(one.cookies)
    assert elsewhere.get("/buckets").status == 303
    assert elsewhere.at("GET", "/demo/").status == 403


def test_no_object_is_served_at_its_host(server: Server, tab: Open) -> None:
    """Neither by a path, nor as the bucket of that name, nor signed; not even to the admin."""
    server.make_bucket(DEV.appid, "console", acl="public-read-write")
    one = tab()
    one.log_in()
    put = server.client()
    try:
        assert put.send("PUT", "/console/page.html?x-oss-process=1", body=b"<script>1</script>").status != 421
        paths = (
            "/page.html", "/console/page.html", "/console-1250000000/page.html", "/demo/x?X-Amz-Signature=1",
            "/files/v2/1250000000/console/page.html", "/-/metrics", "/-/api/v1/grants", "/-/consoles", "/-/",
        )  # fmt: skip
        for path in paths:
            for method in ("GET", "PUT", "POST", "DELETE", "OPTIONS"):
                assert one.at(method, path).status == 421, (method, path)
        assert one.at("GET", "/-/healthz").status == 200
        assert one.at("GET", "/-/readyz").status == 200
        assert one.at("GET", "/").headers["location"].endswith("/-/console")
    finally:
        put.close()


def test_every_reply_is_guarded(tab: Open) -> None:
    one = tab()
    replies = [one.get(), one.get("/login"), one.get("/nothing"), one.post("/login", {"key_id": "a", "secret": "b"})]
    one.log_in()
    replies += [one.get("/overview"), one.get("/figures"), one.get("/buckets"), one.post("/nothing")]
    for reply in replies:
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        for part in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert part in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert reply.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in reply.headers


def test_scripts_are_kept_for_good_under_a_name_of_their_content(tab: Open) -> None:
    one = tab()
    page = one.get("/login").body.decode()
    path = page.split('src="')[1].split('"')[0]
    reply = one.at("GET", path)
    assert (reply.status, reply.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    folder, _, name = path.rpartition("/")
    for other in (f"{BASE}/static/0000000000000000/{name}", f"{folder}/vendored.toml", f"{folder}/..%2fpage.py"):
        assert one.at("GET", other).status == 404


@pytest.mark.parametrize(
    "forged",
    [
        {"origin": "http://evil.example"}, {"origin": None}, {"origin": "null"}, {"origin": "http://demo.localhost"},
        {"origin": "https://console.localhost"}, {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "none"},
    ],
)  # fmt: skip
def test_an_action_comes_from_a_page_of_the_console(tab: Open, forged: dict[str, str | None]) -> None:
    one = tab()
    reply = one.post("/login", {"key_id": "admin", "secret": "entrepot-dev-admin"}, **forged)
    assert (reply.status, "set-cookie" in reply.headers) == (403, False)
    one.log_in()
    assert one.post("/logout", **forged).status == 403
    assert one.post("/language", {"language": "zh"}, **forged).status == 403
    assert one.get("/buckets").status == 200


def test_an_action_carries_the_sessions_token(tab: Open) -> None:
    one, other = tab(), tab()
    one.log_in()
    other.log_in()
    mine, one.csrf = one.csrf, ""
    for token in (None, "", "0" * 64, other.csrf, mine[:-1]):
        reply = one.post("/logout", {} if token is None else {"csrf": token})
        assert reply.status == 403, token
    assert one.get("/buckets").status == 200
    assert one.post("/logout", x_csrf_token=mine).status == 303


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/logout", {"more": "x"}, 400), ("/language", {"language": "xx"}, 400), ("/language", {}, 400),
        ("/language", {"language": "en", "back": "x" * 9000}, 400), ("/buckets", {}, 400),
        ("/overview", {}, 405), ("/none", {}, 404),
    ],
)  # fmt: skip
def test_what_a_form_says_is_declared(tab: Open, path: str, form: dict[str, str], status: int) -> None:
    one = tab()
    one.log_in()
    assert one.post(path, form).status == status
    assert one.get("/buckets").status == 200


def test_what_a_query_says_is_declared(tab: Open) -> None:
    one = tab()
    one.log_in()
    for query in ("?unknown=1", "?prefix=a&prefix=b", f"?prefix={'a' * 65}", "?prefix=%ff"):
        assert one.get(f"/buckets{query}").status == 400, query
    assert one.post("/logout?x=1").status == 400
    assert one.at("GET", "/-/console/buckets/").status == 404
    assert one.at("DELETE", "/-/console/buckets").status == 405


def test_only_a_form_is_read(tab: Open) -> None:
    one = tab()
    one.log_in()
    assert one.post("/logout", content_type="application/json").status == 403  # no token can be read in it
    assert one.post("/logout", content_type="application/json", x_csrf_token=one.csrf).status == 400
    assert one.at("POST", "/-/console/logout", b"a" * 300_000, origin=one.origin).status == 413


def test_the_language_leads_back_and_nowhere_else(tab: Open) -> None:
    one = tab()
    for back, expected in (
        ("/login", "/-/console/login"), ("/buckets?prefix=a", "/-/console/buckets?prefix=a"), ("", "/-/console"),
        ("//evil.example", "/-/console"), ("https://evil.example", "/-/console"), ("/a\r\nx: y", "/-/console"),
    ):  # fmt: skip
        reply = one.post("/language", {"language": "zh", "back": back})
        assert (reply.status, reply.headers["location"]) == (303, expected)
    assert "登录" in one.get("/login").body.decode()
    one.post("/language", {"language": "en"})
    assert "Log in" in one.get("/login", accept_language="zh").body.decode()


def test_the_browsers_language_is_taken(tab: Open) -> None:
    for accepted, expected in (
        ("zh-CN,zh;q=0.9", "zh-Hans"), ("de, zh;q=0.5, en;q=0.4", "zh-Hans"), ("en, zh;q=0.5", "en"), ("de", "en"),
        ("zh;q=0", "en"), ("zh;q=x", "en"), ("", "en"),
    ):  # fmt: skip
        assert f'<html lang="{expected}">' in tab().get("/login", accept_language=accepted).body.decode(), accepted


# What pages of the console may ask of the store.


@pytest.fixture
def minted(server: Server) -> Iterator[Callable[..., str]]:
    """Gives the target of an address that was minted."""
    client = server.client()
    operator = Operator(server=server, client=client)

    def target(method: str, dialect: str, bucket: str, key: str = "a b.txt") -> str:
        parts = urlsplit(operator.url(bucket, key, method, dialect=dialect)["url"])
        return f"{parts.path}?{parts.query}"

    yield target
    client.close()


@pytest.mark.parametrize("dialect", ["s3", "oss", "tos", "cos_xml"])
def test_minted_addresses_are_open_to_its_pages(
    server: Server, tab: Open, minted: Callable[..., str], dialect: str
) -> None:
    bucket, store = server.make_bucket(DEV.appid), tab(host="127.0.0.1")
    origin = f"http://console.localhost:{server.port}"
    address = minted("PUT", dialect, bucket)
    let_on = store.at(
        "OPTIONS", address, origin=origin, access_control_request_method="PUT",
        access_control_request_headers="content-type",
    )  # fmt: skip
    assert let_on.status == 204
    assert let_on.headers["access-control-allow-origin"] == origin
    assert let_on.headers["access-control-allow-headers"] == "content-type"
    assert "access-control-allow-credentials" not in let_on.headers
    stored = store.at("PUT", address, b"hello", origin=origin)
    assert stored.status == 200, str(stored)
    assert stored.headers["access-control-allow-origin"] == origin
    assert "ETag" in stored.headers["access-control-expose-headers"]
    for _ in range(2):  # the second time it is remembered
        read = store.at("GET", minted("GET", dialect, bucket), origin=origin)
        assert (read.status, read.body) == (200, b"hello")
        assert read.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in read.headers
    forged = store.at("PUT", address[:-2] + "xx", b"hello", origin=origin)
    assert (forged.status, forged.headers["access-control-allow-origin"]) == (
        403,
        origin,
    )  # so that a page can tell why


def test_nothing_else_is_open(server: Server, tab: Open, minted: Callable[..., str]) -> None:
    bucket, store = server.make_bucket(DEV.appid), tab(host="127.0.0.1")
    origin = f"http://console.localhost:{server.port}"
    address = minted("PUT", "s3", bucket)
    asked = {"access_control_request_method": "PUT"}
    refused = [
        store.at("OPTIONS", address, origin="http://evil.localhost", **asked),
        store.at("OPTIONS", address, origin=origin, access_control_request_method="DELETE"),
        store.at("OPTIONS", address, origin=origin, access_control_request_headers="authorization", **asked),
        store.at("OPTIONS", f"/{bucket}/x", origin=origin, **asked),
    ]
    for reply in refused:
        assert (reply.status, "access-control-allow-origin" in reply.headers) == (403, False), str(reply)
    reply = store.at("PUT", address, b"x", origin="http://evil.localhost")
    assert "access-control-allow-origin" not in reply.headers
    reply = store.at("GET", f"/{bucket}/x", origin=origin)
    assert "access-control-allow-origin" not in reply.headers


def test_it_can_be_off(tmp_path: Path, tab: Open) -> None:
    server = Server(tmp_path, ENTREPOT_CONSOLE="off")
    server.start()
    try:
        assert tab(server).get("/login").status == 404
        assert tab(server, host="127.0.0.1").get().status == 404
    finally:
        assert server.finish().returncode == 0


def test_it_is_where_it_is_set(tmp_path: Path, tab: Open) -> None:
    """Behind a proxy that speaks https: the cookie is for https and for this host alone."""
    server = Server(tmp_path, ENTREPOT_CONSOLE="https://console.store.test", ENTREPOT_PUBLIC_URL="https://store.test")
    server.start()
    try:
        one = tab(server, host="console.store.test")
        reply = one.post(
            "/login", {"key_id": "admin", "secret": "entrepot-dev-admin"}, origin="https://console.store.test"
        )
        cookie = reply.headers["set-cookie"]
        assert cookie.startswith("__Host-entrepot-session=")
        assert cookie.partition("; ")[2] == "Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
        assert "connect-src 'self' https://store.test;" in reply.headers["content-security-policy"]
        assert one.get("/buckets").status == 200
        assert tab(server).get().headers["location"] == "https://console.store.test/-/console"
    finally:
        assert server.finish().returncode == 0

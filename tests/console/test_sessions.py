"""Who logs in, and what ends that, on the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from behaviour.client import DEV, Owner
from behaviour.ledger.operator import Operator
from behaviour.server import Server
from console.asking import ADMIN, ADMIN_KEY, Tab, lines

LIST = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:ListBuckets"],"Resource":["*"]}]}'
READ = '{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Resource":["*"]}]}'
Open = Callable[..., Tab]


def is_out(tab: Tab) -> bool:
    """Whether the console asks this browser to log in."""
    reply = tab.get("/buckets")
    return (reply.status, reply.headers.get("location")) == (303, "/-/console/login")


def test_the_admin_sees_every_account(server: Server, tab: Open) -> None:
    other = Owner(appid=1250000077, key_id="console-seen", secret=b"console-seen-secret")
    server.make_owner(other)
    theirs, ours = server.make_bucket(other.appid), server.make_bucket(DEV.appid)
    admin = tab()
    reply = admin.log_in()
    assert (reply.status, reply.headers["location"]) == (303, "/-/console")
    shown = admin.get("/buckets").body.decode()
    assert theirs in shown
    assert ours in shown
    overview = admin.get("/overview")
    assert overview.status == 200
    assert ADMIN_KEY not in overview.body.decode()


def test_a_key_sees_its_account_and_no_page_of_the_admin(server: Server, tab: Open) -> None:
    other = Owner(appid=1250000078, key_id="console-third", secret=b"console-third-secret")
    server.make_owner(other)
    theirs, ours = server.make_bucket(other.appid), server.make_bucket(DEV.appid)
    one = tab()
    assert one.log_in(DEV.key_id, DEV.secret.decode()).status == 303
    shown = one.get("/buckets").body.decode()
    assert ours in shown
    assert theirs not in shown
    assert "/-/console/overview" not in shown
    for path in ("/overview", "/figures"):
        reply = one.get(path)
        assert (reply.status, "only the admin" in reply.body.decode()) == (403, True)


def test_a_sub_user_sees_what_its_policy_allows(server: Server, tab: Open) -> None:
    bucket = server.make_bucket(DEV.appid)
    may, may_not = server.make_user(DEV.appid, LIST), server.make_user(DEV.appid, READ)
    one, other = tab(), tab()
    assert one.log_in(may.key_id, may.secret.decode()).status == 303
    assert bucket in one.get("/buckets").body.decode()
    assert other.post("/login", {"key_id": may_not.key_id, "secret": may_not.secret.decode()}).status == 303
    reply = other.get("/buckets")
    assert reply.status == 403
    assert bucket not in reply.body.decode()


@pytest.mark.parametrize(
    ("key_id", "secret"),
    [(ADMIN, "wrong"), (ADMIN, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")), ("nobody", "x"),
     (DEV.key_id, ADMIN_KEY)],
)  # fmt: skip
def test_a_wrong_secret_is_refused_and_never_shown(server: Server, tab: Open, key_id: str, secret: str) -> None:
    one = tab()
    typed = f"{secret}-typed"
    reply = one.post("/login", {"key_id": key_id, "secret": typed})
    assert reply.status == 401
    assert "set-cookie" not in reply.headers
    assert typed not in reply.body.decode()
    assert typed not in server.log.read_text()
    assert is_out(one)
    operator, deadline = Operator(server=server, client=one.client), time.monotonic() + 30
    while not any(line["dialect"] == "console" and line.get("key") == key_id for line in operator.audit("refuse")):
        assert time.monotonic() < deadline, "the audit log has no line of it"
        time.sleep(0.2)


def test_many_attempts_are_refused_whatever_the_secret(server: Server, tab: Open) -> None:
    one, other = tab(), tab()
    server.make_owner(Owner(appid=1250000079, key_id="guessed", secret=b"guessed-secret"))
    for _ in range(5):
        assert one.post("/login", {"key_id": "guessed", "secret": "no"}).status == 401
    reply = one.post("/login", {"key_id": "guessed", "secret": "guessed-secret"})
    assert reply.status == 429
    assert "Too many failed attempts" in reply.body.decode()
    assert other.log_in(DEV.key_id, DEV.secret.decode()).status == 303  # another id is not kept out


def test_logging_out_ends_the_session_wherever_its_cookie_is(server: Server, tab: Open) -> None:
    one, thief = tab(), tab()
    one.log_in()
    thief.cookies, thief.csrf = dict(one.cookies), one.csrf
    assert not is_out(thief)
    reply = one.post("/logout")
    assert (reply.status, "Max-Age=0" in reply.headers["set-cookie"]) == (303, True)
    assert is_out(thief)
    assert is_out(one)
    assert [line["key"] for line in lines(server, "log-out")][-1] == ADMIN


def test_a_key_that_is_deleted_ends_its_sessions_at_once(server: Server, tab: Open) -> None:
    owner = Owner(appid=1250000080, key_id="console-short-lived", secret=b"console-short-lived-secret")
    server.make_owner(owner)
    one = tab()
    one.log_in(owner.key_id, owner.secret.decode())
    assert not is_out(one)
    assert server.run("key", "delete", owner.key_id).returncode == 0
    assert is_out(one)
    made = server.run("key", "create", "--account", str(owner.appid), "--id", owner.key_id)
    assert made.returncode == 0, made.stderr
    assert is_out(one)  # the same id with another secret is another key


def test_who_logged_in_is_in_the_audit_log(server: Server, tab: Open) -> None:
    one = tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    line = lines(server, "log-in")[-1]
    assert (line["key"], line["account"], line["client"]) == (DEV.key_id, DEV.appid, "127.0.0.1")
    assert DEV.secret.decode() not in json.dumps(line)


def test_a_cookie_of_something_else_is_nobody(server: Server, tab: Open) -> None:
    for value in ("", "x", "A" * 43, "A" * 44, "ü" * 43):
        one = tab()
        one.cookies = {"entrepot-session": value}
        if value.isascii():
            assert is_out(one)


def test_two_cookies_of_the_name_are_nobody(server: Server, tab: Open) -> None:
    """Another host of the same site may have set one of them."""
    one, other = tab(), tab()
    one.log_in()
    token = one.cookies["entrepot-session"]
    reply = other.get("/buckets", cookie=f"entrepot-session={token}; entrepot-session={token[::-1]}")
    assert reply.status == 303


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("workers"), "--workers", "2")
    running.start()
    yield running
    assert running.finish().returncode == 0


def test_a_session_and_the_figures_are_the_same_for_all_workers(workers: Server, tab: Open) -> None:
    one = tab(workers)
    one.log_in()
    for _ in range(10):
        fresh = tab(workers)
        fresh.at("GET", "/-/healthz")
        client = workers.client()
        client.send("GET", "/demo/nothing?x-oss-process=1")
        client.close()
    seen = []
    for _ in range(10):
        other = tab(workers)
        other.cookies = dict(one.cookies)
        reply = other.get("/figures")
        assert reply.status == 200
        seen.append(json.loads(reply.body)["requests"])
    assert seen == [10] * 10


def test_a_session_outlives_a_restart(tmp_path: Path, tab: Open) -> None:
    server = Server(tmp_path)
    server.start()
    one = tab(server)
    one.log_in()
    one.client.close()
    server.stop()
    server.start()
    again = tab(server)
    again.cookies = dict(one.cookies)
    assert not is_out(again)
    again.client.close()
    server.finish()

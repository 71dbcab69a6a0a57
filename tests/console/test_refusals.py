"""The pages of the refusals: filters, one's whole explanation, and who reads what. In Chromium, and over raw HTTP."""

from __future__ import annotations

import hmac
import http.client
import json
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from behaviour.client import DEV, Owner
from behaviour.server import Server
from behaviour.storage.signers import AWS4, Asked, How
from console.asking import Tab
from console.conftest import ConsoleServer
from console.furnished import HOSTILE, refusals, right
from console.test_rights import address, page
from entrepot.console.rendering import visible

__all__ = ["page"]
Open = Callable[..., Tab]
OTHER = Owner(appid=1250000093, key_id="console-refused", secret=b"console-refused-secret")
READS = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Sid": "OnlyReads", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::demo/*"}],
})  # fmt: skip


def refused(server: Server, owner: Owner, key: str, how: How, method: str = "GET", sent: str | None = None) -> str:
    """A request for an object of the demo bucket that is refused; its id. ``sent`` is the path that it goes to."""
    host = f"127.0.0.1:{server.port}"
    made = AWS4.signed(Asked(method=method, path=f"/demo/{quote(key)}", bucket="demo", key=key, host=host), owner, how)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, made.target if sent is None else sent, headers=dict(made.headers))
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 403
        return str(reply.headers["x-amz-request-id"])
    finally:
        connection.close()


@pytest.mark.browser
def test_a_refusal_is_found_and_says_what_to_change(page: Page, server: Server) -> None:
    """By the id that the reply had, and as the newest of its bucket; no secret, and no signature that would hold."""
    at = time.time()
    request = refused(server, DEV, "refused.txt", How(secret=DEV.secret + b"\n", at=at))
    page.goto(address(server, "/overview"))
    page.get_by_role("link", name="Refusals", exact=True).click()
    row = page.get_by_role("row").filter(has_text=request)
    expect(row).to_contain_text("s3 GET")
    expect(row).to_contain_text("demo/refused.txt")
    expect(row).to_contain_text("403")
    expect(row).to_contain_text("SignatureDoesNotMatch")
    expect(row).to_contain_text("the secret was used with a line break at its end")
    expect(row).to_contain_text(DEV.key_id)
    page.get_by_label("Request", exact=True).fill(f"  {request.upper()} ")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(request)
    main = page.locator("main")
    expect(main).to_contain_text("secret-line-break")
    expect(main).to_contain_text("take the line break off")
    expect(main).to_contain_text("Proven")
    expect(main).to_contain_text(f"entrepot explain {request}")
    host = f"127.0.0.1:{server.port}"
    good = AWS4.signed(
        Asked(method="GET", path="/demo/refused.txt", bucket="demo", key="refused.txt", host=host), DEV, How(at=at)
    )
    signature = dict(good.headers)["Authorization"].rpartition("Signature=")[2]
    assert len(signature) == 64
    assert signature not in page.content()
    assert DEV.secret.decode() not in page.content()


@pytest.mark.browser
def test_where_two_texts_part_is_marked(page: Page, server: Server) -> None:
    request = refused(server, DEV, "a b.txt", How(), sent="/demo/a+b.txt")
    page.goto(address(server, f"/refusals/{request}"))
    expect(page.locator("main")).to_contain_text("They part at byte")
    expect(page.locator("pre mark")).to_have_count(2)
    marked = page.locator("pre mark").all_inner_texts()
    texts = page.locator("pre:has(mark)").all_inner_texts()
    assert marked[0] != marked[1]
    assert texts[0].partition(marked[0])[0]  # both begin with what they have in common
    common = "".join(one for one, other in zip(*texts, strict=False) if one == other)
    assert "/demo/a" in common


@pytest.mark.browser
def test_they_are_filtered_and_come_page_by_page(page: Page, server: ConsoleServer) -> None:
    made = refusals(server, 120, bucket="paged", dialect="oss", status=403, code="AccessDenied", key="console-paged")
    page.goto(address(server, "/refusals"))
    rows = page.locator("tbody tr:not(.more)")
    page.get_by_label("Bucket").fill("page")
    page.get_by_label("Key").fill("console-paged")
    page.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text(made[-1])
    page.get_by_role("link", name="Show more").click()
    expect(rows).to_have_count(100)
    page.get_by_role("link", name="Show more").click()
    expect(rows).to_have_count(120)
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    expect(rows.last).to_contain_text(made[0])
    for filled, count in {"403": 50, "accessd": 50, "404": 0, "AccessDeniedToo": 0}.items():
        page.get_by_label("Answer").fill(filled)
        page.get_by_role("button", name="Filter").click()
        expect(rows).to_have_count(count)
    page.get_by_label("Answer").fill("")
    page.get_by_label("Dialect").select_option("oss")
    page.get_by_label("Since").fill("1h")
    page.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(50)
    page.get_by_label("Since").fill("2099-01-01")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("No refusal is like that.")).to_be_visible()
    page.get_by_label("Since").fill("<b>never</b>")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("alert")).to_contain_text("'<b>never</b>' is no time")


@pytest.mark.browser
def test_hostile_texts_are_text(page: Page, server: ConsoleServer) -> None:
    """Whatever a key of an object, a key id, a client or a header is called."""
    for number, text in enumerate(HOSTILE):
        told = dict.fromkeys(("cause", "sentence", "change", text[:40]), text[:200])
        told |= {"expected": "x" + text[:90], "came": "y" + text[:90], "parts_at": "0"}
        (made,) = refusals(
            server, 1, bucket=f"hostile-{number}", object=text[:300], key=text[:90], client=text[:90], why=text[:300],
            code=text[:80], told=told,
        )  # fmt: skip
        page.goto(address(server, f"/refusals?bucket=hostile-{number}"))
        expect(page.locator("tbody tr")).to_have_count(1)
        assert visible(f"hostile-{number}/{text[:60]}") in page.locator("tbody").inner_text()
        page.goto(address(server, f"/refusals/{made}"))
        shown = page.locator("main").inner_text()
        assert visible(f"hostile-{number}/{text[:300]}") in shown
        assert visible(text[:200]) in shown
        assert "\u202e" not in shown
        expect(page.locator("pre mark").first).to_have_text("x")
        assert page.locator("main img, main script").count() == 0
        page.goto(address(server, f"/refusals/{quote(text[:200], safe='')}"))
        expect(page.get_by_text("There is no such page")).to_be_visible()


def test_a_key_reads_what_was_asked_with_it_alone(server: ConsoleServer, tab: Open) -> None:
    """A sub-user its own and that of what it minted; an account's key its account's; the admin all, nobody's too."""
    server.make_owner(OTHER)
    user, neighbour = server.make_user(DEV.appid, READS), server.make_user(DEV.appid, READS)
    by_user = refused(server, user, "denied.txt", How(), "PUT")
    by_owner = refused(server, DEV, "mine.txt", How(secret=b"wrong"))
    by_other = refused(server, OTHER, "theirs.txt", How())
    by_nobody = refused(server, OTHER, "nobodys.txt", How(key_id="no-such-key"))
    everybody = (by_user, by_owner, by_other, by_nobody)

    def reads(owner: Owner | None) -> list[bool]:
        one = tab()
        one.log_in() if owner is None else one.log_in(owner.key_id, owner.secret.decode())
        listed = one.get("/refusals").body
        seen = [request.encode() in listed for request in everybody]
        assert [one.get(f"/refusals/{request}").status == 200 for request in everybody] == seen
        one.client.close()
        return seen

    assert reads(None) == [True] * 4
    assert reads(DEV) == [True, True, False, False]
    assert reads(OTHER) == [False, False, True, False]
    assert reads(user) == [True, False, False, False]
    assert reads(neighbour) == [False] * 4


def test_a_denial_names_its_statement_and_the_least_policy(server: ConsoleServer, tab: Open) -> None:
    user = server.make_user(DEV.appid, READS)
    request = refused(server, user, "denied.txt", How(), "PUT")
    one = tab()
    one.log_in(user.key_id, user.secret.decode())
    shown = one.get(f"/refusals/{request}").body.decode()
    assert "OnlyReads" in shown
    assert "The least policy that would allow it" in shown
    assert "&#34;s3:PutObject&#34;" in shown
    assert "arn:aws:s3:::demo/denied.txt" in shown


def test_a_minted_right_leads_to_its_page_for_whoever_minted_it(server: ConsoleServer, tab: Open) -> None:
    user = server.make_user(DEV.appid, READS)
    minted = Owner(appid=DEV.appid, key_id="REFUSED-RIGHT", secret=b"secret-of-REFUSED-RIGHT")
    right(server, minted.key_id, "minted.txt", minter=user.key_id)
    request = refused(server, minted, "another.txt", How(), "PUT")
    one = tab()
    one.log_in(user.key_id, user.secret.decode())
    shown = one.get(f"/refusals/{request}").body.decode()
    assert 'href="/-/console/rights/REFUSED-RIGHT"' in shown
    assert "demo/another.txt" in shown
    assert minted.secret.decode() not in shown


def test_what_is_for_the_operator_alone_is_read_by_nobody_else(server: ConsoleServer, tab: Open) -> None:
    """Which other key a secret is of."""
    secret = b"quite-another-secret-for-the-console"
    other = Owner(appid=1250000094, key_id="console-first", secret=b"console-first-secret")
    server.make_owner(other)
    server.run("key", "create", "--account", str(other.appid), "--secret-file", "-", given=secret.decode())
    request = refused(server, other, "k", How(secret=secret))
    one, admin = tab(), tab()
    one.log_in(other.key_id, other.secret.decode())
    admin.log_in()
    shown = admin.get(f"/refusals/{request}").body
    if b"secret-of-other-key" not in shown:
        pytest.fail(shown.decode())
    assert one.get(f"/refusals/{request}").status == 404
    assert request.encode() not in one.get("/refusals").body
    assert secret not in shown


def test_a_disabled_key_is_told_to_its_account(server: ConsoleServer, tab: Open) -> None:
    user = server.make_user(DEV.appid, READS)
    done = server.run("key", "disable", user.key_id)
    assert done.returncode == 0, done.stderr
    request = refused(server, user, "k", How())
    one = tab()
    one.log_in(DEV.key_id, DEV.secret.decode())
    shown = one.get(f"/refusals/{request}")
    assert shown.status == 200
    assert b"revoked" in shown.body


def test_a_page_after_one_that_is_gone_says_so(server: ConsoleServer, tab: Open) -> None:
    one = tab()
    one.log_in()
    assert one.get(f"/refusals?after={'0' * 32}").status == 404
    assert one.get("/refusals/0123").status == 404
    assert one.get(f"/refusals?bucket={'x' * 101}").status == 400
    assert hmac.compare_digest(tab().get("/refusals").headers["location"], "/-/console/login")

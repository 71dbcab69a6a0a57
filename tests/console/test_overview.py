"""The overview: callbacks that were answered and that failed, and the way to what was refused lately."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from behaviour.bucket import Bucket
from behaviour.client import DEV
from behaviour.server import Server
from behaviour.storage.clouds import OSS
from behaviour.storage.speaker import Speaker
from conformance.aliyun.receiver import Receiver
from console.asking import Tab
from console.test_rights import address, page, wait_for

__all__ = ["page"]


def test_callbacks_are_counted_by_how_they_ended(server: Server, tab: Callable[..., Tab]) -> None:
    one, client = tab(), server.client()
    one.log_in()

    def figures() -> tuple[int, int]:
        found = json.loads(one.get("/figures").body)
        return found["callbacks_ok"], found["callbacks_failed"]

    ok, failed = figures()
    speaker = Speaker(
        bucket=Bucket(server=server, name=server.make_bucket(DEV.appid), client=client), cloud=OSS, owner=DEV
    )
    with Receiver() as app:
        said = {"callbackUrl": f"{app.address}/done", "callbackBody": "key=${object}"}
        callback = base64.b64encode(json.dumps(said).encode()).decode()
        for status, answer in ((200, 200), (200, 200), (500, 203)):
            app.status = status
            reply = speaker.ask("PUT", "k", body=b"x", headers={"x-oss-callback": callback})
            assert reply.status == answer
        speaker.put("plain")
        assert len(app.calls) == 3
    wait_for(lambda: figures() == (ok + 2, failed + 1))
    counted = client.send("GET", "/-/metrics").body.decode()
    client.close()
    assert f'entrepot_callbacks_total{{dialect="oss",outcome="ok"}} {ok + 2}.0' in counted
    assert f'entrepot_callbacks_total{{dialect="oss",outcome="failed"}} {failed + 1}.0' in counted
    shown = one.get("/overview").body.decode()
    assert f'data-value="callbacks_ok">{ok + 2}<' in shown
    assert f">{failed + 1} failed, since the start<" in shown


@pytest.mark.browser
def test_what_was_refused_lately_is_one_step_away(page: Page, server: Server) -> None:
    client = server.client()
    client.send("GET", "/demo/lately?x-oss-process=1")
    client.close()
    page.goto(address(server, "/overview"))
    page.get_by_role("link", name="Refusals of the last 15 minutes").click()
    expect(page.get_by_role("heading", name="Refusals", level=1)).to_be_visible()
    expect(page.get_by_label("Since")).to_have_value("15m")
    expect(page.locator("tbody tr").first).to_be_visible()

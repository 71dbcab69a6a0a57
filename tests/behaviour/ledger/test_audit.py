"""The audit log of a running server: every mint, refusal, use and withdrawal; no secret. Source: issue 4 §4."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from behaviour.client import DEV
from behaviour.server import Server
from cluster.engines import embedded

from .operator import ADMIN_KEY, Operator, spend


def wait_for(operator: Operator, event: str, **facts: Any) -> dict[str, Any]:
    """A line that says this, which takes a second or two where lines are gathered."""
    for _ in range(60):
        for line in reversed(operator.audit(event)):
            if all(line.get(name) == value for name, value in facts.items()):
                return line
        time.sleep(0.1)
    raise AssertionError(f"no line says {event} {facts}")


def test_every_event_has_its_line(operator: Operator) -> None:
    name = operator.server.make_bucket(DEV.appid)
    url = operator.url(name, "a.txt", uses=1, max_bytes=5)
    grant = url["grant"]
    line = operator.audit("mint")[-1]  # at once: a right is not given out before its line is written
    assert (line["key"], line["api"], line["minter"], line["client"]) == (
        grant, "url:PUT", DEV.key_id, "admin API, 127.0.0.1",
    )  # fmt: skip
    assert (line["place"], line["uses"], line["max_bytes"], line["account"]) == (f"{name}/a.txt", 1, 5, DEV.appid)
    assert spend(operator.client, url, b"x").status == 200
    used = wait_for(operator, "use", key=grant)
    assert (used["count"], used["operations"], used["clients"]) == (1, {"PutObject": 1}, ["127.0.0.1"])
    assert spend(operator.client, url, b"y").status == 403
    refused = wait_for(operator, "refuse", key=grant)
    assert (refused["kind"], refused["dialect"], refused["method"]) == ("signature-spent", "s3", "PUT")
    assert (refused["path"], refused["client"], refused["count"]) == (f"/{name}/a.txt", "127.0.0.1", 1)
    operator.revoke(grant)
    line = operator.audit("revoke")[-1]
    assert (line["key"], line["by"], line["minter"]) == (grant, "admin API, 127.0.0.1", DEV.key_id)


def test_what_was_refused_is_told(operator: Operator) -> None:
    client = operator.client
    assert client.send("GET", "/demo/nobody.txt").status == 403
    wait_for(operator, "refuse", kind="signature-missing", path="/demo/nobody.txt")
    key_id = "nobody-at-all"
    said = f"OSS {key_id}:c2lnbmF0dXJl"
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    assert client.send("GET", "/demo/a", headers=[("Authorization", said), ("Date", date)]).status == 403
    wait_for(operator, "refuse", kind="key-unknown", key=key_id, dialect="oss")
    headers = [("X-TC-Action", "CreateCosSecKeyInstance"), ("X-TC-Version", "2018-04-08")]
    client.send("POST", "/", headers=headers, body=b"{}")
    wait_for(operator, "refuse", dialect="tencent")
    Operator(server=operator.server, client=client, key="wrong").ask("GET", "/grants")
    wait_for(operator, "refuse", dialect="admin", path="/-/api/v1/grants")


def test_two_processes_share_one_chain_and_no_secret_is_in_it(logged: Server) -> None:
    secrets = {DEV.secret.decode(), ADMIN_KEY}
    for number in range(10):
        operator = Operator(server=logged, client=logged.client())
        url = operator.url("demo", f"{number}.txt")
        spend(operator.client, url, b"x")
        secrets |= set(parse_qs(urlsplit(url["url"]).query)["X-Amz-Signature"])
        ms = operator.ok("POST", "/mint/ms", {}, status=201)
        secrets |= {ms["CosKey"], ms["CosToken"]}
        voice = operator.ok("POST", "/mint/vms", {"FileName": f"{number}.mp3"}, status=201)
        secrets |= set(parse_qs(urlsplit(voice["UploadUrl"]).query)["X-Tos-Signature"])
        form = operator.ok("POST", "/mint/hbr", {"FileName": "a"}, status=201)
        secrets |= {form["Signature"]}
        operator.client.close()
    watching = Operator(server=logged, client=logged.client())
    wait_for(watching, "use", operations={"PutObject": 1})
    watching.client.close()
    text = b"".join(path.read_bytes() for path in (logged.data / "audit").glob("*.jsonl")).decode()
    assert [secret for secret in secrets if secret in text] == []
    assert len(secrets) > 40
    done = logged.run("audit", "verify", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert (report["damage"], report["torn"]) == ([], [])
    assert report["lines"] == report["last"] >= 40


@embedded
def test_files_are_put_aside_by_size(serving: Callable[..., Server]) -> None:
    server = serving("--workers", "2", audit__rotate_bytes="1500")
    for number in range(12):
        operator = Operator(server=server, client=server.client())
        operator.url("demo", f"{number}.txt")
        operator.client.close()
    assert len(list((server.data / "audit").glob("audit-*.jsonl"))) >= 2
    done = server.run("audit", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("whole: ")

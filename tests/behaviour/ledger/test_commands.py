"""The same from the command line, beside a running server. Source: issue 4 §4."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from behaviour.client import DEV, Reply
from behaviour.server import Server

from .operator import Operator, spend


def run(server: Server, *arguments: str, status: int = 0, given: str = "") -> str:
    """What a command prints."""
    done = server.run(*arguments, given=given)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def asked(server: Server, *arguments: str) -> Any:
    """What a command prints as JSON."""
    return json.loads(run(server, *arguments, "--json"))


def used(server: Server, minted: Any, body: bytes = b"") -> Reply:
    """A use over a connection of its own: commands take longer than an idle one is kept."""
    client = server.client()
    reply = spend(client, minted, body)
    client.close()
    return reply


def test_an_address_for_people_without_an_sdk(server: Server) -> None:
    name = server.make_bucket(DEV.appid)
    url = run(
        server, "mint", "url", name, "a b/ü.txt", "--uses", "1", "--max-bytes", "5", "--source", "127.0.0.0/8"
    ).strip()
    said = {"url": url, "method": "PUT", "headers": {}}
    assert [used(server, said, b"x").status for _ in range(2)] == [200, 403]
    made = asked(
        server, "mint", "url", name, "a b/ü.txt", "--method", "GET", "--dialect", "cos_json", "--expires", "5m"
    )
    assert used(server, made).body == b"x"
    assert asked(server, "grants", "of", name, "a b/ü.txt")["grant"]["api"] == "url:PUT"

    shown = asked(server, "grants", "show", made["grant"])
    assert (shown["api"], shown["client"], shown["minter"]) == ("url:GET", "command line", DEV.key_id)
    listed = asked(server, "grants", "list", "--prefix", f"{name}/", "--limit", "1")
    assert [row["id"] for row in listed["grants"]] == [made["grant"]]
    rest = asked(server, "grants", "list", "--prefix", f"{name}/", "--after", listed["next"])
    assert [row["api"] for row in rest["grants"]] == ["url:PUT"]
    assert rest["next"] is None
    assert asked(server, "grants", "list", "--prefix", f"{name}/", "--count") == {"count": 2}

    many = ("grants", "revoke", "--prefix", f"{name}/", "--api", "url:GET", "--older-than", "0s")
    assert asked(server, *many, "--dry-run") == {"revoked": 0, "matched": 1}
    assert used(server, made).status == 200
    assert asked(server, *many) == {"revoked": 1, "matched": 1}
    assert used(server, made).status == 403
    assert "revoked already" in run(server, "grants", "revoke", made["grant"], status=1)
    assert "say which" in run(server, "grants", "revoke", status=1)
    last = json.loads(run(server, "audit", "tail", "--event", "revoke", "-n", "1", "--json"))
    assert (last["key"], last["by"]) == (made["grant"], "command line")


def test_what_the_four_apis_give(server: Server) -> None:
    voice = json.loads(run(server, "mint", "vms", "a.mp3", "--max-bytes", "4"))
    said = {"url": voice["UploadUrl"], "method": "PUT", "headers": {}}
    assert used(server, said, b"x" * 5).status in {400, 403}
    assert used(server, said, b"x" * 4).status == 200
    form = json.loads(run(server, "mint", "hbr", "a.txt", "--url", "https://files.example.com"))
    assert (form["Endpoint"], form["BucketName"]) == ("files.example.com", "hbr-temp-bucket")
    key = json.loads(run(server, "mint", "ms", "--duration", "10m", "--region", "ap-beijing"))
    assert (key["CosRegion"], key["CosBucket"]) == ("ap-beijing", "ms-shield")
    refused = run(server, "mint", "vod", "220209", "-", status=1, given='{"version":"2.0"}')
    assert "statement" in refused


def test_the_chain_is_checked_against_what_was_noted(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    try:
        client = server.client()
        Operator(server=server, client=client).url("demo", "a.txt")
        client.close()
        report = asked(server, "audit", "verify")
        assert report["damage"] == []
        noted = f"{report['last']}:{report['head']}"
        assert asked(server, "mint", "url", "demo", "a.txt")["method"] == "PUT"
        assert "whole" in run(server, "audit", "verify", "--expect", noted)
        other = f"{report['last']}:{'0' * 64}"
        assert server.run("audit", "verify", "--expect", other).returncode == 1
    finally:
        server.stop()

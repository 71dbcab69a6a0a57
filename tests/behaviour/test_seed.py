"""A seed on the wire: served with it, sent to a running server, and what it says is what clients find.

Source: issue 14 §2.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .client import Reply
from .server import Server

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "seed.yaml"
KEY = [("Authorization", "Bearer entrepot-dev-admin")]


def asked(server: Server, method: str, path: str, body: Any = None, headers: Any = KEY) -> Reply:
    """One request over a connection of its own."""
    client = server.client()
    reply = client.send(method, path, headers=headers, body=b"" if body is None else json.dumps(body).encode())
    client.close()
    return reply


def test_served_with_a_seed(serving: Callable[..., Server]) -> None:
    server = serving("--workers", "2", "--seed", str(EXAMPLE))
    page = asked(server, "GET", "/public/index.html", headers=[("Origin", "https://a.example.com")])
    assert (page.status, page.body) == (200, b"<h1>hello</h1>")
    assert page.headers["content-type"] == "text/html"
    assert page.headers["access-control-allow-origin"] == "https://a.example.com"
    assert asked(server, "GET", "/reports/2026/q1.csv", headers=[]).status == 403
    again = server.run("seed", str(EXAMPLE))
    assert again.stdout == "seeded: 0 created, 0 changed, 12 unchanged\n"


def test_sent_to_a_server(serving: Callable[..., Server], tmp_path: Path) -> None:
    server = serving("--workers", "2")
    path = tmp_path / "seed.yaml"
    path.write_text("accounts:\n- buckets:\n  - name: sent\n    acl: public-read\n    objects: [{key: a, text: one}]\n")
    for told in ("seeded: 2 created, 0 changed, 1 unchanged", "seeded: 0 created, 0 changed, 3 unchanged"):
        done = server.run("seed", str(path), "--server", server.address)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, told), done.stderr
    assert asked(server, "GET", "/sent/a", headers=[]).body == b"one"
    path.write_text("accounts:\n- buckets:\n  - name: sent\n    acl: public-read\n  - name: NO\n")
    done = server.run("seed", str(path), "--server", server.address)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{path}:5: 'NO' is no bucket name" in done.stderr


def test_what_the_admin_api_refuses(serving: Callable[..., Server]) -> None:
    server = serving("--workers", "2")
    path = "/-/api/v1/dev/seed"
    assert asked(server, "POST", path, {"seed": {}}, headers=[]).status == 401

    def of(one: Any) -> Any:
        return {"seed": {"accounts": [{"buckets": [{"name": "b", "objects": [one]}]}]}}

    for body, said in (
        ({}, "'seed' is missing"),
        ({"seed": []}, "must be an object"),
        ({"seed": {"accounts": [{"bucket": []}]}}, "unknown field `bucket`"),
        (of({"key": "a", "file": "/etc/passwd"}), "base64"),
        (of({"key": "a", "base64": "!"}), "base64"),
    ):
        reply = asked(server, "POST", path, body)
        assert (reply.status, said in reply.body.decode()) == (400, True), reply.body
    assert asked(server, "GET", path).status == 405


def test_it_goes_with_dev_mode_only(tmp_path: Path) -> None:
    server = Server(tmp_path)
    done = server.run("serve", "--seed", str(EXAMPLE), "--port", "0")
    assert (done.returncode, "--seed goes with --dev" in done.stderr) == (2, True)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("accounts:\n- app: 1\n")
    done = server.run("serve", "--dev", "--seed", str(wrong), "--port", "0")
    assert (done.returncode, f"{wrong}:2:" in done.stderr) == (1, True)

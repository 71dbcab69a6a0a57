"""The admin API: its document, its key, and answers that are what the document says. Source: issue 4 §4; OpenAPI 3."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from behaviour.client import DEV
from behaviour.conftest import OTHER
from behaviour.server import Server

from .operator import API, Connections, Operator, spend, written
from .schema import faults, resolved

POLICY = "%7B%7D"


@pytest.fixture(scope="module")
def document(server: Server) -> Any:
    """The served document; asked for without a key."""
    client = server.client()
    reply = client.send("GET", "/-/api/openapi.json")
    client.close()
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    return json.loads(reply.body)


def operations(document: Any) -> dict[str, tuple[str, str, Any]]:
    """Method, path and operation by its id."""
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_document_is_one(document: Any) -> None:
    assert document["openapi"].startswith("3.0.")
    assert document["security"] == [{"adminKey": []}]
    assert document["components"]["securitySchemes"] == {"adminKey": {"type": "http", "scheme": "bearer"}}
    known = operations(document)
    assert len(known) == sum(len(methods) for methods in document["paths"].values()), "ids are unique"
    for method, path, operation in known.values():
        assert path.startswith(API)
        assert operation["summary"]
        named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert named == ({"id"} if "{id}" in path else set())
        assert ("requestBody" in operation) is (method == "POST")
        replies = operation["responses"]
        assert {"default", "401"} <= replies.keys()
        for reply in replies.values():
            assert reply["description"]
            resolved(document, reply["content"]["application/json"]["schema"])
    for schema in document["components"]["schemas"].values():
        assert list(faults(document, schema, None)) == ["$ is null"]


def exercised(operator: Operator, connections: Connections) -> dict[str, tuple[str, str, Any, dict[str, Any]]]:
    """A request for each operation, as method, path, body and query."""
    name = operator.server.make_bucket(DEV.appid)
    url = operator.url(name, "a b.txt", uses=4)
    assert spend(operator.client, url, b"x").status == 200
    other = operator.url(name, "c.txt")
    held = connections.again(connections.bucket(operator.server), DEV)
    held.put("/by-a-long-term-key")
    grant = url["grant"]
    rule = operator.ok("POST", "/dev/faults", {"bucket": name, "lost_reply": True}, status=201)
    return {
        "listGrants": ("GET", "/grants", None, {"limit": 3, "holding": "true", "account": DEV.appid}),
        "countGrants": ("GET", "/grants/count", None, {"api": "url", "prefix": f"{name}/", "older_than": "0s"}),
        "showGrant": ("GET", f"/grants/{grant}", None, {}),
        "revokeGrant": ("DELETE", f"/grants/{other['grant']}", None, {}),
        "revokeGrants": ("POST", "/grants/revoke", {"prefix": f"{name}/nothing"}, {}),
        "showObjectGrant": ("GET", "/objects/grant", None, {"account": DEV.appid, "bucket": name, "key": "a b.txt"}),
        "mintUrl": ("POST", "/mint/url", {"bucket": name, "key": "k", "content_types": ["a/b"], "uses": 1}, {}),
        "mintVms": ("POST", "/mint/vms", {"FileName": "a.wav", "key_id": DEV.key_id}, {}),
        "mintHbr": ("POST", "/mint/hbr", {"FileName": "a.txt", "networks": ["127.0.0.1"]}, {}),
        "mintVod": ("POST", "/mint/vod", {"SubAppId": 220209, "Policy": VOD_POLICY, "max_bytes": 9}, {}),
        "mintMs": ("POST", "/mint/ms", {"Duration": 60, "CosRegion": None, "account": DEV.appid}, {}),
        "tailAudit": ("GET", "/audit", None, {"lines": 50}),
        "listAccounts": ("GET", "/accounts", None, {}),
        "listBuckets": ("GET", "/buckets", None, {"account": DEV.appid, "limit": 2}),
        "listUsers": ("GET", "/users", None, {}),
        "listFaults": ("GET", "/dev/faults", None, {}),
        "addFault": ("POST", "/dev/faults", {"bucket": name, "prefix": "no/such/key", "throttle": True}, {}),
        "clearFault": ("DELETE", f"/dev/faults/{rule['id']}", None, {}),
        "clearFaults": ("DELETE", "/dev/faults", None, {}),
        "listRefusals": ("GET", "/refusals", None, {}),
        "showRefusal": ("GET", f"/refusals/{32 * '0'}", None, {}),
        "readClock": ("GET", "/dev/clock", None, {}),
        "turnClock": ("POST", "/dev/clock", {"real": True}, {}),
        "testPolicy": (
            "POST",
            "/policies/test",
            {"who": grant, "account": DEV.appid, "action": "s3:GetObject", "resource": f"{name}/a b.txt"},
            {},
        ),
        "suggestPolicy": ("GET", "/policies/suggest", None, {"key": grant}),
        "takeSnapshot": ("POST", "/dev/snapshots", {"name": "asked"}, {}),
        "listSnapshots": ("GET", "/dev/snapshots", None, {}),
        "restoreSnapshot": ("POST", "/dev/snapshots/restore", {"name": "asked"}, {}),
        "startRecording": ("POST", "/dev/recording", {"exchanges": 10}, {}),
        "stopRecording": ("POST", "/dev/recording/stop", None, {}),
        "readRecording": ("GET", "/dev/recording", None, {}),
        "readRecordingPart": ("GET", "/dev/recording/parts", None, {"file": "none"}),
        "deleteRecording": ("DELETE", "/dev/recording", None, {}),
        "deleteSnapshot": ("DELETE", "/dev/snapshots/asked", None, {}),
        "applySeed": ("POST", "/dev/seed", {"seed": {"accounts": [{"appid": DEV.appid}]}}, {}),
        "createTestAccount": ("POST", "/dev/accounts", {"account": 1250000777, "buckets": ["one"]}, {}),
        "resetTestAccount": ("POST", "/dev/accounts/reset", {"account": 1250000777, "buckets": ["two"]}, {}),
        "removeTestAccount": ("POST", "/dev/accounts/remove", {"account": 1250000777}, {}),
    }


VOD_POLICY = (
    "%7B%22version%22%3A%222.0%22%2C%22statement%22%3A%5B%7B%22effect%22%3A%22allow%22%2C%22action%22%3A%5B"
    "%22name%2Fvod%3AUploadPart%22%5D%2C%22resource%22%3A%5B%22qcs%3A%3Avod%3A%3Auid%2F1250000000%3A%2F%2F"
    "bucketid1%2Fpath1%2Ffile1.mp4%22%5D%7D%5D%7D"
)


def test_every_operation_answers_what_it_says(operator: Operator, document: Any, connections: Connections) -> None:
    known = operations(document)
    asked = exercised(operator, connections)
    assert asked.keys() == known.keys()
    for name, (method, path, body, query) in asked.items():
        reply = operator.ask(method, path, body, **query)
        said_method, said_path, operation = known[name]
        status = next(status for status in operation["responses"] if status.startswith("2"))
        if name == "mintVod" and reply.status != 201:  # the policy's resource is the seed's, not this server's
            status = str(reply.status)
        if name in {"showRefusal", "readRecordingPart"}:  # nothing was refused under this id, no file has this name
            status = "404"
        assert (method, str(reply.status)) == (said_method, status), str(reply)
        assert said_path.partition("{")[0] in API + path
        schema = operation["responses"][status]["content"]["application/json"]["schema"]
        assert list(faults(document, schema, json.loads(reply.body))) == [], name
        assert reply.headers["cache-control"] == "no-store"


def test_only_its_key_opens_it(operator: Operator, document: Any) -> None:
    for shown in (None, "", "entrepot-dev-admi", "entrepot-dev-admin2", "ENTREPOT-DEV-ADMIN", "entrepot-dev-secret"):
        nobody = Operator(server=operator.server, client=operator.client, key=shown)
        for method, path, _ in operations(document).values():
            reply = nobody.ask(method, path.removeprefix(API))
            assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer"), str(reply)
        nobody.refused(401, "signature-missing", "GET", "/grants")
        nobody.refused(401, "signature-missing", "GET", "/no/such/endpoint")
    basic = [("Authorization", "Basic entrepot-dev-admin")]
    assert operator.client.send("GET", f"{API}/grants", headers=basic).status == 401
    said = [("Authorization", "bearer  entrepot-dev-admin ")]
    assert operator.client.send("GET", f"{API}/grants", headers=said).status == 200


def test_another_key_is_a_setting(serving: Callable[..., Server]) -> None:
    server = serving(admin_key="a-key-of-the-operator")
    client = server.client()
    assert Operator(server=server, client=client).ask("GET", "/grants").status == 401
    assert Operator(server=server, client=client, key="a-key-of-the-operator").ask("GET", "/grants").status == 200
    client.close()
    shown = server.run("config")
    assert shown.returncode == 0
    assert "a-key-of-the-operator" not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "status", "kind"),
    [
        ("GET", "/nothing", None, {}, 404, "object-missing"),
        ("GET", "/grants/nothing", None, {}, 404, "object-missing"),
        ("GET", f"/grants/{DEV.key_id}", None, {}, 404, "object-missing"),
        ("PUT", "/grants", None, {}, 405, "method-not-allowed"),
        ("GET", "/grants/revoke", None, {}, 405, "method-not-allowed"),
        ("GET", "/grants", None, {"limit": "0"}, 400, "parameter-invalid"),
        ("GET", "/grants", None, {"limit": "1001"}, 400, "parameter-invalid"),
        ("GET", "/grants", None, {"limit": "ten"}, 400, "parameter-invalid"),
        ("GET", "/grants", None, {"holding": "yes"}, 400, "parameter-invalid"),
        ("GET", "/grants", None, {"older_than": "soon"}, 400, "parameter-invalid"),
        ("GET", "/grants", None, {"after": "there"}, 400, "parameter-invalid"),
        ("GET", "/grants", None, {"minters": "m"}, 400, "parameter-invalid"),
        ("GET", "/audit", None, {"event": "party"}, 400, "parameter-invalid"),
        ("GET", "/buckets", None, {}, 400, "parameter-missing"),
        ("GET", "/objects/grant", None, {"account": "1", "bucket": "b"}, 400, "parameter-missing"),
        ("GET", "/objects/grant", None, {"account": "1", "bucket": "b", "key": "k"}, 404, "bucket-missing"),
        ("GET", "/objects/grant", None, {"account": "1250000000", "bucket": "demo", "key": "?"}, 404, "object-missing"),
        ("POST", "/mint/url", b"{", {}, 400, "malformed"),
        ("POST", "/mint/url", b"[]", {}, 400, "malformed"),
        ("POST", "/mint/url", b'{"bucket":"\xff"}', {}, 400, "malformed"),
        ("POST", "/mint/url", {"bucket": "demo"}, {}, 400, "parameter-missing"),
        ("POST", "/mint/url", {"bucket": "demo", "key": 1}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "uses": True}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "uses": 0}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "networks": ["10.0.0/8"]}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "networks": "10.0.0.1"}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "content_types": ["png"]}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "method": "POST"}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "dialect": "ftp"}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "expires": "8d"}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "expires": "0s"}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "dialect": "cos_json"}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/url", {"bucket": "demo", "key": ""}, {}, 400, "name-invalid"),
        ("POST", "/mint/url", {"bucket": "none", "key": "k"}, {}, 404, "bucket-missing"),
        ("POST", "/mint/url", {"bucket": "demo", "key": "k", "key_id": "nobody"}, {}, 400, "key-unknown"),
        ("POST", "/mint/vms", {"FileName": "a.exe"}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/vod", {"SubAppId": 1, "Policy": POLICY}, {}, 403, "access-denied"),
        ("POST", "/mint/ms", {"Duration": 0}, {}, 400, "parameter-invalid"),
        ("POST", "/mint/ms", {"FileName": "a"}, {}, 400, "parameter-invalid"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    operator: Operator, method: str, path: str, body: Any, query: dict[str, str], status: int, kind: str
) -> None:
    if path == "/grants" and "limit" not in query:
        query = query | {"limit": "5"}
    if path.startswith("/mint") and isinstance(body, dict):
        body = {"account": DEV.appid} | body if "key_id" not in body else body
    sentence = operator.refused(status, kind, method, path, body, **query)
    assert len(sentence) > 15


def test_a_body_is_bounded(operator: Operator) -> None:
    operator.refused(413, "too-large", "POST", "/mint/url", b" " * (1 << 20) + b"{}")


def test_pages_and_counts(operator: Operator) -> None:
    name = operator.server.make_bucket(DEV.appid)
    made = [operator.url(name, f"p/{number}")["grant"] for number in range(7)]
    place = {"prefix": f"{name}/p/"}
    found: list[str] = []
    query: dict[str, Any] = {"limit": 3, **place}
    while True:
        page = operator.ok("GET", "/grants", **query)
        found += [row["id"] for row in page["grants"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert found == made[::-1]
    assert operator.ok("GET", "/grants/count", **place) == {"count": 7}
    operator.revoke(made[0])
    assert operator.ok("GET", "/grants/count", **place, holding="true") == {"count": 6}
    assert operator.ok("GET", "/grants/count", **place, holding="false") == {"count": 7}
    assert operator.ok("GET", "/grants/count", **place, older_than="1h") == {"count": 0}
    assert operator.ok("GET", "/grants/count", **place, minter=OTHER.key_id) == {"count": 0}


def wait_for_uses(operator: Operator, grant: str, count: int) -> Any:
    """What the ledger says once the counters have been written, which takes a second."""
    for _ in range(50):
        shown = operator.ok("GET", f"/grants/{grant}")
        if shown["used"] >= count:
            break
        time.sleep(0.1)
    assert shown["used"] == count
    return shown


def test_what_a_right_did(operator: Operator, connections: Connections) -> None:
    name = operator.server.make_bucket(DEV.appid)
    url = operator.url(name, "a b/ü.txt", max_bytes=10, uses=2)
    unused = operator.ok("GET", f"/grants/{url['grant']}")
    assert (unused["state"], unused["used"], unused["last_used_at"], unused["stored"]) == ("holds", 0, None, 0)
    assert (unused["api"], unused["minter"], unused["client"]) == ("url:PUT", DEV.key_id, "admin API, 127.0.0.1")
    assert (unused["max_bytes"], unused["max_uses"], unused["place"]) == (10, 2, f"{name}/a b/ü.txt")
    for content in (b"one", b"two"):
        assert spend(operator.client, url, content).status == 200
    shown = wait_for_uses(operator, url["grant"], 2)
    assert (shown["state"], shown["stored"], shown["stored_some"]) == ("used up", 1, [f"{name}/a b/ü.txt"])
    assert shown["last_used_at"] is not None
    said = operator.ok("GET", "/objects/grant", account=DEV.appid, bucket=name, key="a b/ü.txt")
    assert (said["stored_by"], said["stored_by_is"]) == (url["grant"], "a minted right")
    assert said["grant"]["id"] == url["grant"]
    everything = operator.ask("GET", f"/grants/{url['grant']}").body + operator.ask("GET", "/grants").body
    assert url["url"].rpartition("=")[2].encode() not in everything

    plain = connections.bucket(operator.server)
    plain.put("/x")
    said = operator.ok("GET", "/objects/grant", account=DEV.appid, bucket=plain.name, key="x")
    assert (said["stored_by"], said["stored_by_is"], said["grant"]) == (DEV.key_id, "a long-term key", None)


def test_repeated_reads_are_counted(operator: Operator) -> None:
    """Also those that are answered from what is remembered."""
    name = operator.server.make_bucket(DEV.appid)
    spend(operator.client, operator.url(name, "a.txt"), b"x")
    url = operator.url(name, "a.txt", "GET")
    assert [spend(operator.client, url).status for _ in range(9)] == [200] * 9
    wait_for_uses(operator, url["grant"], 9)


def test_a_right_that_ended(operator: Operator) -> None:
    name = operator.server.make_bucket(DEV.appid)
    owner = written(operator.server, bucket=name, seconds=0.01)
    time.sleep(0.05)
    assert operator.ok("GET", f"/grants/{owner.key_id}")["state"] == "ended"
    assert operator.ok("POST", "/grants/revoke", {"prefix": f"{name}/"})["revoked"] == 0


def test_another_method_is_told_which_there_are(operator: Operator) -> None:
    """RFC 9110 §15.5.6: a 405 must have Allow."""
    for method, path, allowed in (
        ("PUT", "/grants", "GET"), ("GET", "/grants/revoke", "POST"), ("POST", "/grants/x", "GET, DELETE"),
    ):  # fmt: skip
        reply = operator.ask(method, path)
        assert (reply.status, reply.headers["allow"]) == (405, allowed)
    reply = operator.client.send("POST", "/-/api/openapi.json")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


def test_the_document_is_as_strict_as_the_server(operator: Operator) -> None:
    """What the schema bounds, the server refuses beyond, and takes up to."""
    document = json.loads(operator.client.send("GET", "/-/api/openapi.json").body)
    body = document["paths"]["/-/api/v1/mint/url"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    named = body["properties"]
    assert named["content_types"]["maxItems"] == 64
    assert named["bucket"]["maxLength"] == 32_768
    assert named["uses"]["minimum"] == 1
    asked = {"bucket": "demo", "key": "a", "method": "PUT"}
    for wrong in (
        {"content_types": ["a/b"] * 65}, {"networks": ["1" * 256]}, {"uses": 2**53 + 1}, {"uses": 0},
        {"expires": "1y"}, {"key": "k" * 32_769}, {"account": -1}, {"other": 1},
    ):  # fmt: skip
        assert operator.ask("POST", "/mint/url", asked | wrong).status == 400, wrong
    assert operator.ask("POST", "/mint/url", asked | {"uses": None, "expires": "1.5h"}).status == 201
    for name, schema in named.items():
        bounded = {"maxLength", "enum", "maximum", "maxItems"} & schema.keys() or schema["type"] == "boolean"
        assert bounded, f"{name} has no bound"

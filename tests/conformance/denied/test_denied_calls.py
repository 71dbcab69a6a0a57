"""Mistakes in policies, met by the real SDKs: the server tells of each refusal what was wrong.

The mistakes are those of ``unit.denials``; one that no SDK can make on loopback (another address, another time) is left
out. Source: issue 14 §1.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from behaviour.client import DEV
from behaviour.server import Server, environment
from conformance.conftest import require
from conformance.setup_sdks import python_of
from unit.denials.mistakes import MISTAKES, Mistake
from unit.denials.wording import key, operator, place, policy, say

pytestmark = pytest.mark.conformance

HERE = Path(__file__).parent
PROGRAMS = {"cos": ("cos", "tencent"), "oss": ("oss2", "aliyun"), "tos": ("tos", "volcengine"), "s3": ("boto3", "s3")}
"""Cloud -> program, and the environment of its SDK."""
CALLS = {"get", "put", "list", "delete", "get acl", "put acl", "put tags", "location", "buckets", "restore", "versions"}
SENT = {"content_type", "content_length", "acl", "tags", "prefix", "delimiter", "max_keys", "tls"}
"""Circumstances that a call of an SDK can have; without TLS they all come."""
CAME = {"source": "127.0.0.1", "tls": "false"}
"""What comes from a client on loopback."""
LEFT_OUT = {
    ("cos", "no delimiter"), ("oss", "of no type"), ("cos", "of no type"), ("tos", "of no type"), ("tos", "restores"),
}  # fmt: skip
"""These SDKs send a type by themselves, or have no such call."""
_ALLOWED = {"from a barred network", "too late", "in another zone"}
"""Allowed on loopback, or today."""


@dataclass(frozen=True)
class Call:
    """A mistake, and the name of the policies of the user who makes it."""

    mistake: Mistake
    user: str


def _possible(cloud: str, one: Mistake) -> bool:
    like = set(one.like) - {"source"}
    return (
        cloud in one.clouds
        and one.asks[0] in CALLS
        and like <= SENT
        and (cloud, one.name) not in LEFT_OUT
        and one.name not in _ALLOWED
        and not one.asks[1].startswith("fresh")
    )


@pytest.fixture(scope="module")
def explaining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that explains every refusal."""
    running = Server(tmp_path_factory.mktemp("denied"), ENTREPOT_EXPLAIN__PER_SECOND="1000")
    running.start()
    yield running
    done = running.finish()
    assert done.returncode == 0, done.stdout + done.stderr


def _told(server: Server, request: str) -> dict[str, str]:
    client = server.client()
    try:
        reply = client.send(
            "GET", f"/-/api/v1/refusals/{request}", headers=[("Authorization", "Bearer entrepot-dev-admin")]
        )
        assert reply.status == 200, str(reply)
        found: dict[str, str] = json.loads(reply.body)["explanation"]
        return found
    finally:
        client.close()


@pytest.mark.parametrize("cloud", PROGRAMS)
def test_what_is_told(cloud: str, explaining: Server, tmp_path: Path) -> None:
    """At least 95 of 100 are named right; what is named wrong is not said to be certain."""
    program, name = PROGRAMS[cloud]
    require(name)
    calls, sent = {}, []
    for one in MISTAKES:
        if not _possible(cloud, one):
            continue
        texts = [json.dumps(policy(cloud, *(say(cloud, **each) for each in statements))) for statements in one.has]
        owner = explaining.make_user(DEV.appid, *texts)
        calls[one.name] = Call(one, owner.key_id.removeprefix("key-of-"))
        sent.append({
            "name": one.name, "key_id": owner.key_id, "secret": owner.secret.decode(), "call": one.asks[0],
            "key": one.asks[1].partition("/")[2], "like": one.like,
        })  # fmt: skip
    file = tmp_path / "calls.json"
    file.write_text(json.dumps(sent), encoding="utf-8")
    done = subprocess.run(
        [str(python_of(name)), str(HERE / f"program_{program}.py"), explaining.address, str(file)],
        capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path,
        env=environment({"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    requests = dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    faults = {}
    for named, call in calls.items():
        request = requests[named]
        fault = "not refused" if request[:1] in "-?" else ""
        told: dict[str, str] = {} if fault else _told(explaining, request)
        fault = fault or _wrong(cloud, call, told)
        if fault:
            faults[named] = f"{fault} {request} {told}"
            assert told.get("confidence") != "certain", faults[named]
    assert len(calls) >= 30
    assert len(faults) <= 0.05 * len(calls), json.dumps(faults, indent=1)


def _wrong(cloud: str, call: Call, told: dict[str, Any]) -> str:
    """What is wrong in what was told; empty where all is right."""
    one = call.mistake
    at = ("", "") if one.at is None else (f"{call.user}-{one.at[0]}", place(cloud, one.at[1]))
    if told["cause"] != one.cause or (told.get("policy", ""), told.get("statement", "")) != at:
        return f"not {one.cause} at {at}"
    for how, fact, value in one.unmet:
        if operator(cloud, how) not in told["sentence"] or key(cloud, fact) not in told["sentence"]:
            return f"no word of {fact}"
        if CAME.get(fact, value) not in told.get("came", ""):
            return f"not that {CAME.get(fact, value)} came"
    return ""

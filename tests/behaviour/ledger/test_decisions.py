"""What somebody may, asked of the admin API; and the policy that the server suggests for what a key did.

Source: issue 14 §1.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from behaviour.client import DEV
from behaviour.server import Server

from .operator import Operator

POLICY = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Reads", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::demo/in/*",
     "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
]}  # fmt: skip


@pytest.fixture(scope="module")
def server(serving: Callable[..., Server]) -> Server:
    """A server of its own: the keys of its users would leave open in whose name others mint."""
    return serving(audit__sub_users="true")


def test_a_decision_is_told(operator: Operator) -> None:
    owner = operator.server.make_user(DEV.appid, json.dumps(POLICY))
    question = {"who": owner.key_id, "account": DEV.appid, "action": "s3:GetObject", "resource": "demo/in/a"}
    assert operator.ok("POST", "/policies/test", question | {"source": "10.1.2.3"})["allowed"] is True
    made = operator.ok("POST", "/policies/test", question | {"source": "192.0.2.1"})
    assert made["allowed"] is False
    reason = made["reasons"][0]
    assert (reason["cause"], reason["sid"], reason["statement"]) == ("condition-not-met", "Reads", "Statement[0]")
    wanted = {"operator": "IpAddress", "key": "aws:SourceIp", "wanted": ["10.0.0.0/8"], "came": "192.0.2.1"}
    assert reason["conditions"] == [wanted]
    tried = operator.ok("POST", "/policies/test", question | {"policy": json.dumps(made["needed"])})
    assert tried["allowed"] is True
    operator.refused(404, "object-missing", "POST", "/policies/test", question | {"who": "nobody-at-all"})
    operator.refused(400, "parameter-invalid", "POST", "/policies/test", question | {"headers": ["x-odd: 1"]})


def test_a_minted_right_is_told(operator: Operator) -> None:
    minted = operator.url("demo", "told.txt", "GET", key_id=DEV.key_id)
    question = {"who": minted["grant"], "account": DEV.appid, "resource": "demo/told.txt"}
    assert operator.ok("POST", "/policies/test", question | {"action": "cos:GetObject"})["decided_by"]
    made = operator.ok("POST", "/policies/test", question | {"action": "s3:DeleteObject"})
    assert (made["allowed"], made["reasons"][0]["cause"]) == (False, "right-is-narrower")
    assert made["minted"]["api"] == "url:GET"


def test_a_policy_is_suggested(operator: Operator) -> None:
    """The server notes what a sub-user's key did within a second."""
    everything = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )
    owner = operator.server.make_user(DEV.appid, everything)
    minted = operator.url("demo", "suggested/a.txt", key_id=owner.key_id)
    parts = minted["url"].split("/", 3)
    reply = operator.client.send("PUT", "/" + parts[3], headers=[*minted["headers"].items()], body=b"x", host=parts[2])
    assert reply.status == 200, str(reply)
    deadline = time.monotonic() + 30
    while operator.ask("GET", "/policies/suggest", key=minted["grant"]).status == 404 and time.monotonic() < deadline:
        time.sleep(0.2)
    made = operator.ok("GET", "/policies/suggest", key=minted["grant"], language="oss")
    assert made["policy"] == {"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": ["oss:PutObject"], "Resource": ["acs:oss:*:*:demo/suggested/a.txt"]},
    ]}  # fmt: skip

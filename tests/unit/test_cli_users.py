"""cli/users, cli/policies: one story through the command line; what is refused says why. Source: issue 4 §3."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .commands import Result, run_command

CAM = {
    "version": "2.0",
    "statement": [
        {"effect": "allow", "action": ["cos:PutObject", "cos:GetBucket"], "resource": "qcs::cos:::demo-1250000000/up/*",
         "condition": {"numeric_less_than_equal_if_exist": {"cos:content-length": 1000}}},
        {"sid": "never", "effect": "deny", "action": "*", "resource": "qcs::cos:::demo-1250000000/up/no/*"},
    ],
}  # fmt: skip
RAM = '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "hbr:CreateTempFileUploadUrl", "Resource": "*"}]}'
Run = Callable[..., Result]


def runs_on(data: Path) -> Run:
    """Runs commands on a fresh data folder with one account."""

    def call(*arguments: str, given: str = "") -> Result:
        return run_command(*arguments, "--data", str(data), given=given)

    assert call("account", "create", "--appid", "1250000000", "--user-id", "100000000001").exit_code == 0
    return call


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Commands on a folder of the test's own."""
    return runs_on(tmp_path / "data")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Commands on a folder where nothing is ever stored."""
    return runs_on(tmp_path_factory.mktemp("empty") / "data")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Commands on a folder with a user who has two policies."""
    call = runs_on(tmp_path_factory.mktemp("prepared") / "data")
    call("policy", "create", "uploads", "-", given=json.dumps(CAM))
    call("policy", "create", "minting", "-", given=RAM)
    ok(call("user", "create", "alice", "--policy", "uploads", "--policy", "minting", "--json"))
    return call


def ok(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_story(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(CAM))
    assert ok(run("policy", "create", "uploads", str(file), "--json"))["language"] == "cam"
    assert ok(run("policy", "create", "minting", "-", "--json", given=RAM))["language"] == "ram"
    user = ok(run("user", "create", "alice", "--policy", "uploads", "--user-id", "7000", "--json"))
    assert (user["user_id"], user["policies"], user["keys"]) == ("7000", ["uploads"], [])
    key = ok(run("key", "create", "--user", "alice", "--json"))
    assert key["user"] == "alice"
    assert ok(run("user", "attach", "alice", "minting", "--json"))["policies"] == ["uploads", "minting"]
    assert [one["keys"] for one in ok(run("user", "list", "--json"))] == [[key["id"]]]
    assert ok(run("policy", "show", "uploads", "--json"))["users"] == ["alice"]
    assert json.loads(ok(run("policy", "show", "uploads", "--json"))["text"]) == CAM
    assert [one["name"] for one in ok(run("policy", "list", "--json"))] == ["minting", "uploads"]
    assert ok(run("user", "detach", "alice", "minting", "--json"))["policies"] == ["uploads"]
    for used in (("policy", "delete", "uploads"), ("user", "delete", "alice")):
        assert run(*used).exit_code == 1
    for gone in (("key", "delete", key["id"]), ("user", "delete", "alice"), ("policy", "delete", "uploads")):
        assert run(*gone).exit_code == 0
    assert ok(run("user", "list", "--json")) == []


@pytest.mark.parametrize(
    ("question", "allowed", "decided"),
    [
        (("cos:PutObject", "demo/up/k", "--content-length", "1000"), True, "uploads: statement[0]"),
        (("cos:PutObject", "demo/up/k"), True, "uploads: statement[0]"),
        (("cos:PutObject", "demo/up/k", "--content-length", "1001"), False, "nothing allows it"),
        (("name/cos:PutObject", "qcs::cos::uid/1250000000:demo-1250000000/up/k"), True, "uploads: statement[0]"),
        (("cos:PutObject", "demo/up/no/k"), False, "uploads: statement[1] (never)"),
        (("cos:PutObjectCopy", "demo/up/k"), True, "uploads: statement[0]"),
        (("cos:PutObject", "demo/other"), False, "nothing allows it"),
        (("cos:GetBucket", "demo", "--prefix", "up/"), True, "uploads: statement[0]"),
        (("cos:GetBucket", "demo"), False, "nothing allows it"),
        (("cos:GetObject", "demo/up/k"), False, "nothing allows it"),
        (("s3:PutObject", "arn:aws:s3:::demo/up/k"), False, "nothing allows it"),
        (("hbr:CreateTempFileUploadUrl",), True, "minting: Statement[0]"),
        (("hbr:GetTempFileDownloadLink",), False, "nothing allows it"),
    ],
    ids=str,
)
def test_a_check_names_the_statement(prepared: Run, question: tuple[str, ...], allowed: bool, decided: str) -> None:
    result = prepared("policy", "check", "alice", *question, "--json")
    made = json.loads(result.stdout)
    assert (made["allowed"], made["decided_by"]) == (allowed, decided)
    assert result.exit_code == (0 if allowed else 1)


def test_a_policy_that_is_not_stored_is_tried(prepared: Run, tmp_path: Path) -> None:
    file = tmp_path / "reads.json"
    file.write_text(RAM.replace("hbr:CreateTempFileUploadUrl", "oss:GetObject"))
    question = ("policy", "test", "alice", "oss:GetObject", "demo/up/k")
    assert prepared(*question).exit_code == 1
    assert json.loads(prepared(*question, "--with", str(file), "--json").stdout)["decided_by"] == "given: Statement[0]"
    assert prepared("policy", "test", "-", *question[3:], "--with", str(file)).exit_code == 0
    instead = prepared("policy", "test", "alice", "cos:PutObject", "demo/up/k", "--with", f"uploads={file}", "--json")
    assert json.loads(instead.stdout)["allowed"] is False


def test_a_test_tells_why_and_what_would_allow_it(prepared: Run) -> None:
    asked = ("policy", "test", "alice", "cos:PutObject", "demo/up/k")
    result = prepared(*asked, "--header", "content-length: 1001")
    assert result.exit_code == 1
    assert "condition-not-met" in result.output
    assert "numeric_less_than_equal_if_exist cos:content-length 1000: 1001 came" in result.output
    assert "name/cos:PutObject" in result.output
    for wrong, says in (
        (("--header", "x-odd: 1"), "is no header that rights can depend on"), (("--at", "noon"), "is no time"),
        (("--with", "none.json"), "cannot be read"),
    ):  # fmt: skip
        result = prepared(*asked, *wrong)
        assert result.exit_code == 1
        assert says in result.output
    assert "has no bucket" in prepared("policy", "test", "anybody", "cos:GetObject", "none/k").output


def test_a_suggestion_needs_something_that_was_done(prepared: Run) -> None:
    assert "there is no key or right 'none'" in prepared("policy", "suggest", "none").output


def test_a_policy_is_changed_only_when_that_is_said(run: Run) -> None:
    run("policy", "create", "p", "-", given=RAM)
    assert "--replace" in run("policy", "create", "p", "-", given=json.dumps(CAM)).output
    assert ok(run("policy", "create", "p", "-", "--replace", "--json", given=json.dumps(CAM)))["language"] == "cam"


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (("policy", "create", "p", "-"), "{", "line 1, column 2"),
        (("policy", "create", "p", "-", "--language", "cam"), RAM, "is no version"),
        (("policy", "create", "-p", "-"), RAM, ""),
        (("policy", "create", "p q", "-"), RAM, "is no name for a policy"),
        (("policy", "show", "none"), "", "has no policy 'none'"),
        (("policy", "delete", "none"), "", "has no policy 'none'"),
        (("policy", "check", "nobody", "cos:PutObject", "b/k"), "", "has no user 'nobody'"),
        (("user", "create", "a/b"), "", "is no name for a user"),
        (("user", "create", "a", "--policy", "none"), "", "has no policy 'none'"),
        (("user", "attach", "nobody", "none"), "", "has no user 'nobody'"),
        (("user", "show", "nobody"), "", "has no user 'nobody'"),
        (("key", "create", "--user", "nobody"), "", "has no user 'nobody'"),
    ],
    ids=str,
)
def test_what_is_refused_says_why(empty: Run, arguments: tuple[str, ...], given: str, says: str) -> None:
    result = empty(*arguments, given=given)
    assert result.exit_code in {1, 2}
    assert says in result.output


def test_what_was_refused_left_nothing(empty: Run) -> None:
    assert ok(empty("user", "list", "--json")) == []
    assert ok(empty("policy", "list", "--json")) == []

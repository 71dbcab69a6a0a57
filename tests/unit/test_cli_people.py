"""cli/people, cli/terminal: every list and every row as people read it, beside the JSON of the same command."""

from __future__ import annotations

import inspect
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.cli import COMMANDS, load, people
from entrepot.cli.arguments import Group
from entrepot.config import load as settings_of
from entrepot.core.explanation import Explained
from entrepot.dialects.control.minting.voice_files import State, VoiceFile
from entrepot.folder import explanations, prepare_clock

from .commands import Result, run_command

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "seed.yaml"
WALKED = {
    "account list": "",
    "account show": "1250000000",
    "key list": "",
    "key show": "AKIDaliceexampleexample",
    "user list": "",
    "user show": "alice",
    "policy list": "",
    "policy show": "read-reports",
    "policy test": "AKIDtemporaryexample oss:PutObject reports/incoming/a",
    "policy check": "AKIDtemporaryexample oss:PutObject reports/incoming/a",
    "bucket list": "",
    "bucket show": "reports",
    "grants list": "",
    "grants show": "AKIDtemporaryexample",
    "grants of": "reports logo.png",
    "voice list": "",
    "explain": "",
    "clock show": "",
    "fault list": "",
    "doctor": "--port 0",
    "fsck": "",
}
"""Commands that show something, with what they are given."""
NOT_WALKED = {
    "account create": "shows what `account show` shows", "key create": "as `key show`, with a secret",
    "key disable": "as `key show`", "key enable": "as `key show`",
    "user create": "as `user show`", "user attach": "as `user show`", "user detach": "as `user show`",
    "policy create": "as `policy show`", "policy suggest": "prints a policy, which is JSON",
    "bucket create": "as `bucket show`", "bucket update": "as `bucket show`",
    "voice approve": "a row of `voice list`", "voice reject": "a row of `voice list`",
    "clock stop": "as `clock show`", "clock go": "as `clock show`", "clock set": "as `clock show`",
    "clock move": "as `clock show`", "clock reset": "as `clock show`",
    "grants revoke": "a count", "mint url": "an address", "fault add": "an id", "seed": "counts", "sweep": "counts",
    "audit tail": "events, below",
    "audit verify": "counts, and a hash that is noted whole", "move": "progress; MB", "secrets rotate": "progress",
}  # fmt: skip
RULE = {
    "id": "1", "dialect": "s3", "operation": None, "bucket": None, "prefix": "a-rather-long-prefix/of-keys/",
    "code": "SlowDown", "throttle": False, "latency_ms": 250, "cut_request": None, "cut_reply": None,
    "lost_reply": False, "first": 1, "count": None, "percent": 100, "seed": 7, "seen": 12, "struck": 3,
}  # fmt: skip
AT = 1_790_000_000.0


def commands() -> Iterator[tuple[str, Callable[..., None]]]:
    """Every command by its words."""
    for name in COMMANDS:
        command = load(name)
        if isinstance(command, Group):
            yield from ((f"{name} {sub}", function) for sub, function in command.commands.items())
        else:
            yield name, command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder with something of everything."""
    data = tmp_path_factory.mktemp("people") / "data"
    assert run_command("seed", str(EXAMPLE), "--data", str(data)).exit_code == 0
    minted = run_command(
        "mint", "url", "reports", "a/rather/long/key/of/an/object/that/will/not/fit.csv", "--max-bytes", "123456789",
        "--url", "http://127.0.0.1:9400", "--key-id", "AKIDexampleexampleexample", "--data", str(data),
    )  # fmt: skip
    assert minted.exit_code == 0, minted.output
    settings = settings_of(None, data=data, dev=True)
    prepare_clock(settings)
    kept = explanations(settings)
    why = {"cause": "signature-mismatch", "confidence": "certain", "sentence": "the host was signed as another " * 4}
    for number in range(3):
        kept.keep(
            Explained(
                request=f"{number:032x}",
                at=AT + number,
                client="192.0.2.7",
                key="AKIDexampleexampleexample",
                dialect="s3",
                operation="PutObject",
                method="PUT",
                kind="SIGNATURE_WRONG",
                why="wrong",
                told=why,
            )
        )
    kept.close()
    return str(data)


@pytest.fixture
def run(folder: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a walked command; what only a server knows is told in its place."""
    file = VoiceFile(
        key="12345678901234567890", name="a voice file with a long name.mp3", uploaded_as="x", suffix="mp3", seconds=61,
        state=State.WAITING, created_at=AT, object_key="voice/1", size=7_654_321, crc64=1,
    )  # fmt: skip
    monkeypatch.setattr("entrepot.admin.voice.all_of", lambda _reader, _account: [file])
    monkeypatch.setattr("entrepot.cli.faults.told_by_server", lambda *_: {"faults": [RULE]})
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def call(name: str, *more: str, columns: int | None = None) -> Result:
        if columns is not None:
            monkeypatch.setenv("COLUMNS", str(columns))
        return run_command(*name.split(), *WALKED[name].split(), "--data", folder, *more)

    return call


def test_every_command_that_shows_something_is_walked() -> None:
    asked = {name for name, command in commands() if "json" in inspect.signature(command).parameters}
    assert asked == {*WALKED, *NOT_WALKED}


def values(document: Any) -> Iterator[tuple[str, Any]]:
    """Every member of a JSON document by name."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield name, value
            yield from values(value)
    if isinstance(document, list):
        for one in document:
            yield from values(one)


@pytest.mark.parametrize("name", WALKED)
def test_people_read_dates_and_units(run: Callable[..., Result], name: str) -> None:
    told = run(name).output
    document = json.loads(run(name, "--json").stdout)
    for member, value in values(document):
        words = re.findall(r"[\w.:+-]+", told)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if people.is_time(member):
                assert str(int(value)) not in words, f"{member} is a raw time"
                assert people.told(member, value) in told
            if people.is_size(member) and value >= 1024:
                assert str(value) not in words, f"{member} is a raw count of bytes"
                assert people.size(value) in told
    assert not re.search(r"\b1[789]\d{8}(\.\d+)?\b", told), "a time in seconds"
    if re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told):
        assert "UTC" in told


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", WALKED)
def test_it_fits(run: Callable[..., Result], name: str, columns: int) -> None:
    """A line may be longer only where it is one word, which people copy."""
    result = run(name, columns=columns)
    assert result.exit_code in {0, 1}
    for line in result.stdout.splitlines():
        assert len(line) <= columns or re.search(r"(^|  )\S+$", line), line


@pytest.mark.parametrize("name", WALKED)
def test_what_is_piped_is_not_cut(run: Callable[..., Result], name: str) -> None:
    result = run(name)
    assert "…" not in result.output
    assert "not shown" not in result.output
    assert "\033" not in result.output


@pytest.mark.parametrize("name", WALKED)
def test_json_does_not_depend_on_the_terminal(run: Callable[..., Result], monkeypatch: Any, name: str) -> None:
    if name in {"doctor", "clock show"}:
        pytest.skip("tells another time each time")
    before = run(name, "--json")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run(name, "--json", columns=40) == before


def tail(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, *more: str) -> Result:
    monkeypatch.setitem(WALKED, "audit tail", "--event mint")
    return run("audit tail", *more)


def test_events_of_the_audit_log(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each on a line of its own where it is piped, with dates and without what chains them; --json has all."""
    logged = [json.loads(line) for line in tail(run, monkeypatch, "--json").stdout.splitlines()]
    assert all({"seq", "at", "event", "prev", "hash"} <= set(line) for line in logged)
    lines = tail(run, monkeypatch).stdout.splitlines()
    assert len(lines) == len(logged) == 2
    for line, facts in zip(lines, logged, strict=True):
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  mint  seq=", line)
        assert f" key={facts['key']} " in line
        assert re.search(r' expires_at="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"', line)
        assert facts["hash"] not in line


def test_events_fit_a_terminal(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for line in tail(run, monkeypatch).stdout.splitlines():
        assert len(line) <= 60 or re.fullmatch(r"    \S+(=\"[^\"]*\")?", line), line


def test_an_event_is_one_line_whatever_is_named_in_it() -> None:
    """Control characters, C1's too, and those that turn the direction of what follows are told by number."""
    (line,) = people.event({"at": "2026-09-21T14:13:20Z", "event": "use", "place": 'a "b"\n\x1b[31m\x9b\u202e'}, None)
    assert line == r'2026-09-21 14:13:20 UTC  use  place="a \"b\"\n\u001b[31m\u009b\u202e"'
    (line,) = people.event({"at": None, "event": "use", "place": "图 片"}, None)
    assert line.endswith('place="图 片"')


def test_what_is_left_out_is_said_beside_the_table(run: Callable[..., Result]) -> None:
    result = run("grants list", columns=80)
    assert "not shown, for want of room: account, minter" in result.output
    assert "not shown" not in result.stdout
    assert "AKIDtemporaryexample" in result.stdout


def test_json_is_what_it_was(run: Callable[..., Result]) -> None:
    (account,) = json.loads(run("account list", "--json").stdout)
    assert set(account) == {"appid", "user_id", "created_at"}
    assert isinstance(account["created_at"], int)
    assert abs(account["created_at"] - time.time()) < 3600
    (file,) = json.loads(run("voice list", "--json").stdout)
    assert (file["bytes"], file["seconds"], file["created_at"]) == (7_654_321, 61, 1_790_000_000)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("created_at", AT, "2026-09-21 14:13:20"),
        ("minted_at", "2026-09-21T14:13:20Z", "2026-09-21 14:13:20"),
        ("at", "2026-09-21T22:13:20.5+08:00", "2026-09-21 14:13:20"),
        ("at", "never", "never"),
        ("expires_at", None, "-"),
        ("created_at", 1e300, "1e+300"),
        ("bytes", 0, "0 B"),
        ("size", 1023, "1023 B"),
        ("size", 1024, "1.0 KiB"),
        ("max_bytes", 5 << 30, "5.0 GiB"),
        ("bytes", 1 << 73, "8192.0 EiB"),
        ("seconds", 61, "61 s"),
        ("ahead_seconds", 0.25, "0.25 s"),
        ("used", 1_790_000_000, "1790000000"),
        ("stopped", False, "no"),
        ("keys", ["a", "b"], "a, b"),
        ("keys", [], "-"),
        ("remark", "", "-"),
    ],
)
def test_values(name: str, value: Any, told: str) -> None:
    assert people.told(name, value) == told


def test_a_table_of_one_wide_column_stays_whole() -> None:
    lines, left_out = people.table([{"id": "x" * 60, "created_at": AT}], 40)
    assert lines[1].startswith("x" * 60)
    assert left_out == ["created_at"]


def test_colours(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run("account list").stdout.startswith("\033[1mappid")
    assert "\033[31mentrepot:\033[0m " in run_command("account", "list", "--data", "no-such-folder").output
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("account list").stdout.startswith("appid")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "0")
    assert run("account list").stdout.startswith("appid")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("key create --secret-file no-such-file", 1, "no-such-file cannot be read: No such file or directory; name a"),
        ("policy create x no-such-file", 1, "no-such-file cannot be read"),
        ("mint vod 1 no-such-file", 1, "no-such-file cannot be read"),
        ("seed no-such-file", 1, "no-such-file"),
        ("key list --acount 1", 2, "--account"),
        ("key lst", 2, "Did you mean 'list'?"),
        ("account show twelve", 2, "'twelve' is not a number"),
    ],
)
def test_an_error_says_what_and_what_to_do(folder: str, words: str, status: int, said: str) -> None:
    result = run_command(*words.split(), "--data", folder) if "lst" not in words else run_command(*words.split())
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.output
    assert "Traceback" not in result.output


HOSTILE = "a\x1b]0;owned\x07\x1b[2J\x1b[8m\x9b31m\x7f\u202egnp.exe"
HARMLESS = r"a\u001b]0;owned\u0007\u001b[2J\u001b[8m\u009b31m\u007f\u202egnp.exe"


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_name_cannot_speak_to_the_terminal(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    """Names are what strangers chose (ECMA-48; CVE-2021-42574): control characters are told as JSON writes them."""
    monkeypatch.setitem(RULE, "prefix", HOSTILE)
    output = run("fault list", *more).output
    assert HARMLESS in output
    if more:
        assert json.loads(output)[0]["prefix"] == HOSTILE


def test_colours_are_ours_alone(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setitem(RULE, "prefix", "\x1b[8mhidden\x1b[0m")
    output = run("fault list").output
    assert "\x1b[1m" in output
    assert r"\u001b[8mhidden" in output


def test_complaints_are_harmless_too() -> None:
    assert "\x1b" not in run_command("key", "show", "no\x1b[2Jkey", "--data", "none\x1b[2J").output

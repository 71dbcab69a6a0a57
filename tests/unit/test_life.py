"""The life of a right, told from what ledger and audit log say (docs/ledger.md, "The audit log")."""

from __future__ import annotations

from typing import Any

from entrepot.admin import life

RIGHT = {
    "id": "R", "minter": "M", "client": "192.0.2.1", "minted_at": "2026-01-01T00:00:00Z",
    "expires_at": "2026-01-01T01:00:00Z", "revoked_at": None,
}  # fmt: skip
BEFORE, AFTER = 1767225600.0, 1767229201.0


def told(lines: list[dict[str, Any]], now: float = BEFORE, **more: Any) -> list[str]:
    return [step["event"] for step in life.steps(RIGHT | more, lines, now)]


def test_a_right_of_which_the_log_has_no_line() -> None:
    (minted,) = life.steps(RIGHT, [], BEFORE)
    assert (minted["event"], minted["by"], minted["clients"]) == ("mint", "M", ["192.0.2.1"])
    assert told([], AFTER) == ["mint", "end"]
    assert told([], AFTER, revoked_at="2026-01-01T00:30:00Z") == ["mint", "revoke"]
    assert told([], AFTER, expires_at=None) == ["mint"]


def test_lines_of_others_and_of_other_kinds_are_left_out() -> None:
    line = {"at": "2026-01-01T00:00:05.5+00:00", "key": "R"}
    assert told([line | {"event": "mint"}, line | {"event": "console"}, line | {"event": "use", "key": "S"}]) == [
        "mint"
    ]


def test_what_lines_say() -> None:
    lines = [
        {"event": "use", "key": "R", "at": "2026-01-01T00:00:05Z", "count": 3, "operations": {"put": 2, "get": 1},
         "clients": ["a", "b"], "places": ["put-object demo/x"]},
        {"event": "refuse", "key": "R", "at": "2026-01-01T00:00:04Z", "why": "over", "client": "c", "path": "/demo/x"},
        {"event": "revoke", "key": "R", "at": "2026-01-01T00:00:06Z", "by": "command line"},
    ]  # fmt: skip
    _, refused, used, withdrawn = life.steps(RIGHT | {"revoked_at": "2026-01-01T00:00:06Z"}, lines, AFTER)
    assert (refused["why"], refused["clients"], refused["places"], refused["count"]) == ("over", ["c"], ["/demo/x"], 1)
    assert (used["count"], used["operations"], used["clients"]) == (3, ["put", "get"], ["a", "b"])
    assert (withdrawn["event"], withdrawn["by"]) == ("revoke", "command line")


def test_the_newest_steps_are_told_where_there_are_many() -> None:
    lines = [{"event": "use", "key": "R", "at": f"2026-01-01T00:00:{n % 60:02d}Z", "count": n} for n in range(1000)]
    assert len(life.steps(RIGHT, lines, BEFORE)) == life.STEPS_MAX + 1

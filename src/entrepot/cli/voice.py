"""``entrepot voice``: the review of voice files that applications commit; it works beside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from entrepot.admin import accounts
from entrepot.admin import voice as files
from entrepot.cli.arguments import Argument, Group, Option, misused
from entrepot.cli.folder import AccountOption, Data, Json, asked, change, opened, show, show_one
from entrepot.core.ports import Reader, Transaction

voice = Group(help="Voice files: what applications committed, and its review.")

StateOption = Annotated[
    str | None,
    Option("--state", help="Only those that are: waiting, approved or rejected."),
]
Key = Annotated[str, Argument(help="The ResourceKey.")]


@voice.command("list")
def voice_list(
    *, account: AccountOption = None, state: StateOption = None, data: Data = None, json: Json = False
) -> None:
    """List voice files, the oldest first."""
    if state is not None and state.lower() not in files.STATES:
        misused("entrepot voice list", f"--state: {state!r} is not one of: {', '.join(files.STATES)}")

    def question(reader: Reader) -> list[dict[str, Any]]:
        number = None if account is None else accounts.meant(reader, account).id
        return files.rows(reader, number, None if state is None else files.STATES[state.lower()])

    show(asked(data, question), as_json=json)


def _decide(key: str, state: str, remark: str, account: int | None, data: Path | None, json: bool) -> None:
    def decide(tx: Transaction) -> dict[str, Any]:
        return files.decide(tx, accounts.meant(tx, account).id, key, files.STATES[state], remark)

    with opened(data) as (folder, _):
        show_one(change(folder, decide), as_json=json)


@voice.command("approve")
def voice_approve(key: Key, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Let a file be used."""
    _decide(key, "approved", "", account, data, json)


@voice.command("reject")
def voice_reject(
    key: Key,
    *,
    remark: Annotated[str, Option("--remark", help="Why; applications see it.")] = "",
    account: AccountOption = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Keep a file from being used."""
    _decide(key, "rejected", remark, account, data, json)

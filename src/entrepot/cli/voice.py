"""``entrepot voice``: the review of voice files that applications commit; it works beside a running server."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from entrepot.cli.folder import Data, Json, ask, change, opened, show
from entrepot.cli.manage import AccountOption, account_of
from entrepot.core.ports import Reader
from entrepot.dialects.control.minting.voice_files import State, VoiceFile, all_of, review

voice = typer.Typer(help="Voice files: what applications committed, and its review.", no_args_is_help=True)

StateOption = Annotated[
    str | None,
    typer.Option("--state", help="Only those that are: waiting, approved or rejected.", show_default=False),
]
Key = Annotated[str, typer.Argument(help="The ResourceKey.")]


def _row(account: int, file: VoiceFile) -> dict[str, Any]:
    return {
        "key": file.key,
        "account": account,
        "name": file.name,
        "state": file.state.name.lower(),
        "seconds": file.seconds,
        "bytes": file.size,
        "object": file.object_key,
        "created_at": int(file.created_at),
        "remark": file.remark,
    }


def _state(text: str | None) -> State | None:
    if text is None:
        return None
    try:
        return State[text.upper()]
    except KeyError as error:
        raise typer.BadParameter(f"{text!r} is not one of: waiting, approved, rejected") from error


@voice.command("list")
def voice_list(
    *, account: AccountOption = None, state: StateOption = None, data: Data = None, json: Json = False
) -> None:
    """List voice files, the oldest first."""
    wanted = _state(state)

    def question(reader: Reader) -> list[dict[str, Any]]:
        accounts = [one.id for one in reader.accounts()] if account is None else [account_of(reader, account)]
        found = [(one, file) for one in accounts for file in all_of(reader, one) if wanted in {None, file.state}]
        return [_row(one, file) for one, file in sorted(found, key=lambda pair: (pair[1].created_at, pair[1].key))]

    with opened(data) as (folder, _):
        show(ask(folder, question), as_json=json)


def _decide(key: str, state: State, remark: str, account: int | None, data: Any, json: bool) -> None:
    with opened(data) as (folder, _):
        number = ask(folder, lambda reader: account_of(reader, account))
        file = change(folder, lambda tx: review(tx, number, key, state, remark))
        show([_row(number, file)], as_json=json, one=True)


@voice.command("approve")
def voice_approve(key: Key, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Let a file be used."""
    _decide(key, State.APPROVED, "", account, data, json)


@voice.command("reject")
def voice_reject(
    key: Key,
    *,
    remark: Annotated[str, typer.Option("--remark", help="Why; applications see it.")] = "",
    account: AccountOption = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Keep a file from being used."""
    _decide(key, State.REJECTED, remark, account, data, json)

"""``entrepot grants`` and ``entrepot audit``: the ledger of minted rights, beside a running server."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from entrepot.admin.grants import grant_named, grant_page, grant_row, mark_of_text, mark_text, object_page, wanted_of
from entrepot.cli.folder import Data, Json, ask, opened, show
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.rights.ledger import Wanted
from entrepot.core.rules.withdrawal import count_named, count_wanted, withdraw, withdraw_wanted

if TYPE_CHECKING:
    from entrepot.app import Folder

grants = typer.Typer(help="The ledger: every minted right, what it did, and its withdrawal.", no_args_is_help=True)
audit = typer.Typer(help="The audit log: who minted, used, was refused, withdrew.", no_args_is_help=True)

_BY = "command line"
Account = Annotated[int | None, typer.Option("--account", help="Only of this appid.", show_default=False)]
Minter = Annotated[str | None, typer.Option("--minter", help="Only those that this key asked for.", show_default=False)]
Api = Annotated[
    str | None,
    typer.Option("--api", help="Only of this service (vms) or API (vms:GetResourceUploadUrl).", show_default=False),
]
Prefix = Annotated[
    str | None,
    typer.Option("--prefix", help="Only for what begins like this: BUCKET/ or BUCKET/KEY.", show_default=False),
]
OlderThan = Annotated[
    str | None,
    typer.Option("--older-than", help="Only minted so long ago: 90s, 15m, 12h, 30d, 2w.", show_default=False),
]


def _now() -> float:
    from entrepot.app import now  # noqa: PLC0415 - keeps --help quick

    return now()


@grants.command("list")
def grants_list(
    *,
    account: Account = None,
    minter: Minter = None,
    api: Api = None,
    prefix: Prefix = None,
    older_than: OlderThan = None,
    holding: Annotated[bool, typer.Option("--holding", help="Only those neither ended nor revoked.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
    after: Annotated[
        str | None, typer.Option(help="Go on from what an earlier list ended with.", show_default=False)
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Print only how many there are.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """List minted rights, the newest first."""
    with opened(data) as (folder, _):
        now = _now()
        given = {"account": account, "minter": minter, "api": api, "prefix": prefix, "older_than": older_than}
        wanted = wanted_of(given | {"holding": holding}, now)
        if count:
            number = ask(folder, lambda reader: reader.count_rights(wanted))
            typer.echo(orjson.dumps({"count": number}).decode() if json else str(number))
            return
        mark = None if after is None else mark_of_text(after)

        def listed(reader: Reader) -> tuple[list[dict[str, Any]], str | None]:
            found = reader.rights(wanted, mark, limit + 1)
            rows = [grant_row(key, reader.key_use(key.id), now) for key in found[:limit]]
            return rows, mark_text(found[limit - 1]) if len(found) > limit else None

        rows, following = ask(folder, listed)
        if json:
            typer.echo(orjson.dumps({"grants": rows, "next": following}, option=orjson.OPT_INDENT_2).decode())
            return
        show(rows, as_json=False)
        if following is not None:
            typer.echo(f"there are more; go on with --after {following}")


@grants.command("show")
def grants_show(grant_id: str, *, data: Data = None, json: Json = False) -> None:
    """Show one right: what it allows, how it was used, what it stored."""
    with opened(data) as (folder, _):
        page = ask(folder, lambda reader: grant_page(grant_named(reader, grant_id), reader, _now()))
        show([page], as_json=json, one=True)


@grants.command("of")
def grants_of(
    bucket: str,
    key: str,
    *,
    account: Annotated[
        int | None,
        typer.Option("--account", help="The appid; may be left out when the name is unique.", show_default=False),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show an object, and which right or key stored it."""

    def found(reader: Reader) -> dict[str, Any]:
        known = [one for one in reader.buckets(account, None, 100_000) if one.name == bucket]
        if len(known) != 1:
            raise Fault(
                Kind.BUCKET_MISSING, f"there are {len(known)} buckets {bucket!r}" + "; say --account" * (len(known) > 1)
            )
        record = reader.object(known[0].id, key)
        if record is None:
            raise Fault(Kind.OBJECT_MISSING, f"the bucket {bucket!r} has no object {key!r}")
        return object_page(known[0], record, reader, _now())

    with opened(data) as (folder, _):
        page = ask(folder, found)
        if not json and page["grant"] is not None:
            page |= {f"grant_{name}": value for name, value in page.pop("grant").items() if name != "id"}
        show([page], as_json=json, one=True)


@grants.command("revoke")
def grants_revoke(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of rights.", show_default=False)] = None,
    *,
    account: Account = None,
    minter: Minter = None,
    api: Api = None,
    prefix: Prefix = None,
    older_than: OlderThan = None,
    every: Annotated[bool, typer.Option("--all", help="Without any filter: every right that holds.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be revoked.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Withdraw rights, by ids or all that the options name, and all minted from them; refused from the next request."""
    with opened(data) as (folder, _):
        given = {"account": account, "minter": minter, "api": api, "prefix": prefix, "older_than": older_than}
        filtered = any(value is not None for value in given.values())
        if bool(ids) == (filtered or every):
            raise Fault(Kind.PARAMETER_MISSING, "say which: ids, or --minter, --api, --prefix, --older-than, or --all")
        now = _now()
        if ids:
            number = _revoke_named(folder, ids, now, dry_run)
        else:
            number = _revoke_wanted(folder, wanted_of(given, now), now, dry_run)
    if json:
        typer.echo(orjson.dumps({"revoked": 0 if dry_run else number, "matched": number}).decode())
    else:
        typer.echo(f"{'would revoke' if dry_run else 'revoked'} {number}")


def _revoke_named(folder: Folder, ids: list[str], now: float, dry_run: bool) -> int:
    found = ask(folder, lambda reader: [grant_named(reader, one) for one in ids])

    async def revoke() -> int:
        gone = 0  # of two that are named, one may have been minted from the other
        for key in {key.id: key for key in found}.values():
            try:
                gone += await withdraw(folder.index, folder.audit, key.id, _BY, now)
            except Fault as fault:
                if fault.kind is not Kind.OBJECT_EXISTS or not gone:
                    raise
        return gone

    return asyncio.run(count_named(folder.index, ids, now) if dry_run else revoke())


def _revoke_wanted(folder: Folder, wanted: Wanted, now: float, dry_run: bool) -> int:
    if dry_run:
        return asyncio.run(count_wanted(folder.index, wanted, now))

    async def revoke() -> int:
        return await withdraw_wanted(folder.index, folder.audit, wanted, _BY, now)

    return asyncio.run(revoke())


@audit.command("verify")
def audit_verify(
    *,
    expect: Annotated[
        str | None,
        typer.Option(help="NUMBER:HASH noted at an earlier check: the chain must still hold it.", show_default=False),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check every line's hash and the chain between them; exit 1 and tell the damage if there is any."""
    with opened(data) as (folder, _):
        report = folder.check_audit(None if expect is None else _expected(expect))
    if json:
        typer.echo(orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2).decode())
    else:
        for one in report.torn:
            typer.echo(f"torn by a crash: {one}")
        for one in report.damage:
            typer.echo(f"damaged: {one}")
        state = f"{len(report.damage)} damaged" if report.damage else "whole"
        typer.echo(f"{state}: {report.lines} lines in {report.files} files, {report.first} to {report.last}")
        typer.echo(f"head {report.last}:{report.head}")
    if report.damage:
        raise typer.Exit(1)


def _expected(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not number.isdigit() or len(number) > 18 or len(digest) != 64:
        raise Fault(Kind.PARAMETER_INVALID, f"{text[:100]!r} is not NUMBER:HASH as `entrepot audit verify` prints it")
    return int(number), digest


@audit.command("tail")
def audit_tail(
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=100_000, help="How many.")] = 20,
    event: Annotated[
        str | None, typer.Option(help="Only mint, use, refuse, revoke, torn or lost.", show_default=False)
    ] = None,
    data: Data = None,
) -> None:
    """Print the newest lines, the oldest of them first."""
    with opened(data) as (folder, _):
        for facts in folder.newest_audit(lines, event):
            typer.echo(orjson.dumps(facts).decode())

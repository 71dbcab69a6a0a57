"""``entrepot grants``: the ledger of minted rights, beside a running server."""

from __future__ import annotations

import asyncio
from typing import Annotated

import orjson
import typer

from entrepot.admin import grants as ledger
from entrepot.cli.folder import BY, Data, Json, ask, dumped, opened, show, show_one
from entrepot.clock_and_chance import now
from entrepot.core.fault import Fault, Kind

grants = typer.Typer(help="The ledger: every minted right, what it did, and its withdrawal.", no_args_is_help=True)

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
        at = now()
        given = {"account": account, "minter": minter, "api": api, "prefix": prefix, "older_than": older_than}
        wanted = ledger.wanted_of(given | {"holding": holding}, at)
        if count:
            number = ask(folder, lambda reader: reader.count_rights(wanted))
            typer.echo(orjson.dumps({"count": number}).decode() if json else str(number))
            return
        mark = None if after is None else ledger.mark_of_text(after)
        page = ask(folder, lambda reader: ledger.page(reader, wanted, mark, limit, at))
        if json:
            dumped(page)
            return
        show(page["grants"], as_json=False)
        if page["next"] is not None:
            typer.echo(f"there are more; go on with --after {page['next']}")


@grants.command("show")
def grants_show(grant_id: str, *, data: Data = None, json: Json = False) -> None:
    """Show one right: what it allows, how it was used, what it stored."""
    with opened(data) as (folder, _):
        show_one(ask(folder, lambda reader: ledger.details(reader, grant_id, now())), as_json=json)


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

    with opened(data) as (folder, _):
        page = ask(folder, lambda reader: ledger.of_object(reader, account, bucket, key, now()))
        if not json and page["grant"] is not None:
            page |= {f"grant_{name}": value for name, value in page.pop("grant").items() if name != "id"}
        show_one(page, as_json=json)


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
        index, log, at = folder.index, folder.audit, now()

        async def revoke() -> dict[str, int]:
            if ids:
                return await ledger.revoke_named(index, log, ids, BY, at, dry_run=dry_run)
            return await ledger.revoke_wanted(index, log, ledger.wanted_of(given, at), BY, at, dry_run=dry_run)

        done = asyncio.run(revoke())
    if json:
        typer.echo(orjson.dumps({"revoked": done["revoked"], "matched": done["matched"]}).decode())
    else:
        typer.echo(f"{'would revoke' if dry_run else 'revoked'} {done['matched']}")

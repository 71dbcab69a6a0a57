"""``entrepot grants``: the ledger of minted rights, beside a running server."""

from __future__ import annotations

from typing import Annotated

import orjson

from entrepot.admin import grants as ledger
from entrepot.cli.arguments import Argument, Group, Option, echo
from entrepot.cli.folder import BY, Data, Json, asked, dumped, failing, finished, moment, opened, show, show_one
from entrepot.core.fault import Fault, Kind

grants = Group(help="The ledger: every minted right, what it did, and its withdrawal.")

Account = Annotated[int | None, Option("--account", help="Only of this appid.")]
Minter = Annotated[str | None, Option("--minter", help="Only those that this key asked for.")]
Api = Annotated[
    str | None,
    Option("--api", help="Only of this service (vms) or API (vms:GetResourceUploadUrl)."),
]
Prefix = Annotated[
    str | None,
    Option("--prefix", help="Only for what begins like this: BUCKET/ or BUCKET/KEY."),
]
OlderThan = Annotated[
    str | None,
    Option("--older-than", help="Only minted so long ago: 90s, 15m, 12h, 30d, 2w."),
]


@grants.command("list")
def grants_list(
    *,
    account: Account = None,
    minter: Minter = None,
    api: Api = None,
    prefix: Prefix = None,
    older_than: OlderThan = None,
    holding: Annotated[bool, Option("--holding", help="Only those neither ended nor revoked.")] = False,
    limit: Annotated[int, Option(min=1, max=10_000, help="How many at most.")] = 100,
    after: Annotated[str | None, Option(help="Go on from what an earlier list ended with.")] = None,
    count: Annotated[bool, Option("--count", help="Print only how many there are.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """List minted rights, the newest first."""
    at = moment(data)
    given = {"account": account, "minter": minter, "api": api, "prefix": prefix, "older_than": older_than}
    with failing():
        wanted = ledger.wanted_of(given | {"holding": holding}, at)
        mark = None if after is None else ledger.mark_of_text(after)
    if count:
        number = asked(data, lambda reader: reader.count_rights(wanted))
        echo(orjson.dumps({"count": number}).decode() if json else str(number))
        return
    page = asked(data, lambda reader: ledger.page(reader, wanted, mark, limit, at))
    if json:
        dumped(page)
        return
    show(page["grants"], as_json=False)
    if page["next"] is not None:
        echo(f"there are more; go on with --after {page['next']}")


@grants.command("show")
def grants_show(grant_id: str, *, data: Data = None, json: Json = False) -> None:
    """Show one right: what it allows, how it was used, what it stored."""
    show_one(asked(data, lambda reader: ledger.details(reader, grant_id, moment(data))), as_json=json)


@grants.command("of")
def grants_of(
    bucket: str,
    key: str,
    *,
    account: Annotated[
        int | None,
        Option("--account", help="The appid; may be left out when the name is unique."),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show an object, and which right or key stored it."""
    page = asked(data, lambda reader: ledger.of_object(reader, account, bucket, key, moment(data)))
    if not json and page["grant"] is not None:
        page |= {f"grant_{name}": value for name, value in page.pop("grant").items() if name != "id"}
    show_one(page, as_json=json)


@grants.command("revoke")
def grants_revoke(
    ids: Annotated[list[str] | None, Argument(help="Ids of rights.")] = None,
    *,
    account: Account = None,
    minter: Minter = None,
    api: Api = None,
    prefix: Prefix = None,
    older_than: OlderThan = None,
    every: Annotated[bool, Option("--all", help="Without any filter: every right that holds.")] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Only tell what would be revoked.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Withdraw rights, by ids or all that the options name, and all minted from them; refused from the next request."""
    with opened(data) as (folder, _):
        given = {"account": account, "minter": minter, "api": api, "prefix": prefix, "older_than": older_than}
        filtered = any(value is not None for value in given.values())
        if bool(ids) == (filtered or every):
            raise Fault(Kind.PARAMETER_MISSING, "say which: ids, or --minter, --api, --prefix, --older-than, or --all")
        index, log, at = folder.index, folder.audit, folder.clock()

        async def revoke() -> dict[str, int]:
            if ids:
                return await ledger.revoke_named(index, log, ids, BY, at, dry_run=dry_run)
            return await ledger.revoke_wanted(index, log, ledger.wanted_of(given, at), BY, at, dry_run=dry_run)

        done = finished(revoke())
    if json:
        echo(orjson.dumps({"revoked": done["revoked"], "matched": done["matched"]}).decode())
    else:
        echo(f"{'would revoke' if dry_run else 'revoked'} {done['matched']}")

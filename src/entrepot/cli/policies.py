"""``entrepot policy``: what sub-users may do, beside a running server."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from entrepot.admin import accounts, policies
from entrepot.cli.folder import AccountOption, Data, Json, ask, change, opened, show, show_one
from entrepot.clock_and_chance import now
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rules.users import delete_policy

policy = typer.Typer(help="Policies: what sub-users may do, in the clouds' languages.", no_args_is_help=True)

Language = Annotated[
    Literal["cam", "ram"] | None,
    typer.Option(
        help="cam (Tencent) or ram (Alibaba, AWS, Volcengine); by default what the version says.", show_default=False
    ),
]


@policy.command("create")
def policy_create(
    name: str,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="Holds the text; - reads standard input.")],
    *,
    language: Language = None,
    replace: Annotated[bool, typer.Option("--replace", help="Change a policy that is there.")] = False,
    account: AccountOption = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Store a policy. One that is replaced changes what its users may do from the next request on."""

    def create(tx: Transaction) -> dict[str, Any]:
        owner = accounts.meant(tx, account)
        made = policies.create(tx, now(), owner, name, text, language, replace=replace)
        return policies.row(tx, made) | {"notes": policies.notes(made, owner)}

    with opened(data) as (folder, _):
        text = sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
        show_one(change(folder, create), as_json=json)


@policy.command("list")
def policy_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List policies."""
    with opened(data) as (folder, _):
        show(ask(folder, lambda reader: policies.rows(reader, account)), as_json=json)


@policy.command("show")
def policy_show(name: str, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Show a policy with its text."""

    def question(reader: Reader) -> dict[str, Any]:
        return policies.details(reader, accounts.meant(reader, account).id, name)

    with opened(data) as (folder, _):
        show_one(ask(folder, question), as_json=json)


@policy.command("delete")
def policy_delete(name: str, *, account: AccountOption = None, data: Data = None) -> None:
    """Delete a policy that no user has."""
    with opened(data) as (folder, _):
        change(folder, lambda tx: delete_policy(tx, accounts.meant(tx, account).id, name))
        typer.echo(f"deleted policy {name}")


def _moment(text: str | None) -> float:
    if text is None:
        return now()
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(Kind.PARAMETER_INVALID, f"{text!r} is no time such as 2030-01-01T00:00:00Z") from error
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


@policy.command("check")
def policy_check(
    user: str,
    action: Annotated[str, typer.Argument(help="cos:PutObject, oss:PutObject, vod:CreateStorageCredentials …")],
    resource: Annotated[str, typer.Argument(help="BUCKET, BUCKET/KEY, or a cloud's name for it.")] = "",
    *,
    source_ip: Annotated[str | None, typer.Option("--source", help="From this address.", show_default=False)] = None,
    secure: Annotated[bool | None, typer.Option("--tls/--no-tls", help="Over TLS.", show_default=False)] = None,
    at: Annotated[str | None, typer.Option(help="At this time (ISO 8601); default now.", show_default=False)] = None,
    content_type: Annotated[str | None, typer.Option(help="With this type.", show_default=False)] = None,
    content_length: Annotated[int | None, typer.Option(help="With so many bytes.", show_default=False)] = None,
    acl: Annotated[str | None, typer.Option(help="Asking for this ACL.", show_default=False)] = None,
    prefix: Annotated[str | None, typer.Option(help="Listing this prefix.", show_default=False)] = None,
    delimiter: Annotated[str | None, typer.Option(help="Listing with this delimiter.", show_default=False)] = None,
    max_keys: Annotated[int | None, typer.Option(help="Listing so many.", show_default=False)] = None,
    referer: Annotated[str | None, typer.Option(help="Linked from there.", show_default=False)] = None,
    user_agent: Annotated[str | None, typer.Option(help="Said to be this client.", show_default=False)] = None,
    account: AccountOption = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """May USER do ACTION on RESOURCE, and which statement says so? Ends with status 1 when not."""

    def decide(reader: Reader) -> dict[str, Any]:
        return policies.check(reader, accounts.meant(reader, account), user, question)

    with opened(data) as (folder, _):
        question = policies.Question(
            action=action,
            resource=resource,
            at=_moment(at),
            around=Circumstances(source=source_ip, secure=secure, referer=referer, user_agent=user_agent),
            asked=Asked(
                content_type=content_type, content_length=content_length, acl=acl, prefix=prefix, delimiter=delimiter,
                max_keys=max_keys,
            ),
        )  # fmt: skip
        made = ask(folder, decide)
        show_one(made, as_json=json)
    if not made["allowed"]:
        raise typer.Exit(1)

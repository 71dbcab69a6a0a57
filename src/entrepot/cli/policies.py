"""``entrepot policy``: what sub-users may do, beside a running server."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from entrepot.admin import accounts, policies
from entrepot.cli.arguments import Argument, Exit, Group, Option, echo
from entrepot.cli.folder import AccountOption, Data, Json, ask, asked, change, opened, show, show_one
from entrepot.clock_and_chance import now
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rules.users import delete_policy

policy = Group(help="Policies: what sub-users may do, in the clouds' languages.")

Language = Annotated[
    Literal["cam", "ram"] | None,
    Option(help="cam (Tencent) or ram (Alibaba, AWS, Volcengine); by default what the version says."),
]


@policy.command("create")
def policy_create(
    name: str,
    source: Annotated[Path, Argument(metavar="FILE", help="Holds the text; - reads standard input.")],
    *,
    language: Language = None,
    replace: Annotated[bool, Option("--replace", help="Change a policy that is there.")] = False,
    account: AccountOption = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Store a policy. One that is replaced changes what its users may do from the next request on."""

    def create(tx: Transaction) -> dict[str, Any]:
        owner = accounts.meant(tx, account)
        made = policies.create(tx, folder.clock(), owner, name, text, language, replace=replace)
        return policies.row(tx, made) | {"notes": policies.notes(made, owner)}

    with opened(data) as (folder, _):
        text = sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
        show_one(change(folder, create), as_json=json)


@policy.command("list")
def policy_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List policies."""
    show(asked(data, lambda reader: policies.rows(reader, account)), as_json=json)


@policy.command("show")
def policy_show(name: str, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Show a policy with its text."""

    def question(reader: Reader) -> dict[str, Any]:
        return policies.details(reader, accounts.meant(reader, account).id, name)

    show_one(asked(data, question), as_json=json)


@policy.command("delete")
def policy_delete(name: str, *, account: AccountOption = None, data: Data = None) -> None:
    """Delete a policy that no user has."""
    with opened(data) as (folder, _):
        change(folder, lambda tx: delete_policy(tx, accounts.meant(tx, account).id, name))
        echo(f"deleted policy {name}")


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
    action: Annotated[str, Argument(help="cos:PutObject, oss:PutObject, vod:CreateStorageCredentials …")],
    resource: Annotated[str, Argument(help="BUCKET, BUCKET/KEY, or a cloud's name for it.")] = "",
    *,
    source_ip: Annotated[str | None, Option("--source", help="From this address.")] = None,
    secure: Annotated[bool | None, Option("--tls/--no-tls", help="Over TLS.")] = None,
    at: Annotated[str | None, Option(help="At this time (ISO 8601); default now.")] = None,
    content_type: Annotated[str | None, Option(help="With this type.")] = None,
    content_length: Annotated[int | None, Option(help="With so many bytes.")] = None,
    acl: Annotated[str | None, Option(help="Asking for this ACL.")] = None,
    prefix: Annotated[str | None, Option(help="Listing this prefix.")] = None,
    delimiter: Annotated[str | None, Option(help="Listing with this delimiter.")] = None,
    max_keys: Annotated[int | None, Option(help="Listing so many.")] = None,
    encryption: Annotated[str | None, Option(help="Asking for this encryption, such as AES256.")] = None,
    referer: Annotated[str | None, Option(help="Linked from there.")] = None,
    user_agent: Annotated[str | None, Option(help="Said to be this client.")] = None,
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
                max_keys=max_keys, encryption=encryption,
            ),
        )  # fmt: skip
        made = ask(folder, decide)
        show_one(made, as_json=json)
    if not made["allowed"]:
        raise Exit(1)

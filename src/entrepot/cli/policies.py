"""``entrepot policy``: what sub-users may do, beside a running server."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from entrepot.admin.policies import Decision, Question, compiled, decide, notes
from entrepot.cli.folder import Data, Json, ask, change, opened, show
from entrepot.cli.manage import AccountOption, account_of
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.circumstances import Asked, Circumstances
from entrepot.core.rights.identity import Account, Policy
from entrepot.core.rules import users

policy = typer.Typer(help="Policies: what sub-users may do, in the clouds' languages.", no_args_is_help=True)

Language = Annotated[
    Literal["cam", "ram"] | None,
    typer.Option(
        help="cam (Tencent) or ram (Alibaba, AWS, Volcengine); by default what the version says.", show_default=False
    ),
]


def _now() -> float:
    from entrepot.app import now  # noqa: PLC0415 - keeps --help quick

    return now()


def _row(reader: Reader, found: Policy) -> dict[str, Any]:
    return {
        "name": found.name,
        "account": found.account,
        "language": found.language,
        "users": [user.name for user in users.holders(reader, found.account, found.name)],
        "changed_at": int(found.changed_at),
    }


def _owner(reader: Reader, given: int | None) -> Account:
    found = reader.account(account_of(reader, given))
    assert found is not None  # noqa: S101 - account_of said so
    return found


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
        owner = _owner(tx, account)
        if not replace and tx.policy(owner.id, name) is not None:
            raise Fault(Kind.OBJECT_EXISTS, f"the policy {name!r} exists already; --replace changes it")
        made = compiled(owner, name, text, language, _now())
        users.store_policy(tx, made)
        return {**_row(tx, made), "notes": notes(made, owner)}

    with opened(data) as (folder, _):
        text = sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
        show([change(folder, create)], as_json=json, one=True)


@policy.command("list")
def policy_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List policies."""
    with opened(data) as (folder, _):
        found = ask(folder, lambda reader: [_row(reader, one) for one in reader.policies(account)])
        show(found, as_json=json)


@policy.command("show")
def policy_show(name: str, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Show a policy with its text."""

    def question(reader: Reader) -> dict[str, Any]:
        found = users.existing_policy(reader, account_of(reader, account), name)
        return {**_row(reader, found), "notes": notes(found, _owner(reader, found.account)), "text": found.text}

    with opened(data) as (folder, _):
        show([ask(folder, question)], as_json=json, one=True)


@policy.command("delete")
def policy_delete(name: str, *, account: AccountOption = None, data: Data = None) -> None:
    """Delete a policy that no user has."""
    with opened(data) as (folder, _):
        change(folder, lambda tx: users.delete_policy(tx, account_of(tx, account), name))
        typer.echo(f"deleted policy {name}")


def _moment(text: str | None) -> float:
    if text is None:
        return _now()
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(Kind.PARAMETER_INVALID, f"{text!r} is no time such as 2030-01-01T00:00:00Z") from error
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()


def _decision_row(user: str, question: Question, made: Decision) -> dict[str, Any]:
    decided = f"{made.policy}: {made.statement}" if made.statement else "nothing allows it"
    return {
        "allowed": made.allowed,
        "user": user,
        "action": question.action,
        "resource": question.resource or "*",
        "decided_by": f"{decided} ({made.sid})" if made.sid else decided,
        "right": made.right.value,
    }


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

    def ask_it(reader: Reader) -> Decision:
        owner = _owner(reader, account)
        return decide(reader, users.existing(reader, owner.id, user), owner, question)

    with opened(data) as (folder, _):
        question = Question(
            action=action,
            resource=resource,
            at=_moment(at),
            around=Circumstances(source=source_ip, secure=secure, referer=referer, user_agent=user_agent),
            asked=Asked(
                content_type=content_type, content_length=content_length, acl=acl, prefix=prefix, delimiter=delimiter,
                max_keys=max_keys,
            ),
        )  # fmt: skip
        made = ask(folder, ask_it)
        show([_decision_row(user, question, made)], as_json=json, one=True)
    if not made.allowed:
        raise typer.Exit(1)

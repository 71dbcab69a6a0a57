"""``entrepot policy``: what sub-users may do, beside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from entrepot.admin import accounts, circumstances, decisions, policies, suggestion
from entrepot.admin.suggestion import LINES_MAX
from entrepot.cli.arguments import Argument, Exit, Group, Option, echo
from entrepot.cli.folder import (
    AccountOption,
    Data,
    Json,
    ask,
    asked,
    change,
    dumped,
    failing,
    finished,
    opened,
    show,
    show_one,
    text_given,
)
from entrepot.clock_and_chance import now
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import Account, Key
from entrepot.core.rules.users import delete_policy

policy = Group(help="Policies: what sub-users may do, in the clouds' languages.")

Language = Annotated[
    Literal["cam", "ram"] | None,
    Option(help="cam (Tencent) or ram (Alibaba, AWS, Volcengine); by default what the version says."),
]

Speech = Literal["cos", "oss", "tos", "s3"]


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
        text = text_given(source)
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


@policy.command("test")
def policy_test(
    who: Annotated[str, Argument(help="A user, the id of a key or right; anybody (unsigned); - (a new user).")],
    action: Annotated[str, Argument(help="cos:PutObject, oss:PutObject, vod:CreateStorageCredentials …")],
    resource: Annotated[str, Argument(help="BUCKET, BUCKET/KEY, or a cloud's name for it.")] = "",
    *,
    files: Annotated[
        list[str] | None,
        Option("--with", help="FILE or NAME=FILE: as if the user had this policy, in place of NAME if that is there."),
    ] = None,
    source: Annotated[str | None, Option("--source", help="From this address.")] = None,
    tls: Annotated[bool | None, Option("--tls/--no-tls", help="Over TLS.")] = None,
    at: Annotated[str | None, Option(help="At this time (ISO 8601); default now.")] = None,
    content_type: Annotated[str | None, Option(help="With this type.")] = None,
    content_length: Annotated[int | None, Option(help="With so many bytes.")] = None,
    acl: Annotated[str | None, Option(help="Asking for this ACL.")] = None,
    tag: Annotated[
        list[str] | None, Option("--tag", help="With this tag (K=V): tags need a right of their own.")
    ] = None,
    prefix: Annotated[str | None, Option(help="Listing this prefix.")] = None,
    delimiter: Annotated[str | None, Option(help="Listing with this delimiter.")] = None,
    max_keys: Annotated[int | None, Option(help="Listing so many.")] = None,
    encryption: Annotated[str | None, Option(help="Asking for this encryption, such as AES256.")] = None,
    referer: Annotated[str | None, Option(help="Linked from there.")] = None,
    user_agent: Annotated[str | None, Option(help="Said to be this client.")] = None,
    header: Annotated[list[str] | None, Option("--header", help="The same as clients send it: 'Name: value'.")] = None,
    language: Annotated[Speech | None, Option(help="In which language to tell what would allow it.")] = None,
    account: AccountOption = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """May WHO do ACTION on RESOURCE, which statement says so, and what would allow it? Ends with status 1 when not."""
    given = {
        "action": action, "resource": resource, "source": source, "tls": tls, "at": at, "content_type": content_type,
        "content_length": content_length, "acl": acl, "tags": tag, "prefix": prefix, "delimiter": delimiter,
        "max_keys": max_keys, "encryption": encryption, "referer": referer, "user_agent": user_agent,
        "headers": header or [], "language": language,
    }  # fmt: skip

    def decide(reader: Reader) -> dict[str, Any]:
        owner = accounts.meant(reader, account)
        tried = [circumstances.tried(owner, name, text, None, now()) for name, text in texts]
        return decisions.decided(reader, owner, who, circumstances.question_of(given, tried, now()))

    with failing():
        texts = [_text_of(one) for one in files or []]
        made = asked(data, decide)
        if json:
            dumped(made)
        else:
            _print_decision(made)
    if not made["allowed"]:
        raise Exit(1)


policy.command("check")(policy_test)


@policy.command("suggest")
def policy_suggest(
    key_id: Annotated[str, Argument(metavar="KEY", help="The id of a key or of a minted right.")],
    *,
    language: Annotated[Speech | None, Option(help="In which language.")] = None,
    lines: Annotated[int, Option(min=1, max=LINES_MAX, help="How many lines about uses to look at.")] = LINES_MAX,
    data: Data = None,
    json: Json = False,
) -> None:
    """The least policy for what KEY did, from the ledger and the audit log."""

    def look_up(reader: Reader) -> tuple[Key, Account, list[suggestion.Did]]:
        key, owner = suggestion.key_named(reader, key_id)
        return key, owner, suggestion.did_by_ledger(reader, key)

    with opened(data) as (folder, _):
        key, owner, did = ask(folder, look_up)
        did += suggestion.did_by_log(finished(folder.audit.newest(lines, "use")), key)
        made = suggestion.suggested(key, owner, did, language)
    if json:
        dumped(made)
        return
    dumped(made["policy"])
    for one in made["unknown"]:
        echo(f"not known: {one}", err=True)


def _text_of(option: str) -> tuple[str, str]:
    """Name and text of a policy that is tried. Raises Fault PARAMETER_INVALID."""
    name, equals, path = option.rpartition("=")
    try:
        return name if equals else "", Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(Kind.PARAMETER_INVALID, f"{path[:200]} cannot be read: {error}") from error


def _print_decision(made: dict[str, Any]) -> None:
    show_one({name: value for name, value in made.items() if name not in _TOLD_APART}, as_json=False)
    for text in dict.fromkeys(f"\n{one['cause']}: {one['sentence']}\n  {one['change']}" for one in made["reasons"]):
        echo(text)
    if made["needed"] is not None:
        echo("\nthe least policy that allows it:")
        dumped(made["needed"])
    if made["minted"] is not None:
        echo("\nthe right:")
        show_one(made["minted"], as_json=False)


_TOLD_APART = {"reasons", "needed", "minted"}

"""``entrepot account``, ``key`` and ``bucket``: they work beside a running server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from entrepot.admin import accounts
from entrepot.cli.folder import Data, Json, ask, change, opened, show
from entrepot.core.facts.records import Acl, Bucket, BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader, Transaction
from entrepot.core.rights.identity import Account, Key
from entrepot.core.rules.uploads import drop
from entrepot.core.rules.withdrawal import withdraw_below

account = typer.Typer(help="Accounts: owners of keys and buckets.", no_args_is_help=True)
key = typer.Typer(help="Keys: credentials of an account.", no_args_is_help=True)
bucket = typer.Typer(help="Buckets and their settings.", no_args_is_help=True)

_LIMIT = 100_000
AccountOption = Annotated[
    int | None,
    typer.Option("--account", help="The appid; may be left out when there is one account.", show_default=False),
]
Authority = Annotated[
    Acl | None, typer.Option("--authority", help="Who may read without a signature.", show_default=False)
]
Protected = Annotated[
    bool | None,
    typer.Option(
        "--token-protected/--no-token-protected",
        help="Downloads need a signature even from a public bucket.",
        show_default=False,
    ),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--referer-allow",
        help="A host whose pages may link here (* allowed; up to 10; empty text clears).",
        show_default=False,
    ),
]
Deny = Annotated[
    list[str] | None,
    typer.Option(
        "--referer-deny",
        help="A host whose pages may not (* allowed; up to 10; empty text clears).",
        show_default=False,
    ),
]
Empty = Annotated[
    bool | None,
    typer.Option(
        "--referer-empty/--no-referer-empty", help="Whether a request without a Referer passes.", show_default=False
    ),
]
Domains = Annotated[
    list[str] | None,
    typer.Option("--domain", help="A custom domain of the bucket (up to 10; empty text clears).", show_default=False),
]


def _now() -> float:
    from entrepot.app import now  # noqa: PLC0415 - keeps --help quick

    return now()


def account_of(reader: Reader, given: int | None) -> int:
    """The account meant. Raises Fault when it is not there or not clear."""
    if given is not None:
        if reader.account(given) is None:
            raise Fault(Kind.OBJECT_MISSING, f"there is no account {given}")
        return given
    known = reader.accounts()
    if len(known) != 1:
        raise Fault(Kind.PARAMETER_MISSING, f"there are {len(known)} accounts; say which with --account")
    return known[0].id


def _account_row(found: Account) -> dict[str, Any]:
    return {"appid": found.id, "user_id": found.user_id, "created_at": int(found.created_at)}


def _key_row(found: Key) -> dict[str, Any]:
    return {"id": found.id, "account": found.account, "user": found.user, "created_at": int(found.created_at)}


def _bucket_row(found: Bucket) -> dict[str, Any]:
    settings = found.settings
    return {
        "name": found.name,
        "account": found.account,
        "authority": settings.acl.value,
        "token_protected": settings.protect_downloads,
        "referer_allow": list(settings.referer_allow),
        "referer_deny": list(settings.referer_deny),
        "referer_empty": settings.referer_empty,
        "domains": list(settings.domains),
        "created_at": int(found.created_at),
    }


@account.command("create")
def account_create(
    *,
    appid: Annotated[int | None, typer.Option(help="A chosen appid (default: random).", show_default=False)] = None,
    user_id: Annotated[
        str | None, typer.Option(help="A chosen user id of the other clouds (default: random).", show_default=False)
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make an account."""
    with opened(data, create=True) as (folder, _):
        made = change(folder, lambda tx: accounts.new_account(tx, _now(), appid, user_id))
        show([_account_row(made)], as_json=json, one=True)


@account.command("list")
def account_list(*, data: Data = None, json: Json = False) -> None:
    """List accounts."""
    with opened(data) as (folder, _):
        show([_account_row(found) for found in ask(folder, lambda reader: reader.accounts())], as_json=json)


@account.command("show")
def account_show(appid: int, *, data: Data = None, json: Json = False) -> None:
    """Show an account, its keys and buckets."""

    def question(reader: Reader) -> dict[str, Any]:
        found = reader.account(account_of(reader, appid))
        assert found is not None  # noqa: S101 - account_of said so
        return {
            **_account_row(found),
            "keys": [known.id for known in reader.keys(appid)],
            "buckets": [known.name for known in reader.buckets(appid, None, _LIMIT)],
        }

    with opened(data) as (folder, _):
        show([ask(folder, question)], as_json=json, one=True)


@account.command("delete")
def account_delete(appid: int, *, data: Data = None) -> None:
    """Delete an account that has neither keys nor buckets."""
    with opened(data) as (folder, _):
        if not change(folder, lambda tx: tx.remove_account(appid)):
            raise Fault(Kind.OBJECT_MISSING, f"there is no account {appid}")
        typer.echo(f"deleted account {appid}")


@key.command("create")
def key_create(
    *,
    account: AccountOption = None,
    key_id: Annotated[
        str | None,
        typer.Option(
            "--id", help="A chosen key id, to import a key; its secret is read from --secret-file.", show_default=False
        ),
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="File that holds the secret; - reads standard input.", show_default=False)
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="The sub-user whose key it is (default: the account's own).", show_default=False)
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a key, random or imported. The secret is shown this once."""
    secret: str | None = None
    if secret_file is not None:
        secret = (sys.stdin.read() if str(secret_file) == "-" else secret_file.read_text()).strip()
    with opened(data) as (folder, _):
        made = change(folder, lambda tx: accounts.new_key(tx, _now(), account_of(tx, account), key_id, secret, user))
        row = _key_row(made)
        if secret is None:
            row["secret"] = made.secret.decode()
        show([row], as_json=json, one=True)


@key.command("list")
def key_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List keys, without their secrets."""
    with opened(data) as (folder, _):
        show([_key_row(found) for found in ask(folder, lambda reader: reader.keys(account))], as_json=json)


@key.command("show")
def key_show(key_id: str, *, data: Data = None, json: Json = False) -> None:
    """Show a key, without its secret."""
    with opened(data) as (folder, _):
        found = ask(folder, lambda reader: reader.key(key_id))
        if found is None:
            raise Fault(Kind.OBJECT_MISSING, f"there is no key {key_id!r}")
        show([_key_row(found)], as_json=json, one=True)


@key.command("delete")
def key_delete(key_id: str, *, data: Data = None) -> None:
    """Withdraw a key and all that was minted with it; what they sign is refused from now on."""
    with opened(data) as (folder, _):
        if not change(folder, lambda tx: tx.remove_key(key_id)):
            raise Fault(Kind.OBJECT_MISSING, f"there is no key {key_id!r}")
        gone = asyncio.run(withdraw_below(folder.index, folder.audit, [key_id], "command line", _now()))
        typer.echo(f"deleted key {key_id}" + (f", revoked {gone} rights that were minted with it" if gone else ""))


def _chosen(
    settings: BucketSettings,
    authority: Acl | None,
    protected: bool | None,
    allow: Sequence[str] | None,
    deny: Sequence[str] | None,
    empty: bool | None,
    domains: Sequence[str] | None,
) -> BucketSettings:
    """``settings`` with the options that were given."""

    def listed(given: Sequence[str] | None, old: tuple[str, ...]) -> tuple[str, ...]:
        return old if not given else tuple(value.lower() for value in given if value)

    return accounts.check_settings(
        replace(
            settings,
            acl=authority or settings.acl,
            protect_downloads=settings.protect_downloads if protected is None else protected,
            referer_allow=listed(allow, settings.referer_allow),
            referer_deny=listed(deny, settings.referer_deny),
            referer_empty=settings.referer_empty if empty is None else empty,
            domains=listed(domains, settings.domains),
        )
    )


@bucket.command("create")
def bucket_create(
    name: str,
    *,
    account: AccountOption = None,
    authority: Authority = None,
    protected: Protected = None,
    allow: Allow = None,
    deny: Deny = None,
    empty: Empty = None,
    domain: Domains = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a bucket; private unless told otherwise."""

    def create(tx: Transaction) -> Bucket:
        settings = _chosen(BucketSettings(), authority, protected, allow, deny, empty, domain)
        return accounts.new_bucket(tx, _now(), account_of(tx, account), name, settings)

    with opened(data) as (folder, _):
        show([_bucket_row(change(folder, create))], as_json=json, one=True)


@bucket.command("list")
def bucket_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List buckets."""
    with opened(data) as (folder, _):
        found = ask(folder, lambda reader: reader.buckets(account, None, _LIMIT))
        show([_bucket_row(one) for one in found], as_json=json)


def _bucket_named(reader: Reader, account: int | None, name: str) -> Bucket:
    number = account_of(reader, account)
    found = reader.bucket(number, name)
    if found is None:
        raise Fault(Kind.BUCKET_MISSING, f"the account {number} has no bucket {name!r}")
    return found


@bucket.command("show")
def bucket_show(name: str, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Show a bucket and its settings."""
    with opened(data) as (folder, _):
        show([_bucket_row(ask(folder, lambda reader: _bucket_named(reader, account, name)))], as_json=json, one=True)


@bucket.command("update")
def bucket_update(
    name: str,
    *,
    account: AccountOption = None,
    authority: Authority = None,
    protected: Protected = None,
    allow: Allow = None,
    deny: Deny = None,
    empty: Empty = None,
    domain: Domains = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Change a bucket's settings; what is not given stays."""

    def update(tx: Transaction) -> Bucket:
        found = _bucket_named(tx, account, name)
        fresh = replace(found, settings=_chosen(found.settings, authority, protected, allow, deny, empty, domain))
        tx.update_bucket(fresh)
        return fresh

    with opened(data) as (folder, _):
        show([_bucket_row(change(folder, update))], as_json=json, one=True)


@bucket.command("delete")
def bucket_delete(name: str, *, account: AccountOption = None, data: Data = None) -> None:
    """Delete an empty bucket."""

    def delete(tx: Transaction) -> None:
        found = _bucket_named(tx, account, name)
        if tx.objects(found.id, "", None, 1):
            raise Fault(Kind.BUCKET_NOT_EMPTY, f"the bucket {name!r} is not empty; delete its objects first")
        while pending := tx.uploads_of(found.id, 100):
            for upload in pending:
                drop(tx, upload, _now())
        tx.remove_bucket(found.id)

    with opened(data) as (folder, _):
        change(folder, delete)
        typer.echo(f"deleted bucket {name}")

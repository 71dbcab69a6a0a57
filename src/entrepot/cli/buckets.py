"""``entrepot bucket``; it works beside a running server."""

from __future__ import annotations

from typing import Annotated

from entrepot.admin import accounts, buckets
from entrepot.cli.arguments import Group, Option, echo
from entrepot.cli.folder import AccountOption, Data, Json, asked, change, opened, show, show_one
from entrepot.core.facts.records import Acl, Bucket, BucketSettings
from entrepot.core.ports import Reader, Transaction

bucket = Group(help="Buckets and their settings.")

Authority = Annotated[Acl | None, Option("--authority", help="Who may read without a signature.")]
Protected = Annotated[
    bool | None,
    Option("--token-protected/--no-token-protected", help="Downloads need a signature even from a public bucket."),
]
Allow = Annotated[
    list[str] | None,
    Option("--referer-allow", help="A host whose pages may link here (* allowed; up to 10; empty text clears)."),
]
Deny = Annotated[
    list[str] | None,
    Option("--referer-deny", help="A host whose pages may not (* allowed; up to 10; empty text clears)."),
]
Empty = Annotated[
    bool | None,
    Option("--referer-empty/--no-referer-empty", help="Whether a request without a Referer passes."),
]
Domains = Annotated[
    list[str] | None,
    Option("--domain", help="A custom domain of the bucket (up to 10; empty text clears)."),
]


def _chosen(
    authority: Acl | None,
    protected: bool | None,
    allow: list[str] | None,
    deny: list[str] | None,
    empty: bool | None,
    domains: list[str] | None,
) -> buckets.Chosen:
    return buckets.Chosen(
        authority=authority,
        protected=protected,
        referer_allow=tuple(allow or ()),
        referer_deny=tuple(deny or ()),
        referer_empty=empty,
        domains=tuple(domains or ()),
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
    chosen = _chosen(authority, protected, allow, deny, empty, domain)

    def create(tx: Transaction) -> Bucket:
        return buckets.create(tx, folder.clock(), accounts.meant(tx, account).id, name, chosen.on(BucketSettings()))

    with opened(data) as (folder, _):
        show_one(buckets.row(change(folder, create)), as_json=json)


@bucket.command("list")
def bucket_list(*, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """List buckets."""
    show(asked(data, lambda reader: buckets.rows(reader, account)), as_json=json)


@bucket.command("show")
def bucket_show(name: str, *, account: AccountOption = None, data: Data = None, json: Json = False) -> None:
    """Show a bucket and its settings."""

    def question(reader: Reader) -> Bucket:
        return buckets.named(reader, accounts.meant(reader, account).id, name)

    show_one(buckets.row(asked(data, question)), as_json=json)


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
    chosen = _chosen(authority, protected, allow, deny, empty, domain)

    def update(tx: Transaction) -> Bucket:
        return buckets.update(tx, accounts.meant(tx, account).id, name, chosen)

    with opened(data) as (folder, _):
        show_one(buckets.row(change(folder, update)), as_json=json)


@bucket.command("delete")
def bucket_delete(name: str, *, account: AccountOption = None, data: Data = None) -> None:
    """Delete an empty bucket."""
    with opened(data) as (folder, _):
        change(folder, lambda tx: buckets.delete(tx, folder.clock(), accounts.meant(tx, account).id, name))
        echo(f"deleted bucket {name}")

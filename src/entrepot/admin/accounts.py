"""Making accounts, keys and buckets: names, random credentials, the dev fixtures.

Key ids and appids look like Tencent's, whose SDKs check nothing but length; user ids are the other clouds' numbers.
"""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import replace

from entrepot.core.facts.records import Bucket, BucketSettings
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Transaction
from entrepot.core.rights.identity import Account, Key, User, key_of_account
from entrepot.core.rules import users

DEV_ACCOUNT = 1250000000
DEV_USER_ID = "100000000001"
DEV_KEY_ID = "entrepot-dev-id"
DEV_SECRET = "entrepot-dev-secret"  # noqa: S105 - well known, and served on loopback only
DEV_BUCKET = "demo"
DEV_ADMIN_KEY = "entrepot-dev-admin"

_LETTERS = string.ascii_letters + string.digits
_BUCKET = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_KEY_ID = re.compile(r"[!-~]{3,128}", re.ASCII)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def new_account(tx: Transaction, now: float, appid: int | None = None, user_id: str | None = None) -> Account:
    """Add an account; its numbers are random unless given. Raises Fault OBJECT_EXISTS, PARAMETER_INVALID."""
    if appid is not None and not 10_000 <= appid < 10**18:
        raise Fault(Kind.PARAMETER_INVALID, f"an appid has 5 to 18 digits, not {appid}")
    number = 1_250_000_001 + secrets.randbelow(40_000_000) if appid is None else appid
    user = user_id or str(100_000_000_002 + secrets.randbelow(90_000_000_000))
    account = Account(id=number, user_id=user, created_at=now)
    tx.add_account(account)
    return account


def new_key(
    tx: Transaction,
    now: float,
    account: int,
    key_id: str | None = None,
    secret: str | None = None,
    user: str | None = None,
) -> Key:
    """Add a long-term key; random unless given. One of a ``user`` may do what that user may.

    Raises:
        Fault: OBJECT_EXISTS, OBJECT_MISSING, PARAMETER_INVALID.
    """
    if tx.account(account) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {account}")
    identity = key_id or "AKID" + _random(32)
    if not _KEY_ID.fullmatch(identity):
        raise Fault(Kind.PARAMETER_INVALID, "a key id has 3 to 128 printable ASCII characters")
    value = secret or _random(32)
    if not _KEY_ID.fullmatch(value):
        raise Fault(Kind.PARAMETER_INVALID, "a secret has 3 to 128 printable ASCII characters")
    key = key_of_account(id=identity, account=account, secret=value.encode(), created_at=now)
    if user is not None:
        key = replace(key, user=user, grant=users.grant_of(tx, users.existing(tx, account, user)))
    tx.add_key(key)
    return key


def new_user(tx: Transaction, now: float, account: int, name: str, user_id: str | None = None) -> User:
    """Add a sub-user, whose number is random unless given. Raises Fault as :func:`entrepot.core.rules.users.create`."""
    number = user_id or str(100_000_000_002 + secrets.randbelow(90_000_000_000))
    if not _KEY_ID.fullmatch(number):
        raise Fault(Kind.PARAMETER_INVALID, "a user id has 3 to 128 printable ASCII characters")
    return users.create(tx, account, name, number, now)


def new_bucket(tx: Transaction, now: float, account: int, name: str, settings: BucketSettings) -> Bucket:
    """Add a bucket. Raises Fault BUCKET_EXISTS, OBJECT_MISSING, NAME_INVALID."""
    if tx.account(account) is None:
        raise Fault(Kind.OBJECT_MISSING, f"there is no account {account}")
    if not _BUCKET.fullmatch(name):
        raise Fault(
            Kind.NAME_INVALID,
            f"{name!r} is no bucket name: 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends",
        )
    return tx.add_bucket(account, name, now, settings)


def check_settings(settings: BucketSettings) -> BucketSettings:
    """Return settings that can be stored. Raises Fault PARAMETER_INVALID."""
    for name, values in (
        ("referers to allow", settings.referer_allow),
        ("referers to deny", settings.referer_deny),
        ("custom domains", settings.domains),
    ):
        if len(values) > 10:
            raise Fault(Kind.PARAMETER_INVALID, f"a bucket has at most 10 {name}, not {len(values)}")
        for value in values:
            if not re.fullmatch(r"[a-z0-9*.-]{1,253}", value):
                raise Fault(Kind.PARAMETER_INVALID, f"{value!r} is no host name (lower case, * allowed in referers)")
    return settings


def make_dev(tx: Transaction, now: float) -> None:
    """The fixed account, key and bucket of dev mode, where they are missing."""
    if tx.account(DEV_ACCOUNT) is None:
        new_account(tx, now, DEV_ACCOUNT, DEV_USER_ID)
    if tx.key(DEV_KEY_ID) is None:
        new_key(tx, now, DEV_ACCOUNT, DEV_KEY_ID, DEV_SECRET)
    if tx.bucket(DEV_ACCOUNT, DEV_BUCKET) is None:
        new_bucket(tx, now, DEV_ACCOUNT, DEV_BUCKET, BucketSettings())

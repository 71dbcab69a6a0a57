"""Puts a seed into an index: what is missing is made, what differs is changed, all of it in one transaction or nothing.

A seed that is there already changes nothing, not even a time. The bytes of objects that differ are staged before, as
those of uploads are. A refusal begins with the path of what was refused, ``$.accounts[0].buckets[1]``.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from entrepot.admin import accounts, buckets, keys, policies, users
from entrepot.admin.credentials import printable
from entrepot.admin.grants import span
from entrepot.admin.seed.shape import Seed, SeedAccount, SeedBucket, SeedGrant, SeedKey, SeedObject, SeedUser
from entrepot.admin.seed.values import attributes_of, bytes_of, settings_of, text_of
from entrepot.core import operations as ops
from entrepot.core.facts.digests import crc64_of
from entrepot.core.facts.records import Attributes, Bucket, BucketSettings, Object, Staged
from entrepot.core.fault import Fault, Kind
from entrepot.core.operations import Replace
from entrepot.core.ports import Audit, Clock, Index, Reader, Transaction
from entrepot.core.rights import audit as events
from entrepot.core.rights.grant import Clause, Grant
from entrepot.core.rights.identity import Account, Key, Limits, anonymous_principal, principal_of
from entrepot.core.rules import minting, objects
from entrepot.core.rules import users as user_rules
from entrepot.core.rules.intake import Intake
from entrepot.core.rules.minting import Fresh
from entrepot.core.rules.sealed import default_of, encryption_of
from entrepot.core.value import Value, changed, field
from entrepot.dialects.control.policies.languages import MINTED_LANGUAGES

API = "entrepot:Seed"
"""What the ledger says of where such a right comes from."""
_NOBODY = anonymous_principal(Grant())
_SHOWN_MAX = 1000


class Done(Value, kw_only=True):
    """What became of a seed: how many things were made, changed, or there already; the first thousand by name."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    things: list[str] = field(default_factory=list)

    def note(self, what: str, how: str) -> None:
        """Count one thing, which was ``created``, ``changed`` or ``unchanged``."""
        setattr(self, how, getattr(self, how) + 1)
        if how != "unchanged" and len(self.things) < _SHOWN_MAX:
            self.things.append(f"{how} {what}")

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "created": self.created, "changed": self.changed, "unchanged": self.unchanged, "things": self.things,
        }  # fmt: skip


class _Wanted(Value, frozen=True, kw_only=True):
    """One object as it shall be. ``staged`` are its bytes, None while what is there is the same."""

    path: str
    key: str
    data: bytes
    attributes: Attributes
    staged: Staged | None = None


async def apply(index: Index, audit: Audit, intake: Intake, clock: Clock, seed: Seed, by: str) -> Done:
    """Have what a seed says. ``by`` goes into the audit log with minted rights.

    Raises:
        Fault: with the path of what cannot be; then nothing has changed.
    """
    wanted = {
        (at, number): [
            _wanted(one, f"{_path(at, number)}.objects[{place}]") for place, one in enumerate(bucket.objects)
        ]
        for at, account in enumerate(seed.accounts)
        for number, bucket in enumerate(account.buckets)
    }
    differing = await index.scan(lambda reader: _differing(reader, seed, wanted))
    for place, keys_there in differing.items():
        wanted[place] = [
            await _staged(one, seed.accounts[place[0]].buckets[place[1]], intake, encrypted=keys_there[one.key])
            if one.key in keys_there
            else one
            for one in wanted[place]
        ]
    now = clock()
    done, minted, unused = Done(), list[Key](), list[Staged]()

    def change(tx: Transaction) -> None:
        nonlocal done
        done = Done()
        minted.clear()
        unused.clear()
        for at, account in enumerate(seed.accounts):
            _apply_account(tx, account, f"$.accounts[{at}]", now, done)
            for number, bucket in enumerate(account.buckets):
                with _at(_path(at, number)):
                    found = _apply_bucket(tx, account.appid, bucket, now, done)
                unused.extend(_apply_objects(tx, found, wanted[at, number], now, done))
            for number, grant in enumerate(account.grants):
                with _at(f"$.accounts[{at}].grants[{number}]"):
                    minted.extend(_apply_grant(tx, account.appid, grant, by, now, done))

    staged = [one.staged for many in wanted.values() for one in many if one.staged is not None]
    for one in staged:
        intake.adopted(one)
    try:
        await index.write(change)
    except Fault as fault:
        if fault.kind not in {Kind.STORAGE_FAILED, Kind.STORAGE_FULL}:
            _return(intake, staged)
        raise
    _return(intake, unused)
    for key in minted:
        await audit.write(events.minted(key))
    return done


def _return(intake: Intake, unused: list[Staged]) -> None:
    for one in unused:
        intake.returned(one)


def _path(account: int, bucket: int) -> str:
    return f"$.accounts[{account}].buckets[{bucket}]"


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Refusals begin with the path."""
    try:
        yield
    except Fault as fault:
        fault.message = f"{path}: {fault.message}"
        raise


# -- objects -----------------------------------------------------------------------------------------------------------


def _wanted(said: SeedObject, path: str) -> _Wanted:
    with _at(path):
        return _Wanted(path=path, key=said.key, data=bytes_of(said), attributes=attributes_of(said))


def _differing(
    reader: Reader, seed: Seed, wanted: dict[tuple[int, int], list[_Wanted]]
) -> dict[tuple[int, int], dict[str, bool]]:
    """Of each bucket the keys whose objects are not as they shall be, and whether they are to be encrypted."""
    found: dict[tuple[int, int], dict[str, bool]] = {}
    for (at, number), many in wanted.items():
        said = seed.accounts[at].buckets[number]
        bucket = reader.bucket(seed.accounts[at].appid, said.name)
        old = BucketSettings() if bucket is None else bucket.settings
        encrypted = old.encryption if said.encryption is None else said.encryption
        found[at, number] = {
            one.key: encrypted
            for one in many
            if bucket is None or not _is_there(reader.object(bucket.id, one.key), one)
        }
    return found


def _is_there(old: Object | None, one: _Wanted) -> bool:
    if old is None or old.size != len(one.data) or old.crc64 != crc64_of(one.data):
        return False
    return changed(old.attributes, encryption=None) == one.attributes


async def _staged(one: _Wanted, said: SeedBucket, intake: Intake, *, encrypted: bool) -> _Wanted:
    async def chunks() -> AsyncIterator[bytes]:
        yield one.data

    bucket = Bucket(id=0, account=0, name=said.name, created_at=0.0, settings=BucketSettings(encryption=encrypted))
    protection = default_of(bucket)
    with _at(one.path):
        staged = await intake.stage(chunks(), limit=len(one.data), sha1=True, md5=True, protection=protection)
    return changed(
        one, staged=staged, attributes=changed(one.attributes, encryption=encryption_of(protection)), data=one.data
    )


def _apply_objects(tx: Transaction, bucket: Bucket, wanted: list[_Wanted], now: float, done: Done) -> list[Staged]:
    """Point names at what was staged; what of that is not needed."""
    unused = []
    for one in wanted:
        with _at(one.path):
            old = tx.object(bucket.id, one.key)
            if one.staged is None:
                if not _is_there(old, one):
                    raise Fault(Kind.OBJECT_EXISTS, f"{one.key!r} changed while it was seeded; run this again")
                done.note(f"object {bucket.name}/{one.key}", "unchanged")
                continue
            op = ops.PutObject(
                bucket=bucket, key=one.key, content=one.staged, attributes=one.attributes,
                replace=Replace.ALWAYS, tree=False,
            )  # fmt: skip
            objects.put(tx, op, _NOBODY, now)
        if one.staged.name is not None and not tx.has_blob(one.staged.name):
            unused.append(one.staged)
        done.note(f"object {bucket.name}/{one.key}", "created" if old is None else "changed")
    return unused


# -- what is around them -----------------------------------------------------------------------------------------------


def _apply_account(tx: Transaction, said: SeedAccount, path: str, now: float, done: Done) -> None:
    with _at(path):
        account = tx.account(said.appid)
        done.note(f"account {said.appid}", "created" if account is None else "unchanged")
        if account is None:
            account = accounts.create(tx, now, said.appid, said.user_id)
        elif said.user_id not in {None, account.user_id}:
            raise Fault(
                Kind.OBJECT_EXISTS,
                f"the account {said.appid} has the user id {account.user_id} already; it cannot change",
            )
    for at, policy in enumerate(said.policies):
        with _at(f"{path}.policies[{at}]"):
            text = text_of(policy)
            if text is None:
                raise Fault(Kind.PARAMETER_MISSING, "a policy needs a text or a document")
            made = policies.compiled(account, policy.name, text, policy.language, now)
            old = tx.policy(account.id, policy.name)
            same = old is not None and (old.text, old.language) == (made.text, made.language)
            if not same:
                user_rules.store_policy(tx, made)
            done.note(f"policy {policy.name}", "created" if old is None else "unchanged" if same else "changed")
    for at, user in enumerate(said.users):
        _apply_user(tx, account, user, f"{path}.users[{at}]", now, done)
    _apply_keys(tx, account, None, said.keys, path, now, done)


def _apply_user(tx: Transaction, account: Account, said: SeedUser, path: str, now: float, done: Done) -> None:
    with _at(path):
        old = tx.user(account.id, said.name)
        if old is None:
            users.create(tx, now, account.id, said.name, said.user_id, said.policies or ())
        elif said.user_id not in {None, old.user_id}:
            raise Fault(
                Kind.OBJECT_EXISTS, f"the user {said.name!r} has the user id {old.user_id} already; it cannot change"
            )
        elif said.policies is not None and old.policies != said.policies:
            for name in old.policies:
                user_rules.detach(tx, account.id, said.name, name)
            for name in said.policies:
                user_rules.attach(tx, account.id, said.name, name)
        is_same = old is not None and said.policies in {None, old.policies}
        done.note(f"user {said.name}", "created" if old is None else "unchanged" if is_same else "changed")
    _apply_keys(tx, account, said.name, said.keys, path, now, done)


def _apply_keys(
    tx: Transaction, account: Account, user: str | None, said: tuple[SeedKey, ...], path: str, now: float, done: Done
) -> None:
    for at, one in enumerate(said):
        with _at(f"{path}.keys[{at}]"):
            old = tx.key(one.id)
            if old is None:
                keys.create(tx, now, account.id, one.id, one.secret, user)
            elif (old.account, old.user, old.minted) != (account.id, user, None):
                raise Fault(Kind.OBJECT_EXISTS, f"the key id {one.id[:128]!r} is taken by another account or user")
            elif not hmac.compare_digest(old.secret, one.secret.encode()):
                raise Fault(
                    Kind.OBJECT_EXISTS,
                    f"the key {one.id[:128]!r} is there with another secret; delete it first: entrepot key delete",
                )
            done.note(f"key {one.id}", "created" if old is None else "unchanged")


def _apply_bucket(tx: Transaction, account: int, said: SeedBucket, now: float, done: Done) -> Bucket:
    old = tx.bucket(account, said.name)
    settings = settings_of(said, BucketSettings() if old is None else old.settings)
    if old is None:
        done.note(f"bucket {said.name}", "created")
        return buckets.create(tx, now, account, said.name, settings)
    if old.settings == settings:
        done.note(f"bucket {said.name}", "unchanged")
        return old
    fresh = buckets.with_settings(tx, old, settings)
    done.note(f"bucket {said.name}", "changed")
    return fresh


def _apply_grant(tx: Transaction, account: int, said: SeedGrant, by: str, now: float, done: Done) -> list[Key]:
    """The key that was minted, if it was not there."""
    old = tx.key(said.id)
    if old is not None:
        digest = None if said.token is None else minting.token_digest(said.token)
        same = hmac.compare_digest(old.secret, said.secret.encode()) and old.token_sha256 == digest
        if old.minted is None or old.minted.minter != said.minter or not same:
            raise Fault(Kind.OBJECT_EXISTS, f"the id {said.id[:128]!r} is taken by another key or right")
        if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
            raise Fault(Kind.OBJECT_EXISTS, f"the right {said.id[:128]!r} is over and stays in the ledger; rename it")
        done.note(f"grant {said.id}", "unchanged")
        return []
    minter = tx.key(said.minter)
    if minter is None or minter.account != account:
        raise Fault(Kind.KEY_UNKNOWN, f"the account {account} has no key {said.minter[:128]!r}")
    owner = accounts.meant(tx, account)
    text = text_of(said)
    op = ops.MintCredential(
        account=account, api=API, requested=Grant() if text is None else _requested(text, said.language, owner),
        seconds=span(said.lasts), allows="a seed", style="", with_token=said.token is not None, client=by,
        about_bucket=said.bucket, about_key=said.key, limits=Limits(max_bytes=said.max_bytes, uses=said.uses),
    )  # fmt: skip
    fresh = Fresh(
        id=printable(said.id, "key id"), secret=printable(said.secret, "secret"),
        token="" if said.token is None else said.token,
    )  # fmt: skip
    made = minting.mint(tx, op, principal_of(minter, Grant()), now, fresh)
    done.note(f"grant {said.id}", "created")
    return [made.key]


def _requested(text: str, language: str | None, owner: Account) -> Grant:
    statements = MINTED_LANGUAGES[policies.language_of(text, language)](text, owner)
    return Grant(clauses=(Clause(rules=tuple(rule for one in statements for rule in one.rules)),))

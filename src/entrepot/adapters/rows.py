"""Rows of an index in SQL to and from the core's records: the same columns in every engine.

Attributes, settings, grants and segments are JSON; a CRC64 is a signed integer. Must not know statements.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from entrepot.core.facts.records import (
    PLAIN,
    Attributes,
    Blob,
    Bucket,
    BucketSettings,
    Object,
    Part,
    Seal,
    Segment,
    Upload,
)
from entrepot.core.rights.grant import EVERY_RIGHT, Clause, Grant, Right, Rule
from entrepot.core.rights.identity import NO_LIMITS, Key, Limits, Minted, Policy, User
from entrepot.core.value import changed

_encode = msgspec.json.Encoder().encode
_decode_attributes = msgspec.json.Decoder(Attributes).decode
_decode_settings = msgspec.json.Decoder(BucketSettings).decode
_decode_segments = msgspec.json.Decoder(list[tuple[int, int, int]]).decode

Row = tuple[Any, ...]

UNREADABLE = (msgspec.DecodeError, ValueError, TypeError)
"""What reading a row raises when a column does not hold what it must."""

OBJECT = (
    "bucket, key, size, blob, segments, crc64, sha1, md5, part_bytes, created_at, modified_at, traits, stored_by,"
    " parts, upload"
)
UPLOAD = "id, bucket, key, size, part_bytes, sha1, traits, policy, started_at, started_by, found_sha1"
PART = "upload, number, start, size, blob, segments, crc64, sha1, md5, stored_at, checksum"


def signed(value: int | None) -> int | None:
    """An unsigned 64-bit number as the signed one that SQL has."""
    return value - (1 << 64) if value is not None and value >= 1 << 63 else value


def unsigned(value: int) -> int:
    """The inverse of :func:`signed`."""
    return value & 0xFFFF_FFFF_FFFF_FFFF


def _segments_columns(segments: tuple[Segment, ...]) -> tuple[int | None, str | None]:
    """``blob`` alone for one run from a blob's beginning, else JSON; neither when there are no bytes."""
    if len(segments) == 1 and segments[0].offset == 0:
        return segments[0].blob, None
    if not segments:
        return None, None
    return None, _encode([(s.blob, s.offset, s.length) for s in segments]).decode()


def _segments_of(blob: int | None, segments: str | None, size: int) -> tuple[Segment, ...]:
    """The inverse of :func:`_segments_columns`."""
    if blob is not None:
        return (Segment(blob=blob, offset=0, length=size),)
    if segments is None:
        return ()
    return tuple(Segment(blob=b, offset=o, length=n) for b, o, n in _decode_segments(segments))


def object_row(record: Object) -> Row:
    """The columns of OBJECT."""
    blob, segments = _segments_columns(record.segments)
    return (
        record.bucket, record.key, record.size, blob, segments, signed(record.crc64), record.sha1, record.md5,
        record.part_bytes, record.created_at, record.modified_at, attributes_text(record.attributes), record.stored_by,
        record.parts, record.upload,
    )  # fmt: skip


def object_of(row: Row) -> Object:
    """The inverse of :func:`object_row`."""
    (
        bucket,
        key,
        size,
        blob,
        segments,
        crc64,
        sha1,
        md5,
        part_bytes,
        created,
        modified,
        attributes,
        by,
        parts,
        upload,
    ) = row
    return Object(
        bucket=bucket, key=key, size=size, segments=_segments_of(blob, segments, size),
        crc64=None if crc64 is None else unsigned(crc64), sha1=sha1, md5=md5, part_bytes=part_bytes,
        created_at=created, modified_at=modified, attributes=attributes_of(attributes), stored_by=by, parts=parts,
        upload=upload,
    )  # fmt: skip


def attributes_text(attributes: Attributes) -> str | None:
    """JSON, or nothing for an object about which nothing was said."""
    return None if attributes == PLAIN else _encode(attributes).decode()


def attributes_of(text: str | None) -> Attributes:
    """The inverse of :func:`attributes_text`."""
    return PLAIN if text is None else _decode_attributes(text)


def settings_text(settings: BucketSettings) -> str:
    """JSON of a bucket's settings."""
    return _encode(settings).decode()


def bucket_of(row: Row) -> Bucket:
    """From id, account, name, created_at, settings."""
    return Bucket(id=row[0], account=row[1], name=row[2], created_at=row[3], settings=_decode_settings(row[4]))


KEY = "id, account, secret, may, created_at, token, expires_at, minted, limits, revoked_at, user"

_decode_minted = msgspec.json.Decoder(Minted).decode
_decode_limits = msgspec.json.Decoder(Limits).decode
_FIRST_RIGHTS = frozenset(list(Right)[:18])
"""The rights there were when keys were first stored: a key that has them all was meant to have every right."""


def key_row(key: Key, sealed: bytes) -> Row:
    """The columns of KEY; the secret is sealed."""
    return (
        key.id, key.account, sealed, grant_text(key.grant), key.created_at, key.token_sha256, key.expires_at,
        None if key.minted is None else _encode(key.minted).decode(),
        None if key.limits == NO_LIMITS else _encode(key.limits).decode(), key.revoked_at, key.user,
    )  # fmt: skip


def key_of(row: Row, secret: bytes) -> Key:
    """The inverse of :func:`key_row`."""
    return Key(
        id=row[0], account=row[1], secret=secret, grant=grant_of(row[3]), created_at=row[4], token_sha256=row[5],
        expires_at=row[6], minted=None if row[7] is None else _decode_minted(row[7]),
        limits=NO_LIMITS if row[8] is None else _decode_limits(row[8]), revoked_at=row[9], user=row[10],
    )  # fmt: skip


def revoked(minted: str, by: str) -> str:
    """The column ``minted`` of a right that is withdrawn, with who did it."""
    return _encode(changed(_decode_minted(minted), revoked_by=by)).decode()


class _StoredGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant on disk. Since ``form`` 1, a rule for every right lists none, so that a list means what it says."""

    form: int = 0
    clauses: tuple[Clause, ...] = ()


_decode_grant = msgspec.json.Decoder(_StoredGrant).decode


def grant_text(grant: Grant) -> str:
    """JSON of a grant."""
    return _encode(_StoredGrant(form=1, clauses=grant.clauses)).decode()


def grant_of(text: str) -> Grant:
    """The inverse of :func:`grant_text`."""
    stored = _decode_grant(text)
    clauses = stored.clauses
    if stored.form == 0:
        clauses = tuple(changed(clause, rules=tuple(map(_whole, clause.rules))) for clause in clauses)
    return Grant(clauses=clauses)


def _whole(rule: Rule) -> Rule:
    return changed(rule, rights=EVERY_RIGHT) if rule.rights >= _FIRST_RIGHTS else rule


USER = "account, name, user_id, created_at, policies"
POLICY = "account, name, language, text, rules, changed_at"
_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_rules = msgspec.json.Decoder(tuple[Rule, ...]).decode


def user_row(user: User) -> Row:
    """The columns of USER."""
    return (user.account, user.name, user.user_id, user.created_at, _encode(user.policies).decode())


def user_of(row: Row) -> User:
    """The inverse of :func:`user_row`."""
    return User(account=row[0], name=row[1], user_id=row[2], created_at=row[3], policies=_decode_names(row[4]))


def policy_row(policy: Policy) -> Row:
    """The columns of POLICY."""
    rules = _encode(policy.rules).decode()
    return (policy.account, policy.name, policy.language, policy.text, rules, policy.changed_at)


def policy_of(row: Row) -> Policy:
    """The inverse of :func:`policy_row`."""
    return Policy(
        account=row[0], name=row[1], language=row[2], text=row[3], rules=_decode_rules(row[4]), changed_at=row[5]
    )


def blob_of(row: Row) -> Blob:
    """From id, size, crc64, name, data."""
    return Blob(id=row[0], size=row[1], crc64=unsigned(row[2]), name=row[3], data=row[4])


SEALED_BLOB = "b.id, b.size, b.crc64, b.name, b.data, s.by_client, s.key, s.crc64, s.data"


def key_owner(name: str | None, size: int, crc64: int) -> str:
    """To what the key of a sealed blob is bound, so that rows cannot be swapped."""
    return f"blob {name or ''} {size} {crc64:016x}"


def sealed_blob_of(row: Row, open_key: Callable[[str, bytes], bytes]) -> Blob:
    """From SEALED_BLOB, whether it is sealed or not; ``open_key`` is the vault's."""
    blob = blob_of(row[:5])
    by_client, key, crc64, data = row[5:9]
    if key is None:
        return blob
    if not by_client:
        key = open_key(key_owner(blob.name, blob.size, blob.crc64), key)
    return changed(blob, data=data, seal=Seal(key=key, by_client=bool(by_client), crc64=unsigned(crc64)))


def upload_row(upload: Upload) -> Row:
    """The columns of UPLOAD."""
    return (
        upload.id, upload.bucket, upload.key, upload.size, upload.part_bytes, upload.sha1,
        attributes_text(upload.attributes), upload.replace, upload.started_at, upload.started_by, upload.found_sha1,
    )  # fmt: skip


def upload_of(row: Row) -> Upload:
    """The inverse of :func:`upload_row`."""
    return Upload(
        id=row[0], bucket=row[1], key=row[2], size=row[3], part_bytes=row[4], sha1=row[5],
        attributes=attributes_of(row[6]),
        replace=row[7], started_at=row[8], started_by=row[9], found_sha1=row[10],
    )  # fmt: skip


def part_row(part: Part) -> Row:
    """The columns of PART."""
    blob, segments = _segments_columns(part.segments)
    return (
        part.upload, part.number, part.offset, part.size, blob, segments, signed(part.crc64), part.sha1, part.md5,
        part.stored_at, part.checksum,
    )  # fmt: skip


def part_of(row: Row) -> Part:
    """The inverse of :func:`part_row`."""
    return Part(
        upload=row[0], number=row[1], offset=row[2], size=row[3], segments=_segments_of(row[4], row[5], row[3]),
        crc64=unsigned(row[6]), sha1=row[7], md5=row[8], stored_at=row[9], checksum=row[10],
    )  # fmt: skip

"""The check of a data folder: what every row of the index says, against the rows and the bytes that it is about.

Reads only, a row at a time. Reports damage as sentences; an orphaned file is no damage (``sweep`` removes it).

What it costs: every blob is read once, for its CRC64. An object's CRC64 is put together from those of its blobs, so
that only pieces of blobs are read again. SHA-1, MD5 and further checksums cannot be put together: to compare them, the
bytes of every object are read a second time, which is done when ``digests`` are asked for. The MD5 and the composite
checksum of an object that was uploaded in parts or appended to are made of its parts' digests, which are gone with the
parts: they cannot be checked.

What is encrypted with the server's keys is decrypted for all this. Of what only a client has the key of, the sealed
bytes are checked by their length and a CRC64 of their own.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from entrepot.core.facts.crc64 import combined
from entrepot.core.facts.digests import ALGORITHMS, Digester, crc64_of
from entrepot.core.facts.records import Blob, Bucket, Checksum, Encryption, Object, Part, Segment, Upload
from entrepot.core.fault import Fault
from entrepot.core.ports import Blobs, Inspector, Unreadable
from entrepot.core.rules.content import content_of
from entrepot.core.rules.sealed import sealed_problem

T = TypeVar("T")
Progress = Callable[[str, int], None]
_DAMAGE_MAX = 10_000


@dataclass(slots=True)
class Report:
    """What was checked and what was found. ``digests``: whether SHA-1, MD5 and further checksums were recomputed.

    ``unlisted`` is how much damage was found beyond the 10,000 findings that are listed.
    """

    objects: int = 0
    uploads: int = 0
    blobs: int = 0
    bytes: int = 0
    digests: bool = False
    unlisted: int = 0
    damage: list[str] = field(default_factory=list)

    def found(self, damage: str) -> None:
        """Take down a finding."""
        if len(self.damage) < _DAMAGE_MAX:
            self.damage.append(damage)
        else:
            self.unlisted += 1


def check(reader: Inspector, blobs: Blobs, progress: Progress | None = None, *, digests: bool = False) -> Report:
    """Check everything. ``progress`` is told how many of what were checked."""
    return _Check(reader, blobs, progress or (lambda _what, _count: None), digests).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """What a row says of its bytes; ``digests`` are (name, value)."""

    where: str
    size: int
    segments: tuple[Segment, ...]
    crc64: int | None
    digests: list[tuple[str, bytes]]
    encryption: Encryption | None


class _Check:
    """One check while it runs."""

    def __init__(self, reader: Inspector, blobs: Blobs, tell: Progress, digests: bool) -> None:
        self._reader = reader
        self._blobs = blobs
        self._tell = tell
        self._report = Report(digests=digests)
        self._references: Counter[int] = Counter()

    def run(self) -> Report:
        reader, report = self._reader, self._report
        for problem in reader.integrity():
            report.found(f"index: {problem}")
        for what, walk in (
            ("keys", reader.walk_keys),
            ("users", reader.walk_users),
            ("policies", reader.walk_policies),
        ):
            for number, _ in enumerate(self._read(what, walk())):
                self._tell(what, number + 1)
        buckets = {bucket.id: bucket for bucket in self._read("buckets", reader.walk_buckets())}
        for record in self._read("objects", reader.walk_objects()):
            report.objects += 1
            self._object(record, buckets.get(record.bucket))
            self._tell("objects", report.objects)
        uploads = {}
        for upload in self._read("uploads", reader.walk_uploads()):
            report.uploads += 1
            uploads[upload.id] = upload
            self._tell("uploads", report.uploads)
        self._parts(uploads)
        for blob, references in self._read("blobs", reader.walk_blobs()):
            report.blobs += 1
            report.bytes += blob.size
            self._blob(blob, references)
            self._tell("blobs", report.blobs)
        return report

    def _read(self, what: str, walk: Iterator[T | Unreadable]) -> Iterator[T]:
        """What can be read of a walk; the rest is damage."""
        try:
            for found in walk:
                if isinstance(found, Unreadable):
                    self._report.found(f"{found.where}: its row cannot be read: {found.why}")
                else:
                    yield found
        except Fault as fault:
            self._report.found(f"{what} were not checked to the end: {fault.message}")

    def _object(self, record: Object, bucket: Bucket | None) -> None:
        where = f"object {f'#{record.bucket}' if bucket is None else bucket.name}/{record.key}"
        if bucket is None:
            self._report.found(f"{where}: its bucket is missing from the index, or cannot be read")
        kept = record.attributes.checksum
        checksum = None if kept is None or kept.composite else kept
        digests = _digests_of(record.sha1, record.md5 if record.parts == 0 else None, checksum)
        self._bytes(
            _Stated(
                where=where,
                size=record.size,
                segments=record.segments,
                crc64=record.crc64,
                digests=digests,
                encryption=record.attributes.encryption,
            )
        )

    def _parts(self, uploads: dict[str, Upload]) -> None:
        for part in self._read("parts", self._reader.walk_parts()):
            where = f"upload {part.upload}, part {part.number}"
            upload = uploads.get(part.upload)
            if upload is None:
                self._report.found(f"{where}: its upload is missing from the index, or cannot be read")
            elif not _fits(upload, part):
                self._report.found(f"{where}: its upload has no place for {part.size} bytes at {part.offset}")
            kind = None if upload is None else upload.attributes.checksum
            checksum = None if kind is None else Checksum(algorithm=kind.algorithm, value=part.checksum)
            self._bytes(
                _Stated(
                    where=where,
                    size=part.size,
                    segments=part.segments,
                    crc64=part.crc64,
                    digests=_digests_of(part.sha1, part.md5, checksum),
                    encryption=None if upload is None else upload.attributes.encryption,
                )
            )

    def _bytes(self, stated: _Stated) -> None:
        """Compare what a row says of its bytes with the blobs that it points at."""
        self._references.update(segment.blob for segment in stated.segments)
        pieces = self._pieces(stated)
        if pieces is None:
            return
        self._check_sealed(stated, pieces)
        try:
            if stated.crc64 is not None and self._crc64(pieces) not in {stated.crc64, None}:
                self._report.found(f"{stated.where}: its bytes do not have the CRC64 that its row states")
            if self._report.digests:
                self._digests(stated, pieces)
        except Fault:
            return  # a blob that cannot be read is damage of its own

    def _check_sealed(self, stated: _Stated, pieces: list[tuple[Blob, Segment]]) -> None:
        """A row that says that its bytes are encrypted points at nothing else, and one that does not, at none such."""
        for blob, _segment in pieces:
            by_client = None if blob.seal is None else blob.seal.by_client
            if by_client != (None if stated.encryption is None else stated.encryption.by_client):
                self._report.found(f"{stated.where}: blob {blob.id} is not encrypted as its row states")

    def _pieces(self, stated: _Stated) -> list[tuple[Blob, Segment]] | None:
        """The blobs of a row with what it takes of them; None when they cannot be its bytes, which is damage."""
        pieces = []
        whole = True
        for segment in stated.segments:
            try:
                blob = self._reader.blob(segment.blob)
            except Fault:  # its key cannot be opened, which is damage of its own
                whole = False
                continue
            if blob is None:
                self._report.found(f"{stated.where}: blob {segment.blob} is missing from the index")
                whole = False
            elif min(segment.offset, segment.length) < 0 or segment.offset + segment.length > blob.size:
                self._report.found(
                    f"{stated.where}: blob {segment.blob} has no {segment.length} bytes at {segment.offset}"
                )
                whole = False
            else:
                pieces.append((blob, segment))
        if sum(segment.length for segment in stated.segments) != stated.size:
            self._report.found(f"{stated.where}: its segments do not add up to {stated.size} bytes")
            whole = False
        return pieces if whole else None

    def _crc64(self, pieces: list[tuple[Blob, Segment]]) -> int | None:
        """The CRC64 of pieces together; None for pieces of what only a client can decrypt.

        That of a whole blob is taken as stated: blobs are checked by themselves.
        """
        found = []
        for blob, segment in pieces:
            crc64 = blob.crc64
            if segment.length != blob.size and blob.seal is not None and blob.seal.by_client:
                return None
            if segment.length != blob.size:
                crc64 = 0
                for window in _windows(blob, self._blobs, segment.offset, segment.length):
                    crc64 = crc64_of(window, crc64)
            found.append((crc64, segment.length))
        return found[0][0] if len(found) == 1 else combined(found)

    def _digests(self, stated: _Stated, pieces: list[tuple[Blob, Segment]]) -> None:
        """Read the bytes, and compare every digest that the row states."""
        if not stated.digests or any(blob.seal is not None and blob.seal.by_client for blob, _ in pieces):
            return
        digester = Digester(sha1=False, md5=False, more=frozenset(name for name, _ in stated.digests))
        for blob, segment in pieces:
            for window in _windows(blob, self._blobs, segment.offset, segment.length):
                digester.update(window)
        found = {"crc64": digester.crc64.to_bytes(8, "big"), "sha1": digester.sha1, "md5": digester.md5}
        found |= digester.more
        for name, value in stated.digests:
            if found[name] != value:
                self._report.found(f"{stated.where}: its bytes do not have the {name.upper()} that its row states")

    def _blob(self, blob: Blob, references: int) -> None:
        if references != self._references[blob.id]:
            self._report.found(f"blob {blob.id}: counts {references} references, has {self._references[blob.id]}")
        problem = _blob_problem(blob, self._blobs)
        if problem is not None:
            self._report.found(f"blob {blob.id} ({blob.name or 'in the index'}): {problem}")


def _digests_of(sha1: bytes | None, md5: bytes | None, checksum: Checksum | None) -> list[tuple[str, bytes]]:
    """The digests of its bytes that a row states, by name."""
    stated = [(name, value) for name, value in (("sha1", sha1), ("md5", md5)) if value is not None]
    if checksum is not None and checksum.value and checksum.algorithm in ALGORITHMS:
        try:
            stated.append((checksum.algorithm, base64.b64decode(checksum.value, validate=True)))
        except ValueError:
            stated.append((checksum.algorithm, b""))  # no digest has this value, so that it will be found
    return stated


def _fits(upload: Upload, part: Part) -> bool:
    """Whether a part has a place in its upload: slices lie side by side, numbered parts have no place yet."""
    if upload.numbered:
        return part.offset == 0 and part.number >= 1
    offset = (part.number - 1) * upload.part_bytes
    return (part.offset, part.size) == (offset, min(upload.part_bytes, upload.size - offset)) and part.size > 0


def _blob_problem(blob: Blob, blobs: Blobs) -> str | None:
    if blob.seal is not None:
        problem = sealed_problem(blob, blob.seal, blobs)
        if problem is not None or blob.seal.by_client:
            return problem
    crc64 = 0
    try:
        for window in _windows(blob, blobs, 0, blob.size):
            crc64 = crc64_of(window, crc64)
    except Fault as fault:
        return fault.message
    if blob.seal is None and blob.data is not None and len(blob.data) != blob.size:
        return f"has {len(blob.data)} bytes instead of {blob.size}"
    return None if crc64 == blob.crc64 else "its bytes do not have the CRC64 that was stored"


def _windows(blob: Blob, blobs: Blobs, offset: int, length: int) -> Iterator[memoryview]:
    if blob.seal is not None:
        yield from content_of(blobs, blob, offset, length).once()
    elif blob.data is not None:
        yield memoryview(blob.data)[offset : offset + length]
    elif blob.name is not None:
        yield from blobs.open(blob.name, blob.size).once(offset, length)

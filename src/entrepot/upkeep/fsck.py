"""The check of a data folder: every row of the index and the digest of every blob.

Reads only. Reports damage as sentences; an orphaned file is no damage (``sweep`` removes it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from entrepot.core.facts.digests import crc64_of
from entrepot.core.facts.records import Blob, Object, Part
from entrepot.core.fault import Fault
from entrepot.core.ports import Blobs, Inspector
from entrepot.core.rules import uploads

_PAGE = 1000

Progress = Callable[[str, int], None]


@dataclass(slots=True)
class Report:
    """What was checked and what was found."""

    objects: int = 0
    uploads: int = 0
    blobs: int = 0
    bytes: int = 0
    damage: list[str] = field(default_factory=list)


def check(reader: Inspector, blobs: Blobs, progress: Progress | None = None) -> Report:
    """Check everything. ``progress`` is told how many of what were checked."""
    tell = progress or (lambda _what, _count: None)
    report = Report()
    report.damage += [f"index: {problem}" for problem in reader.integrity()]
    references: Counter[int] = Counter()
    for bucket in reader.buckets(None, None, 1 << 30):
        low = ""
        while page := reader.objects(bucket.id, low, None, _PAGE):
            for record in page:
                report.objects += 1
                _check_segments(reader, record, f"object {bucket.name}/{record.key}", references, report)
            low = page[-1].key + "\0"
            tell("objects", report.objects)
    after = ""
    while ids := reader.all_uploads(after, _PAGE):
        for upload in ids:
            report.uploads += 1
            for part in uploads.all_parts(reader, upload):
                _check_segments(reader, part, f"upload {upload}, part {part.number}", references, report)
        after = ids[-1]
        tell("uploads", report.uploads)
    _check_blobs(reader, blobs, references, report, tell)
    return report


def _check_segments(
    reader: Inspector, held: Object | Part, where: str, references: Counter[int], report: Report
) -> None:
    """Count what an object or a part refers to, and compare it with what is there."""
    references.update(segment.blob for segment in held.segments)
    if sum(segment.length for segment in held.segments) != held.size:
        report.damage.append(f"{where}: its segments do not add up to {held.size} bytes")
    for segment in held.segments:
        blob = reader.blob(segment.blob)
        if blob is None:
            report.damage.append(f"{where}: blob {segment.blob} is missing from the index")
        elif segment.offset + segment.length > blob.size:
            report.damage.append(f"{where}: blob {segment.blob} is shorter than its segment")


def _check_blobs(reader: Inspector, blobs: Blobs, references: Counter[int], report: Report, tell: Progress) -> None:
    after = 0
    while page := reader.all_blobs(after, _PAGE):
        for blob, refs in page:
            report.blobs += 1
            report.bytes += blob.size
            if refs != references[blob.id]:
                report.damage.append(f"blob {blob.id}: counts {refs} references, has {references[blob.id]}")
            problem = _blob_problem(blob, blobs)
            if problem is not None:
                report.damage.append(f"blob {blob.id} ({blob.name or 'in the index'}): {problem}")
            tell("blobs", report.blobs)
        after = page[-1][0].id


def _blob_problem(blob: Blob, blobs: Blobs) -> str | None:
    crc64 = 0
    try:
        for window in _windows(blob, blobs):
            crc64 = crc64_of(window, crc64)
    except Fault as fault:
        return fault.message
    if blob.data is not None and len(blob.data) != blob.size:
        return f"has {len(blob.data)} bytes instead of {blob.size}"
    return None if crc64 == blob.crc64 else "its bytes do not have the CRC64 that was stored"


def _windows(blob: Blob, blobs: Blobs) -> Iterator[memoryview]:
    if blob.data is not None:
        yield memoryview(blob.data)
        return
    if blob.name is None:
        return
    yield from blobs.open(blob.name, blob.size).once(0, blob.size)

"""What is asked of a store before a server relies on it: bucket, rights, clock, and whether it notices damage.

A probe is put, read, listed and removed under a name that no blob has. What does not work is said with what to do.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError

from entrepot.adapters.s3_backend.bucket import SKEW_SECONDS
from entrepot.adapters.s3_backend.calls import CallError

if TYPE_CHECKING:
    from entrepot.adapters.s3_backend.blobs import S3Blobs
    from entrepot.adapters.s3_backend.presigned import Addresses
    from entrepot.core.ports import Clock

_PROBE = b"entrepot looks whether this bucket can be used"
_SAID = {
    "cache-control": "private, max-age=7",
    "content-disposition": "attachment; filename=\"a b.txt\"; filename*=UTF-8''%C3%A9.txt",
    "content-encoding": "x-tried",
    "content-language": "de",
    "content-type": "text/plain; charset=utf-8",
    "expires": "Wed, 21 Oct 2065 07:28:00 GMT",
}
"""What an address that is given to clients must be able to have said."""


class StoreError(Exception):
    """A store that cannot be used as it is; the message says what to do and holds no secret."""


async def check(blobs: S3Blobs, name: str, clock: Clock) -> list[str]:
    """Look whether the bucket serves; returns warnings. ``name`` is a fresh one for the probe. Raises StoreError.

    ``clock`` is this machine's, with which the store's client signs.
    """
    key = f"{blobs.bucket.place.prefix}probe-{name}"
    await asyncio.to_thread(_check_place, blobs, clock)
    try:
        await _check_rights(blobs, key)
        return await asyncio.to_thread(_warnings, blobs, key)
    finally:
        with contextlib.suppress(BaseError, OSError):
            async with asyncio.timeout(blobs.bucket.seconds):
                await obstore.delete_async(blobs.bucket.store, [key])


def _check_place(blobs: S3Blobs, clock: Clock) -> None:
    """The clock first: a store that refuses what is signed too early or late does not say that it is that."""
    place, ahead = blobs.bucket.place, blobs.calls.clock_ahead(clock)
    if ahead is not None and abs(ahead) > SKEW_SECONDS:
        raise StoreError(f"this machine's clock and the store's are {ahead:.0f} s apart; set both by NTP")
    try:
        blobs.calls.now()
    except CallError as error:
        raise StoreError(_advice(error, place.endpoint, place.bucket, place.region)) from None


def _advice(error: CallError, endpoint: str, bucket: str, region: str) -> str:
    if error.status == 0:
        return f"{error}: look whether {endpoint} is the store's address and whether it runs"
    if error.status == 404:
        return f"there is no bucket {bucket!r} at {endpoint}; make it there first"
    if error.status in {301, 400, 307}:
        return f"{error}: look whether {bucket!r} lies in the region {region!r} and whether style is path or virtual"
    if error.status in {401, 403}:
        return (
            f"{error}: the store refuses the key for the bucket {bucket!r}; look at its id and secret, "
            f"at the region {region!r}, and whether it may list the bucket (s3:ListBucket)"
        )
    return str(error)


async def _check_rights(blobs: S3Blobs, key: str) -> None:
    store = blobs.bucket.store
    steps = (
        ("put an object into", "s3:PutObject", lambda: obstore.put_async(store, key, _PROBE, use_multipart=False)),
        ("read an object of", "s3:GetObject", lambda: obstore.get_range_async(store, key, start=0, length=8)),
        ("remove an object from", "s3:DeleteObject", lambda: obstore.delete_async(store, [key])),
    )
    for what, right, step in steps:
        try:
            async with asyncio.timeout(blobs.bucket.seconds):
                await step()
        except (BaseError, OSError) as error:
            why = " ".join(str(error).split())[:200] or "no answer in time"
            bucket = blobs.bucket.place.bucket
            raise StoreError(f"cannot {what} the bucket {bucket!r}; the key needs {right}: {why}") from None


def _warnings(blobs: S3Blobs, key: str) -> list[str]:
    found = []
    try:
        if blobs.calls.takes_damaged(key):
            found.append("the store keeps other bytes than were signed; damage on the way there is found by fsck only")
        for _ in blobs.calls.unfinished(key):
            break
    except CallError as error:
        found.append(
            f"the store does not list uploads in parts that nobody completed ({error}); "
            "have it drop them by a rule of its own, after a day"
        )
    return found


async def check_addresses(blobs: S3Blobs, addresses: Addresses, name: str, clock: Clock) -> list[str]:
    """Read something at an address as clients would; returns warnings. ``name`` is a fresh one. Raises StoreError.

    That this machine does not reach the address says nothing of clients.
    """
    key, where = f"{blobs.bucket.place.prefix}probe-{name}", addresses.bucket_url
    try:
        async with asyncio.timeout(blobs.bucket.seconds):
            await obstore.put_async(blobs.bucket.store, key, _PROBE, use_multipart=False)
        answer = await asyncio.to_thread(blobs.calls.read, addresses.of_key(key, clock(), _SAID))
    except CallError as error:
        return [f"redirects: {where} cannot be tried from this machine ({error})"]
    except (BaseError, OSError) as error:
        raise StoreError(f"redirects cannot be tried: {' '.join(str(error).split())[:200]}") from None
    finally:
        with contextlib.suppress(BaseError, OSError):
            async with asyncio.timeout(blobs.bucket.seconds):
                await obstore.delete_async(blobs.bucket.store, [key])
    if answer.status_code != 200:
        raise StoreError(
            f"redirects: {where} answers {answer.status_code} to an address that is signed for it; is redirect.endpoint"
            " the store itself, or something before it that leaves the Host header as it is?"
        )
    other = [header for header, value in _SAID.items() if answer.headers.get(header) != value]
    if other or answer.content != _PROBE:
        raise StoreError(f"redirects: what {where} answers is not what was asked for ({', '.join(other) or 'bytes'})")
    return []

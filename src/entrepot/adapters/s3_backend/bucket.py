"""The bucket as obstore sees it: every call ends within a time that is set, and fails as a Fault without secrets.

Keys are ``<prefix><first two digits>/<name>``, so that stores which keep folders keep small ones. What goes wrong is
logged in the words of the store for the operator, and told to clients without them.

Source: developmentseed.github.io/obstore (api: store/aws, exceptions).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from entrepot.adapters.s3_backend.address import Credentials, Place
from entrepot.adapters.s3_backend.health import AwayError, ClockError, Health
from entrepot.core.fault import UNAVAILABLE, Fault, Kind
from entrepot.log import log

if TYPE_CHECKING:
    from obstore.store import S3Config

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_FULL = frozenset({"InsufficientStorage", "QuotaExceeded", "StorageFull", "XMinioStorageFull"})
_ANSWER_SECONDS: Final = 3600.0
_DEEP_MAX: Final = 400
"""How many characters of a store's own words are logged."""


SKEW_SECONDS: Final = 300.0
"""A store refuses signatures whose time is more than 15 minutes off; well before that somebody should look."""
Ahead = Callable[[], Awaitable[float | None]]


class Bucket:
    """One bucket at a store; ``seconds`` is how long a call may take.

    ``ahead`` asks how many seconds the clock that the client signs with is ahead of the store's.
    """

    def __init__(self, place: Place, credentials: Credentials, seconds: float, ahead: Ahead | None = None) -> None:
        self.place = place
        self.seconds = seconds
        self._ahead = ahead
        self.health = Health(self._ask)
        self.store = _store(place, credentials, seconds, seconds)
        self.patient = _store(place, credentials, seconds, _ANSWER_SECONDS)
        """The same, where whoever reads an answer may be slow: each piece of it has to come in time, not the whole."""

    def key(self, name: str) -> str:
        """Where a blob lies."""
        return f"{self.place.prefix}{name[:2]}/{name}"

    async def _ask(self) -> None:
        """Look up what is not there: the smallest question that a key and a clock must be right for. Raises OSError."""
        try:
            await obstore.head_async(self.store, f"{self.place.prefix}nothing-is-here")
        except (NotFoundError, FileNotFoundError):
            return
        except BaseError as error:
            ahead = None if self._ahead is None else await self._ahead()
            if ahead is None or abs(ahead) < SKEW_SECONDS:
                raise AwayError(str(error)) from None
            where = "ahead of" if ahead > 0 else "behind"
            why = f"this machine's clock is {abs(ahead):.0f} s {where} that of the store of the bytes, which refuses"
            raise ClockError(f"{why} what is signed with it; set it by NTP") from None

    @contextlib.asynccontextmanager
    async def asked(self, what: str, times: int = 1) -> AsyncIterator[None]:
        """Calls of the store that together may take ``times`` as long as one. Raises Fault instead of their errors."""
        try:
            async with asyncio.timeout(self.seconds * times) as limit:
                with self.health.call(limit):
                    yield
        except (BaseError, OSError) as error:  # of a limit of ours too: TimeoutError is an OSError
            raise self._failed(what, error) from None

    @contextlib.contextmanager
    def asked_in_thread(self, what: str) -> Iterator[None]:
        """The same for a thread, which obstore's own limits hold to the time."""
        try:
            self.health.check()
            yield
        except (BaseError, OSError) as error:
            raise self._failed(what, error) from None

    def _failed(self, what: str, error: Exception) -> Fault:
        fault = failed(what, error)
        if fault.reason == UNAVAILABLE and not isinstance(error, AwayError):
            self.health.doubt()
        return fault


def _store(place: Place, credentials: Credentials, seconds: float, answer_seconds: float) -> S3Store:
    """The client; an answer is to be read within ``answer_seconds``."""
    token: S3Config = {} if credentials.token is None else {"session_token": credentials.token}
    return S3Store(
        place.bucket,
        config=token,
        endpoint=place.bucket_url if place.is_virtual else place.endpoint,
        aws_endpoint_url_s3=place.bucket_url if place.is_virtual else place.endpoint,  # over the environment's
        region=place.region,
        virtual_hosted_style_request=place.is_virtual,
        access_key_id=credentials.key_id,
        secret_access_key=credentials.secret,
        skip_signature=False,
        unsigned_payload=False,  # the signature covers the bytes, so that the store notices damage on the way
        checksum_algorithm="SHA256",  # and keeps their digest, where it can
        disable_bulk_delete=True,
        client_options={
            "allow_http": place.endpoint.startswith("http://"),
            "timeout": timedelta(seconds=answer_seconds),
            "connect_timeout": timedelta(seconds=min(seconds, 5.0)),
            "default_content_type": "application/octet-stream",
        },
        retry_config={
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=seconds),
            "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=1), "base": 2},
        },
    )


def failed(what: str, error: Exception) -> Fault:
    """The refusal for a call that failed: ``what`` names it in the log. Raises nothing."""
    if isinstance(error, FileNotFoundError):
        log.error("store_lost", call=what)
        return unreadable("are missing")
    text = str(error)
    status, code = _STATUS.search(text), _CODE.search(text)
    why = "no answer in time" if isinstance(error, TimeoutError) else " ".join(text.split())[:_DEEP_MAX]
    if not isinstance(error, AwayError):  # that was logged when it was found
        log.error("store_failed", call=what, status=int(status[1]) if status else None, why=why)
    if (status and status[1] == "507") or (code and code[1] in _FULL):
        return Fault(Kind.STORAGE_FULL, "the store of the bytes is full; nothing was stored")
    if status and status[1] == "416":
        return unreadable("are damaged")
    message = "the store of the bytes failed or did not answer in time; try again"
    return Fault(Kind.STORAGE_FAILED, message, reason=UNAVAILABLE)


def unreadable(why: str) -> Fault:
    """The refusal for bytes that are not there as they were stored."""
    return Fault(Kind.STORAGE_FAILED, f"the bytes of this object {why}; ask the operator to run fsck")

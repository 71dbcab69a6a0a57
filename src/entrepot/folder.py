"""A data folder, opened: its index, blobs, vault and audit log. The server and the command line open it alike.

Names the adapters, together with the composition root. Knows no dialect and nothing of the wire, so that a command
does not load a server; and what writes is imported when a folder is opened whole, because a question needs none of it.
Whoever opens a folder closes it.

Length: each engine is loaded where it is opened, and nobody else may name one.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from entrepot import alike, virtual_clock
from entrepot.adapters.move_mark import check_open
from entrepot.adapters.opening import OpenError
from entrepot.adapters.secrets.vault import Vault, VaultError, load_vault
from entrepot.adapters.sqlite import opening
from entrepot.config import FILE, FILE_URL, S3_URL, SQLITE
from entrepot.core.ports import Audit, Blobs, Clock, Index, Inspector, Leases, NewId, Reader
from entrepot.virtual_clock import VirtualClock

if TYPE_CHECKING:
    from entrepot.adapters.audit.chain import Report, Told
    from entrepot.adapters.files.explained import KeptExplanations
    from entrepot.adapters.files.recordings import Captures
    from entrepot.adapters.files.reserve import Reserve
    from entrepot.adapters.files.shared_text import SharedText
    from entrepot.adapters.s3_backend.blobs import S3Blobs
    from entrepot.adapters.s3_backend.presigned import Addresses
    from entrepot.adapters.secrets.authority import Authority
    from entrepot.adapters.secrets.callback_key import SigningKey
    from entrepot.adapters.sqlite.snapshots import Snapshots
    from entrepot.config import Settings
    from entrepot.upkeep.clocks import Look

FOLDER_ERRORS = (OpenError, VaultError, OSError)
"""Why a data folder cannot be opened."""

Timing = Callable[[str], Callable[[str, float], None] | None]
"""For the name of an adapter: what is told how long each of its steps took."""
Observe = Callable[[str, float], None]
T = TypeVar("T")


class KeptBlobs(Blobs, Protocol):
    """Blobs: what a server asks of them beside the port."""

    def close(self) -> None:
        """Finish what is under way."""
        ...


class KeptIndex(Index, Protocol):
    """An index in a folder: what server and commands ask of it beside the port."""

    @property
    def failure(self) -> str | None:
        """Why it takes no change any more, None while it does."""
        ...

    async def inspect(self, question: Callable[[Inspector], T]) -> T:
        """Ask a question of a reader that can walk through everything."""
        ...

    def close(self) -> None:
        """Finish what is under way."""
        ...


class AuditBook(Audit, Protocol):
    """An audit log, with what is asked of it afterwards."""

    async def checked(self, expected: Sequence[tuple[int, str]] = (), tell: Told | None = None) -> Report:
        """Read all of it; lines of these numbers and hashes must be in it. ``tell`` is told of every line."""
        ...

    async def newest(self, count: int, what: str | None = None) -> list[dict[str, Any]]:
        """What the newest lines (of one kind) say, the oldest of them first."""
        ...

    async def before(self, number: int | None, count: int) -> list[dict[str, Any]]:
        """What the lines before the one of this number say, or the newest ones; the newest first, at their cost."""
        ...


class Folder:
    """A data folder, opened; it is made when it is not there. What it keeps may be in engines that others share.

    ``failed`` is told when the audit log cannot be written by somebody who does not wait for it.
    """

    index: KeptIndex
    blobs: KeptBlobs
    audit: AuditBook
    leases: Leases
    callback_key: SigningKey
    clock: Clock

    def __init__(
        self, settings: Settings, timing: Timing | None = None, failed: Callable[[str], None] | None = None
    ) -> None:
        from entrepot.adapters.files.reserve import Reserve  # noqa: PLC0415 - a question needs none of these

        self.path = settings.data
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.path / "run").mkdir(exist_ok=True, mode=0o700)
        self._held = hold(self.path, fcntl.LOCK_SH)
        self._serving = os.open(self.path / "run" / "serving.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.vault = vault_of(settings)
        observed = timing or _unobserved
        self._store: S3Blobs | None = None
        self._longest_request: Callable[[], float] | None = None
        self.addresses: Addresses | None = None
        """Of the store, to which downloads are sent on; None where they are not."""
        self._bytes_apart = None if settings.blobs == FILE else settings.blobs.partition("?")[0]
        self.clocks: dict[str, Look] = {}
        """What asks how far this machine's clock is ahead of another, by whose that is."""
        self.warnings: list[str] = []
        """What ``check`` found that an operator should know."""
        self.is_shared = settings.index != SQLITE
        """Whether other gateways work on the same index."""
        reserve = Reserve(self.path)
        if self.is_shared:
            self._open_shared(settings, observed("index"), failed)
        else:
            self._open_embedded(settings, observed("index"), reserve, failed)
        self._open_blobs(settings, observed("blobs"), reserve)

    def _open_embedded(
        self, settings: Settings, observe: Observe | None, reserve: Reserve, failed: Callable[[str], None] | None
    ) -> None:
        from entrepot.adapters.audit.book import FileBook  # noqa: PLC0415 - a question needs none of these
        from entrepot.adapters.files.leases import FileLeases  # noqa: PLC0415
        from entrepot.adapters.secrets.callback_key import CallbackKey  # noqa: PLC0415
        from entrepot.adapters.sqlite.index import SqliteIndex  # noqa: PLC0415

        self.index = SqliteIndex(self.path, self.vault, observe, reserve)
        try:
            check_open(self.index.now)
        except OpenError:
            self.index.close()
            os.close(self._serving)
            os.close(self._held)
            raise
        self.audit = self.chain = FileBook(self.path, settings.audit, failed)
        self.leases = FileLeases(self.path)
        self.callback_key = CallbackKey(self.path)
        self.clock = clock_of(self.path)
        self.processes: Callable[[], int] = lambda: settings.workers

    def _open_shared(self, settings: Settings, observe: Observe | None, failed: Callable[[str], None] | None) -> None:
        from entrepot.clock_and_chance import new_id  # noqa: PLC0415

        try:
            from entrepot.adapters.postgres.gateway import Gateway  # noqa: PLC0415 - the libraries are an extra
        except ModuleNotFoundError as error:
            raise OpenError(f"{error.name} is not installed; run: pip install 'entrepot[scale]'") from error
        self._gateway = gateway = Gateway(
            with_password(settings), self.vault, new_id(), observe, failed, at=f"{platform.node()}:{settings.port}",
            bytes_at=alike.bytes_at(settings), settings=alike.told(settings), most=settings.index_connections,
            request_seconds=settings.limits.request_seconds,
        )  # fmt: skip
        self.index, self.audit, self.leases = gateway.index, gateway.audit, gateway.leases
        self.callback_key, self.clock = gateway.callback_key, gateway.index.clock
        self.clocks["database"] = gateway.index.clock_ahead
        self.processes = lambda: gateway.leases.processes
        self._longest_request = lambda: gateway.leases.longest_request_seconds

    def _open_blobs(self, settings: Settings, observe: Observe | None, reserve: Reserve) -> None:
        from entrepot.adapters.files.blobs import FileBlobs  # noqa: PLC0415 - a question needs none of these
        from entrepot.clock_and_chance import new_id  # noqa: PLC0415

        if settings.blobs.startswith(S3_URL):
            self.blobs = self._store = opened_store(
                settings, self.clock, observe, new_id, longest_request=self._longest_request
            )
            self.clocks["store"] = self._store.clock_ahead
            if settings.redirect.on:
                self.addresses = self._store.addresses(settings.redirect.seconds, settings.redirect.endpoint)
            return
        where = self.path if settings.blobs == FILE else Path(settings.blobs.removeprefix(FILE_URL))
        shared_with = settings.limits.request_seconds if self.is_shared else None
        self.blobs = FileBlobs(
            where, new_id, observe, reserve, request_seconds=shared_with, longest_request=self._longest_request
        )

    async def start(self) -> None:
        """Begin what an engine that is shared needs while a server runs. Raises one of FOLDER_ERRORS, or Fault."""
        if self.is_shared:
            await self._gateway.start()
            try:
                await self.check_alike()
            except BaseException:
                await self._gateway.stop()
                raise

    async def problem(self) -> str | None:
        """Why nothing can be kept now; None while all is well. An engine over the network is asked."""
        if self.index.failure is not None:
            return self.index.failure
        return None if self._store is None else await self._store.bucket.health.problem()

    async def stop(self) -> None:
        """End that."""
        if self.is_shared:
            await self._gateway.stop()

    async def check_index(self) -> None:
        """Look whether version and master key fit a shared index, and whether that was moved. Raises as ``check``."""
        try:
            await self._gateway.check()
        finally:
            self.index.close()  # whoever goes on may have an event loop of its own

    async def renew(self, count: Callable[[int], None], tell: Callable[[str, int], None]) -> int:
        """Put what is sealed in a shared index under the key that seals here; see :mod:`entrepot.renewal`."""
        return await self._gateway.renew(count, tell)

    async def check(self) -> None:
        """Look whether this process fits what it shares with others. Raises one of FOLDER_ERRORS, or Fault."""
        if self.is_shared:
            await self._gateway.check()
        if self._store is not None:
            from entrepot.clock_and_chance import new_id, now  # noqa: PLC0415

            self.warnings = await check_store(self._store, new_id(), now)
            if self.addresses is not None:
                self.warnings += await _check_redirects(self._store, self.addresses, new_id(), self.clock)
        from entrepot.upkeep.clocks import Clocks  # noqa: PLC0415 - a question needs none of these

        clocks = Clocks(self.clocks)
        await clocks.look()
        self.warnings += clocks.notices()
        await self.own()

    async def check_alike(self) -> None:
        """Look whether gateways that serve have what must be alike; what should be is among the warnings afterwards.

        Raises OpenError when their bytes are elsewhere, Fault.
        """
        if not self.is_shared:
            return
        mine = self._gateway.leases.me
        found: dict[str, None] = {}
        for peer in await self._gateway.leases.others():
            if peer.bytes_at not in ("", mine.bytes_at):
                raise OpenError(
                    f"blobs: bytes are at {mine.bytes_at} here and at {peer.bytes_at} at {peer.at}, which serves, or"
                    " did less than a minute ago: gateways of one index have one place for bytes"
                )
            found |= dict.fromkeys(alike.differences(mine.settings, peer.settings, peer.at))
        self.warnings += [warning for warning in found if warning not in self.warnings]

    async def own(self) -> None:
        """Make the place of the bytes this index's, or find that it is. Raises OpenError, Fault."""
        if self._bytes_apart is not None:
            from entrepot.adapters.owner import own  # noqa: PLC0415 - few keep bytes apart
            from entrepot.clock_and_chance import new_id  # noqa: PLC0415

            await own(self.index, self.blobs, new_id, self._bytes_apart)

    def serve(self) -> None:
        """Tell other processes that a server works on this folder."""
        fcntl.flock(self._serving, fcntl.LOCK_SH)

    def is_served(self) -> bool:
        """Whether a server works on this folder now. Of a shared one that cannot be ruled out."""
        if self.is_shared:
            return True
        try:
            fcntl.flock(self._serving, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._serving, fcntl.LOCK_UN)
        return False

    def close(self) -> None:
        """Finish what is under way and release the folder."""
        if not self.is_shared:
            self.chain.close()
        self.index.close()
        self.blobs.close()
        if isinstance(self.clock, VirtualClock):
            self.clock.close()
        os.close(self._serving)
        os.close(self._held)


def opened_store(
    settings: Settings,
    clock: Clock,
    observe: Observe | None,
    names: NewId,
    youngest_seconds: float | None = None,
    longest_request: Callable[[], float] | None = None,
) -> S3Blobs:
    """Blobs in a bucket, the younger of which are not listed. Raises OpenError."""
    try:
        from entrepot.adapters.s3_backend.address import (  # noqa: PLC0415 - the library is an extra
            AddressError,
            Credentials,
            read_address,
        )
        from entrepot.adapters.s3_backend.blobs import S3Blobs  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise OpenError(f"{error.name} is not installed; run: pip install 'entrepot[scale]'") from error
    from entrepot.clock_and_chance import now  # noqa: PLC0415

    assert settings.blobs_key_id is not None  # noqa: S101 - the settings were checked
    assert settings.blobs_secret is not None  # noqa: S101
    credentials = Credentials(
        key_id=settings.blobs_key_id.get_secret_value(), secret=settings.blobs_secret.get_secret_value()
    )
    try:
        place = read_address(settings.blobs)
    except AddressError as error:
        raise OpenError(f"blobs: {error}") from error
    return S3Blobs(
        place, credentials, names, clock, request_seconds=settings.limits.request_seconds,
        seconds=settings.blobs_seconds, observe=observe, youngest_seconds=youngest_seconds,
        longest_request=longest_request, machine=now,
        memory_bytes=settings.blobs_memory_bytes, folder=settings.data / "run",
    )  # fmt: skip


async def check_store(store: S3Blobs, name: str, clock: Clock) -> list[str]:
    """Look whether a store serves; returns warnings. Raises OpenError."""
    from entrepot.adapters.s3_backend.start import StoreError, check  # noqa: PLC0415 - the library is an extra

    try:
        return await check(store, name, clock)
    except StoreError as error:
        raise OpenError(str(error)) from error


async def _check_redirects(store: S3Blobs, addresses: Addresses, name: str, clock: Clock) -> list[str]:
    """Look whether clients can be sent on to a store; returns warnings. Raises OpenError."""
    from entrepot.adapters.s3_backend.start import StoreError, check_addresses  # noqa: PLC0415 - an extra

    try:
        return await check_addresses(store, addresses, name, clock)
    except StoreError as error:
        raise OpenError(str(error)) from error


def _unobserved(_name: str) -> Observe | None:
    return None


def with_password(settings: Settings) -> str:
    """The address of the database, with the password that was set apart from it."""
    from urllib.parse import quote, urlsplit, urlunsplit  # noqa: PLC0415 - few have a password apart

    if settings.index_password is None:
        return settings.index
    parts = urlsplit(settings.index)
    user = f"{parts.username or 'entrepot'}:{quote(settings.index_password.get_secret_value(), safe='')}"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{host}"))


def vault_of(settings: Settings) -> Vault:
    """The vault with all master keys that settings or files name. Raises VaultError, OSError."""
    keys = (settings.master_key, settings.next_master_key, settings.old_master_key)
    first, following, old = (None if key is None else key.get_secret_value() for key in keys)
    return load_vault(settings.data, first, following, old, shared=settings.index != SQLITE)


def claimed(data: Path) -> int | None:
    """Take a data folder for one server, or one move; the lock's descriptor, None when another one has it."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)  # parents that mkdir makes on the way are open to all
    (data / "run").mkdir(exist_ok=True, mode=0o700)
    descriptor = os.open(data / "run" / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def hold(path: Path, how: int) -> int:
    """Hold a folder with others, or alone to renew its master key or to move it; never waits. Raises VaultError."""
    descriptor = os.open(path / "run" / "master-key.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        why = "the data folder is being moved, or its master key renewed; try again when that is done"
        if how == fcntl.LOCK_EX:
            why = (
                "the master key is in use: stop the server, and every command, that works on this data folder;"
                " nothing was changed"
            )
        raise VaultError(why) from None
    return descriptor


def ask(settings: Settings, question: Callable[[Reader], T]) -> T:
    """Answer from one consistent state of a folder that is there. Raises one of FOLDER_ERRORS, or Fault."""
    if settings.index != SQLITE:
        return _asked_of_shared(settings, question)

    def asked(reader: Reader) -> T:
        check_open(reader)
        return question(reader)

    try:
        return opening.ask(settings.data, vault_of(settings), asked)
    except opening.OlderError:
        Folder(settings).close()
        return opening.ask(settings.data, vault_of(settings), asked)


def _asked_of_shared(settings: Settings, question: Callable[[Reader], T]) -> T:
    import asyncio  # noqa: PLC0415 - a question to a file needs none

    folder = Folder(settings)

    async def answered() -> T:
        try:
            await folder.check()
            return await folder.index.scan(question)
        finally:
            folder.index.close()

    try:
        return asyncio.run(answered())
    finally:
        folder.close()


def migrate(settings: Settings) -> tuple[int, int]:
    """Make or upgrade the tables of a shared index; the schema's number before and after. Raises OpenError."""
    import asyncio  # noqa: PLC0415

    try:
        from entrepot.adapters.postgres.migrating import migrate_database  # noqa: PLC0415 - the library is an extra
    except ModuleNotFoundError as error:
        raise OpenError(f"{error.name} is not installed; run: pip install 'entrepot[scale]'") from error
    return asyncio.run(migrate_database(with_password(settings)))


def authority(settings: Settings) -> Authority:
    """The folder's own authority, which is made when it is not there. Raises one of FOLDER_ERRORS."""
    from entrepot.adapters.secrets.authority import Authority  # noqa: PLC0415 - few ask for it
    from entrepot.clock_and_chance import now  # noqa: PLC0415

    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        addresses = [ipaddress.ip_address(settings.host)]
    except ValueError:
        addresses = []
    return Authority(settings.data, settings.own_names, addresses, now)


def explanations(settings: Settings) -> KeptExplanations:
    """The explained refusals of the server of this folder; nothing is opened until it is asked."""
    from entrepot.adapters.files.explained import KeptExplanations  # noqa: PLC0415 - few ask for it

    return KeptExplanations(settings.data / "run" / "explained", settings.explain.keep)


def clock_of(data: Path) -> Clock:
    """What tells the time on a folder: the real clock, or the one that a server in dev mode lets tests turn."""
    from entrepot.clock_and_chance import now  # noqa: PLC0415 - most commands ask for no time

    file = _clock_file(data)
    return VirtualClock(file, now) if file.exists() else now


def prepare_clock(settings: Settings) -> None:
    """Before a server starts on a folder that it has claimed: in dev mode there is a clock to turn, else there is none.

    An index that gateways share has the database's time, which is nobody's to turn.
    """
    if settings.dev and settings.index == SQLITE:
        virtual_clock.make(_clock_file(settings.data))
    else:
        _clock_file(settings.data).unlink(missing_ok=True)


def _clock_file(data: Path) -> Path:
    return data / "run" / "clock"


def demanded_faults(data: Path) -> SharedText:
    """What the workers of a server in dev mode share of faults on demand."""
    from entrepot.adapters.files.shared_text import SharedText  # noqa: PLC0415 - few ask for it

    return SharedText(data / "run" / "faults.json")


def recording_state(data: Path) -> SharedText:
    """What the workers of a server in dev mode share of a recording that goes on."""
    from entrepot.adapters.files.shared_text import SharedText  # noqa: PLC0415 - few ask for it

    return SharedText(data / "run" / "recording.json")


def last_recording(data: Path) -> SharedText:
    """The name of the recording that was begun last."""
    from entrepot.adapters.files.shared_text import SharedText  # noqa: PLC0415 - few ask for it

    return SharedText(data / "run" / "recorded")


def captures(data: Path) -> Captures:
    """What processes keep of recordings."""
    from entrepot.adapters.files.recordings import Captures  # noqa: PLC0415 - few ask for it

    return Captures(data / "run" / "captures")


def forget_tests(data: Path) -> None:
    """Have nothing of what tests asked of a server that was here before: faults on demand, recordings."""
    demanded_faults(data).remove()
    recording_state(data).remove()
    last_recording(data).remove()
    captures(data).remove()


def snapshots(folder: Folder) -> Snapshots | None:
    """The snapshots of a folder; None where others share its index, which cannot be put back under them."""
    from entrepot.adapters.sqlite.index import SqliteIndex  # noqa: PLC0415 - few ask for it
    from entrepot.adapters.sqlite.snapshots import Snapshots  # noqa: PLC0415
    from entrepot.clock_and_chance import new_id  # noqa: PLC0415

    return Snapshots(folder.path, folder.index, new_id, folder.clock) if isinstance(folder.index, SqliteIndex) else None


def disk_bytes(data: Path) -> tuple[int, int]:
    """How many bytes are free on the disk of a folder, for whoever may not use its last ones, and how many it has."""
    found = os.statvfs(data)
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


def address_file(data: Path) -> Path:
    """Where a running server writes its address."""
    return data / "run" / "address"

"""A data folder, opened: its index, blobs, vault and audit log. The server and the command line open it alike.

Names the adapters, together with the composition root. Knows no dialect and nothing of the wire, so that a command
does not load a server; and what writes is imported when a folder is opened whole, because a question needs none of it.
Whoever opens a folder closes it.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from entrepot.adapters.secrets.vault import Vault, VaultError, load_vault
from entrepot.adapters.sqlite import opening
from entrepot.core.ports import Index, Inspector, Reader

if TYPE_CHECKING:
    from entrepot.adapters.audit.check import Report, Told
    from entrepot.adapters.secrets.authority import Authority
    from entrepot.config import Settings

FOLDER_ERRORS = (opening.OpenError, VaultError, OSError)
"""Why a data folder cannot be opened."""

Timing = Callable[[str], Callable[[str, float], None]]
"""For the name of an adapter: what is told how long each of its steps took."""


T = TypeVar("T")


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


class Folder:
    """A data folder, opened; it is made when it is not there.

    ``failed`` is told when the audit log cannot be written by somebody who does not wait for it.
    """

    def __init__(
        self, settings: Settings, timing: Timing | None = None, failed: Callable[[str], None] | None = None
    ) -> None:
        from entrepot.adapters.audit import check  # noqa: PLC0415 - a question needs none of these
        from entrepot.adapters.audit.log import AuditLog  # noqa: PLC0415
        from entrepot.adapters.files.blobs import FileBlobs  # noqa: PLC0415
        from entrepot.adapters.files.reserve import Reserve  # noqa: PLC0415
        from entrepot.adapters.sqlite.index import SqliteIndex  # noqa: PLC0415
        from entrepot.clock_and_chance import new_id  # noqa: PLC0415

        self._audit_file = check
        self.path = settings.data
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.path / "run").mkdir(exist_ok=True, mode=0o700)
        self._held = _hold(self.path, fcntl.LOCK_SH)
        self.vault = _vault(settings)
        reserve = Reserve(self.path)
        self.index: KeptIndex = SqliteIndex(self.path, self.vault, timing("index") if timing else None, reserve)
        self.blobs = FileBlobs(self.path, new_id, timing("blobs") if timing else None, reserve)
        self.audit = AuditLog(self.path, settings.audit, failed)
        self._serving = os.open(self.path / "run" / "serving.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def serve(self) -> None:
        """Tell other processes that a server works on this folder."""
        fcntl.flock(self._serving, fcntl.LOCK_SH)

    def is_served(self) -> bool:
        """Whether a server works on this folder now."""
        try:
            fcntl.flock(self._serving, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._serving, fcntl.LOCK_UN)
        return False

    def check_audit(self, expected: Sequence[tuple[int, str]] = (), tell: Told | None = None) -> Report:
        """Read the whole audit log; lines of these numbers and hashes must be in it. ``tell`` is told of every line."""
        return self._audit_file.check(self.audit.path, expected, tell)

    def head(self) -> tuple[int, str] | None:
        """The newest line of the audit log (:class:`entrepot.upkeep.audit_head.Chain`)."""
        return self._audit_file.head(self.audit.path)

    def holds(self, line: tuple[int, str]) -> bool:
        """Whether the audit log has this line."""
        return self._audit_file.holds(self.audit.path, line)

    def newest_audit(self, count: int, what: str | None = None) -> list[dict[str, Any]]:
        """What the newest lines of the audit log (of one kind) say, the oldest of them first."""
        return self._audit_file.newest(self.audit.path, count, what)

    def close(self) -> None:
        """Finish what is under way and release the folder."""
        self.audit.close()
        self.index.close()
        self.blobs.close()
        os.close(self._serving)
        os.close(self._held)


def _vault(settings: Settings) -> Vault:
    keys = (settings.master_key, settings.next_master_key)
    first, following = (None if key is None else key.get_secret_value() for key in keys)
    return load_vault(settings.data, first, following)


def _hold(path: Path, how: int) -> int:
    """Hold the master key as it is, or (exclusively) to renew it; never waits. Raises VaultError."""
    descriptor = os.open(path / "run" / "master-key.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        why = "is being renewed; try again when that is done"
        if how == fcntl.LOCK_EX:
            why = "is in use: stop the server, and every command, that works on this data folder; nothing was changed"
        raise VaultError(f"the master key {why}") from None
    return descriptor


def rotate(settings: Settings) -> bool:
    """Renew the master key of a folder that nobody works on; a renewal that was cut goes on. Whether it is the file's.

    The old key is there until everything is under the new one. Raises one of FOLDER_ERRORS, or Fault.
    """
    import asyncio  # noqa: PLC0415 - a question needs none of these

    from entrepot.adapters.secrets.vault import make_next, take_next  # noqa: PLC0415
    from entrepot.adapters.sqlite.index import SqliteIndex  # noqa: PLC0415
    from entrepot.adapters.sqlite.resealing import reseal  # noqa: PLC0415

    in_file = settings.master_key is None
    if not in_file and settings.next_master_key is None:
        raise VaultError("the master key is a setting: set the next one as next_master_key, and run this again")
    held = _hold(settings.data, fcntl.LOCK_EX)
    try:
        if in_file:
            make_next(settings.data)
        index = SqliteIndex(settings.data, _vault(settings))
        try:
            asyncio.run(reseal(index))
        finally:
            index.close()
        if in_file:
            take_next(settings.data)
    finally:
        os.close(held)
    return in_file


def ask(settings: Settings, question: Callable[[Reader], T]) -> T:
    """Answer from one consistent state of a folder that is there. Raises one of FOLDER_ERRORS, or Fault."""
    try:
        return opening.ask(settings.data, _vault(settings), question)
    except opening.OlderError:
        Folder(settings).close()
        return opening.ask(settings.data, _vault(settings), question)


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


def address_file(data: Path) -> Path:
    """Where a running server writes its address."""
    return data / "run" / "address"

"""A real server as a child process, for as long as a test or a session needs it.

Law: it listens on loopback on a free port, with a data folder of its own that is thrown away; it sees no settings of
the machine or the user; and it ends with the process that started it, however that ends.
"""

from __future__ import annotations

import http.client
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from entrepot.admin import dev_names as dev
from entrepot.testing import processes
from entrepot.testing.account import Account
from entrepot.testing.calls import Calls, KitError
from entrepot.testing.clock import ServerClock

if TYPE_CHECKING:
    from entrepot.transcript.comparing import Part
    from entrepot.transcript.replaying import Replayed

FIRST_ACCOUNT: Final = 1_260_000_001
FIRST_APPLICATION: Final = 1_500_000_001
APPLICATIONS: Final = 64
"""So many accounts at once have an application of VOD, by settings that a server reads when it starts."""

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.005
_SETTINGS: Final = {
    "mint__requests_per_second": "100000",
    "mint__vod_applications": ",".join(
        f"{account}:{application}"
        for account, application in (
            (dev.ACCOUNT, dev.APPLICATION), *((FIRST_ACCOUNT + n, FIRST_APPLICATION + n) for n in range(APPLICATIONS)),
        )
    ),
    "drain_seconds": "1",
}  # fmt: skip
"""What differs from a server of ``--dev``: tests call more often, want more accounts, and do not wait."""


class Server:
    """A server in dev mode: ``with Server() as server: …``.

    Args:
        data: the data folder, which is kept; a temporary one, which is not, unless given.
        workers: processes that serve.
        seed: what it has from the start (docs/seed.md), beside the account of dev mode.
        forked: fork it from a template, so that all but the first of this process start in a fraction of the time. A
            server of several workers is started by itself.
        own_certificate: speak https, with certificates of the folder's own authority (:attr:`authority_file`).
        https_proxy: be a proxy for https too, which leads the clouds' own names here, with the same certificates.
        settings: further settings by their names; ``__`` stands between a group and its member.
    """

    def __init__(
        self,
        *,
        data: Path | None = None,
        workers: int = 1,
        seed: Path | None = None,
        forked: bool = True,
        own_certificate: bool = False,
        https_proxy: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._temporary = None if data is not None else tempfile.TemporaryDirectory(prefix="entrepot-test-")
        self.data = data if data is not None else Path(self._temporary.name) / "data"  # type: ignore[union-attr]
        self._workers = workers
        self._forked = forked and workers == 1
        self._seed = None if seed is None else seed.resolve()
        self._own_certificate = own_certificate
        self.https_proxy = https_proxy
        self._settings = _SETTINGS | ({"https_proxy": "true"} if https_proxy else {}) | dict(settings or {})
        self._process: processes.Running | None = None
        self._numbers: set[int] = set()
        self.address = ""
        """``http://127.0.0.1:PORT``, once it is started."""

    @property
    def admin_key(self) -> str:
        """What requests of the admin API must show."""
        return dev.ADMIN_KEY

    @property
    def authority(self) -> str:
        """``127.0.0.1:PORT``."""
        return urlsplit(self.address).netloc

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return urlsplit(self.address).port or 0

    @property
    def pid(self) -> int | None:
        """The process; None when there is none."""
        return None if self._process is None else self._process.pid

    @property
    def authority_file(self) -> Path:
        """The certificate that a client must trust, with ``own_certificate`` and ``https_proxy``."""
        return self.data / "authority.crt"

    @property
    def log(self) -> Path:
        """What it prints: a line for each request, and why it failed."""
        return self.data.with_name(self.data.name + ".log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it; returns when it answers. Raises KitError, with the end of its log, when it does not."""
        if self._process is not None:
            raise KitError("this server runs already")
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        address = self.data / "run" / "address"
        address.unlink(missing_ok=True)
        self.address = ""
        command = ["serve", "--dev", "--port", "0", "--data", str(self.data), "--workers", str(self._workers)]
        command += ["--own-certificate"] * self._own_certificate
        command += [] if self._seed is None else ["--seed", str(self._seed)]
        variables = self._environment()
        # Workers that share counters cannot be forked from what has imported them already.
        begin = processes.template(variables).start if self._forked else processes.OwnProcess
        self._process = begin(command, variables, self.data, self.log)
        self._await(address, time.monotonic() + _START_SECONDS)
        certificate = self.authority_file if self._own_certificate else None
        self.calls = Calls(self.address, dev.ADMIN_KEY, certificate)
        self.clock = ServerClock(self.calls)
        self._numbers.clear()

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith("ENTREPOT_") and not name.lower().endswith("_proxy")
        }
        return kept | {f"ENTREPOT_{name.upper()}": value for name, value in self._settings.items()}

    def _await(self, address: Path, deadline: float) -> None:
        assert self._process is not None  # noqa: S101 - just started
        while True:
            try:
                if not self.address:
                    self.address = address.read_text("ascii").strip()
                if self._answers():
                    return
            except (OSError, http.client.HTTPException):
                pass
            if self._process.ended() or time.monotonic() > deadline:
                self._process.stop(0)
                self._process = None
                raise KitError(f"the server did not start:\n{self.tail()}")
            time.sleep(_LOOK_SECONDS)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.authority, timeout=5)
        if self._own_certificate:
            import ssl  # noqa: PLC0415 - few tests want https

            context = ssl.create_default_context(cafile=self.authority_file)
            connection = http.client.HTTPSConnection(self.authority, timeout=5, context=context)
        try:
            connection.request("GET", "/-/readyz")
            return connection.getresponse().status == 200
        finally:
            connection.close()

    def stop(self) -> None:
        """End it and throw its folder away. Raises KitError when it had to be killed."""
        process, self._process = self._process, None
        if process is None:
            return
        self.calls.close()
        try:
            if process.stop(_STOP_SECONDS):
                raise KitError(f"the server did not end:\n{self.tail()}")
        finally:
            if self._temporary is not None:
                self._temporary.cleanup()

    def account(self, *buckets: str) -> Account:
        """A fresh account with a key, and with empty buckets of these names (``bucket`` unless given)."""
        names = buckets or ("bucket",)
        free = (FIRST_ACCOUNT + n for n in range(APPLICATIONS))
        number = next((one for one in free if one not in self._numbers), None)
        made = self.calls.post("/dev/accounts", account=number, buckets=list(names))
        self._numbers.add(made["appid"])
        return Account(
            server=self, number=made["appid"], user_id=made["user_id"], key_id=made["key_id"], secret=made["secret"],
            application=made["application"], buckets=tuple(made["buckets"]),
        )  # fmt: skip

    def forget(self, number: int) -> None:
        """Give the number of an account that was removed to another one."""
        self._numbers.discard(number)

    @property
    def dev_account(self) -> Account:
        """The account that every server in dev mode has, with well-known keys and the bucket ``demo``."""
        return Account(
            server=self, number=dev.ACCOUNT, user_id=dev.USER_ID, key_id=dev.KEY_ID, secret=dev.SECRET,
            application=dev.APPLICATION, buckets=(dev.BUCKET,),
        )  # fmt: skip

    @contextmanager
    def recording(self, file: Path) -> Iterator[Path]:
        """Record what is asked and answered while the block runs; its transcript is in ``file`` behind it."""
        from entrepot.testing.recording import recording  # noqa: PLC0415 - few tests record

        with recording(self.calls, file):
            yield file

    def replay(
        self, file: Path, account: Account, *, only: Sequence[str] = (), compare: Sequence[Part] | None = None
    ) -> list[Replayed]:
        """Send the requests of a transcript to this server, signed with an account's key; what differed of each.

        ``only`` chooses by ``dialect``, ``dialect/operation`` or ``/operation``. Raises TranscriptError.
        """
        from entrepot.testing.recording import key_of, replayed  # noqa: PLC0415 - few tests replay
        from entrepot.transcript.comparing import PARTS  # noqa: PLC0415

        authority = self.authority_file if self._own_certificate else None
        keys = {"1": key_of(account)}
        parts = PARTS if compare is None else compare
        return list(replayed(file, self.address, keys, parts=parts, authority=authority, only=only))

    def tail(self) -> str:
        """The last lines of what it printed."""
        try:
            return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-30:])
        except OSError:
            return ""

"""Running the application: sockets, worker processes, draining. uvicorn does the work; this file configures it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import gc
import multiprocessing
import os
import resource
import shutil
import signal
import socket
import ssl
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import uvicorn
import uvicorn._subprocess
import uvloop
from uvicorn.supervisors import Multiprocess

from entrepot.config import Settings, SettingsError
from entrepot.front.connections.acceptor import Acceptor, Share, shares
from entrepot.front.connections.protocol import StoreProtocol, Wire

_MALLOC = ((-3, 32 << 20), (-1, 64 << 20), (-8, 2))
"""M_MMAP_THRESHOLD, M_TRIM_THRESHOLD (bytes) and M_ARENA_MAX of glibc's malloc.h."""
_METRICS_BYTES = 1 << 20
"""Of each worker's counters; memory is taken as it is used."""


class WorkerLoop(uvloop.Loop):
    """uvloop's event loop, in which a worker accepts connections with an eye on the other workers."""

    def __init__(self, share: Share) -> None:
        super().__init__()
        self._share = share

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        *,
        sock: socket.socket,
        ssl: ssl.SSLContext | None,
        backlog: int,
    ) -> Acceptor:
        """Listen on a socket that is bound."""
        sock.setblocking(False)
        sock.listen(backlog)
        StoreProtocol.share = self._share
        self._share.join()
        return Acceptor(self, sock, protocol_factory, ssl, self._share)


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, which builds the application in the worker process that serves.

    ``loop_of_worker`` makes the event loop where there are several workers, and ``place`` is the worker's number then;
    ``lock`` is what `claim` gave.
    """

    def __init__(self, settings: Settings, lock: int) -> None:
        self.settings = settings
        self.lock = lock
        self.place: int | None = None
        self.loop_of_worker: Callable[[], asyncio.AbstractEventLoop] | None = None
        self.main_process = os.getpid() if settings.workers > 1 else None
        super().__init__(
            "entrepot.app:Application",
            host=settings.host,
            port=settings.port,
            http=Wire,  # type: ignore[arg-type] # it makes a protocol as theirs are made
            ws="none",
            loop="uvloop",
            lifespan="on",
            workers=settings.workers,
            access_log=False,
            log_config=None,
            log_level="error",
            proxy_headers=False,
            server_header=False,
            backlog=2048,
            ssl_certfile=settings.tls_certificate,
            ssl_keyfile=settings.tls_key,
            timeout_graceful_shutdown=settings.drain_seconds,
        )

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """Called in the process that serves."""
        return self.loop_of_worker or super().get_loop_factory()

    def load(self) -> None:
        """Called in the process that serves."""
        from entrepot.app import Application  # noqa: PLC0415 - metrics must see their environment first

        _keep_large_blocks()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)  # a request makes few cycles, and many objects that are none
        StoreProtocol.limits = self.settings.limits
        StoreProtocol.keep_alive_seconds = self.settings.keep_alive_seconds
        if self.place is not None:
            os.close(self.lock)
        self.app = Application(self.settings, self.main_process, self.place)
        super().load()


def _keep_large_blocks() -> None:
    """Have the C library keep freed blocks of a body's size instead of giving each back to the kernel.

    By default glibc maps every block over 128 KiB afresh, and the page faults of that cost more than the copying.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library has its own ways
        libc = ctypes.CDLL(None)
        for parameter, value in _MALLOC:
            libc.mallopt(parameter, value)


def _allow_many_files() -> None:
    """Raise the number of open files to what the system lets this process have: often it starts with 1,024, which is
    fewer connections than a server should take.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # some systems promise more than they let one set
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def claim(data: Path) -> int:
    """Take a data folder for this process, before anything else is done to it; returns the lock's descriptor.

    The kernel gives the lock back when this process ends, however it ends. Worker processes close the descriptor, so
    that those of a server that was killed do not keep the next one from starting while they finish.

    Raises:
        SettingsError: another server has it.
    """
    (data / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(data / "run" / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise SettingsError(
            f"data: a server works on {data} already; stop it, or give this one another folder (--data)."
            " More processes for one folder are what --workers is for"
        ) from error
    return descriptor


def prepare_metrics(settings: Settings) -> None:
    """Let worker processes share counters. Must run before the metrics library is imported.

    The library maps files that it finds by their names. Those are in memory here, behind links with such names: a
    mapped file on a disk that is full ends the process that writes to it.
    """
    if settings.workers > 1:
        folder = settings.data / "run" / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        for place in range(_places(settings.workers)):
            for kind in ("counter", "histogram"):
                memory = os.memfd_create(f"entrepot-{kind}-{place}")
                os.ftruncate(memory, _METRICS_BYTES)
                (folder / f"{kind}_{place}.db").symlink_to(f"/proc/self/fd/{memory}")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder.resolve())


def check_tls(settings: Settings) -> None:
    """Try the certificate and its key, before any process starts that would need them.

    Raises:
        SettingsError: one of the files cannot be read, is not what it should be, or they do not fit each other.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        return
    for name, path in (("tls_certificate", certificate), ("tls_key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise SettingsError(f"{name}: cannot read {path}: {error.strerror}") from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise SettingsError(f"tls_key: {key} is not the key of the certificate in {certificate}") from error
        message = (
            f"tls_certificate, tls_key: {certificate} and {key} must be a certificate and its unencrypted key in PEM"
        )
        raise SettingsError(f"{message} ({error.reason or error})") from error


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises OSError when the address is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family=family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((settings.host, settings.port))
    sock.set_inheritable(True)
    return sock


def _places(workers: int) -> int:
    """While workers are replaced, there are more of them."""
    return 2 * workers


class Workers:
    """Makes uvicorn's worker processes, in the place of its ``spawn``.

    They are forked: a spawned interpreter would import everything again, in time and in memory. This process has no
    threads and no open index by then; what must differ between workers is made after the fork. Each has a place in the
    counts of connections, and who follows a dead one takes over its place.
    """

    def __init__(self, number: int) -> None:
        self._places: list[BaseProcess | None] = [None] * _places(number)
        self._shares = shares(len(self._places))
        self._fork = multiprocessing.get_context("fork")

    def Process(self, target: Callable[..., None], kwargs: dict[str, Any]) -> BaseProcess:  # noqa: N802 - uvicorn calls it
        """A worker that is about to be started."""
        place = next(place for place, one in enumerate(self._places) if one is None or not one.is_alive())
        self._shares[place].leave()
        config: ServerConfig = kwargs["config"]
        config.loop_of_worker = partial(WorkerLoop, self._shares[place])
        config.place = place
        process = self._places[place] = self._fork.Process(target=target, kwargs=kwargs)
        return process


def _fork_workers(number: int) -> None:
    import entrepot.app  # noqa: F401, PLC0415 - shared by all workers from here on

    uvicorn._subprocess.spawn = Workers(number)  # type: ignore[assignment]  # noqa: SLF001 - it offers no other way
    gc.freeze()


def run(settings: Settings, sock: socket.socket, lock: int) -> None:
    """Serve until SIGTERM or SIGINT, then drain. ``lock`` is what `claim` gave."""
    # uvicorn raises the signal again after draining; having drained is a success.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    _allow_many_files()
    # What listens knows its port, also when it took a free one.
    config = ServerConfig(settings.model_copy(update={"port": sock.getsockname()[1]}), lock)
    if settings.workers > 1:
        _fork_workers(settings.workers)
        Multiprocess(config, sockets=[sock]).run()
    else:
        uvicorn.Server(config).run(sockets=[sock])

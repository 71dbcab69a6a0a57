"""Running the application: the process, its TLS, its listening socket, its workers. The front does the serving."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import resource
import shutil
import socket
import ssl
import sys
from dataclasses import replace
from pathlib import Path

import uvloop

from entrepot.config import Settings, SettingsError
from entrepot.folder import authority, claimed
from entrepot.front.connections.acceptor import Share
from entrepot.front.connections.protocol import StoreProtocol
from entrepot.front.connections.refusals import HttpDate
from entrepot.front.connections.serving import serve
from entrepot.front.connections.tunnels import Tunnels
from entrepot.front.workers import Workers, places

_MALLOC = ((-3, 32 << 20), (-1, 64 << 20), (-8, 2))
"""M_MMAP_THRESHOLD, M_TRIM_THRESHOLD (bytes) and M_ARENA_MAX of glibc's malloc.h."""
_METRICS_BYTES = 1 << 20
"""Of each worker's counters; memory is taken as it is used."""


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
    descriptor = claimed(data)
    if descriptor is None:
        raise SettingsError(
            f"data: a server works on {data} already (or it is being moved); stop it, or give this one another folder"
            " (--data). More processes for one folder are what --workers is for"
        )
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
        for place in range(places(settings.workers)):
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
    if settings.own_certificate or settings.https_proxy:
        authority(settings)
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
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((settings.host, settings.port))
    except OSError:
        sock.close()
        raise
    sock.set_inheritable(True)
    return sock


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """How connections are encrypted; :func:`check_tls` has tried it."""
    if settings.own_certificate:
        return authority(settings).context()
    if settings.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


def _tunnels(settings: Settings) -> Tunnels | None:
    """What answers CONNECT; only a server in dev mode may."""
    if not (settings.dev and settings.https_proxy):
        return None
    own = authority(settings)
    names = settings.proxied_names
    below = tuple(f".{name}" for name in names)
    return Tunnels(
        lambda host: (host in names or host.endswith(below)) and own.vouches(host),
        own.context(),
        settings.limits.header_seconds,
    )


def _serve(
    settings: Settings,
    sock: socket.socket,
    main_process: int | None = None,
    place: int | None = None,
    share: Share | None = None,
) -> None:
    """Serve in this process, which is the only one or the worker of this ``place``."""
    from entrepot.app import Application  # noqa: PLC0415 - metrics must see their environment first

    _keep_large_blocks()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # a request makes few cycles, and many objects that are none
    gc.enable()
    StoreProtocol.limits = settings.limits
    StoreProtocol.keep_alive_seconds = settings.keep_alive_seconds
    StoreProtocol.tunnels = _tunnels(settings)

    async def served() -> None:
        application = Application(settings, main_process, place)
        StoreProtocol.date = HttpDate(application.clock)
        await serve(application, sock, _tls(settings), share, settings.drain_seconds, settings.notice_seconds)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(served())


def run(settings: Settings, sock: socket.socket, lock: int, parent: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until ``parent`` is not the parent any more; then drain.

    ``lock`` is what :func:`claim` gave.
    """
    _allow_many_files()
    # What listens knows its port, also when it took a free one.
    settings = replace(settings, port=sock.getsockname()[1])
    if settings.workers == 1:
        _serve(settings, sock, parent)
        return
    import entrepot.app  # noqa: F401, PLC0415 - shared by all workers from here on
    from entrepot.when_needed import preload  # noqa: PLC0415

    preload()
    gc.freeze()
    gc.enable()
    main_process = os.getpid()

    def work(place: int, share: Share) -> None:
        os.close(lock)
        _serve(settings, sock, main_process, place, share)

    status = Workers(settings.workers, work, parent).run()
    if status:
        sys.exit(status)

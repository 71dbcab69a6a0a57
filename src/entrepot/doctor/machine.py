"""Checks of the machine: its clock, memory, processors, limits, kernel settings, and the libraries that are installed.

Source: what a worker takes is what was measured (deploy/README.md, "Sizes"); the backlog is that of
``front/connections/serving.py``.
"""

from __future__ import annotations

import datetime as dt
import platform
import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from typing import Final

from entrepot.config import S3_URL
from entrepot.doctor import kernel
from entrepot.doctor.check import Seen, Setup, fail, ok, warn

_WORKER_BYTES: Final = 256 << 20
_FILES_MIN: Final = 4096
_BACKLOG: Final = 2048
_MIB: Final = 1 << 20
_SKEW_SECONDS: Final = 60.0
_NUMBERS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_BUILT: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp()
"""A clock before this one was never set: machines without a battery start in 1970."""


def clock(setup: Setup) -> Seen:
    """The clock against the last change of the index, and whether something keeps it right."""
    now = setup.machine.clock()
    shown = dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    set_it = "set the clock and let NTP keep it: timedatectl set-ntp true"
    try:
        changed = (setup.data / "index.db").stat().st_mtime
    except OSError:
        changed = 0.0
    if now < _BUILT:
        return fail(shown, f"{set_it}; signatures are refused when client and server disagree by 15 minutes")
    if changed > now + _SKEW_SECONDS:
        return fail(f"{shown}, {changed - now:.0f} s before the last change of the index", set_it)
    adjusted = setup.machine.adjusted()
    if adjusted is None:
        return ok(f"{shown}; the kernel does not say whether it is synchronised")
    if not adjusted:
        return warn(
            f"{shown}, not synchronised",
            f"{set_it} (or chrony); signatures are refused when client and server disagree by 15 minutes",
        )
    return ok(f"{shown}, synchronised")


def memory(setup: Setup) -> Seen:
    """Memory, and what control groups leave of it, against what the workers take."""
    root, settings = setup.machine.root, setup.settings
    there = kernel.memory(root)
    total = there.get("MemTotal")
    if total is None:
        return ok("the kernel does not tell")
    limit = kernel.memory_limit(root)
    usable = min(total, limit or total)
    spooled = settings.blobs_memory_bytes if settings.blobs.startswith(S3_URL) else 0
    wanted = settings.workers * (_WORKER_BYTES + spooled)
    value = f"{total // _MIB} MiB, {there.get('MemAvailable', total) // _MIB} MiB available"
    value += "" if limit is None else f", limited to {limit // _MIB} MiB"
    if usable < wanted:
        to_do = f"{settings.workers} workers want {wanted // _MIB} MiB: fewer workers, or more memory"
        return warn(value, f"{to_do}; or less blobs_memory_bytes" if spooled else to_do)
    return ok(value)


def processors(setup: Setup) -> Seen:
    """Processors, and what control groups leave of them, against the number of workers."""
    there, limit, workers = setup.machine.processors, kernel.processor_limit(setup.machine.root), setup.settings.workers
    value = f"{there}" + ("" if limit is None else f", limited to {limit:g}") + f"; workers: {workers}"
    if workers > max(1, min(there, limit or there)):
        return warn(value, "more workers than processors only take memory: set workers to the number of processors")
    return ok(value)


def open_files(setup: Setup) -> Seen:
    """How many files a process may open: each connection is one, and each download another."""
    _, most = setup.machine.limits()
    value = "no limit" if most < 0 else f"{most}"  # RLIM_INFINITY is -1
    if 0 <= most < _FILES_MIN:
        return warn(value, f"allow {_FILES_MIN} or more: LimitNOFILE=65536 in the unit, or ulimit -Hn")
    return ok(value)


def backlog(setup: Setup) -> Seen:
    """How many connections the kernel keeps until they are accepted."""
    most = kernel.number_of(setup.machine.root / "proc/sys/net/core/somaxconn")
    if most is None:
        return ok("the kernel does not tell")
    if most < _BACKLOG:
        return warn(
            f"somaxconn {most}", f"bursts of connections are dropped: sysctl -w net.core.somaxconn={2 * _BACKLOG}"
        )
    return ok(f"somaxconn {most}")


def interpreter(_setup: Setup) -> Seen:
    """The version of Python, and the system."""
    value = f"{platform.python_implementation()} {platform.python_version()} on {sys.platform}"
    if sys.platform != "linux":
        return fail(value, "the server runs on Linux")
    return ok(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A known problem of the versions of a package below ``mended``, but of those in ``also``."""

    package: str
    mended: tuple[int, ...]
    also: tuple[tuple[int, ...], ...] = ()
    what: str
    loses_data: bool = False


KNOWN_PROBLEMS: Final = (
    Known(
        package="apsw", mended=(3, 51, 3), what="SQLite before 3.51.3 may damage an index in WAL mode", loses_data=True
    ),
    Known(
        package="multipart", mended=(1, 3, 1), also=((1, 2, 2),),
        what="a header of a form may keep a worker busy for long (CVE-2026-28356)",
    ),
    Known(package="orjson", mended=(3, 9, 15), what="deeply nested JSON ends the process (CVE-2024-27454)"),
    Known(package="pyyaml", mended=(5, 4), what="a YAML file may run code (CVE-2020-14343)"),
    Known(package="h11", mended=(0, 16), what="a malformed chunk of a body is accepted (CVE-2025-43859)"),
    Known(package="cryptography", mended=(42, 0, 4), what="a malformed PKCS#12 file ends the process (CVE-2024-26130)"),
)  # fmt: skip
"""Sources: sqlite.org/wal.html#walresetbug (3.7.0 to 3.51.2; withdrawn 3.52.0 aside); advisories of the GitHub database
under their CVE numbers. apsw has the version of its SQLite in its own."""


def libraries(setup: Setup) -> Seen:
    """The packages that this one needs: whether they are there, and known problems of their versions."""
    version = setup.machine.version
    wanted = _wanted(with_scale=setup.settings.index.startswith("postgres") or setup.settings.blobs.startswith(S3_URL))
    missing = [name for name in wanted if version(name) is None]
    if missing:
        return fail(f"not installed: {', '.join(missing)}", "pip install entrepot, or 'entrepot[scale]' for gateways")
    bad = [(one, have) for one in KNOWN_PROBLEMS if (have := version(one.package)) is not None and _is_met(one, have)]
    if bad:
        said = fail if any(one.loses_data for one, _ in bad) else warn
        names = ", ".join(f"{one.package} {have}" for one, have in bad)
        whys = "; ".join(one.what for one, _ in bad)
        return said(names, f"pip install --upgrade {' '.join(one.package for one, _ in bad)}: {whys}")
    return ok(f"{len(wanted)} packages, apsw {version('apsw')}, cryptography {version('cryptography')}")


def _is_met(problem: Known, have: str) -> bool:
    number = _numbers(have)
    return number < problem.mended and not any(
        number[: len(one) - 1] == one[:-1] and number >= one for one in problem.also
    )


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, as far as they go."""
    found = _NUMBERS.match(version)
    return () if found is None else tuple(map(int, found[0].split(".")))


def _wanted(*, with_scale: bool) -> list[str]:
    """The names of the packages that this one says that it needs."""
    try:
        lines = requires("entrepot") or []
    except PackageNotFoundError:
        return []
    found = []
    for line in lines:
        requirement, _, condition = line.partition(";")
        name = _NAME.match(requirement)
        if name is not None and (not condition or (with_scale and "extra" in condition and "scale" in condition)):
            found.append(name[0])
    return found

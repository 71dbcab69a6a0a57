"""Checks of what gateways share: the database of their index, and the store of their bytes.

A store is tried as every start tries it, with an object that is put, read and removed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from entrepot.adapters.opening import OpenError
from entrepot.clock_and_chance import new_id
from entrepot.config import S3_URL, SQLITE
from entrepot.doctor.check import Seen, Setup, fail, ok, warn
from entrepot.upkeep.clocks import NOTICE_SECONDS

if TYPE_CHECKING:
    from entrepot.adapters.postgres.examining import Examined

_LOSSY: Final = {"fsync": ("off",), "full_page_writes": ("off",)}
"""Values with which a crash of the database's machine may destroy it."""
_VERSION_MIN: Final = 13
_EXTRA: Final = "pip install 'entrepot[scale]'"


def is_shared(setup: Setup) -> bool:
    """Whether the index is in a database."""
    return setup.settings.index != SQLITE


def database(setup: Setup) -> Seen:
    """The database: whether it is reached, its version, its tables, and whether the index was moved."""
    try:
        found = _examined(setup)
    except ModuleNotFoundError as error:
        return fail(f"{error.name} is not installed", _EXTRA)
    except OpenError as error:
        return fail(str(error)[:300], "look at host, port, user, password (ENTREPOT_INDEX_PASSWORD) and pg_hba.conf")
    setup.notes["sealed"] = found.sealed
    version = found.settings.get("server_version", "unknown")
    value = f"PostgreSQL {version}, encoding {found.settings.get('server_encoding', 'unknown')}"
    if found.schema_problem:
        return fail(value, found.schema_problem)
    if found.moved:
        return fail(value, found.moved)
    if "on" in (found.settings.get(name) for name in ("transaction_read_only", "default_transaction_read_only")):
        return fail(f"{value}, read-only", "this is a standby, or read-only by a setting: name the primary")
    if found.settings.get("server_encoding", "UTF8") != "UTF8":
        return fail(value, "make the database with encoding UTF8: names are Unicode")
    first = version.partition(".")[0]
    if first.isdigit() and int(first) < _VERSION_MIN:
        return warn(value, f"take PostgreSQL {_VERSION_MIN} or newer")
    return ok(value)


def is_reached(setup: Setup) -> bool:
    """Whether the database was reached; if not, its own check has said why."""
    if not is_shared(setup):
        return False
    try:
        _examined(setup)
    except (ModuleNotFoundError, OpenError):
        return False
    return True


def database_settings(setup: Setup) -> Seen:
    """Whether the database keeps what it acknowledged through a crash."""
    settings = _examined(setup).settings
    shown = {name: settings[name] for name in ("fsync", "synchronous_commit", "full_page_writes") if name in settings}
    value = ", ".join(f"{name} = {text}" for name, text in shown.items()) or "it does not tell"
    lossy = [name for name, bad in _LOSSY.items() if settings.get(name) in bad]
    if lossy:
        return fail(value, f"set {', '.join(lossy)} to on: a crash of its machine may destroy the index")
    if settings.get("synchronous_commit") == "off":
        return fail(value, "set synchronous_commit to on: a crash loses uploads that were acknowledged")
    return ok(value)


def database_connections(setup: Setup) -> Seen:
    """How many connections the database takes, against those that this gateway may want."""
    found, settings = _examined(setup), setup.settings
    most = int(found.settings.get("max_connections", "0"))
    if not most:
        return ok("it does not tell")
    left = most - int(found.settings.get("superuser_reserved_connections", "0"))
    wanted = settings.workers * settings.index_connections
    value = f"{found.connections if found.connections is not None else '?'} of {left}; this gateway: up to {wanted}"
    if wanted > left:
        return fail(value, "raise max_connections, or take fewer workers or index_connections, or a pooler")
    if 2 * wanted > left:
        return warn(value, "a second gateway like this does not fit: raise max_connections before you add one")
    return ok(value)


def database_clock(setup: Setup) -> Seen:
    """How far this machine's clock is from the database's, by which all gateways go."""
    ahead = _examined(setup).ahead_seconds
    value = f"this machine is {abs(ahead):.1f} s {'ahead' if ahead > 0 else 'behind'}"
    if abs(ahead) >= NOTICE_SECONDS:
        return warn(value, "set both by NTP")
    return ok(value)


def _examined(setup: Setup) -> Examined:
    """The database, asked once. Raises OpenError, ModuleNotFoundError."""
    if "database" not in setup.notes:
        from entrepot.adapters.postgres.examining import examine  # noqa: PLC0415 - the library is an extra
        from entrepot.folder import with_password  # noqa: PLC0415

        try:
            setup.notes["database"] = asyncio.run(examine(with_password(setup.settings), setup.machine.clock))
        except OpenError as error:
            setup.notes["database"] = error
    found = setup.notes["database"]
    if isinstance(found, OpenError):
        raise found
    examined: Examined = found
    return examined


def has_store(setup: Setup) -> bool:
    """Whether bytes are in a store."""
    return setup.settings.blobs.startswith(S3_URL)


def store(setup: Setup) -> Seen:
    """The store of bytes: bucket, rights, clock, and whether it notices damage."""
    from entrepot.folder import check_store, opened_store  # noqa: PLC0415 - few have one

    clock = setup.machine.clock
    value = setup.settings.blobs.partition("?")[0]
    try:
        blobs = opened_store(setup.settings, clock, None, new_id)
    except OpenError as error:
        return fail(f"{value}: {error}", f"docs/scale.md has addresses of stores; or {_EXTRA}")
    try:
        warnings = asyncio.run(check_store(blobs, new_id(), clock))
    except OpenError as error:
        return fail(f"{value}: {error}", "put that right at the store, or at blobs, blobs_key_id and blobs_secret")
    finally:
        blobs.close()
    if warnings:
        return warn(value, "; ".join(warnings))
    return ok(f"{value}: put, read, listed and removed an object")

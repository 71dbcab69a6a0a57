"""Checks of what a data folder keeps: its index, its keys, who works on it, and whether its server answers."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from entrepot.adapters.opening import OpenError
from entrepot.adapters.secrets.vault import VaultError
from entrepot.adapters.sqlite.examining import Examined, examine
from entrepot.admin.dev import KEY_ID
from entrepot.config import SQLITE
from entrepot.doctor import kernel
from entrepot.doctor.asking import UnansweredError, ask
from entrepot.doctor.check import Seen, Setup, fail, ok, warn
from entrepot.folder import address_file, vault_of

_PRIVATE: Final = ("*.key", "*.key.*", "index.db", "index.db-wal", "index.db-shm")
_SECONDS: Final = 10.0


def is_embedded(setup: Setup) -> bool:
    """Whether the index is in the data folder, and there."""
    return setup.settings.index == SQLITE and (setup.data / "index.db").exists()


def index(setup: Setup) -> Seen:
    """The embedded index: whether it can be read, its schema, its mode, and whether it was moved away."""
    try:
        found = examined(setup)
    except OpenError as error:
        return fail(str(error), "put the newest backup back, or look at the disk; entrepot fsck tells what is damaged")
    value = f"schema {found.schema} of {found.known_schema}" + ("" if found.is_wal else ", not in WAL mode")
    if found.schema > found.known_schema:
        return fail(value, "a newer version wrote it: upgrade entrepot")
    if found.moved:
        return fail(value, found.moved)
    if not found.is_closed:
        return warn(f"{value}; a crash left its log", "start the server once, which reads the log in")
    if found.schema < found.known_schema:
        return warn(value, "the next start brings it up to date, after which older versions refuse it: back up first")
    if not found.is_wal:
        return warn(value, "the next start sets WAL mode; do not open the index with other tools while it runs")
    return ok(value)


def examined(setup: Setup) -> Examined:
    """The index, looked at once. Raises OpenError, OSError."""
    found: Examined = setup.notes["index"] if "index" in setup.notes else examine(setup.data, KEY_ID)
    setup.notes["index"] = found
    return found


def dev_mode(setup: Setup) -> Seen:
    """Whether well-known keys are where others can ask."""
    chosen = setup.settings
    if chosen.dev and "any" in chosen.dev_hosts:
        return warn("dev mode for any host", "every page in a browser here may use the well-known keys: name dev_hosts")
    if chosen.dev:
        return ok("dev mode, loopback only")
    try:
        is_known = is_embedded(setup) and examined(setup).has_key
    except OpenError:  # which the check of the index tells
        is_known = False
    if is_known:
        to_do = f"run entrepot key delete {KEY_ID} --data {setup.data}, or use another folder"
        return fail(f"no dev mode, and the folder has dev mode's key {KEY_ID}", to_do)
    return ok("no dev mode")


def master_key(setup: Setup) -> Seen:
    """The master key: where it is, that nobody else reads it, and that it opens what the index has sealed."""
    settings = setup.settings
    where = "the setting master_key" if settings.master_key is not None else str(setup.data / "master.key")
    sealed = _sealed(setup)
    if settings.master_key is None and not (setup.data / "master.key").exists():
        if sealed is not None:
            return fail(
                f"{where} is not there", "put it back from where you keep it: without it no secret can be opened"
            )
        return ok(f"{where} is not there; the first start makes it")
    try:
        vault = vault_of(settings)
        if sealed is not None:
            vault.open(*sealed)
    except VaultError as error:
        return fail(f"{where}: {error}", "give the server the key that sealed this index, readable by its user alone")
    return ok(f"{where}, opens what is sealed" if sealed is not None else f"{where}, nothing is sealed yet")


def _sealed(setup: Setup) -> tuple[str, bytes] | None:
    """Something that the master key sealed, with whose it is."""
    if "sealed" in setup.notes:  # by a database
        sealed: tuple[str, bytes] | None = setup.notes["sealed"]
        return sealed
    try:
        return examined(setup).sealed if is_embedded(setup) else None
    except OpenError:
        return None


def private_files(setup: Setup) -> Seen:
    """Whether keys and the index can be read by others."""
    found = sorted({path for pattern in _PRIVATE for path in setup.data.glob(pattern)})
    loose = [path.name for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if loose:
        return fail(f"others may read {', '.join(loose)}", f"cd {setup.data} && chmod 600 {' '.join(loose)}")
    foreign = [path.name for path in found if path.stat().st_uid != setup.data.stat().st_uid]
    if foreign:
        owner = setup.data.owner()
        return warn(f"not the folder's owner's: {', '.join(foreign)}", f"chown {owner} {' '.join(foreign)}")
    return ok(f"{len(found)} files with mode 0600")


def renewal(setup: Setup) -> Seen:
    """Whether the master key is being renewed, or the folder moved, and whether a renewal was cut."""
    root, run = setup.machine.root, setup.data / "run"
    if any(lock.is_exclusive for lock in kernel.locks_on(root, run / "master-key.lock")):
        return warn("the folder is being moved, or its master key renewed", "wait until that is done")
    if (setup.data / "master.key.next").exists():
        return warn("a renewal of the master key was cut", "run entrepot secrets rotate again, while no server runs")
    return ok("nothing is under way")


def server(setup: Setup) -> Seen:
    """The server of this folder: whether one runs, and what it says of itself."""
    who = serving(setup)
    if who is None:
        return ok("no server works on this folder now")
    address = address_of(setup)
    if address is None:
        return warn(f"{who} has the folder and wrote no address", "it may be starting: try again")
    try:
        answer = ask(address, "GET", "/-/readyz", seconds=_SECONDS, verify=False)
    except UnansweredError as error:
        return fail(
            f"{who} at {address} does not answer: {error}", "look into its log; it may be stopping, or stand still"
        )
    word, *notices = answer.body.decode("utf-8", "replace").splitlines() or [""]
    if answer.status != 200:
        return fail(f"{who} at {address}: {word[:200]}", "it serves nobody now; its log says more")
    if notices:
        return warn(f"{who} at {address} serves", "; ".join(notices)[:1000])
    return ok(f"{who} at {address} serves")


def serving(setup: Setup) -> str | None:
    """The process of the server that has this folder; None when there is none."""
    root = setup.machine.root
    held = [lock for lock in kernel.locks_on(root, setup.data / "run" / "server.lock") if lock.is_exclusive]
    if not held:
        return None
    process = root / "proc" / str(held[0].process)
    return kernel.name_of(process) if held[0].process else "a process of another container"


def address_of(setup: Setup) -> str | None:
    """Where that server said that it listens."""
    text = kernel.text_of(address_file(Path(setup.data)), 1000)
    return text.strip() if text else None

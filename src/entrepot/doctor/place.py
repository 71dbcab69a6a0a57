"""Checks of the data folder and of the file system under it.

What is written is in one folder with a name of its own, which is removed whatever happens. Sources: the file systems
are those of mount(8); the names of blobs have 32 letters, their folders are told apart by two.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import mmap
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from entrepot.config import SQLITE
from entrepot.doctor import kernel
from entrepot.doctor.check import Seen, Setup, fail, ok, warn

NETWORK: Final = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph-fuse", "fuse.glusterfs", "fuse.juicefs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs",
    "vboxsf", "virtiofs",
})  # fmt: skip
"""File systems of other machines, or of several."""
PASSING: Final = frozenset({"tmpfs", "ramfs", "overlay", "aufs", "squashfs"})
"""File systems that end with the machine's power, or with the container."""
_SYNC_WARN_SECONDS: Final = 0.1
_SYNCS: Final = 5
_ROOM_BYTES: Final = 1 << 30
_ROOM_SHARE: Final = 0.05
_FEW_NODES: Final = 10_000
_NAME_BYTES: Final = 255
_GIB: Final = 1 << 30


def exists(setup: Setup) -> bool:
    """Whether there is something where the data folder is to be."""
    return setup.data.exists()


def folder(setup: Setup) -> Seen:
    """Whether the folder is there, whose it is, and who else may read it."""
    data = setup.data
    if not data.exists():
        above = _nearest(data)
        if not os.access(above, os.W_OK | os.X_OK):
            return fail(
                f"{data} is not there", f"it cannot be made in {above}: make it, and give it to the server's user"
            )
        return ok(f"{data} is not there; the first start makes it")
    status = data.stat()
    value = f"{data}, mode {stat.S_IMODE(status.st_mode):04o}, owner {_named(status.st_uid)}"
    if not stat.S_ISDIR(status.st_mode):
        return fail(f"{data} is no folder", "give the server another --data")
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return fail(value, f"this user may not work in it: chown -R {_named(setup.machine.user)} {data}")
    if setup.machine.user != status.st_uid:
        return warn(value, f"this is {_named(setup.machine.user)}: run the server, and commands, as the folder's owner")
    if status.st_mode & 0o077:
        return warn(value, f"others may look into it: chmod 700 {data}")
    return ok(value)


def file_system(setup: Setup) -> Seen:
    """The kind of file system, and how it is mounted."""
    mount = kernel.mount_of(setup.machine.root, _nearest(setup.data).resolve())
    if mount is None:
        return ok("the kernel does not tell")
    value = f"{mount.kind} at {mount.place}"
    if "ro" in mount.options:
        return fail(f"{value}, read-only", "mount it so that it can be written to")
    if mount.kind in NETWORK:
        said = fail if setup.settings.index == SQLITE else warn
        return said(value, "locks and the index's shared memory need a local file system: put the data folder on one")
    if mount.kind in PASSING and not setup.settings.dev:
        to_do = (
            "what is stored goes with the machine's power, or with the container: mount a volume for the data folder"
        )
        return warn(value, to_do)
    if mount.options & {"nobarrier", "barrier=0"}:
        return warn(f"{value}, without barriers", "a power cut may lose what was acknowledged: mount it with barriers")
    return ok(value)


def room(setup: Setup) -> Seen:
    """Free space, and how many more files there may be."""
    status = os.statvfs(_nearest(setup.data))
    free, total = status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize
    value = f"{free / _GIB:.1f} of {total / _GIB:.1f} GiB free"
    value += f", {status.f_favail} inodes" if status.f_files else ""
    if free == 0 or (status.f_files and status.f_favail == 0):
        return fail(value, "make room: nothing can be stored")
    if free < _ROOM_BYTES or free < total * _ROOM_SHARE:
        return warn(value, "make room, or let lifecycle rules remove what is old: a full disk refuses uploads")
    if status.f_files and status.f_favail < _FEW_NODES:
        return warn(value, "each larger object is a file: make room for more of them (mkfs -N), or remove files")
    return ok(value)


def syncs(setup: Setup) -> Seen:
    """Whether bytes and names can be written and made durable, and how long that takes."""
    taken = []
    try:
        with _scratch(setup) as place:
            for number in range(_SYNCS):
                started = time.perf_counter()
                _write_durably(place / f"sync{number}")
                taken.append(time.perf_counter() - started)
    except OSError as error:
        return fail(f"{error.strerror}", "nothing can be stored: look at the disk, its room, and who may write here")
    return judged_syncs(sorted(taken)[_SYNCS // 2])


def _write_durably(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"x" * 4096)
        file.flush()
        os.fsync(file.fileno())
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def judged_syncs(seconds: float) -> Seen:
    """What is said of a file and its name that took so long to be durable."""
    value = f"a small file is durable after {seconds * 1000:.1f} ms"
    if seconds > _SYNC_WARN_SECONDS:
        return warn(value, "every upload waits for this: use a disk that syncs faster, or one with a safe write cache")
    return ok(value)


def names(setup: Setup) -> Seen:
    """Whether names are told apart by case, and may be as long as POSIX has them."""
    with _scratch(setup) as place:
        (place / "Case").touch()
        if (place / "case").exists():
            return fail("names differ in case only on paper", "put the data folder on a file system that keeps case")
        try:
            (place / ("n" * _NAME_BYTES)).touch()
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            return warn(
                f"names of {_NAME_BYTES} bytes are too long here", "encrypted folders cut names: use another one"
            )
    return ok(f"case is kept, names of {_NAME_BYTES} bytes work")


def links(setup: Setup) -> Seen:
    """Whether files can be linked, locked and mapped, as keys, processes and the index need it."""
    broken = []
    with _scratch(setup) as place:
        first = place / "first"
        first.write_bytes(bytes(mmap.PAGESIZE))
        with first.open("r+b") as file:
            attempts: dict[str, Callable[[], None]] = {
                "hard links": lambda: (place / "second").hardlink_to(first),
                "locks": lambda: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB),
                "shared memory": lambda: mmap.mmap(file.fileno(), mmap.PAGESIZE, mmap.MAP_SHARED).close(),
            }
            for what, attempt in attempts.items():
                try:
                    attempt()
                except OSError as error:
                    broken.append(f"{what}: {error.strerror}")
    if broken:
        return fail("; ".join(broken), "put the data folder on a local file system of Linux (ext4, xfs, btrfs, zfs)")
    return ok("hard links, locks and shared memory work")


@contextlib.contextmanager
def _scratch(setup: Setup) -> Iterator[Path]:
    """A folder for what is tried, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="doctor-", dir=setup.data, ignore_cleanup_errors=True) as place:
        yield Path(place)


def _nearest(path: Path) -> Path:
    """The path, or what is there of it."""
    path = path.absolute()
    return next((one for one in (path, *path.parents) if one.exists()), Path("/"))


def _named(user: int) -> str:
    """A user by name, or by number where there is no name."""
    import pwd  # noqa: PLC0415 - only names need it

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)

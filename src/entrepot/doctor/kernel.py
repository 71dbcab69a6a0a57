"""What the kernel tells in its files below ``/proc`` and ``/sys``: mounts, sockets, locks, limits.

Everything is read as it is for any process; what is not there, or not to be read by this user, is None or empty. Knows
no check. Sources: proc(5), cgroups(7), mounts: Documentation/filesystems/proc.rst of the kernel.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LISTENING = "0A"
_OCTAL = re.compile(r"\\([0-7]{3})")
"""How spaces and the like stand in the table of mounts."""
_READ_MAX_BYTES = 4 << 20
_ANSWER_BYTES = 64 << 10
_NO_LIMIT = 1 << 60
"""What the first version of cgroups has where there is none is a number of pages near 2**63."""


def text_of(path: Path, most: int = _READ_MAX_BYTES) -> str | None:
    """The text of a small file; None when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return None


def number_of(path: Path) -> int | None:
    """The number in a file."""
    text = (text_of(path, 100) or "").split()
    return int(text[0]) if text and text[0].isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file system where it is mounted."""

    place: str
    kind: str
    options: frozenset[str]


def mount_of(root: Path, path: Path) -> Mount | None:
    """The file system on which a path is, by the longest place above it; of equal ones the last counts."""
    found: Mount | None = None
    for line in (text_of(root / "proc/self/mountinfo") or "").splitlines():
        before, dash, after = line.partition(" - ")
        words, more = before.split(), after.split()
        if not dash or len(words) < 6 or len(more) < 2:
            continue
        place = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), words[4])
        is_above = path == Path(place) or Path(place) in path.parents
        if is_above and (found is None or len(place) >= len(found.place)):
            options = frozenset((words[5] + "," + ",".join(more[2:])).split(","))
            found = Mount(place=place, kind=more[0], options=options)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A socket that listens; ``inode`` names it, ``user`` is the number of whose it is."""

    address: str
    inode: str
    user: int


def listeners(root: Path, port: int) -> list[Listener]:
    """Who listens on a port of this network namespace, on whichever address."""
    found = []
    for name in ("tcp", "tcp6"):
        for line in (text_of(root / "proc/net" / name) or "").splitlines()[1:]:
            words = line.split()
            if len(words) < 10 or words[3] != _LISTENING:
                continue
            address, _, number = words[1].partition(":")
            if int(number, 16) == port:
                found.append(Listener(address=_address(address), inode=words[9], user=int(words[7])))
    return found


def _address(text: str) -> str:
    """An address as the kernel prints it: words of four bytes, each in the machine's order."""
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))


def processes(root: Path) -> Iterator[Path]:
    """The folders of all processes that can be seen."""
    with suppress(OSError):
        yield from (entry for entry in (root / "proc").iterdir() if entry.name.isdigit())


def words_of(process: Path) -> list[str]:
    """The command line of a process."""
    return (text_of(process / "cmdline", _ANSWER_BYTES) or "").rstrip("\0").split("\0")


def name_of(process: Path) -> str:
    """A process for people: its number and its program."""
    program = (text_of(process / "comm", 100) or "?").strip()
    return f"process {process.name} ({program})"


def holder_of(root: Path, inode: str) -> str | None:
    """The process that has a socket open; None when that is another user's."""
    wanted = f"socket:[{inode}]"
    for process in processes(root):
        with suppress(OSError):
            if any(_target(file) == wanted for file in (process / "fd").iterdir()):
                return name_of(process)
    return None


def _target(link: Path) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 - what is not a path must stay as it is
    except OSError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock of a whole file (flock); ``process`` is 0 when it is of another namespace."""

    process: int
    is_exclusive: bool


def locks_on(root: Path, path: Path) -> list[Lock]:
    """The locks on a file. Nothing is locked to learn it, so nobody who starts meanwhile is turned away.

    Some file systems have a device number of their own for each subvolume, which the kernel does not print here.
    """
    try:
        status = path.stat()
    except OSError:
        return []
    found = []
    major, minor = os.major(status.st_dev), os.minor(status.st_dev)
    for line in (text_of(root / "proc/locks") or "").splitlines():
        words = line.split()
        if len(words) < 6 or words[1] != "FLOCK":
            continue
        one, other, inode = words[5].split(":")
        same_device = major == 0 or (int(one, 16), int(other, 16)) == (major, minor)
        if same_device and int(inode) == status.st_ino:
            found.append(Lock(process=max(0, int(words[4])), is_exclusive=words[3] == "WRITE"))
    return found


def memory(root: Path) -> dict[str, int]:
    """Bytes of ``MemTotal``, ``MemAvailable`` and so on."""
    found = {}
    for line in (text_of(root / "proc/meminfo") or "").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdigit():
            found[name] = int(words[0]) * 1024
    return found


def memory_limit(root: Path) -> int | None:
    """The least limit of memory, in bytes, of the control groups that this process is in; None where there is none."""
    found = [_bytes(text_of(folder / "memory.max", 100)) for folder in _groups(root, "")]
    found += [_bytes(text_of(folder / "memory.limit_in_bytes", 100)) for folder in _groups(root, "memory")]
    given = [one for one in found if one is not None and one < _NO_LIMIT]
    return min(given, default=None)


def processor_limit(root: Path) -> float | None:
    """The least limit of processors of the control groups that this process is in; None where there is none."""
    found = []
    for folder in _groups(root, ""):
        words = (text_of(folder / "cpu.max", 100) or "").split()
        if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]):
            found.append(int(words[0]) / int(words[1]))
    return min(found, default=None)


def _groups(root: Path, controller: str) -> list[Path]:
    """The folders of this process's control group and of all above it."""
    for line in (text_of(root / "proc/self/cgroup") or "").splitlines():
        _, names, place = [*line.split(":", 2), "", ""][:3]
        if controller in names.split(","):
            top = root / "sys/fs/cgroup" / controller
            group = top / place.strip("/")
            return [group, *(one for one in group.parents if one == top or top in one.parents)]
    return []


def _bytes(text: str | None) -> int | None:
    words = (text or "").split()
    return int(words[0]) if words and words[0].isdigit() else None

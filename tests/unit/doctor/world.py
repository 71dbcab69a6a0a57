"""A machine of a test's own for the checks of ``entrepot doctor``: files as the kernel has them, and a data folder.

Law: the texts below ``proc`` and ``sys`` are as a kernel prints them (proc(5)); only their numbers are chosen.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from entrepot.config import Settings
from entrepot.doctor.check import Finding, Machine, Setup, examined
from entrepot.doctor.table import CHECKS

NOW = 1_790_000_000.0
"""2026-09-21."""
MEMINFO = "MemTotal:        4048000 kB\nMemFree:          248000 kB\nMemAvailable:    3048000 kB\n"
MOUNTS = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro\n"
TCP = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
VERSIONS = {
    "apsw": "3.54.1.0", "multipart": "2.0.1", "orjson": "3.13.0", "pyyaml": "6.0.4", "h11": "0.16.0",
    "cryptography": "50.0.2",
}  # fmt: skip


@dataclass
class World:
    """What a check looks at; a test changes it and then looks."""

    root: Path
    data: Path
    machine: Machine
    given: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""
    file: Path | None = None
    address: str | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    def write(self, path: str, text: str) -> None:
        """Put a file below the machine's root."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def change(self, **changes: Any) -> None:
        """Have another machine."""
        self.machine = replace(self.machine, **changes)

    def process(self, number: int, program: str, *words: str) -> None:
        """Let a process run."""
        self.write(f"proc/{number}/comm", f"{program}\n")
        self.write(f"proc/{number}/cmdline", "\0".join([program, *words]) + "\0")

    def lock(self, path: Path, process: int, how: str = "WRITE") -> None:
        """Let a process hold the lock of a file of the data folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        status = path.stat()
        device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
        self.write("proc/locks", f"1: FLOCK  ADVISORY  {how} {process} {device}:{status.st_ino} 0 EOF\n")

    def found(self, name: str) -> Finding | None:
        """What one check says; None when it is left out."""
        setup = Setup(
            settings=Settings(data=self.data, **self.given), machine=self.machine, wrong=self.wrong, file=self.file,
            address=self.address, notes=self.notes,
        )  # fmt: skip
        one: Iterable[Finding] = examined([check for check in CHECKS if check.name == name], setup)
        return next(iter(one), None)


def new_world(folder: Path) -> World:
    """A machine on which all is well, and a data folder that nobody has worked in."""
    root, data = folder / "root", folder / "data"
    data.mkdir(mode=0o700)

    def addresses(host: str) -> list[str]:
        return {"localhost": ["127.0.0.1"], "entrepot-doctor.localhost": ["127.0.0.1"]}[host]

    machine = Machine(
        root=root, environment={}, clock=lambda: NOW, user=os.geteuid(), processors=4,
        version=lambda name: VERSIONS.get(name, "1.0"), addresses=addresses, limits=lambda: (1024, 65536),
        adjusted=lambda: True,
    )  # fmt: skip
    world = World(root, data, machine)
    world.write("proc/meminfo", MEMINFO)
    world.write("proc/self/mountinfo", MOUNTS)
    world.write("proc/self/cgroup", "0::/system.slice/entrepot.service\n")
    world.write("proc/sys/net/core/somaxconn", "4096\n")
    world.write("proc/locks", "")
    world.write("proc/net/tcp", TCP)
    return world

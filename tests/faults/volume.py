"""A small file system of its own, in a file on a loop device: filled, broken to read-only, mounted again.

Law: only what this module mounted is unmounted. Needs root and loop devices. Where they are not to be had the tests
skip and say so; with CI=true that is a failure, unless ENTREPOT_NO_LOOP=1 says that this machine cannot.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

MIB = 1 << 20


class Volume:
    """An ext4 file system in an image, mounted at ``root``."""

    def __init__(self, folder: Path, *, mib: int = 32, block: int = 1024) -> None:
        self.image = folder / "volume.img"
        self.root = folder / "volume"
        self.root.mkdir()
        self._ballast = self.root / "ballast"
        with self.image.open("wb") as file:
            file.truncate(mib * MIB)
        _run(
            "mkfs.ext4",
            "-q",
            "-F",
            "-b",
            "4096",
            "-m",
            "0",
            "-E",
            "lazy_itable_init=0,lazy_journal_init=0",
            str(self.image),
        )

    @classmethod
    def of(cls, image: Path, root: Path) -> Volume:
        """One that is there already, to be mounted at ``root``."""
        volume = cls.__new__(cls)
        volume.image, volume.root, volume._ballast = image, root, root / "ballast"
        root.mkdir(exist_ok=True)
        return volume

    def mount(self, disk: Path | None = None) -> None:
        """Make it usable, on ``disk`` in the place of its image.

        An error of the file system makes it read-only, as most systems have it.
        """
        _run("mount", "-t", "ext4", "-o", "loop,errors=remount-ro", str(disk or self.image), str(self.root))

    def unmount(self) -> None:
        """Take it away; does nothing when it is not mounted. The system may still be closing files of the killed."""
        deadline = time.monotonic() + 10
        while os.path.ismount(self.root):
            try:
                _run("umount", str(self.root))
            except subprocess.CalledProcessError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def fill(self) -> None:
        """Leave no room, not for a single block."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in (MIB, 4096, 512, 1):
                try:
                    while True:
                        file.write(bytes(size))
                        os.fsync(file.fileno())
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def room(self) -> None:
        """Give the room back."""
        self._ballast.unlink()

    def break_(self) -> None:
        """Have the kernel meet an error of the file system: it is read-only from now on, until it is mounted anew."""
        source = _run("findmnt", "-n", "-o", "SOURCE", str(self.root)).strip()
        Path(f"/sys/fs/ext4/{Path(source).name}/trigger_fs_error").write_text("1")

    def repair(self) -> None:
        """What an operator does to an unmounted file system that had an error."""
        subprocess.run(["e2fsck", "-p", "-f", str(self.image)], check=False, capture_output=True, timeout=60)


@contextmanager
def mounted(folder: Path, *, mib: int = 32) -> Iterator[Volume]:
    """A mounted volume that is gone at the end."""
    volume = Volume(folder, mib=mib)
    volume.mount()
    try:
        yield volume
    finally:
        volume.unmount()
        volume.image.unlink(missing_ok=True)


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """A mount of its own for a folder, which refuses whatever opens a file to write, while the block runs."""
    _run("mount", "--bind", str(path), str(path))
    try:
        _run("mount", "-o", "remount,bind,ro", str(path))
        yield
    finally:
        _run("umount", "-l", str(path))


@cache
def lacking() -> str | None:
    """Why this machine cannot mount a file system on a loop device; None when it can."""
    missing = [tool for tool in ("mkfs.ext4", "mount", "umount", "findmnt", "e2fsck") if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    if os.geteuid() != 0:
        return "needs root to mount a file system"
    with tempfile.TemporaryDirectory() as folder:
        try:
            with mounted(Path(folder), mib=8):
                return None
        except subprocess.CalledProcessError as error:
            return f"cannot mount a file system on a loop device: {error.stderr.strip()}"


def needs_loop(*, fuse: bool = False) -> None:
    """Skip the test, or fail it where nothing may be left out. ``fuse`` when it needs that too."""
    why = lacking() or ("needs /dev/fuse" if fuse and not os.access("/dev/fuse", os.R_OK | os.W_OK) else None)
    if why is None:
        return
    if os.environ.get("CI") == "true" and os.environ.get("ENTREPOT_NO_LOOP") != "1":
        pytest.fail(f"{why}; ENTREPOT_NO_LOOP=1 says that this machine cannot")
    pytest.skip(why)


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    except subprocess.CalledProcessError as error:
        error.add_note(error.stderr)
        raise

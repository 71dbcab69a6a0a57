"""Checks of what was said: the settings, and who may read the secrets among them."""

from __future__ import annotations

import stat
from dataclasses import fields
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from entrepot.config import Secret, Settings
from entrepot.doctor import kernel
from entrepot.doctor.check import Seen, Setup, fail, ok

_SECRET_MIN: Final = 8
"""Shorter texts may stand on a command line for other reasons."""


def settings(setup: Setup) -> Seen:
    """The settings of command line, environment and file: whether all are known and may be what they are."""
    if setup.wrong:
        return fail(setup.wrong[:2000], "docs/settings.md has them all; entrepot config prints those in effect")
    where = f"{setup.file} and the environment" if setup.file is not None else "the environment; there is no file"
    return ok(f"from {where}")


def has_file(setup: Setup) -> bool:
    """Whether there is a settings file."""
    return setup.file is not None


def settings_file(setup: Setup) -> Seen:
    """Whether others may read secrets in the settings file."""
    path = setup.file
    assert path is not None  # noqa: S101 - only then is it asked
    mode = stat.S_IMODE(path.stat().st_mode)
    value = f"{path}, mode {mode:04o}"
    text = kernel.text_of(path) or ""
    inside = [name for name, secret in _secrets(setup.settings).items() if secret in text]
    if mode & 0o022:
        return fail(value, f"others may change it: chmod go-w {path}")
    if inside and mode & 0o077:
        return fail(f"{value}, with {', '.join(inside)}", f"others may read secrets: chmod 600 {path}")
    return ok(value)


def command_lines(setup: Setup) -> Seen:
    """Whether a secret stands on the command line of a process, where everybody on the machine may read it."""
    known = _secrets(setup.settings)
    for process in kernel.processes(setup.machine.root):
        words = kernel.words_of(process)
        shown = [name for name, secret in known.items() if any(secret in word for word in words)]
        if shown:
            return fail(
                f"{kernel.name_of(process)} shows {', '.join(shown)}",
                f"give it in a file (ENTREPOT_{shown[0].upper()}_FILE), not on a command line; then renew it",
            )
    return ok(f"none of {len(known)} secrets")


def _secrets(given: Settings) -> dict[str, str]:
    """The secrets by the names of their settings."""
    found = {}
    for one in fields(given):
        value = getattr(given, one.name)
        if isinstance(value, Secret):
            found[one.name] = value.get_secret_value()
    password = urlsplit(given.index).password if "://" in given.index else None
    if password:
        found["index_password"] = password
    return {name: secret for name, secret in found.items() if len(secret) >= _SECRET_MIN}


def file_of(config: Path | None) -> Path | None:
    """The settings file that is read."""
    path = config or Path("entrepot.toml")
    return path if path.is_file() else None

"""Scripts and styles that pages need: ours, and others' as they were released (``static/vendored.toml``).

Their address has a digest of all of them, so that browsers keep them for good and ask again after an upgrade.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from entrepot.console.page import BASE

_FOLDER = Path(__file__).parent / "static"
_TYPES: Final = {
    ".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8", ".svg": b"image/svg+xml",
}  # fmt: skip
FOREVER: Final = b"public, max-age=31536000, immutable"


class Assets:
    """All of them, in memory."""

    def __init__(self) -> None:
        self._files = {
            path.name: (path.read_bytes(), _TYPES[path.suffix])
            for path in sorted(_FOLDER.iterdir())
            if path.suffix in _TYPES
        }
        whole = hashlib.sha256()
        for name, (content, _) in self._files.items():
            whole.update(name.encode() + b"\0" + content + b"\0")
        self._prefix = f"{BASE}/static/{whole.hexdigest()[:16]}/"

    def address(self, name: str) -> str:
        """Where one is. Raises KeyError when there is none of this name."""
        assert name in self._files, name  # noqa: S101 - pages name what there is
        return self._prefix + name

    def find(self, path: bytes) -> tuple[bytes, bytes] | None:
        """Content and type of what is at a path."""
        text = path.decode("latin-1")
        return self._files.get(text.removeprefix(self._prefix)) if text.startswith(self._prefix) else None

"""Stands in for certifi in the Python programs that ``entrepot run`` starts: the roots are those of ``SSL_CERT_FILE``.

Several SDKs (TencentCloud, Volcengine, Alibaba Cloud) trust certifi's file alone, whatever the environment says, and
so not the server that they are led to. This folder is in front of ``PYTHONPATH`` and holds nothing else.
Source: certifi 2026.10.18, whose whole interface these two functions are.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["contents", "where"]
__version__ = "2026.10.18"


def where() -> str:
    """The path of the file with the roots."""
    return os.environ["SSL_CERT_FILE"]


def contents() -> str:
    """The file itself."""
    return Path(where()).read_text("ascii")

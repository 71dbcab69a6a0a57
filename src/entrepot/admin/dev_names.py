"""The names and secrets of dev mode, which everybody knows. Data only."""

from __future__ import annotations

from typing import Final

ACCOUNT: Final = 1250000000
USER_ID: Final = "100000000001"
KEY_ID: Final = "entrepot-dev-id"
SECRET: Final = "entrepot-dev-secret"  # noqa: S105 - well known, and served on loopback only
BUCKET: Final = "demo"
ADMIN_KEY: Final = "entrepot-dev-admin"
APPLICATION: Final = 220209
"""The account's application of VOD, as the settings' default has it."""

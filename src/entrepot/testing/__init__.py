"""The test kit: a real server for tests, accounts of their own, a clock to turn, and settings for the clouds' SDKs.

Law: it asks the server by its admin API only, as any program could; no SDK is imported before it is asked for, and
nothing of this before it is named, because pytest imports this package in every project that has it installed. With
pytest the fixtures of :mod:`.plugin` do this; from other languages ``entrepot run`` does. docs/testing.md has it all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from entrepot.testing.account import Account
    from entrepot.testing.calls import KitError
    from entrepot.testing.clock import ServerClock
    from entrepot.testing.in_process import InProcess
    from entrepot.testing.server import Server

__all__ = ["Account", "InProcess", "KitError", "Server", "ServerClock"]

_WHERE: Final = {
    "Account": "account", "InProcess": "in_process", "KitError": "calls", "Server": "server", "ServerClock": "clock",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what is named when it is named."""
    if name not in _WHERE:
        raise AttributeError(name)
    return getattr(import_module(f"entrepot.testing.{_WHERE[name]}"), name)

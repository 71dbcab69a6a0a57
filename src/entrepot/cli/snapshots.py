"""``entrepot snapshot`` and ``entrepot restore``: the whole state of a server in dev mode, kept and put back."""

from __future__ import annotations

from typing import Annotated

from entrepot.cli.arguments import Argument, Option, echo
from entrepot.cli.folder import Data
from entrepot.cli.remote import Server, told_by_server


def snapshot(
    name: Annotated[str | None, Argument(help="What it is called (default: list those that there are).")] = None,
    *,
    delete: Annotated[bool, Option("--delete", help="Remove the snapshot of this name instead.")] = False,
    server: Server = None,
    data: Data = None,
) -> None:
    """Keep the whole state of a server in dev mode under a name, in place of what that named."""
    if name is None:
        there = told_by_server("GET", "/dev/snapshots", None, server, data)["snapshots"]
        echo("\n".join(there) or "none")
    elif delete:
        told_by_server("DELETE", f"/dev/snapshots/{name}", None, server, data)
        echo(f"deleted snapshot {name}")
    else:
        kept = told_by_server("POST", "/dev/snapshots", {"name": name}, server, data)
        echo(f"snapshot {name}: {kept['objects']} objects")


def restore(name: str, *, server: Server = None, data: Data = None) -> None:
    """Have the state of a snapshot again, in all workers at once; what came after it is gone."""
    kept = told_by_server("POST", "/dev/snapshots/restore", {"name": name}, server, data)
    echo(f"restored {name}: {kept['objects']} objects")

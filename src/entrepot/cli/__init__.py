"""The command line: parsing and printing only; the work is done by the modules it calls.

A command's module is imported when the command runs, because importing all of them takes longer than most commands.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from entrepot import __version__
from entrepot.cli.arguments import Exit, Group, choose, echo, run

ABOUT = (
    "A self-hosted object store and upload-credential service"
    " that speaks Tencent COS, Alibaba OSS, Volcengine TOS and S3."
)
INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""

COMMANDS = {
    "serve": ("serving.serve", "Serve until SIGTERM or Ctrl-C, then finish what is under way and stop."),
    "run": (
        "running.run",
        "Start a server, run a command with proxy, endpoints and keys in its environment, and end with its status.",
    ),
    "migrate": ("serving.migrate", "Make or upgrade the tables of a shared index, also while gateways serve."),
    "move": (
        "moving.move",
        "Move everything between a data folder and an index that gateways share; what was cut goes on.",
    ),
    "doctor": (
        "doctor.doctor",
        "Say what is wrong with a set-up, and what to do; exit 1 when something fails. Changes nothing.",
    ),
    "config": ("serving.config", "Print the effective settings as JSON, secrets masked."),
    "certificate": (
        "certificate.certificate",
        "Print the folder's own certificate authority, and how programs are told to trust it.",
    ),
    "sign": (
        "signing.sign",
        "Print a signature of the COS JSON API: for several uses, bound to a path, or for one use.",
    ),
    "clock": (
        "clock.clock",
        "The clock of a server in dev mode: stopped, set, moved; expiries, skews and rules follow.",
    ),
    "fsck": ("checks.fsck", "Check every index row against its bytes; exit 1 and list the damage if there is any."),
    "sweep": (
        "checks.sweep",
        "Apply lifecycle rules and remove what nothing points to: ended uploads, unreferenced blobs, orphaned files.",
    ),
    "account": ("accounts.account", "Accounts: owners of keys and buckets."),
    "key": ("keys.key", "Keys: credentials of an account."),
    "bucket": ("buckets.bucket", "Buckets and their settings."),
    "user": ("users.user", "Sub-users: keys that may do what policies say."),
    "policy": ("policies.policy", "Policies: what sub-users may do, in the clouds' languages."),
    "voice": ("voice.voice", "Voice files: what applications committed, and its review."),
    "grants": ("grants.grants", "The ledger: every minted right, what it did, and its withdrawal."),
    "audit": ("audit.audit", "The audit log: who minted, used, was refused, withdrew."),
    "explain": ("explaining.explain", "Tell why a request was refused, by its id; without one, the newest refusals."),
    "seed": (
        "seeding.seed",
        "Have what a file says: accounts, keys, users, policies, buckets with objects and rules, grants.",
    ),
    "fault": ("faults.fault", "Faults on demand: what shall go wrong on a server in dev mode, and when."),
    "snapshot": (
        "snapshots.snapshot",
        "Keep the whole state of a server in dev mode under a name, in place of what that named.",
    ),
    "restore": (
        "snapshots.restore",
        "Have the state of a snapshot again, in all workers at once; what came after it is gone.",
    ),
    "record": (
        "recording.record",
        "Keep a transcript of what a server in dev mode is asked and answers, until a command ends or Ctrl-C.",
    ),
    "replay": (
        "recording.replay",
        "Send the requests of a transcript to a server, signed anew, and tell where its replies differ.",
    ),
    "completion": ("completion.completion", "Print what completes this command's lines in a shell: bash, zsh, fish."),
    "man": ("manual.man", "Print the manual page; `entrepot man | man -l -` shows it."),
    "secrets": ("secrets.secrets", "Secrets at rest: the renewal of the master key."),
    "mint": ("minting.mint", "Mint a right as a cloud's API does; it is in the ledger like every other."),
}
"""By its name: where a command or a group of commands is, and what the list of commands says of it."""


def load(name: str) -> Group | Callable[..., None]:
    """Import a command or a group of commands."""
    module, _, member = COMMANDS[name][0].partition(".")
    found: Group | Callable[..., None] = getattr(import_module(f"entrepot.cli.{module}"), member)
    return found


def main(given: Sequence[str] | None = None) -> None:
    """Run the command line. Raises SystemExit with a command's status, where that is not 0."""
    words = sys.argv[1:] if given is None else given
    if words[:1] == ["--version"]:
        echo(f"entrepot {__version__}")
        return
    try:
        name = choose("entrepot", ABOUT, {name: summary for name, (_, summary) in COMMANDS.items()}, words)
        command = load(name)
        if name != "serve":  # which imports more, and then looks for garbage in its own way
            gc.enable()
        run(f"entrepot {name}", command, words[1:])
    except KeyboardInterrupt:
        raise Exit(INTERRUPTED) from None

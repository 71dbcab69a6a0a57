"""``entrepot run``: one command beside a server that lives as long as it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Final

from entrepot.cli.arguments import Argument, Exit, Option, complain, misused

_FORWARDED: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH)
_NOT_FOUND, _NOT_RUNNABLE, _BY_SIGNAL = 127, 126, 128
"""The exit statuses of a shell."""
_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of Linux's prctl.h."""


def run(
    command: Annotated[list[str] | None, Argument(help="The command and its arguments, after two dashes.")] = None,
    *,
    seed: Annotated[
        Path | None,
        Option(
            "--seed",
            help="What the server has from the start (entrepot seed); the command gets the account of dev mode.",
        ),
    ] = None,
    bucket: Annotated[
        list[str] | None, Option("--bucket", help="A bucket to make (default: demo); several times.")
    ] = None,
    record: Annotated[
        Path | None, Option("--record", help="Keep a transcript of what was asked and answered in this file.")
    ] = None,
    https: Annotated[
        bool, Option("--https", help="Serve https, and have the command trust the folder's own authority.")
    ] = False,
    no_https_proxy: Annotated[
        bool, Option("--no-https-proxy", help="Be a proxy for http only: what the command asks by https goes past it.")
    ] = False,
    workers: Annotated[int, Option(min=1, max=256, help="Processes that serve.")] = 1,
    setting: Annotated[
        list[str] | None, Option("--setting", help="A setting of the server, NAME=VALUE; several times.")
    ] = None,
) -> None:
    """Start a server, run a command with proxy, endpoints and keys in its environment, and end with its status.

    The server is in dev mode on a free port, with a folder that is thrown away afterwards. It is the command's proxy
    for http and https, leads the clouds' own names to itself, and refuses all others. Signals go to the command.
    """
    from entrepot.testing.calls import KitError  # noqa: PLC0415 - keeps --help quick
    from entrepot.testing.environment import variables_of  # noqa: PLC0415
    from entrepot.testing.server import Server  # noqa: PLC0415

    if not command:
        misused("entrepot run", "name a command: entrepot run -- pytest")
    if seed is not None and bucket:
        misused("entrepot run", "--bucket makes buckets of a fresh account; with --seed the seed makes them")
    settings = dict(_setting(text) for text in setting or ())
    try:
        with Server(
            workers=workers, seed=seed, forked=False, own_certificate=https,
            https_proxy=not (https or no_https_proxy), settings=settings,
        ) as server:  # fmt: skip
            account = server.dev_account if seed is not None else server.account(*(bucket or ("demo",)))
            with server.recording(record.resolve()) if record is not None else nullcontext():
                status = status_of(command, variables_of(server, account, os.environ))
    except KitError as error:
        complain(f"{error}")
        raise Exit(1) from error
    if status:
        raise Exit(status)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        misused("entrepot run", f"--setting {text[:100]!r} is not NAME=VALUE")
    return name.lower().removeprefix("entrepot_"), value


def status_of(command: list[str], variables: dict[str, str]) -> int:
    """Run a command to its end; its exit status, as a shell tells it."""
    running: list[subprocess.Popen[bytes]] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        for one in running:
            one.send_signal(number)

    # Ctrl-C in a terminal reaches the command by itself.
    forwarded = (*_FORWARDED, *(() if sys.stdin.isatty() else (signal.SIGINT,)))
    before: dict[signal.Signals, Any] = {number: signal.signal(number, forward) for number in forwarded}
    before |= {} if signal.SIGINT in before else {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    try:
        libc = ctypes.CDLL(None)
        # The command ends with this process, also when that is killed.
        started = subprocess.Popen(  # noqa: S603 - what the user wants to run
            command,
            env=variables,
            preexec_fn=lambda: _begin(libc, before),  # noqa: PLW1509 - this process has one thread
        )
        running.append(started)
        status = started.wait()
    except FileNotFoundError:
        complain(f"there is no command {command[0]!r}")
        return _NOT_FOUND
    except OSError as error:
        complain(f"cannot run {command[0]!r}: {error.strerror}")
        return _NOT_RUNNABLE
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else _BY_SIGNAL - status


def _begin(libc: ctypes.CDLL, before: Mapping[signal.Signals, Any]) -> None:
    """In the command's process: signals as they were, and its end with its parent's."""
    for number, handler in before.items():
        signal.signal(number, handler)
    libc.prctl(_DEATH_SIGNAL, signal.SIGTERM)

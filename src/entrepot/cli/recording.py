"""``entrepot record`` and ``entrepot replay``: transcripts of sessions."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from entrepot.cli.arguments import Argument, Exit, Option, echo, misused
from entrepot.cli.folder import Data
from entrepot.cli.remote import Server, told_by_server

if TYPE_CHECKING:
    from entrepot.transcript.replaying import GivenKey, Replayed

_KEYS_MAX_BYTES: Final = 1 << 20
_RUN: Final = "ENTREPOT_RUN_"
_SECRET: Final = "ENTREPOT_REPLAY_SECRET"  # noqa: S105 - the name of a variable
_TOKEN: Final = "ENTREPOT_REPLAY_TOKEN"  # noqa: S105 - the name of a variable


def record(
    command: Annotated[
        list[str] | None, Argument(help="A command to record, after two dashes (default: until Ctrl-C).")
    ] = None,
    *,
    out: Annotated[Path, Option("--out", help="The file of the transcript; long bodies go to FILE.bodies.")],
    exchanges: Annotated[
        int | None, Option(min=1, help="At most so many exchanges in each worker (default: 10000).")
    ] = None,
    bytes_max: Annotated[
        int | None, Option("--bytes", min=1, help="At most so many bytes in each worker (default: 1 GiB).")
    ] = None,
    server: Server = None,
    data: Data = None,
) -> None:
    """Keep a transcript of what a server in dev mode is asked and answers, until a command ends or Ctrl-C.

    Signatures, session tokens and secrets are not in it; the content of objects is.
    """
    from entrepot import __version__  # noqa: PLC0415 - keeps --help quick
    from entrepot.cli.running import status_of  # noqa: PLC0415
    from entrepot.transcript import writing  # noqa: PLC0415

    def ask(method: str, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        return told_by_server(method, path, body, server, data)

    given = {"exchanges": exchanges, "bytes": bytes_max}
    writing.start(ask, {name: value for name, value in given.items() if value is not None})
    status = 0
    try:
        if command:
            status = status_of(command, dict(os.environ))
        else:
            echo("recording; Ctrl-C ends it", err=True)
            _await_signal()
    finally:
        count, left_out = writing.finish(ask, out.resolve(), f"entrepot {__version__}")
        echo(f"{out}: {count} exchanges" + (f", {left_out} left out" if left_out else ""), err=True)
    if status:
        raise Exit(status)


def _await_signal() -> None:
    caught: list[int] = []

    def catch(number: int, _frame: FrameType | None) -> None:
        caught.append(number)

    before = {number: signal.signal(number, catch) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not caught:
            signal.sigtimedwait([], 0.2)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def replay(
    file: Annotated[Path, Argument(help="The transcript.")],
    *,
    to: Annotated[
        str | None, Option("--to", help="The server's address (default: that of `entrepot run`, else of the folder).")
    ] = None,
    key_id: Annotated[
        str | None,
        Option("--key-id", help=f"The key to sign with; its secret is read from {_SECRET}, a token from {_TOKEN}."),
    ] = None,
    account: Annotated[str | None, Option("--account", help="The number (appid) of the key's account.")] = None,
    user_id: Annotated[str | None, Option("--user-id", help="The number by which policies name it.")] = None,
    application: Annotated[str | None, Option("--application", help="Its application of VOD.")] = None,
    keys: Annotated[
        Path | None, Option("--keys", help='Instead, a file of several: {"1": {"key_id": …, "secret": …}, "2": …}.')
    ] = None,
    only: Annotated[
        list[str] | None,
        Option("--only", help="Only this: DIALECT, DIALECT/OPERATION or /OPERATION; several times."),
    ] = None,
    compare: Annotated[
        list[Literal["status", "code", "headers", "body"]] | None,
        Option("--compare", help="Compare only this of replies; several times (default: all of it)."),
    ] = None,
    authority: Annotated[Path | None, Option("--authority", help="The certificate to trust, for https.")] = None,
    data: Data = None,
) -> None:
    """Send the requests of a transcript to a server, signed anew, and tell where its replies differ.

    Exits 0 when nothing differs and 1 otherwise. Beside `entrepot run` all of this is known: entrepot run -- entrepot
    replay FILE.
    """
    from entrepot.transcript.layout import TranscriptError  # noqa: PLC0415 - keeps --help quick

    given = _from_file(keys) if keys is not None else {"1": _key(key_id, account, user_id, application)}
    try:
        with _replayed(file, to or _address(data), given, only, compare, authority) as found:
            different = _tell(found)
    except (TranscriptError, ValueError) as error:
        echo(f"entrepot: {file}: {error}", err=True)
        raise Exit(1) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        echo(f"entrepot: {file}: {error.strerror}", err=True)
        raise Exit(1) from error
    if different:
        raise Exit(1)


@contextmanager
def _replayed(
    file: Path,
    to: str,
    keys: dict[str, GivenKey],
    only: list[str] | None,
    compare: list[Literal["status", "code", "headers", "body"]] | None,
    authority: Path | None,
) -> Iterator[Iterator[Replayed]]:
    from entrepot.testing.recording import replayed  # noqa: PLC0415 - keeps --help quick
    from entrepot.transcript.comparing import PARTS  # noqa: PLC0415

    if not to.startswith(("http://", "https://")):
        misused("entrepot replay", "name a server: --to http://127.0.0.1:9400")
    trusted = authority or (Path(os.environ["SSL_CERT_FILE"]) if "SSL_CERT_FILE" in os.environ else None)
    yield replayed(file, to.rstrip("/"), keys, parts=compare or PARTS, authority=trusted, only=only or ())


def _address(data: Path | None) -> str:
    """Of the server of ``entrepot run``, else of the one that serves the folder; empty for none."""
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick
    from entrepot.folder import address_file  # noqa: PLC0415

    run = os.environ.get(f"{_RUN}ADDRESS")
    if run:
        return run
    with suppress(OSError):
        return address_file(load(None, data=data).data).read_text("ascii").strip()
    return ""


def _key(key_id: str | None, account: str | None, user_id: str | None, application: str | None) -> GivenKey:
    """The key that options or the variables of ``entrepot run`` name."""
    from entrepot.transcript.replaying import GivenKey  # noqa: PLC0415 - keeps --help quick

    run = key_id is None
    secret = os.environ.get(f"{_RUN}SECRET" if run else _SECRET, "")
    found = {
        "id": key_id, "account": account, "user": user_id, "application": application,
    }  # fmt: skip
    names = {"id": "KEY_ID", "account": "ACCOUNT", "user": "USER_ID", "application": "APPLICATION"}
    values = {
        name: value or (os.environ.get(f"{_RUN}{names[name]}", "") if run else "") for name, value in found.items()
    }
    if not values["id"] or not secret:
        misused("entrepot replay", f"name a key: --key-id ID, with its secret in {_SECRET}; or --keys FILE")
    return GivenKey(secret=secret, token=os.environ.get(_TOKEN, ""), **values)


def _from_file(path: Path) -> dict[str, GivenKey]:
    """Keys by their numbers. Raises Exit."""
    from entrepot.transcript.replaying import GivenKey  # noqa: PLC0415 - keeps --help quick

    try:
        with path.open("rb") as opened:
            told = json.loads(opened.read(_KEYS_MAX_BYTES))
        members = {"key_id": "id", "secret": "secret", "token": "token", "account": "account", "user_id": "user",
                   "application": "application"}  # fmt: skip
        return {
            number: GivenKey(**{members[name]: str(value) for name, value in one.items()})
            for number, one in told.items()
        }
    except OSError as error:
        misused("entrepot replay", f"{path}: {error.strerror}")
    except (ValueError, AttributeError, KeyError, TypeError):
        misused(
            "entrepot replay",
            f'{path} is no JSON such as {{"1": {{"key_id": "…", "secret": "…", "account": "1250000000"}}}}; there are'
            " token, user_id and application besides",
        )


def _tell(found: Iterator[Replayed]) -> bool:
    """Print what differs; whether anything does, or nothing was sent."""
    sent = different = skipped = 0
    for one in found:
        entry = one.entry
        if one.skipped:
            skipped += 1
            if entry.skipped:
                echo(f"{entry.number} {entry.dialect} {entry.operation} is not sent: {one.skipped}")
            continue
        sent += 1
        if one.differences:
            different += 1
            echo(f"{entry.number} {entry.dialect} {entry.operation} {entry.asked.method} (line {entry.line})")
            for difference in one.differences:
                echo(f"    {difference.told()}")
    echo(f"{sent} sent, {different} different" + (f", {skipped} not sent" if skipped else ""))
    return bool(different) or not sent

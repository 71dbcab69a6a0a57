"""``entrepot serve`` and ``entrepot config``."""

from __future__ import annotations

import multiprocessing
import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from entrepot.admin import dev as fixtures
from entrepot.cli.arguments import Exit, Option, complain, echo
from entrepot.cli.folder import Config, Data, dumped, failing, finished, without_password

if TYPE_CHECKING:
    from entrepot.admin.seed.reading import Source
    from entrepot.config import Settings
    from entrepot.core.rights.identity import Key
    from entrepot.folder import Folder


def serve(
    *,
    dev: Annotated[
        bool | None,
        Option("--dev", help="Fixed credentials and a demo bucket, on loopback only."),
    ] = None,
    data: Data = None,
    index: Annotated[
        str | None, Option(help="Where names and facts are: sqlite, or postgresql://user@host:port/database.")
    ] = None,
    blobs: Annotated[str | None, Option(help="Where bytes are: file, or file:///folder.")] = None,
    host: Annotated[str | None, Option(help="Address to listen on (default: 127.0.0.1).")] = None,
    port: Annotated[int | None, Option(help="Port to listen on; 0 takes a free one (default: 9400).")] = None,
    workers: Annotated[int | None, Option(help="Processes that serve (default: 1).")] = None,
    public_url: Annotated[str | None, Option(help="Base of minted addresses (default: what the caller used).")] = None,
    own_certificate: Annotated[
        bool | None, Option(help="Speak https with certificates of the folder's own authority.")
    ] = None,
    seed: Annotated[
        Path | None, Option("--seed", help="With --dev: have what this seed says before serving (entrepot seed).")
    ] = None,
    ends_with: Annotated[
        int | None, Option(help="Also end when the process of this number, which started this one, ends.")
    ] = None,
    config: Config = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what is under way and stop."""
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick

    with failing():
        settings = load(
            config,
            dev=dev,
            data=data,
            index=without_password(index),
            blobs=blobs,
            host=host,
            port=port,
            workers=workers,
            public_url=public_url,
            own_certificate=own_certificate,
        )
        source = _seed(settings, seed)
        from entrepot import server  # noqa: PLC0415 - keeps --help quick
        from entrepot.folder import prepare_clock  # noqa: PLC0415 - keeps --help quick

        server.check_tls(settings)
        lock = server.claim(settings.data)
        prepare_clock(settings)
        server.prepare_metrics(settings)
        try:
            sock = server.listen(settings)
        except OSError as error:
            complain(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}")
            raise Exit(1) from error
        prepare = _prepare if settings.workers == 1 else _prepare_apart
        created = prepare(settings, source)
        address = _address(settings, sock)
        _write_address(settings.data, address)
        _banner(settings, address, created)
        server.run(settings, sock, lock, ends_with)


def migrate(
    *,
    index: Annotated[str | None, Option(help="The database: postgresql://user@host:port/database.")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make or upgrade the tables of a shared index, also while gateways serve."""
    from entrepot.config import SQLITE, load  # noqa: PLC0415 - keeps --help quick

    with failing():
        settings = load(config, data=data, index=without_password(index))
        if settings.index == SQLITE:
            complain("an index in a data folder is brought up to date when it is opened; name a database with --index")
            raise Exit(2)
        from entrepot import folder  # noqa: PLC0415 - keeps --help quick

        before, after = folder.migrate(settings)
    echo(f"schema {after}" if before == after else f"schema {before} became {after}")


def config(*, config: Config = None, data: Data = None) -> None:
    """Print the effective settings as JSON, secrets masked."""
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick

    with failing():
        settings = load(config, data=data)
        dumped(settings.told())


def _seed(settings: Settings, path: Path | None) -> Source | None:
    """The seed to serve with. Raises Fault, and SettingsError outside dev mode."""
    if path is None:
        return None
    if not settings.dev:
        from entrepot.config import SettingsError  # noqa: PLC0415 - keeps --help quick

        raise SettingsError("--seed goes with --dev; to fill another folder once: entrepot seed FILE --data FOLDER")
    from entrepot.cli.seeding import read_seed  # noqa: PLC0415 - few seed

    return read_seed(path)


def _prepare(settings: Settings, source: Source | None = None) -> Key | None:
    """Make the folder ready; the key that was created on a first start, else None."""
    from entrepot.folder import Folder, forget_tests  # noqa: PLC0415 - keeps --help quick

    folder = Folder(settings)

    async def prepared() -> Key | None:
        await folder.check()
        await folder.check_alike()
        for warning in folder.warnings:
            complain(f"{warning}")
        try:
            if settings.dev:
                forget_tests(settings.data)
                await folder.index.write(lambda tx: fixtures.make(tx, folder.clock()))
                if source is not None:
                    await _seeded(folder, settings, source)
                return None
            await folder.index.scan(lambda reader: fixtures.refuse(reader, settings.data))
            return await folder.index.write(lambda tx: fixtures.first_key(tx, folder.clock()))
        finally:
            if folder.is_shared:
                folder.index.close()

    try:
        return finished(prepared())
    finally:
        folder.close()


async def _seeded(folder: Folder, settings: Settings, source: Source) -> None:
    from entrepot.cli.seeding import apply_seed, summary  # noqa: PLC0415 - few seed

    echo(summary((await apply_seed(folder, settings, source)).told()))


def _prepare_apart(settings: Settings, source: Source | None = None) -> Key | None:
    """The same in a process of its own, so that workers can be forked from this one.

    The client of a store starts threads when it is first used, and cannot be used in what is forked after that.
    """
    fork = multiprocessing.get_context("fork")
    told, telling = fork.Pipe(duplex=False)

    def prepared() -> None:
        with failing():
            telling.send(_prepare(settings, source))

    process = fork.Process(target=prepared)
    process.start()
    telling.close()
    with told:
        try:
            created: Key | None = told.recv()
        except EOFError:
            process.join()
            raise Exit(process.exitcode or 1) from None
    process.join()
    return created


def _address(settings: Settings, sock: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if settings.speaks_tls else "http"
    return f"{scheme}://{host}:{sock.getsockname()[1]}"


def _write_address(data: Path, address: str) -> None:
    from entrepot.folder import address_file  # noqa: PLC0415 - keeps --help quick

    path = address_file(data)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(address + "\n")
    fresh.replace(path)


def _banner(settings: Settings, address: str, created: Key | None) -> None:
    echo(f"entrepot serves {address}  (data: {settings.data}, workers: {settings.workers})")
    if settings.dev:
        echo(f"  account {fixtures.ACCOUNT}  bucket {fixtures.BUCKET}")
        echo(f"  key id {fixtures.KEY_ID}  secret {fixtures.SECRET}")
        echo(f"  admin API {address}/-/api/openapi.json  key {fixtures.ADMIN_KEY}")
    console = replace(settings, port=urlsplit(address).port or settings.port).console_address
    if console is not None:
        echo(f"  console {console}/-/console")
    if settings.dev:
        echo("  try:")
        base = f"{address}/files/v2/{fixtures.ACCOUNT}/{fixtures.BUCKET}/hello.txt"
        sign = f"{_command()} sign --data {settings.data} --bucket {fixtures.BUCKET}"
        curl = _curl(settings)
        echo(f'    {curl} -H "Authorization: $({sign})" -F op=upload -F insertOnly=0 -F filecontent=hello "{base}"')
        echo(f'    {curl} "$({sign} --path /hello.txt --url {address})"')
    elif created is not None:
        echo(f"  a first account was made: appid {created.account}")
        echo(f"  key id {created.id}")
        echo(f"  secret {created.secret.decode()}   (shown this once)")
        echo(f"  make a bucket: entrepot bucket create NAME --account {created.account} --data {settings.data}")


def _curl(settings: Settings) -> str:
    if settings.own_certificate:
        return f"curl --cacert {settings.data / 'authority.crt'}"
    return "curl -k" if settings.speaks_tls else "curl"


def _command() -> str:
    return os.environ.get("ENTREPOT_COMMAND", "entrepot")

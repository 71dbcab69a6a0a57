"""``entrepot mint``: rights for people without an SDK, beside a running server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import orjson
import typer

from entrepot.admin.grants import span
from entrepot.admin.minting import further_limits_of, minting_key
from entrepot.cli.folder import Config, Data, Json, ask, failing, opened
from entrepot.core.fault import Fault, Kind
from entrepot.core.rights.further_limits import FurtherLimits
from entrepot.dialects.control.minting.urls import UrlAsked

mint = typer.Typer(
    help="Mint a right as a cloud's API does; it is in the ledger like every other.", no_args_is_help=True
)

KeyId = Annotated[
    str | None,
    typer.Option("--key-id", help="In whose name; may be left out when there is one key.", show_default=False),
]
Account = Annotated[int | None, typer.Option("--account", help="The appid whose only key it is.", show_default=False)]
Base = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Where clients find the server (default: the setting public_url, else the running server's address).",
        show_default=False,
    ),
]
MaxBytes = Annotated[int | None, typer.Option(help="Most bytes that an upload may have.", show_default=False)]
Types = Annotated[
    list[str] | None,
    typer.Option("--content-type", help="What may be uploaded: image/png, image/*.", show_default=False),
]
Uses = Annotated[int | None, typer.Option(help="How often it may be used.", show_default=False)]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", help="From where it may be used: an address or a CIDR block.", show_default=False),
]


@mint.command("url")
def mint_url(
    bucket: str,
    key: str,
    *,
    method: Annotated[Literal["GET", "PUT"], typer.Option(help="What the address does.")] = "PUT",
    dialect: Annotated[
        Literal["s3", "oss", "tos", "cos_xml", "cos_json"], typer.Option(help="In which dialect it is signed.")
    ] = "s3",
    expires: Annotated[str, typer.Option(help="How long it lasts: 90s, 15m, 12h, 7d.")] = "1h",
    max_bytes: MaxBytes = None,
    content_type: Types = None,
    uses: Uses = None,
    source: Sources = None,
    key_id: KeyId = None,
    account: Account = None,
    url: Base = None,
    data: Data = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Print a signed address that downloads or uploads one object, and nothing else."""
    limits = _limits(max_bytes, content_type, uses, source)
    with opened(data, config) as (folder, settings):
        from entrepot.app import new_minting  # noqa: PLC0415 - keeps --help quick

        asked = UrlAsked(
            bucket=bucket, key=key, method=method, dialect=dialect, seconds=int(span(expires)), further_limits=limits
        )
        minter = ask(folder, lambda reader: minting_key(reader, key_id, account))
        base = url or settings.public_url or _address(settings.data)
        made = asyncio.run(new_minting(folder, settings).url(asked, minter, "command line", base))
    if json:
        typer.echo(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo(made["url"])
        for name, value in made["headers"].items():
            typer.echo(f"send the header  {name}: {value}", err=True)


@mint.command("vms")
def mint_vms(
    file_name: str,
    *,
    max_bytes: MaxBytes = None,
    content_type: Types = None,
    uses: Uses = None,
    source: Sources = None,
    key_id: KeyId = None,
    account: Account = None,
    url: Base = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """What the voice service's GetResourceUploadUrl gives: an address to PUT one .mp3 or .wav to."""
    limits = _limits(max_bytes, content_type, uses, source)
    _call("vms", {"FileName": file_name}, limits, key_id, account, url, data, config)


@mint.command("hbr")
def mint_hbr(
    file_name: str,
    *,
    max_bytes: MaxBytes = None,
    content_type: Types = None,
    uses: Uses = None,
    source: Sources = None,
    key_id: KeyId = None,
    account: Account = None,
    url: Base = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """What the backup service's CreateTempFileUploadUrl gives: the fields of a form that uploads one file."""
    limits = _limits(max_bytes, content_type, uses, source)
    _call("hbr", {"FileName": file_name}, limits, key_id, account, url, data, config)


@mint.command("vod")
def mint_vod(
    sub_app_id: int,
    policy: Annotated[Path, typer.Argument(help="File that holds the policy in JSON; - reads standard input.")],
    *,
    duration: Annotated[str | None, typer.Option(help="How long: 15m, 12h.", show_default=False)] = None,
    max_bytes: MaxBytes = None,
    content_type: Types = None,
    uses: Uses = None,
    source: Sources = None,
    key_id: KeyId = None,
    account: Account = None,
    url: Base = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """What VOD's CreateStorageCredentials gives: temporary credentials for what a policy says."""
    text = sys.stdin.read() if str(policy) == "-" else policy.read_text("utf-8")
    given = {"SubAppId": sub_app_id, "Policy": quote(text, safe="")}
    if duration is not None:
        given["DurationSeconds"] = int(span(duration))
    limits = _limits(max_bytes, content_type, uses, source)
    _call("vod", given, limits, key_id, account, url, data, config)


@mint.command("ms")
def mint_ms(
    *,
    region: Annotated[str | None, typer.Option(help="The region that the reply names.", show_default=False)] = None,
    duration: Annotated[str | None, typer.Option(help="How long: 15m, 12h.", show_default=False)] = None,
    max_bytes: MaxBytes = None,
    content_type: Types = None,
    uses: Uses = None,
    source: Sources = None,
    key_id: KeyId = None,
    account: Account = None,
    url: Base = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """What MS's CreateCosSecKeyInstance gives: a temporary key that uploads below a prefix of its own."""
    given = {"CosRegion": region, "Duration": None if duration is None else int(span(duration))}
    limits = _limits(max_bytes, content_type, uses, source)
    _call("ms", given, limits, key_id, account, url, data, config)


def _limits(
    max_bytes: int | None, content_type: list[str] | None, uses: int | None, source: list[str] | None
) -> FurtherLimits:
    with failing():
        return further_limits_of(
            {"max_bytes": max_bytes, "uses": uses, "content_types": content_type, "networks": source}
        )


def _call(
    api: str,
    given: Mapping[str, Any],
    limits: FurtherLimits,
    key_id: str | None,
    account: int | None,
    url: str | None,
    data: Path | None,
    config: Path | None,
) -> None:
    """Print the reply as JSON: it has the secrets of what was minted, which nobody is told again."""
    with opened(data, config) as (folder, settings):
        from entrepot.app import new_minting  # noqa: PLC0415 - keeps --help quick

        minter = ask(folder, lambda reader: minting_key(reader, key_id, account))
        base = url or settings.public_url or _address(settings.data)
        answer = asyncio.run(new_minting(folder, settings).call(api, given, limits, minter, "command line", base))
    typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())


def _address(data: Path) -> str:
    """The address of the server that runs on this folder. Raises Fault when there is none."""
    from entrepot.app import address_file  # noqa: PLC0415 - keeps --help quick

    path = address_file(data)
    if not path.exists():
        raise Fault(Kind.PARAMETER_MISSING, "no server runs on this folder; say with --url where clients will find it")
    return str(path.read_text().strip())

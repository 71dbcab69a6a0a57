"""``entrepot mint``: rights for people without an SDK, beside a running server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from entrepot.admin.grants import span
from entrepot.cli.arguments import Argument, Group, Option, echo
from entrepot.cli.folder import BY, Config, Data, Json, dumped, failing, finished, opened, text_given
from entrepot.core.fault import Fault, Kind

if TYPE_CHECKING:
    from entrepot.admin.minting import Minting

mint = Group(help="Mint a right as a cloud's API does; it is in the ledger like every other.")

KeyId = Annotated[
    str | None,
    Option("--key-id", help="In whose name; may be left out when there is one key."),
]
Account = Annotated[int | None, Option("--account", help="The appid whose only key it is.")]
Base = Annotated[
    str | None,
    Option(
        "--url",
        help="Where clients find the server (default: the setting public_url, else the running server's address).",
    ),
]
MaxBytes = Annotated[int | None, Option(help="Most bytes that an upload may have.")]
Types = Annotated[
    list[str] | None,
    Option("--content-type", help="What may be uploaded: image/png, image/*."),
]
Uses = Annotated[int | None, Option(help="How often it may be used.")]
Sources = Annotated[
    list[str] | None,
    Option("--source", help="From where it may be used: an address or a CIDR block."),
]


@mint.command("url")
def mint_url(
    bucket: str,
    key: str,
    *,
    method: Annotated[Literal["GET", "PUT"], Option(help="What the address does.")] = "PUT",
    dialect: Annotated[
        Literal["s3", "oss", "tos", "cos_xml", "cos_json"], Option(help="In which dialect it is signed.")
    ] = "s3",
    expires: Annotated[str, Option(help="How long it lasts: 90s, 15m, 12h, 7d.")] = "1h",
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
    given = _given(key_id, account, max_bytes, content_type, uses, source)
    asked = {"bucket": bucket, "key": key, "method": method, "dialect": dialect, "expires": expires}
    with _minting(url, data, config) as (minting, base, carry):
        made = finished(carry(minting.url(given | asked, BY, base)))
    if json:
        dumped(made)
    else:
        echo(made["url"])
        for name, value in made["headers"].items():
            echo(f"send the header  {name}: {value}", err=True)


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
    given = _given(key_id, account, max_bytes, content_type, uses, source)
    _call("vms", {"FileName": file_name}, given, url, data, config)


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
    given = _given(key_id, account, max_bytes, content_type, uses, source)
    _call("hbr", {"FileName": file_name}, given, url, data, config)


@mint.command("vod")
def mint_vod(
    sub_app_id: int,
    policy: Annotated[Path, Argument(help="File that holds the policy in JSON; - reads standard input.")],
    *,
    duration: Annotated[str | None, Option(help="How long: 15m, 12h.")] = None,
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
    with failing():
        text = text_given(policy)
    parameters = {"SubAppId": sub_app_id, "Policy": quote(text, safe="")}
    if duration is not None:
        parameters["DurationSeconds"] = _seconds(duration)
    given = _given(key_id, account, max_bytes, content_type, uses, source)
    _call("vod", parameters, given, url, data, config)


@mint.command("ms")
def mint_ms(
    *,
    region: Annotated[str | None, Option(help="The region that the reply names.")] = None,
    duration: Annotated[str | None, Option(help="How long: 15m, 12h.")] = None,
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
    parameters = {"CosRegion": region, "Duration": None if duration is None else _seconds(duration)}
    given = _given(key_id, account, max_bytes, content_type, uses, source)
    _call("ms", parameters, given, url, data, config)


def _seconds(text: str) -> int:
    with failing():
        return int(span(text))


def _given(
    key_id: str | None,
    account: int | None,
    max_bytes: int | None,
    content_types: list[str] | None,
    uses: int | None,
    networks: list[str] | None,
) -> dict[str, Any]:
    """What an operator says of any right: in whose name, and its limits."""
    return {
        "key_id": key_id, "account": account, "max_bytes": max_bytes, "content_types": content_types, "uses": uses,
        "networks": networks,
    }  # fmt: skip


@contextmanager
def _minting(
    url: str | None, data: Path | None, config: Path | None
) -> Iterator[tuple[Minting, str, Callable[..., Any]]]:
    """What mints in a data folder, the address below which clients find the server, and what work must be put into."""
    with opened(data, config) as (folder, settings):
        from entrepot.app import new_minting  # noqa: PLC0415 - keeps --help quick

        base = url or settings.public_url or _address(settings.data)
        yield new_minting(folder, settings), base, folder.index.carry


def _call(
    api: str,
    parameters: Mapping[str, Any],
    given: Mapping[str, Any],
    url: str | None,
    data: Path | None,
    config: Path | None,
) -> None:
    """Print the reply as JSON: it has the secrets of what was minted, which nobody is told again."""
    with _minting(url, data, config) as (minting, base, carry):
        answer = finished(carry(minting.call(api, parameters, given, BY, base)))
    dumped(answer)


def _address(data: Path) -> str:
    """The address of the server that runs on this folder. Raises Fault when there is none."""
    from entrepot.folder import address_file  # noqa: PLC0415 - keeps --help quick

    path = address_file(data)
    if not path.exists():
        raise Fault(Kind.PARAMETER_MISSING, "no server runs on this folder; say with --url where clients will find it")
    return str(path.read_text().strip())

"""Settings: from the command line, ``ENTREPOT_*`` variables and ``entrepot.toml``, in this order of precedence.

Units are in the names. Nested groups are tables in the file and ``__`` in variables
(``ENTREPOT_COS_JSON__ONCE_REQUIRED=never``). Unknown names are refused, so that no misspelt setting is silently lost.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from entrepot.core.rights.audit import AuditSettings
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.dialects.s3like.callbacks.hosts import ANY, DEV_RULES, PUBLIC, parse_rules
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.front.connections.limits import ConnectionLimits
from entrepot.upkeep.settings import SweepSettings


class SettingsError(Exception):
    """A setting has a value that cannot be."""


class Settings(BaseSettings):
    """All settings with their defaults. The defaults are safe: loopback only, nothing open, everything durable."""

    model_config = SettingsConfigDict(
        env_prefix="ENTREPOT_", env_nested_delimiter="__", extra="forbid", frozen=True, toml_file="entrepot.toml"
    )

    dev: bool = Field(default=False, description="fixed credentials and a demo bucket; loopback only")
    data: Path = Field(default=Path("data"), description="the data folder")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=9400, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    tls_certificate: Path | None = Field(
        default=None, description="PEM file of the certificate and its chain; with `tls_key` the server speaks https"
    )
    tls_key: Path | None = Field(default=None, description="PEM file of the certificate's private key, not encrypted")
    workers: int = Field(default=1, ge=1, le=256, description="processes that serve")
    public_url: str | None = Field(default=None, description="base of minted addresses; default: what the caller used")
    download_domain: str | None = Field(
        default=None, description="downloads are <bucket>-<appid>.<download_domain> when set"
    )
    domains: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="wildcard domains: the host `<bucket>.<domain>` is a bucket; in a variable, commas between",
    )
    callback_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(PUBLIC,),
        description="where upload callbacks may go: `public` (no private, shared or loopback address; those of loopback"
        " too in dev mode), `any`, names (`*.example.com`), addresses, networks; none: nowhere."
        " Never to link-local and metadata addresses, nor to this server itself",
    )
    sandbox: bool = Field(
        default=True,
        description="what is stored runs no scripts in browsers where the server's own host serves it, the bucket being"
        " in the path; buckets in host names are not touched",
    )
    dev_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="further hosts that a server in dev mode answers to, and whose pages may call it: names,"
        " `*.example.com`, or `any`; loopback, the clouds' own names and configured domains need not be named",
    )
    admin_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="further hosts at which the admin API answers: names, `*.example.com`, or `any`; addresses,"
        " loopback, and the hosts of `public_url` and `domains` need not be named",
    )
    master_key: SecretStr | None = Field(default=None, description="base64 of 32 bytes; default: DATA/master.key")
    admin_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="what requests of the admin API under `/-/api` must show; without it that is off, but with `dev`",
    )
    inline_max_bytes: int = Field(
        default=64 * 1024, ge=0, le=1 << 20, description="objects up to this live in the index"
    )
    log_requests: bool = Field(default=True, description="one line for each request on standard error")
    keep_alive_seconds: int = Field(default=75, ge=1)
    drain_seconds: int = Field(default=30, ge=0, description="how long SIGTERM waits for requests under way")
    limits: ConnectionLimits = Field(default=ConnectionLimits())
    sweep: SweepSettings = Field(default=SweepSettings())
    cos_json: CosJsonSettings = Field(default=CosJsonSettings())
    storage: StorageSettings = Field(default=StorageSettings())
    mint: MintSettings = Field(default=MintSettings())
    audit: AuditSettings = Field(default=AuditSettings())

    @field_validator("public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            message = "must start with http:// or https://"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("domains", "callback_hosts", "dev_hosts", "admin_hosts", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("mint", mode="before")
    @classmethod
    def _listed_in_mint(cls, value: Any) -> Any:
        """Lists of the nested group, which come as one text from a variable."""
        if not isinstance(value, dict):
            return value
        lists = {one.name for one in fields(MintSettings) if isinstance(one.default, tuple)}
        return {name: cls._listed(given) if name in lists else given for name, given in value.items()}

    @field_validator("domains")
    @classmethod
    def _are_host_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if len(name) > 190 or not _HOST_NAME.fullmatch(name):
                message = f"{name[:200]!r} is not a host name in lower case, without a wildcard, a scheme or a port"
                raise ValueError(message)
        return value

    @field_validator("dev_hosts", "admin_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name != ANY and not _HOST_NAME.fullmatch(name.removeprefix("*.")):
                message = f"{name[:200]!r} is neither {ANY} nor a host name in lower case, without a port"
                raise ValueError(message)
        return value

    @property
    def callback_rules(self) -> tuple[str, ...]:
        """Where callbacks may go in this mode."""
        return DEV_RULES if self.dev and self.callback_hosts == (PUBLIC,) else self.callback_hosts

    @field_validator("callback_hosts")
    @classmethod
    def _are_rules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        parse_rules(value)
        return value

    @model_validator(mode="after")
    def _tls_has_both(self) -> Settings:
        if (self.tls_certificate is None) != (self.tls_key is None):
            message = "tls_certificate and tls_key belong together: set both, or none of them"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _dev_is_loopback(self) -> Settings:
        if self.dev and not _is_loopback(self.host):
            message = f"--dev has well-known credentials and listens on loopback only, not on {self.host}"
            raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file."""
        del dotenv_settings, file_secret_settings
        path = _config_file.get("path")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path or Path("entrepot.toml"))


_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"({_LABEL}\.)*(?!\d+$){_LABEL}")
"""The last label is not a number: that would be an address, which has no hosts below it."""
_config_file: dict[str, Path | None] = {}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# Variables that other parts read themselves; they are not settings.
_NOT_SETTINGS = frozenset({"ENTREPOT_CRASH_AT", "ENTREPOT_COMMAND"})


def _unknown_variables() -> list[str]:
    """Names in the environment that look like settings and are none."""
    given = [name for name in os.environ if name.startswith("ENTREPOT_") and name not in _NOT_SETTINGS]
    return [name for name in given if name[9:].lower().partition("__")[0] not in Settings.model_fields]


def load(config_file: Path | None = None, **given: Any) -> Settings:
    """The effective settings; ``given`` are the command line's, None meaning not given.

    Raises:
        SettingsError: with one line for each setting that is wrong.
    """
    if config_file is not None and not config_file.is_file():
        raise SettingsError(f"there is no settings file {config_file}")
    unknown = _unknown_variables()
    if unknown:
        raise SettingsError(f"{', '.join(unknown)}: no such setting; `entrepot config` prints them all")
    _config_file["path"] = config_file
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in e['loc']) or 'settings'}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(lines)) from error
    except ValueError as error:
        raise SettingsError(str(error)) from error

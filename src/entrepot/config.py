"""Settings: from the command line, ``ENTREPOT_*`` variables and ``entrepot.toml``, in this order of precedence.

Units are in the names. Nested groups are tables in the file and ``__`` in variables
(``ENTREPOT_COS_JSON__ONCE_REQUIRED=never``). Unknown names are refused, so that no misspelt setting is silently lost.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.front.protocol import ConnectionLimits
from entrepot.sweeper import SweepSettings


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
    workers: int = Field(default=1, ge=1, le=256, description="processes that serve")
    public_url: str | None = Field(default=None, description="base of minted addresses; default: what the caller used")
    download_domain: str | None = Field(
        default=None, description="downloads are <bucket>-<appid>.<download_domain> when set"
    )
    master_key: SecretStr | None = Field(default=None, description="base64 of 32 bytes; default: DATA/master.key")
    inline_max_bytes: int = Field(
        default=16 * 1024, ge=0, le=1 << 20, description="objects up to this live in the index"
    )
    log_requests: bool = Field(default=True, description="one line for each request on standard error")
    keep_alive_seconds: int = Field(default=75, ge=1)
    drain_seconds: int = Field(default=30, ge=0, description="how long SIGTERM waits for requests under way")
    limits: ConnectionLimits = Field(default=ConnectionLimits())
    sweep: SweepSettings = Field(default=SweepSettings())
    cos_json: CosJsonSettings = Field(default=CosJsonSettings())

    @field_validator("public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            message = "must start with http:// or https://"
            raise ValueError(message)
        return value.rstrip("/")

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

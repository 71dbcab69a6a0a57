"""Settings: from the command line, ``ENTREPOT_*`` variables and ``entrepot.toml``, in this order of precedence.

Units are in the names. Nested groups are tables in the file and ``__`` in variables
(``ENTREPOT_COS_JSON__ONCE_REQUIRED=never``). Unknown names are refused, so that no misspelt setting is silently lost.
A secret may be in a file that a variable names (``ENTREPOT_MASTER_KEY_FILE``), which containers do.

Length: all settings that belong to no group are one record, with what is said of each and what cannot be.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec

from entrepot.core.rights.audit import AuditSettings
from entrepot.dialects.control.settings import MintSettings
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.dialects.s3like.callbacks.hosts import ANY, DEV_RULES, PUBLIC, parse_rules
from entrepot.dialects.s3like.settings import StorageSettings
from entrepot.explain.settings import ExplainSettings
from entrepot.front.connections.limits import ConnectionLimits
from entrepot.front.redirect_settings import RedirectSettings
from entrepot.upkeep.settings import SweepSettings

SQLITE, FILE, FILE_URL, S3_URL = "sqlite", "file", "file://", "s3://"


class SettingsError(Exception):
    """A setting has a value that cannot be."""


class Secret:
    """A text that is shown to nobody by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "**********"

    def get_secret_value(self) -> str:
        """The text."""
        return self._text


def setting(default: Any, description: str = "") -> Any:
    """A setting, and what is said of it."""
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings with their defaults. The defaults are safe: loopback only, nothing open, everything durable."""

    dev: bool = setting(False, "fixed credentials and a demo bucket; loopback only")
    data: Path = setting(Path("data"), "the data folder")
    host: str = setting("127.0.0.1", "address to listen on")
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = setting(9400, "port to listen on; 0 takes a free one")
    tls_certificate: Path | None = setting(
        None, "PEM file of the certificate and its chain; with `tls_key` the server speaks https"
    )
    tls_key: Path | None = setting(None, "PEM file of the certificate's private key, not encrypted")
    own_certificate: bool = setting(
        False, "speak https with certificates of an authority of this folder's own (`entrepot certificate`)"
    )
    https_proxy: bool = setting(
        False,
        "with `dev`: be a proxy for https (`CONNECT`) too, with certificates of the folder's own authority; to the"
        " clouds' own names, which lead here, and to nothing else",
    )
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = setting(1, "processes that serve")
    public_url: str | None = setting(None, "base of minted addresses; default: what the caller used")
    download_domain: str | None = setting(None, "downloads are <bucket>-<appid>.<download_domain> when set")
    domains: tuple[str, ...] = setting(
        (),
        "wildcard domains: the host `<bucket>.<domain>` is a bucket; in a variable, commas between",
    )
    callback_hosts: tuple[str, ...] = setting(
        (PUBLIC,),
        "where upload callbacks may go: `public` (no private, shared or loopback address; those of loopback"
        " too in dev mode), `any`, names (`*.example.com`), addresses, networks; none: nowhere."
        " Never to link-local and metadata addresses, nor to this server itself",
    )
    sandbox: bool = setting(
        True,
        "what is stored runs no scripts in browsers where the server's own host serves it, the bucket being"
        " in the path; buckets in host names are not touched",
    )
    dev_hosts: tuple[str, ...] = setting(
        (),
        "further hosts that a server in dev mode answers to, and whose pages may call it: names,"
        " `*.example.com`, or `any`; loopback, the clouds' own names and configured domains need not be named",
    )
    admin_hosts: tuple[str, ...] = setting(
        (),
        "further hosts at which the admin API answers: names, `*.example.com`, or `any`; addresses,"
        " loopback, and the hosts of `public_url` and `domains` need not be named",
    )
    master_key: Secret | None = setting(None, "base64 of 32 bytes; default: DATA/master.key")
    next_master_key: Secret | None = setting(
        None,
        "base64 of 32 bytes: the master key that is to come. On one machine it seals at once, with many gateways it"
        " only opens",
    )
    old_master_key: Secret | None = setting(
        None, "base64 of 32 bytes: the master key before this one; opens what `entrepot secrets rotate` has not reached"
    )
    admin_key: Secret | None = setting(
        None,
        "what requests of the admin API under `/-/api` must show; without it that is off, but with `dev`",
    )
    console: str | None = setting(
        None,
        "address of the web console, at a host of its own: https://console.example.com; `off`: there is none."
        " Default: off; with `dev` http://console.localhost and the port",
    )
    console_idle_seconds: Annotated[int, msgspec.Meta(ge=60, le=86_400)] = setting(
        1800, "after how long without a request a session of the console is over"
    )
    console_seconds: Annotated[int, msgspec.Meta(ge=60, le=604_800)] = setting(
        43_200, "after how long a session of the console is over in any case"
    )
    index: str = setting(
        SQLITE,
        "where names and facts are: `sqlite` (in the data folder), or postgresql://user@host:port/database, which any"
        " number of gateways may share",
    )
    index_password: Secret | None = setting(None, "the database's password, apart from its address")
    index_connections: Annotated[int, msgspec.Meta(ge=2, le=1000)] = setting(
        16, "connections of each worker to a database"
    )
    blobs: str = setting(
        FILE,
        "where bytes are: `file` (in the data folder), file:///folder, which gateways of one machine may share, or"
        " s3://bucket/prefix?endpoint=https://host:port&region=…&style=path, a bucket of any S3-compatible store",
    )
    blobs_key_id: Secret | None = setting(None, "the id of the key with which a store of bytes is asked")
    blobs_secret: Secret | None = setting(None, "the secret of that key")
    blobs_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = setting(
        20.0, "how long a store of bytes may take for a request of its own"
    )
    blobs_memory_bytes: Annotated[int, msgspec.Meta(ge=0)] = setting(
        256 << 20,
        "memory of each worker for uploads on their way to a store; those that do not fit wait in its data folder",
    )
    inline_max_bytes: Annotated[int, msgspec.Meta(ge=0, le=1 << 20)] = setting(
        64 * 1024, "objects up to this live in the index"
    )
    log_requests: bool = setting(True, "one line for each request on standard error")
    keep_alive_seconds: Annotated[int, msgspec.Meta(ge=1)] = setting(75)
    drain_seconds: Annotated[int, msgspec.Meta(ge=0)] = setting(30, "how long SIGTERM waits for requests under way")
    notice_seconds: Annotated[int, msgspec.Meta(ge=0, le=600)] = setting(
        0,
        "how long SIGTERM goes on taking requests while `/-/readyz` says 503, so that a balancer notices;"
        " then `drain_seconds` begin",
    )
    limits: ConnectionLimits = setting(ConnectionLimits())
    redirect: RedirectSettings = setting(RedirectSettings())
    sweep: SweepSettings = setting(SweepSettings())
    cos_json: CosJsonSettings = setting(CosJsonSettings())
    storage: StorageSettings = setting(StorageSettings())
    mint: MintSettings = setting(MintSettings())
    audit: AuditSettings = setting(AuditSettings())
    explain: ExplainSettings = setting(ExplainSettings())

    def __post_init__(self) -> None:
        if self.public_url is not None:
            object.__setattr__(self, "public_url", self.public_url.rstrip("/"))
        wrong = [f"{name}: {why}" for name, why in self._wrong()]
        if wrong:
            raise SettingsError("; ".join(wrong))

    def _wrong(self) -> Iterator[tuple[str, str]]:
        """What cannot be, by the setting's name."""
        if self.public_url is not None and not self.public_url.startswith(("http://", "https://")):
            yield "public_url", "must start with http:// or https://"
        for name in self.domains:
            if len(name) > 190 or not _HOST_NAME.fullmatch(name):
                yield (
                    "domains",
                    f"{name[:200]!r} is not a host name in lower case, without a wildcard, a scheme or a port",
                )
        for setting_name, names in (("dev_hosts", self.dev_hosts), ("admin_hosts", self.admin_hosts)):
            for name in names:
                if name != ANY and not _HOST_NAME.fullmatch(name.removeprefix("*.")):
                    yield setting_name, f"{name[:200]!r} is neither {ANY} nor a host name in lower case, without a port"
        try:
            parse_rules(self.callback_hosts)
        except ValueError as error:
            yield "callback_hosts", str(error)
        yield from self._wrong_console()
        yield from self._wrong_engines()
        yield from self._wrong_keys()
        if (self.tls_certificate is None) != (self.tls_key is None):
            yield "settings", "tls_certificate and tls_key belong together: set both, or none of them"
        if self.own_certificate and self.tls_certificate is not None:
            yield "own_certificate", "tls_certificate is set too: choose one"
        yield from self._wrong_dev()

    def _wrong_dev(self) -> Iterator[tuple[str, str]]:
        if self.https_proxy and not self.dev:
            yield "https_proxy", "is for dev mode only: who uses the proxy takes this server for the clouds"
        if self.https_proxy and self.speaks_tls:
            yield "https_proxy", "a proxy is asked by plain http, and this server speaks https only"
        if self.dev and not _is_loopback(self.host):
            yield "settings", f"--dev has well-known credentials and listens on loopback only, not on {self.host}"

    def _wrong_console(self) -> Iterator[tuple[str, str]]:
        if self.console in (None, OFF):
            return
        parts = _ORIGIN.fullmatch(self.console or "")
        if parts is None:
            yield "console", f"must be {OFF} or https://HOST[:PORT], the host a name in lower case"
        elif parts["scheme"] != "https" and not self.dev:
            yield "console", "must be https://…, because people log in there"
        elif self.public_url is None and not self.dev:
            yield "console", "needs public_url, which is where its pages reach the store"
        elif parts["host"] in (urlsplit(self.public_url or "").hostname, self.download_domain, *self.domains):
            yield "console", "must be at a host of its own, where nothing else is served"

    def _wrong_keys(self) -> Iterator[tuple[str, str]]:
        for setting_name, key in (("next_master_key", self.next_master_key), ("old_master_key", self.old_master_key)):
            if key is not None and self.master_key is None:
                yield setting_name, "stands beside a master_key that is set too; beside master.key it is a file"
        if self.admin_key is not None and len(self.admin_key.get_secret_value()) < ADMIN_KEY_MIN:
            yield "admin_key", f"must have at least {ADMIN_KEY_MIN} characters"

    def _wrong_engines(self) -> Iterator[tuple[str, str]]:
        if self.index != SQLITE and not _DATABASE.fullmatch(self.index):
            yield "index", f"must be {SQLITE} or postgresql://user@host:port/database"
        if self.blobs != FILE and not self.blobs.startswith((FILE_URL + "/", S3_URL)):
            yield "blobs", f"must be {FILE}, {FILE_URL}/folder or {S3_URL}bucket?endpoint=…"
        if self.blobs.startswith(FILE_URL) and self.index == SQLITE:
            yield "blobs", "a folder apart is for gateways that share an index: what one index does not know is swept"
        if self.blobs.startswith(S3_URL) and (self.blobs_key_id is None or self.blobs_secret is None):
            yield "blobs", "a store needs a key: set blobs_key_id and blobs_secret"
        secure = self.speaks_tls or (self.public_url or "").startswith("https:")
        yield from self.redirect.wrong(self.blobs if self.blobs.startswith(S3_URL) else None, secure=secure)

    @property
    def console_address(self) -> str | None:
        """Where the console is, as browsers write an origin; None where there is none."""
        if self.console == OFF or (self.console is None and not self.dev):
            return None
        scheme = "https" if self.speaks_tls else "http"
        found = self.console or f"{scheme}://console.localhost:{self.port}"
        return found.removesuffix(":443" if found.startswith("https:") else ":80")

    @property
    def store_address(self) -> str:
        """Where browsers on this machine, or anywhere if ``public_url`` is set, reach the store."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"{'https' if self.speaks_tls else 'http'}://{host}:{self.port}"

    @property
    def speaks_tls(self) -> bool:
        """Whether the server speaks https."""
        return self.own_certificate or self.tls_certificate is not None

    @property
    def own_names(self) -> tuple[str, ...]:
        """What the folder's own authority vouches for, all below it included: this machine, ours, and the clouds'."""
        return "localhost", *self.proxied_names

    @property
    def proxied_names(self) -> tuple[str, ...]:
        """What ``https_proxy`` leads here, all below it included: ours, and the clouds'."""
        from entrepot.dialects.detection import CLOUD_DOMAINS  # noqa: PLC0415 - only who serves needs it

        given = tuple(name.removeprefix("*.") for name in self.dev_hosts if name != ANY)
        console = urlsplit(self.console_address or "").hostname
        if console is not None and not console.endswith(".localhost"):
            given = (*given, console)
        return *self.domains, *given, *(name.removeprefix(".") for name in CLOUD_DOMAINS)

    @property
    def callback_rules(self) -> tuple[str, ...]:
        """Where callbacks may go in this mode."""
        return DEV_RULES if self.dev and self.callback_hosts == (PUBLIC,) else self.callback_hosts

    def told(self) -> dict[str, Any]:
        """All of them as JSON has them, secrets masked."""
        return {name: _told(value) for name, value in asdict(self).items()} | {"index": _masked(self.index)}


_DATABASE = re.compile(r"postgres(ql)?://[^\s/]+/[^\s/?]+(\?\S*)?")


def _masked(address: str) -> str:
    """An address without the password in it."""
    head, at, host = address.rpartition("@")
    scheme, slashes, user = head.partition("://")
    return f"{scheme}{slashes}{user.partition(':')[0]}{at}{host}" if at else address


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _told(one) for name, one in value.items()}
    return str(value) if isinstance(value, Path | Secret) else value


OFF = "off"
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"({_LABEL}\.)*(?!\d+$){_LABEL}")
"""The last label is not a number: that would be an address, which has no hosts below it."""
_ORIGIN = re.compile(rf"(?P<scheme>https?)://(?P<host>{_HOST_NAME.pattern})(:[0-9]{{1,5}})?")
ADMIN_KEY_MIN = 16


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# Variables that other parts read themselves, or give to others; they are not settings.
_NOT_SETTINGS = frozenset({"ENTREPOT_CRASH_AT", "ENTREPOT_COMMAND"})
_PREFIX = "ENTREPOT_"
_TOLD = "ENTREPOT_RUN_"
"""What ``entrepot run`` tells the command that it runs."""
_IN_A_FILE = "_file"
_SECRET_MAX_BYTES = 64 << 10


def _secrets() -> frozenset[str]:
    """The settings that are secrets, none of which is in a group."""
    return frozenset(name for name, kind in get_type_hints(Settings).items() if Secret in get_args(kind))


def _from_file(variable: str, path: str) -> str:
    """The secret in the file that a variable names, without the end of its line. Raises SettingsError."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(_SECRET_MAX_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{variable}: cannot read {path}: {error.strerror}") from error
    try:
        secret = text.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        secret = ""
    if not secret or len(text) > _SECRET_MAX_BYTES or not secret.isprintable():
        raise SettingsError(f"{variable}: {path} must have the secret in its one line, and nothing else")
    return secret


def _variables() -> dict[str, Any]:
    """What the environment says, nested as the settings are. Raises SettingsError for a name that is none."""
    found: dict[str, Any] = {}
    unknown = []
    known = {one.name for one in fields(Settings)}
    groups = {one.name for one in fields(Settings) if is_dataclass(one.default)}
    secrets = _secrets()
    for variable, text in os.environ.items():
        if not variable.startswith(_PREFIX) or variable.startswith(_TOLD) or variable in _NOT_SETTINGS:
            continue
        name, nested, part = variable.removeprefix(_PREFIX).lower().partition("__")
        whole = name.removesuffix(_IN_A_FILE)
        if whole != name and whole in secrets and not nested:
            if variable.removesuffix(_IN_A_FILE.upper()) in os.environ:
                raise SettingsError(f"{variable}: the secret is in a variable too; choose one")
            found[whole] = _from_file(variable, text)
        elif name not in known or bool(nested) != (name in groups):
            unknown.append(variable)
        elif nested:
            found.setdefault(name, {})[part] = text
        else:
            found[name] = text
    if unknown:
        raise SettingsError(f"{', '.join(unknown)}: no such setting; `entrepot config` prints them all")
    return found


def _file(path: Path | None) -> dict[str, Any]:
    """What the settings file says. Raises SettingsError."""
    if path is not None and not path.is_file():
        raise SettingsError(f"there is no settings file {path}")
    try:
        return tomllib.loads((path or Path("entrepot.toml")).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise SettingsError(f"{path or 'entrepot.toml'}: {error}") from error


def _over(under: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values of two sources: ``above`` wins, setting by setting."""
    found = dict(under)
    for name, value in above.items():
        both = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = _over(found[name], value) if both else value
    return found


def _made(kind: type[Any], given: Mapping[str, Any], wrong: list[str], within: str = "") -> Any:
    """A record of settings; what cannot be is added to ``wrong``, and the default stands in for it."""
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    for name, value in given.items():
        wanted = hints.get(name)
        if wanted is None:
            wrong.append(f"{within}{name}: no such setting")
        elif isinstance(wanted, type) and is_dataclass(wanted) and isinstance(value, Mapping):
            group = _made(wanted, value, wrong, f"{name}.")
            values |= {} if group is None else {name: group}
        else:
            try:
                values[name] = msgspec.convert(_parts(wanted, value), wanted, strict=False, dec_hook=_special)
            except msgspec.ValidationError as error:
                wrong.append(f"{within}{name}: {error}")
    try:
        return kind(**values)
    except ValueError as error:
        wrong.append(f"{within.rstrip('.')}: {error}")
    except SettingsError as error:
        wrong.append(str(error))
    return None


def _parts(wanted: Any, value: Any) -> Any:
    """The parts of a list, which a variable has in one text."""
    if get_origin(wanted) is tuple and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _special(kind: type[Any], value: Any) -> Any:
    """A value of a type that msgspec does not know. Raises ValueError."""
    if isinstance(value, kind):
        return value
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {type(value).__name__}")  # noqa: TRY004 - msgspec reports this one
    return kind(value)


def load(config_file: Path | None = None, *, file_first: bool = False, **given: Any) -> Settings:
    """The effective settings; ``given`` are the command line's, None meaning not given.

    With ``file_first`` the file wins over the environment, for who has to do with several sets of settings.

    Raises:
        SettingsError: with one line for each setting that is wrong.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    wrong: list[str] = []
    sources = [_file(config_file), _variables()]
    under, above = reversed(sources) if file_first else sources
    made: Settings = _made(Settings, _over(_over(under, above), chosen), wrong)
    if wrong:
        raise SettingsError("; ".join(wrong))
    return made

"""Where a COS JSON request goes: the API path, or a file on a download host.

``/files/v2/<appid>/<bucket>[/<path>]`` on any host; ``<bucket>-<appid>.<anything>/<path>``, a bucket's own domain, or
``/<bucket>-<appid>/<path>`` for downloads. Source: seed 004 "请求结构"; wire facts §1, §2, §11.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from entrepot.core.facts.names import check_key, check_tree_key
from entrepot.core.facts.records import Bucket
from entrepot.core.fault import Fault, Kind
from entrepot.core.ports import Reader
from entrepot.core.value import Value
from entrepot.dialects.cos_json.settings import CosJsonSettings
from entrepot.dialects.detection import COS_JSON_API, COS_JSON_BUCKET_HOST, is_cos_json_api
from entrepot.signing.cos_app import collapsed
from entrepot.wire.http import Request

_BUCKET_PATH = re.compile(rb"/+([A-Za-z0-9][A-Za-z0-9-]*)-(\d{5,18})(?=/|$)")


class Place(Value, frozen=True, kw_only=True):
    """An address. ``key`` has no leading slash; it is empty for the bucket itself, ends in ``/`` for a directory."""

    api: bool
    account: int
    bucket_name: str
    bucket: Bucket | None
    key: str
    downloads: bool
    """Whether the request can only be a download: on a download host, or on the API path without an ``op``."""
    preview: bool = False
    ignored: tuple[str, ...] = ()
    """Names in the request that are not understood and change nothing, for the log."""

    @property
    def fileids(self) -> tuple[bytes, ...]:
        """The paths that a signature's ``f`` may name for this place, decoded.

        For downloads SDKs sign the path in the bucket alone (wire facts §3.4).
        """
        path = b"/" + self.key.encode()
        full = f"/{self.account}/{self.bucket_name}".encode() + path
        return (full, path) if self.downloads else (full,)

    def file(self) -> str:
        """The key of a file. Raises Fault for the path of a directory or of the bucket."""
        if not self.key:
            raise Fault(Kind.NAME_INVALID, "the URL names the bucket, not a file", reason="file-slash")
        if self.key.endswith("/"):
            raise Fault(Kind.NAME_INVALID, "the path of a file must not end in a slash", reason="file-slash")
        return self.key

    def existing_bucket(self) -> Bucket:
        """The bucket. Raises Fault BUCKET_MISSING."""
        if self.bucket is None:
            raise Fault(Kind.BUCKET_MISSING, f"the account {self.account} has no bucket {self.bucket_name!r}")
        return self.bucket


def locate(request: Request, reader: Reader, settings: CosJsonSettings) -> Place:
    """The address of a request.

    Raises:
        Fault: MALFORMED, NAME_INVALID.
    """
    if len(request.raw_path) > settings.url_max_bytes * 3:
        raise Fault(
            Kind.MALFORMED, f"the URL's path has {len(request.raw_path)} bytes, which is too long", reason="url"
        )
    return _locate_api(request, reader, settings) if is_cos_json_api(request) else _locate_download(request, reader)


def _text(path: bytes) -> str:
    try:
        return collapsed(unquote_to_bytes(path) if b"%" in path else path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(Kind.NAME_INVALID, "the path is not UTF-8", reason="utf8") from error


def _locate_api(request: Request, reader: Reader, settings: CosJsonSettings) -> Place:
    match = COS_JSON_API.match(request.raw_path)
    assert match is not None  # noqa: S101 - is_api() said so
    elements = request.raw_path[match.end() :].lstrip(b"/").split(b"/", 1)
    appid, rest = elements[0], elements[1] if len(elements) > 1 else None
    if rest is None or not appid:
        raise Fault(Kind.MALFORMED, "the URL must be /files/v2/<appid>/<bucket>/<path>", reason="url-short")
    if not (appid.isdigit() and len(appid) < 19):
        raise Fault(Kind.MALFORMED, f"the appid in the URL is no number: {appid[:40]!r}", reason="url-appid")
    bucket_name, _, path = _text(b"/" + rest).removeprefix("/").partition("/")
    if rest.startswith(b"/") and not bucket_name:
        path = ""
    if len(path.encode()) > settings.url_max_bytes:
        size = len(path.encode())
        raise Fault(
            Kind.MALFORMED, f"the path has {size} bytes; at most {settings.url_max_bytes} are allowed", reason="url"
        )
    key = checked_key(path)
    account = int(appid)
    bucket = reader.bucket(account, bucket_name) if bucket_name else None
    downloads = request.method in {"GET", "HEAD"} and all(name != "op" for name, _ in request.query())
    return Place(api=True, account=account, bucket_name=bucket_name, bucket=bucket, key=key, downloads=downloads)


def _locate_download(request: Request, reader: Reader) -> Place:
    path = request.raw_path
    host = COS_JSON_BUCKET_HOST.match(request.host)
    if host is not None:
        name, account = host.group(1), int(host.group(2))
        bucket = reader.bucket(account, name)
    elif (bucket := reader.bucket_of_domain(request.host)) is not None:
        name, account = bucket.name, bucket.account
    else:
        match = _BUCKET_PATH.match(path)
        if match is None:
            raise Fault(Kind.OBJECT_MISSING, "nothing is served at this address")
        name, account = match.group(1).decode(), int(match.group(2))
        bucket = reader.bucket(account, name)
        path = path[match.end() :]
    key = _text(path).removeprefix("/")
    if key:
        check_key(key)
    preview = b"cmd=txt_preview" in request.raw_query.split(b"&")
    return Place(api=False, account=account, bucket_name=name, bucket=bucket, key=key, downloads=True, preview=preview)


def checked_key(path: str) -> str:
    """``path`` as a key of the tree; empty for the root. Raises Fault NAME_INVALID."""
    return check_tree_key(path) if path else ""


def target_key(source: str, dest_fileid: str) -> str:
    """Where ``dest_fileid`` points: from the root with a leading slash, else relative to the source's directory.

    Source: seed 004 "移动文件" (a bare name stays in the directory); a relative path with slashes measured with the
    JS SDK (wire facts §6.8).
    """
    directory = "" if dest_fileid.startswith("/") else source[: source.rfind("/") + 1]
    path = directory + dest_fileid.lstrip("/")
    return checked_key(collapsed(path.encode()).decode())

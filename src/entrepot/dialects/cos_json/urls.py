"""Addresses in replies: they lead back to this server by the way that the client came, or by the configured one.

A client that used the cloud's names (``sh.file.myqcloud.com`` through a proxy or a hosts file) gets the cloud's names
back; one that used any other address gets the path form on it, which needs no name service.
Source: seed 004, samples of ``access_url``, ``source_url``, ``preview_url``, ``url``; wire facts §1.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from entrepot.dialects.cos_json.place import Place
from entrepot.wire.http import Request

_CLOUD = ".myqcloud.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """How clients reach this server.

    ``public_url`` (``https://host[:port]``) replaces the address that the caller used; ``download_domain`` makes
    downloads ``<bucket>-<appid>.<download_domain>``; ``region`` is the cloud's short name where the host says none.
    """

    public_url: str | None = None
    download_domain: str | None = None
    region: str = "sh"


class Urls:
    """The addresses of one request's objects."""

    def __init__(self, request: Request, place: Place, addresses: Addresses) -> None:
        bucket = f"{place.bucket_name}-{place.account}"
        base = addresses.public_url or f"{request.scheme}://{request.authority}"
        scheme = base.partition("://")[0]
        host = request.host
        if addresses.public_url is None and host.endswith(_CLOUD):
            port = request.authority[len(host) :]
            label = host.partition(".")[0]
            region = label if label in {"sh", "gz", "tj", "sgp"} else addresses.region
            self._access = f"{scheme}://{bucket}.file{_CLOUD}{port}/"
            self._source = f"{scheme}://{bucket}.cos{region}{_CLOUD}{port}/"
            self._preview = f"{scheme}://{bucket}.preview{_CLOUD}{port}/"
        elif addresses.download_domain is not None:
            self._access = self._source = self._preview = f"{scheme}://{bucket}.{addresses.download_domain}/"
        else:
            self._access = self._source = self._preview = f"{base}/{bucket}/"
        self._api = f"{base}/files/v2/{place.account}/{place.bucket_name}/"
        self._resource = f"/{place.account}/{place.bucket_name}/"

    def of_file(self, key: str) -> dict[str, str]:
        """``access_url``, ``source_url`` and ``preview_url``, percent-encoded."""
        path = quote(key, safe="/~")
        return {
            "access_url": self._access + path,
            "preview_url": f"{self._preview}{path}?cmd=txt_preview",
            "source_url": self._source + path,
        }

    def of_upload(self, key: str) -> dict[str, str]:
        """What an upload answers: the file's addresses, its API address and its path."""
        return {
            **self.of_file(key),
            "resource_path": self._resource + key,
            "url": self._api + quote(key, safe="/~"),
        }

"""Addresses that a minted right carries: ones that its client can reach."""

from __future__ import annotations

from urllib.parse import urlsplit

from entrepot.core.value import Value
from entrepot.wire.http import Request


class Reach(Value, frozen=True, kw_only=True):
    """Where the server is for clients: ``scheme``, and ``authority`` (host and, where needed, port)."""

    scheme: str
    authority: str


def reach(request: Request, public_url: str | None) -> Reach:
    """The operator's public address, else the one that the caller itself used."""
    if public_url is None:
        return Reach(scheme=request.scheme, authority=request.authority)
    parts = urlsplit(public_url)
    return Reach(scheme=parts.scheme, authority=parts.netloc)


class Storage(Value, frozen=True, kw_only=True):
    """Where the objects of minted rights are: ``authority`` has the bucket before it, or in its path."""

    scheme: str
    authority: str
    bucket_in_host: bool

    def bucket_url(self, bucket: str) -> str:
        """The address of a bucket, without a slash at its end."""
        if self.bucket_in_host:
            return f"{self.scheme}://{bucket}.{self.authority}"
        return f"{self.scheme}://{self.authority}/{bucket}"


def storage(found: Reach, domains: tuple[str, ...], endpoint: str | None = None) -> Storage:
    """Where a client that got through to ``found`` finds buckets.

    Below one of the operator's wildcard ``domains``; below the cloud's own storage ``endpoint``, when the client came
    by the cloud's own names, which then lead here; else by paths on the address that it used.
    """
    parts = urlsplit("//" + found.authority)
    host = parts.hostname or ""
    below = next((domain for domain in domains if host == domain or host.endswith("." + domain)), None)
    name = below or endpoint
    if name is None:
        return Storage(scheme=found.scheme, authority=found.authority, bucket_in_host=False)
    port = "" if parts.port is None else f":{parts.port}"
    return Storage(scheme=found.scheme, authority=name + port, bucket_in_host=True)

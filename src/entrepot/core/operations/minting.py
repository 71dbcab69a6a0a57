"""The operation behind every minting API: write a right down under a key of its own."""

from __future__ import annotations

from typing import ClassVar

from entrepot.core.rights.grant import Grant, Right
from entrepot.core.rights.identity import NO_LIMITS, Limits
from entrepot.core.value import Value


class MintCredential(Value, frozen=True, kw_only=True):
    """Mint a right of ``account`` that lasts ``seconds``: what is requested, and never more than its minter may.

    ``api`` is the service and action, which the minter must be allowed to call. ``bucket`` is the API's own, made if it
    is missing: what is requested there is lent to the minter, who needs no right of its own to it. ``style`` begins the
    new key's id, ``with_token`` gives it a session token. ``about_bucket`` and ``about_key`` name the object, or the
    prefix, for the ledger; ``identity`` what its holder is called. A ``plain`` right stores bytes and no more.
    ``once`` are digests of a token of the client's and of what it sent with it: with other things it is refused.
    """

    right: ClassVar[Right] = Right.MINT
    account: int
    api: str
    requested: Grant
    seconds: float
    allows: str
    style: str
    with_token: bool
    client: str
    bucket: str | None = None
    about_bucket: str = ""
    about_key: str = ""
    limits: Limits = NO_LIMITS
    identity: str = ""
    plain: bool = False
    once: tuple[bytes, bytes] | None = None


class CallApi(Value, frozen=True, kw_only=True):
    """Call an API that mints nothing: only the right to call it is asked; the dialect does the rest."""

    right: ClassVar[Right] = Right.MINT
    account: int
    api: str

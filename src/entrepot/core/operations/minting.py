"""The operation behind every minting API: write a right down under a key of its own."""

from __future__ import annotations

from typing import ClassVar

from entrepot.core.rights.grant import Grant, Right
from entrepot.core.rights.identity import NO_LIMITS, Limits
from entrepot.core.value import Value


class MintCredential(Value, frozen=True, kw_only=True):
    """Mint a right of ``account`` that lasts ``seconds``: what is requested, and never more than its minter may.

    ``api`` is the service and action, which the minter must be allowed to call. ``bucket`` is made if it is missing.
    ``style`` begins the new key's id, ``with_token`` gives it a session token. ``about_bucket`` and ``about_key`` name
    the object, or the prefix, for the ledger.
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


class CallApi(Value, frozen=True, kw_only=True):
    """Call an API that mints nothing: only the right to call it is asked; the dialect does the rest."""

    right: ClassVar[Right] = Right.MINT
    account: int
    api: str

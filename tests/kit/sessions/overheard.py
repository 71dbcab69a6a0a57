"""What a session sends, as its own process sees it, so that a test can look for it where it must not be.

Law: imports the standard library alone, because it runs on the interpreters of SDKs. Every credential on the wire goes
through ``http.client``, which all of these SDKs end in.
"""

from __future__ import annotations

import http.client
import json
import os
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ADDRESS = os.environ["ENTREPOT_RUN_ADDRESS"]
ACCOUNT = os.environ["ENTREPOT_RUN_ACCOUNT"]
USER_ID = os.environ["ENTREPOT_RUN_USER_ID"]
APPLICATION = os.environ["ENTREPOT_RUN_APPLICATION"]
KEY_ID = os.environ["ENTREPOT_RUN_KEY_ID"]
SECRET = os.environ["ENTREPOT_RUN_SECRET"]
BUCKET = os.environ["ENTREPOT_RUN_BUCKET"]
PROXIES = {"http": ADDRESS}
"""For addresses under the clouds' own names."""

_SIGNATURE = re.compile(r"(?:^|[-_])(?:signature|sign)$", re.IGNORECASE)
_secrets = [SECRET]


def secret(*values: str | None) -> None:
    """Values that only the client may have."""
    _secrets.extend(value for value in values if value)


def _of_header(value: str) -> str:
    named = re.search(r"(?:Signature=|q-signature=)([^,&\s]+)", value)
    return named[1] if named else value.rpartition(":")[2] if re.match(r"(?:AWS|OSS|acs) ", value) else value


def _putheader(self: Any, header: Any, *values: Any) -> None:
    name = header.decode() if isinstance(header, bytes) else header
    texts = [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in values]
    if name.lower() == "authorization":
        secret(*map(_of_header, texts))
    if name.lower().endswith(("security-token", "-token", "customer-key")):
        secret(*texts)
    _putheader_before(self, header, *values)


def _putrequest(self: Any, method: str, url: str, *rest: Any, **more: Any) -> None:
    query = urlsplit(url).query
    secret(*(value for name, value in parse_qsl(query) if _SIGNATURE.search(name) or name.lower().endswith("token")))
    _putrequest_before(self, method, url, *rest, **more)


_putheader_before = http.client.HTTPConnection.putheader
_putrequest_before = http.client.HTTPConnection.putrequest
http.client.HTTPConnection.putheader = _putheader  # type: ignore[method-assign]
http.client.HTTPConnection.putrequest = _putrequest  # type: ignore[method-assign,assignment]


def refused(call: Any, *words: Any, **named: Any) -> None:
    """Make a call that the server must refuse."""
    try:
        call(*words, **named)
    except Exception:  # noqa: BLE001 - each SDK has its own
        return
    raise AssertionError("the call was not refused")


def told() -> None:
    """Tell the test what must not be found."""
    print(json.dumps(_secrets))

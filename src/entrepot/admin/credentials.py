"""Random numbers and credentials for what an operator makes, in the forms that the clouds' SDKs know.

Key ids and appids look like Tencent's, whose SDKs check only their length. User ids are the other clouds' numbers.
"""

from __future__ import annotations

import re
import secrets
import string

from entrepot.core.fault import Fault, Kind

_LETTERS = string.ascii_letters + string.digits
_PRINTABLE = re.compile(r"[!-~]{3,128}", re.ASCII)


def new_appid() -> int:
    """The number of an account."""
    return 1_250_000_001 + secrets.randbelow(40_000_000)


def new_user_id() -> str:
    """The number of an account's owner, or of a sub-user."""
    return str(100_000_000_002 + secrets.randbelow(90_000_000_000))


def new_key_id() -> str:
    """The public part of a key."""
    return "AKID" + new_secret()


def new_secret() -> str:
    """The secret part of a key: 32 letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(32))


def printable(text: str, what: str) -> str:
    """A chosen id or secret, if it can be one. Raises Fault PARAMETER_INVALID, without the text."""
    if not _PRINTABLE.fullmatch(text):
        raise Fault(Kind.PARAMETER_INVALID, f"a {what} has 3 to 128 printable ASCII characters")
    return text

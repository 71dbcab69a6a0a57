"""What a program of denied calls tells of each: the id of the request that was refused, or that it was not.

Runs in the SDK's environment: the standard library alone. A file holds the calls: a key, a name of the program's own
table, and what is asked with it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def perform(
    client: Callable[[str, str, str], Any],
    table: dict[str, Callable[[Any, dict[str, Any]], Any]],
    request_of: Callable[[BaseException], str],
) -> None:
    """Make every call of the file with a client of its own key."""
    address, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as short as this program is
        calls = json.load(file)
    for one in calls:
        made = client(address, one["key_id"], one["secret"])
        try:
            table[one["call"]](made, one["like"] | {"key": one["key"]})
            told = "-"
        except Exception as error:  # noqa: BLE001 - whatever an SDK raises is told
            told = request_of(error) or f"? {type(error).__name__}: {error}"[:300]
        print(f"{one['name']}\t{told}")

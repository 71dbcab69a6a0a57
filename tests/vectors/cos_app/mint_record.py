"""Write one signature vector; used by every mint_* script that runs on Python.

Law: the signature is given, never computed here; the plaintext is what follows its first 20 bytes. A vector
whose facts did not change keeps the day on which it was first minted.
"""

from __future__ import annotations

import base64
import json
import platform
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def record(case: str, *, sign: str, kind: str, path: str | None, minted_with: str, call: str, **facts: str) -> None:
    """Write `<case>/vector.json`. `path`: the decoded path in the bucket that `f` binds; None: no `f`."""
    plaintext = base64.b64decode(sign, validate=True)[20:].decode("utf-8")
    fields = dict(pair.partition("=")[::2] for pair in plaintext.split("&"))
    vector: dict[str, Any] = {
        "case": case,
        "provenance": {
            "minted_with": minted_with,
            "runtime": f"Python {platform.python_version()}",
            "call": call,
            **{name: fact for name, fact in facts.items() if name != "secret"},
        },
        "kind": kind,
        "appid": fields["a"],
        "bucket": fields["b"],
        "key_id": fields["k"],
        "secret": facts["secret"],
        "path": path,
        "plaintext": plaintext,
        "sign": sign,
    }
    file = HERE / case / "vector.json"
    vector["provenance"]["minted_on"] = time.strftime("%Y-%m-%d", time.gmtime())
    if file.is_file():
        before = json.loads(file.read_text("utf-8"))
        day = before["provenance"].get("minted_on")
        if before == {**vector, "provenance": {**vector["provenance"], "minted_on": day}}:
            return
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(vector, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(f"minted {case}")

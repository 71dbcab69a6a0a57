"""Runs the import linter on a package that is spoilt in one way after another; a script, for ``test_imports.py``.

Run in a process of its own, in whose path the copy of the package comes first, because the linter finds packages by
importing them. Reads ``{"package": …, "cases": [{"config": …, "contract": …, "file": …, "line": …}]}`` from standard
input and writes a list of ``[status, output]`` to standard output. Each file is put back before the next case.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from importlinter.cli import lint_imports


def outcome(package: Path, case: dict[str, str]) -> tuple[int, str]:
    """What the linter says of one case."""
    path = package / case["file"]
    before = path.read_bytes() if path.exists() else None
    made = not path.parent.exists()
    said = io.StringIO()
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((before or b'"""A newcomer."""\n') + f"\n{case['line']}\n".encode())
    try:
        with contextlib.redirect_stdout(said):
            status = lint_imports(
                config_filename=case["config"], limit_to_contracts=(case["contract"],), no_cache=True, no_logo=True
            )
    finally:
        if before is not None:
            path.write_bytes(before)
        else:
            path.unlink()
        if made:
            path.parent.rmdir()
    return status, said.getvalue()


def main() -> None:
    """Answer standard input."""
    asked: dict[str, Any] = json.load(sys.stdin)
    json.dump([outcome(Path(asked["package"]), case) for case in asked["cases"]], sys.stdout)


if __name__ == "__main__":
    main()

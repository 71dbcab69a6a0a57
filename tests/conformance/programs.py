"""Programs of real SDKs: each goes through a table of steps of its own on a running server, and tells of each step.

Law: a program is called with the server's address and a key, prints ``ok NAME`` or ``FAILED NAME: what`` for each step
and exits 0. What a step expects stands in the program, in its SDK's words; nothing here knows an SDK.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from conformance.server import KEY_ID, SECRET, Server, environment

RUN_SECONDS = 300


def perform(words: Sequence[str], server: Server, folder: Path) -> None:
    """Run a program in a folder of its own; every step must be as its SDK has it at its cloud."""
    done = subprocess.run(
        [*words, server.address, KEY_ID, SECRET],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=RUN_SECONDS,
        check=False,
        cwd=folder,
        env=environment({"TMPDIR": str(folder), "HOME": str(folder)}),
    )
    lines = done.stdout.splitlines()
    steps = [line for line in lines if line.startswith(("ok ", "FAILED "))]
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    failed = [line for line in steps if line.startswith("FAILED ")]
    assert not failed, "\n".join(failed)
    assert steps, "the program performed no step"

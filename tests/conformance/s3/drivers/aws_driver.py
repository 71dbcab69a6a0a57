"""PyPI awscli, unmodified: one command line per call, by the entry point that its script `aws` calls.

Inside one process, because importing it takes most of the time of a command. A call's arguments are the words
after `aws`; the answer is the exit status and what was printed.
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any
from unittest import mock

import awscli.clidriver
from loop import serve


def perform(_method: str, args: list[Any], _kwargs: dict[str, Any]) -> dict[str, Any]:
    """Run one command line."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        mock.patch.object(sys, "argv", ["aws", *args]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = awscli.clidriver.main()
        except SystemExit as leaving:
            status = leaving.code
    printed = {name: stream.buffer.getvalue() for name, stream in (("out", out), ("err", err))}
    return {"status": status or 0, **{name: raw.decode("utf-8", "replace") for name, raw in printed.items()}}


if __name__ == "__main__":
    serve(perform, repr)

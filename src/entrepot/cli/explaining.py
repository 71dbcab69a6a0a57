"""``entrepot explain``: why a request was refused, beside a running server or after it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from entrepot.cli.arguments import Argument, Option, echo
from entrepot.cli.folder import Data, Json, dumped, failing, needed, show, show_one
from entrepot.core.ports import Explanations

_LISTED = ("at", "request", "dialect", "method", "key", "cause", "sentence")


def explain(
    request: Annotated[str | None, Argument(help="The request's id, as the reply or the log has it.")] = None,
    *,
    last: Annotated[int, Option("--last", "-n", min=1, max=100_000, help="How many of the newest.")] = 20,
    data: Data = None,
    json: Json = False,
) -> None:
    """Tell why a request was refused, by its id; without one, the newest refusals."""
    from entrepot.admin import explained  # noqa: PLC0415 - keeps --help quick

    kept = _kept(data)
    if request is None:
        rows = explained.rows(kept, last)
        listed = [{name: {**row, **row["explanation"]}.get(name, "") for name in _LISTED} for row in rows]
        dumped(rows) if json else show(listed, as_json=False)
        return
    with failing():
        row = explained.row_of(kept, request)
    if json:
        dumped(row)
        return
    told = row.pop("explanation")
    echo(f"{told['cause']} ({told['confidence']}): {told['sentence']}\n")
    show_one(told | row, as_json=False)


def _kept(data: Path | None) -> Explanations:
    from entrepot.config import load  # noqa: PLC0415
    from entrepot.folder import explanations  # noqa: PLC0415

    with failing():
        settings = load(None, data=data)
        needed(settings)
        return explanations(settings)

"""``entrepot fault``: what shall go wrong on a running server in dev mode."""

from __future__ import annotations

from typing import Annotated, Any

from entrepot.cli.arguments import Argument, Group, Option, echo
from entrepot.cli.folder import Data, Json, dumped, show
from entrepot.cli.remote import Server, told_by_server

fault = Group(help="Faults on demand: what shall go wrong on a server in dev mode, and when.")

_COUNTS = ("first", "count", "percent", "seed", "seen", "struck")
_NAMES = ("dialect", "operation", "bucket", "prefix")


@fault.command("add")
def fault_add(
    *,
    dialect: Annotated[
        str | None, Option(help="Only requests of this dialect: s3, oss, tos, cos_xml, tencent.")
    ] = None,
    operation: Annotated[
        str | None, Option(help="Only this operation: PutObject, UploadPart, an API's action.")
    ] = None,
    bucket: Annotated[str | None, Option(help="Only in the bucket of this name.")] = None,
    prefix: Annotated[str | None, Option(help="Only keys that begin like this.")] = None,
    code: Annotated[str | None, Option(help="Answer with this code of the dialect: SlowDown, NoSuchKey.")] = None,
    throttle: Annotated[bool, Option("--throttle", help="Answer as the dialect does to too many requests.")] = False,
    latency_ms: Annotated[int | None, Option(help="Wait so many milliseconds.", min=1, max=60_000)] = None,
    cut_request: Annotated[
        int | None, Option(help="End the connection after so many bytes of the body.", min=0)
    ] = None,
    cut_reply: Annotated[int | None, Option(help="End it after so many bytes of the reply's body.", min=0)] = None,
    lost_reply: Annotated[bool, Option("--lost-reply", help="Do what is asked, and send no reply.")] = False,
    first: Annotated[int | None, Option(help="Strike from this request on that it is about.", min=1)] = None,
    count: Annotated[int | None, Option(help="Strike so many times (default: always).", min=1)] = None,
    percent: Annotated[int | None, Option(help="Strike so many in a hundred.", min=1, max=100)] = None,
    seed: Annotated[int | None, Option(help="What these are drawn from: the same seed draws the same.", min=0)] = None,
    server: Server = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Have a fault befall requests, from the next one on. One effect: an error, a cut, a lost reply; or a wait."""
    given = {
        "dialect": dialect, "operation": operation, "bucket": bucket, "prefix": prefix, "code": code,
        "throttle": throttle or None, "latency_ms": latency_ms, "cut_request": cut_request, "cut_reply": cut_reply,
        "lost_reply": lost_reply or None, "first": first, "count": count, "percent": percent, "seed": seed,
    }  # fmt: skip
    said = {name: value for name, value in given.items() if value is not None}
    made = told_by_server("POST", "/dev/faults", said, server, data)
    if json:
        dumped(made)
    else:
        echo(f"fault {made['id']}")


@fault.command("list")
def fault_list(*, server: Server = None, data: Data = None, json: Json = False) -> None:
    """List them, with how many requests each was about and how many it befell."""
    rules = told_by_server("GET", "/dev/faults", None, server, data)["faults"]
    if json:
        dumped(rules)
    else:
        show(map(_row, rules), as_json=False)


@fault.command("clear")
def fault_clear(
    fault_id: Annotated[str | None, Argument(help="The id of one (default: all).")] = None,
    *,
    server: Server = None,
    data: Data = None,
) -> None:
    """Take one of them away, or all."""
    path = "/dev/faults" if fault_id is None else f"/dev/faults/{fault_id}"
    echo(f"cleared {told_by_server('DELETE', path, None, server, data)['cleared']}")


def _row(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule in the few words of a list."""
    effects = {name: value for name, value in rule.items() if name not in {"id", *_NAMES, *_COUNTS}}
    said = (name if value is True else f"{name}={value}" for name, value in effects.items() if value not in _UNSAID)
    return {"id": rule["id"]} | {name: rule[name] or "any" for name in _NAMES} | {"effect": ", ".join(said)} | {
        name: "always" if rule[name] is None else rule[name] for name in _COUNTS
    }  # fmt: skip


_UNSAID = ("", None, False)

"""Logging in and out.

The secret is compared and forgotten: it is in no log, no page and no record. An attempt that failed has a line in the
audit log, as every refusal of who asks; so have a login and a logout.
"""

from __future__ import annotations

from typing import Final

from entrepot.admin.api.table import Field
from entrepot.console.page import BASE, Asked, Go, Page, Reply, Show, Who
from entrepot.core.fault import Fault, Kind

_PATH: Final = "/login"
_ERRORS: Final = {Kind.SIGNATURE_MISMATCH: (401, "login.wrong"), Kind.THROTTLED: (429, "login.throttled")}


async def show(asked: Asked) -> Reply:
    """The form; whoever is logged in goes on."""
    return Show(values={"error": None, "key_id": ""}) if asked.someone is None else Go(path=BASE)


async def log_in(asked: Asked) -> Reply:
    """Begin a session."""
    services, client = asked.services, asked.request.client
    key_id = asked.given["key_id"].strip()
    try:
        services.attempts.check(client, key_id)
        key = services.sessions.known(key_id, asked.given["secret"])
    except Fault as fault:
        if fault.kind not in _ERRORS:
            raise
        if fault.kind is Kind.SIGNATURE_MISMATCH:
            services.attempts.failed(client, key_id)
        status, error = _ERRORS[fault.kind]
        return Show(values={"error": error, "key_id": key_id}, status=status, fault=fault)
    services.attempts.passed(client, key_id)
    if asked.someone is not None:
        await services.sessions.end(asked.someone)
    visitor = await services.sessions.begin(key)
    return Go(path=BASE, token=visitor.token, visitor=visitor)


async def log_out(asked: Asked) -> Reply:
    """End the session, here and wherever else its cookie is."""
    await asked.services.sessions.end(asked.visitor)
    return Go(path=BASE + _PATH, token="")


async def start(asked: Asked) -> Reply:
    """The first page that this visitor may see."""
    from entrepot.console.table import start_of  # noqa: PLC0415 - the table lists this file

    return Go(path=start_of(asked.visitor))


PAGES: Final = (
    Page(name="start", path="", handler=start),
    Page(
        name="login", path=_PATH, handler=show, who=Who.ANYBODY, title="login.title", template="pages/entry/login.html",
    ),
    Page(
        name="log-in", path=_PATH, method="POST", handler=log_in, who=Who.ANYBODY, title="login.title",
        template="pages/entry/login.html",
        form=(
            Field(name="key_id", kind="string", about="The id of a key.", needed=True, longest=256),
            Field(name="secret", kind="string", about="Its secret.", needed=True, longest=1024),
        ),
    ),
    Page(name="log-out", path="/logout", method="POST", handler=log_out),
)  # fmt: skip

"""No denial is dropped: what an SDK can ask for and this server does, policies can deny by the cloud's own name.

The operations are those that the clouds' SDKs can send (``tests/vectors/sdk_operations``), which know nothing of this
server. Policies name most of them alike.
"""

from __future__ import annotations

import pytest

from behaviour.storage.sdk_operations import operations
from entrepot.dialects import cos_xml, oss, s3, tos
from entrepot.dialects.control.policies import cam_actions, ram_actions
from entrepot.dialects.s3like.family import completed
from entrepot.dialects.s3like.settings import StorageSettings

FLAVOURS = {"cos": cos_xml, "oss": oss, "s3": s3, "tos": tos}
WITHOUT_RIGHTS = {
    ("cos", "OptionsObject"): "a preflight has no signature, so there is nobody to deny it to",
    ("cos", "PutBucketReferer"): "refused: only the owner sets it, by the command line or COS JSON",
    ("oss", "PutBucketReferer"): "the same",
}
"""Actions that are in a table and are no rights, and why denying one cannot have an effect."""


def _tables(service: str) -> tuple[dict[str, tuple[object, ...]], frozenset[str]]:
    language = cam_actions if service == "cos" else ram_actions
    return dict(language.STORAGE[service]), language.UNSERVED[service]


@pytest.mark.parametrize("service", FLAVOURS)
def test_what_is_called_unserved_is_not_served(service: str) -> None:
    routes = completed(FLAVOURS[service].flavour(StorageSettings()).operations, lambda: 0.0).routes
    table, unserved = _tables(service)
    asked = {
        one.name for one in operations(service) for sub in one.query or ("",) if (one.level, one.method, sub) in routes
    }
    assert len(asked) > 30
    assert {name for name in asked if name in unserved} == set()
    assert {name for name in asked if name in table and not table[name]} == set()


@pytest.mark.parametrize("service", FLAVOURS)
def test_what_has_no_right_says_why(service: str) -> None:
    table, unserved = _tables(service)
    assert {name for name, rights in table.items() if not rights} == {
        name for of, name in WITHOUT_RIGHTS if of == service
    }
    assert unserved.isdisjoint(table)

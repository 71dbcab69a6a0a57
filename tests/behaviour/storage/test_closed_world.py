"""From the outside: every operation that a cloud's SDKs can send is served as itself or refused; nothing else happens.

The operations and their parameters come from the SDKs' own sources (``tests/vectors/sdk_operations``). What is asked
with a name that nobody knows, in any place, leaves a furnished bucket as it was. ``arch/test_closed_world`` asks the
same of the declarations, without a server.
"""

from __future__ import annotations

import pytest

from behaviour.client import Reply

from .clouds import Cloud, about
from .operations import operations_of
from .sdk_operations import SdkOperation, operations
from .speaker import Speaker, md5_base64

NOT_SERVED = 400
UNHEARD_OF = "unheard-of"


def _read_only(one: SdkOperation) -> bool:
    return one.method in {"GET", "HEAD", "OPTIONS"}


def _ask(speaker: Speaker, one: SdkOperation, **more: str) -> Reply:
    """The operation, of something that is there, with an empty document where it takes one."""
    body = b"" if one.root is None else f"<{one.root}/>".encode()
    key = "a.txt" if one.level == "object" else ""
    bucket = "" if one.level == "service" else None
    headers = {**dict.fromkeys((*one.required_headers, *one.marker_headers), "x"), **more}
    if body:
        headers["Content-MD5"] = md5_base64(body)
    return speaker.ask(one.method, key, bucket=bucket, query=one.asked("x"), headers=headers, body=body)


def test_operations_that_name_a_sub_resource(steady: Speaker) -> None:
    """With nothing in them: what changes something is refused, or removes nothing; a read never shows the object."""
    for one in operations(steady.cloud.name):
        if not one.query or one.method == "OPTIONS" or set(one.query) & HERE or not one.aws:
            continue
        with about(one.name):
            reply = _ask(steady, one)
            assert reply.status < 500 or reply.status == 501, str(reply)
            assert b"alpha" not in reply.body, str(reply)
            if not _read_only(one) and one.root is not None and reply.status < NOT_SERVED:
                assert set(one.query) & EMPTY_IS_FINE, str(reply)


HERE = frozenset({"uploads", "acl", "cors", "lifecycle", "tagging", "append", "symlink", "metadata"})
"""What is here, and would change the bucket or the object: asked elsewhere."""
EMPTY_IS_FINE = frozenset({"logging", "notification", "resourceGroup"})


def test_other_servers_operations(steady: Speaker) -> None:
    """What an SDK sends to its own maker's server alone is refused: its headers and parameters mean something there."""
    for one in operations(steady.cloud.name):
        if not one.aws and one.method != "OPTIONS" and not _read_only(one):
            with about(one.name):
                marks = {name: "true" for name in one.headers if name.startswith("x-minio-") or "snowball" in name}
                if marks or one.query:
                    assert _ask(steady, one, **marks).status >= NOT_SERVED


@pytest.mark.parametrize("kind", ["parameter", "header"])
def test_an_unknown_name(steady: Speaker, kind: str) -> None:
    """Beside each operation that changes something."""
    for name, operation in operations_of(steady.cloud):
        if operation.method in {"GET", "HEAD"}:
            continue
        with about(name):
            query = {UNHEARD_OF: "1"} if kind == "parameter" else {}
            headers = {steady.cloud.prefix + UNHEARD_OF: "1"} if kind == "header" else {}
            reply = operation.ask(steady, "a.txt", query=query, headers=headers)
            assert reply.status in {400, 405, 501}, str(reply)
            check_form(steady.cloud, reply)


def check_form(cloud: Cloud, reply: Reply) -> None:
    """A refusal as the cloud writes it."""
    assert cloud.value(reply, "Code"), str(reply)
    assert cloud.value(reply, "Message"), str(reply)


def test_an_unknown_element(steady: Speaker) -> None:
    """In the root of each document."""
    for name, operation in operations_of(steady.cloud):
        body = operation.body(steady.cloud)
        if steady.cloud.json:
            spoilt = body.replace(b"{", b'{"Unheard-Of":"1",', 1) if body.startswith(b"{") else b""
        else:
            spoilt = body.replace(b">", b"><Unheard-Of>1</Unheard-Of>", 1) if body.startswith(b"<") else b""
        if spoilt:
            with about(name):
                reply = operation.ask(steady, "a.txt", body=spoilt)
                assert reply.status == (404 if name == "complete" else NOT_SERVED), str(reply)
                check_form(steady.cloud, reply)

"""The published policy that denies uploads which do not ask for encryption, on every way that bytes come to a name.

Source: AWS, "Protecting data with server-side encryption", the bucket policy of SSE-S3; its key is of the request's
header, whatever a bucket does by default.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from behaviour.server import Server

from .clouds import CLOUDS, S3, Cloud, about
from .forms import KINDS, Form, post
from .speaker import Speaker
from .test_encryption import _default, by_server
from .test_sub_users import denied

NAME = "s3:x-amz-server-side-encryption"


def asking(server: Server, speaker: Speaker, condition: dict[str, Any]) -> Speaker:
    """A sub-user who may do everything but store under this condition; the policy is in AWS' language."""
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Condition": condition},
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return speaker.as_owner(server.make_user(speaker.owner.appid, text))


@pytest.mark.parametrize("condition", [{"Null": {NAME: "true"}}, {"StringNotEquals": {NAME: "AES256"}}], ids=str)
def test_every_upload_must_ask(server: Server, speaker: Speaker, condition: dict[str, Any]) -> None:
    one, asks = asking(server, speaker, condition), by_server(speaker.cloud)
    if speaker.cloud is S3:
        with about("a bucket that encrypts by default"):
            speaker.ok("PUT", query={"encryption": ""}, body=_default(S3))
    one.refused(denied(one), "PUT", "k", body=b"x")
    one.ok("PUT", "k", body=b"x", headers=asks)
    with about("copies"):
        copy = {f"{one.cloud.prefix}copy-source": one.cloud.source(one.text, "k")}
        one.refused(denied(one), "PUT", "copied", headers=copy)
        one.ok("PUT", "copied", headers=copy | asks)
    with about("parts"):
        one.refused(denied(one), "POST", "parts", query={"uploads": ""})
        upload = one.start("parts", asks)
        one.complete("parts", upload, [(1, one.part("parts", upload, 1, b"x" * 10))])
        plain = speaker.start("others")
        one.refused(denied(one), "PUT", "others", query={"partNumber": "1", "uploadId": plain}, body=b"x")
    if one.cloud is not S3:
        with about("appends"):
            query = {"append": "", one.cloud.append: "0"}
            one.refused(denied(one), "POST", "appended", query=query, body=b"x")
            one.ok("POST", "appended", query=query, body=b"x", headers=asks)
            one.ok("POST", "appended", query=query | {one.cloud.append: "1"}, body=b"x")
    one.ok("DELETE", "k", status=204)
    assert set(speaker.keys()) == {"copied", "parts"} | ({"appended"} if one.cloud is not S3 else set())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_form_must_ask(server: Server, speak: Callable[[Cloud], Speaker], kind: Any) -> None:
    """Which the reply tells of, as does whoever reads."""
    speaker = speak(next(cloud for cloud in CLOUDS if cloud.name == kind.cloud))
    one = asking(server, speaker, {"StringNotEquals": {NAME: "AES256"}})
    assert post(kind, one, Form()).status == 403
    assert speaker.keys() == []
    done = post(kind, one, Form(fields=by_server(one.cloud)))
    assert done.status in {200, 204}
    for reply in (done, speaker.ok("GET", "formed.txt")):
        assert by_server(one.cloud).items() <= reply.headers.items()

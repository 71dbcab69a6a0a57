"""An application that is called back after an upload, by each TOS SDK. Source: wire facts of Volcengine §3.10."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from conformance.server import BUCKET
from conformance.volcengine.clients import Client, Refused
from conformance.volcengine.plain import Application

pytestmark = pytest.mark.conformance

FORM = "bucket=${bucket}&object=${object}&size=${size}&etag=${etag}&colour=${x:colour}"


def told(document: dict[str, str]) -> str:
    """A header's document."""
    return base64.b64encode(json.dumps(document).encode()).decode()


def asking(address: str, **more: str) -> dict[str, Any]:
    """What an upload says of its callback."""
    callback = {"callbackUrl": f"{address}/done", "callbackBody": FORM, **more}
    return {"callback": told(callback), "callback_var": told({"x:colour": "blue"})}


def test_the_application_answers_for_the_server(tos: Client, place: str) -> None:
    key = f"{place}文 件.txt"
    with Application() as application:
        made = tos.do("put_object", bucket=BUCKET, key=key, content={"text": "hello"}, **asking(application.address))
    assert made.status == 200
    assert made["etag"] == hashlib.md5(b"hello").hexdigest()
    assert json.loads(made["callback_result"]) == {"told": "thank you"}
    [(path, headers, body)] = application.calls
    assert path == "/done"
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert {name: values[0].strip('"') for name, values in parse_qs(body.decode()).items()} == {
        "bucket": BUCKET,
        "object": key,
        "size": "5",
        "etag": hashlib.md5(b"hello").hexdigest(),
        "colour": "blue",
    }


def test_a_callback_as_json(tos: Client, place: str) -> None:
    key = f"{place}a.txt"
    body = '{"bucket":${bucket},"object":${object},"size":${size}}'
    with Application() as application:
        more = asking(application.address, callbackBody=body, callbackBodyType="application/json")
        tos.do("put_object", bucket=BUCKET, key=key, content={"text": "hello"}, **more)
    [(_, headers, sent)] = application.calls
    assert headers["content-type"] == "application/json"
    found = json.loads(sent)
    assert (found["bucket"], found["object"], int(found["size"])) == (BUCKET, key, 5)


def test_a_callback_at_the_end_of_an_upload_in_parts(tos: Client, place: str) -> None:
    key = f"{place}a.bin"
    upload = str(tos.do("create_multipart_upload", bucket=BUCKET, key=key)["upload_id"])
    sent = tos.do("upload_part", bucket=BUCKET, key=key, upload_id=upload, part_number=1, content={"text": "hello"})
    parts = [{"PartNumber": 1, "ETag": f'"{sent["etag"]}"'}]
    end = {"bucket": BUCKET, "key": key, "upload_id": upload, "parts": parts}
    with Application() as application:
        made = tos.do("complete_multipart_upload", **end, **asking(application.address))
    assert json.loads(made["callback_result"]) == {"told": "thank you"}
    assert len(application.calls) == 1


@pytest.mark.parametrize("status", [500, 403])
def test_a_callback_that_fails(tos: Client, place: str, status: int) -> None:
    """The object is there all the same. The JavaScript SDK takes 203 for a success, the others for an error."""
    key = f"{place}{status}.txt"
    with Application(status, b'{"error":"no"}') as application:
        given = {"bucket": BUCKET, "key": key, "content": {"text": "hello"}, **asking(application.address)}
        if tos.sdk.name == "node":
            made = tos.do("put_object", **given)
            assert (made.status, json.loads(made["callback_result"])["Code"]) == (203, "CallbackFailed")
        else:
            with pytest.raises(Refused) as caught:
                tos.do("put_object", **given)
            assert (caught.value.status, caught.value.code) == (203, "CallbackFailed")
    assert len(application.calls) == 1
    assert tos.do("get_object", bucket=BUCKET, key=key).body == b"hello"


def test_nobody_there_to_be_called(tos: Client, place: str) -> None:
    with Application() as application:
        gone = application.address
    given = {"bucket": BUCKET, "key": f"{place}a.txt", "content": {"text": "hello"}, **asking(gone)}
    try:
        status = tos.do("put_object", **given).status
    except Refused as refused:
        status = refused.status
    assert status == 203

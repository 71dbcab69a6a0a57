"""POST Object, the form that browsers and mini programs send, by plain HTTP.

Source: wire facts of Tencent Cloud §6.2 and §7.4: the policy form signs the policy's text; the form of the wx
SDK carries a whole Authorization string for `post /` in its field `Signature`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.plain_http import Answer
from conformance.server import KEY_ID
from conformance.tencent.conftest import etag
from conformance.tencent.wire import Cos, Signer, code_of, full, host

pytestmark = pytest.mark.conformance

PLAIN = "forms"
BOUNDARY = "----form-of-the-tests"
CONTENT = b"content of the form"


@pytest.fixture(scope="module", autouse=True)
def _bucket(cos: Cos) -> None:
    cos.make(PLAIN)


def post(
    cos: Cos, fields: dict[str, str], content: bytes = CONTENT, filename: str = "图 1.png", bucket: str = PLAIN
) -> Answer:
    """Send a form; the file is its last field."""
    pieces = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    body = "".join(pieces).encode() + f"{file}Content-Type: image/png\r\n\r\n".encode() + content
    body += f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return cos("POST", bucket, signed=False, headers=headers, body=body)


def policy(*conditions: Any, seconds: int = 600, bucket: str = PLAIN) -> tuple[str, str]:
    """The text of a policy and the time span that it signs."""
    now = int(time.time())
    span = f"{now - 60};{now + max(seconds, 60)}"
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    own = [{"q-sign-algorithm": "sha1"}, {"q-ak": KEY_ID}, {"q-sign-time": span}, {"bucket": full(bucket)}]
    document = {"expiration": f"{expires:%Y-%m-%dT%H:%M:%S}.000Z", "conditions": [*own, *conditions]}
    return json.dumps(document, ensure_ascii=False), span


def form(*conditions: Any, seconds: int = 600, signer: Signer | None = None, **fields: str) -> dict[str, str]:
    """A form under a policy with these conditions; `_` in a field's name stands for `-`."""
    text, span = policy(*conditions, seconds=seconds)
    signed = (signer or Signer()).policy_fields(text, span)
    named = {
        name.replace("_", "-") if name != "success_action_status" else name: value for name, value in fields.items()
    }
    return {**named, "policy": base64.b64encode(text.encode()).decode(), **signed}


def wx_form(key: str, **fields: str) -> dict[str, str]:
    """The form of the wx SDK."""
    signature = Signer().authorization("post", "/", {}, {"host": host(PLAIN)})
    return {"key": key, "success_action_status": "200", "Signature": signature, "Content-Type": "", **fields}


UNDER = ["starts-with", "$key", "up/"]


def test_a_form_under_a_policy(cos: Cos) -> None:
    answer = post(cos, form(UNDER, key="up/a 中+.txt"))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["etag"] == etag(CONTENT)
    assert host(PLAIN) in answer.headers["location"]
    stored = cos("GET", PLAIN, "up/a 中+.txt")
    assert stored.body == CONTENT
    assert stored.headers["content-type"] == "text/plain", "told from the key's ending, not from the file's part"


def test_fields_become_headers(cos: Cos) -> None:
    given = {
        "Content-Type": "text/x-a",
        "Cache-Control": "max-age=5",
        "x-cos-meta-colour": "blue",
        "acl": "public-read",
    }
    conditions = [UNDER, *({name: value} for name, value in given.items())]
    fields = {**form(*conditions, key="up/headers"), **given}
    assert post(cos, fields).status == 204
    stored = cos("GET", PLAIN, "up/headers", signed=False)
    assert (stored.status, stored.body) == (200, CONTENT)
    assert stored.headers["content-type"] == "text/x-a"
    assert stored.headers["cache-control"] == "max-age=5"
    assert stored.headers["x-cos-meta-colour"] == "blue"


def test_the_file_name_in_the_key(cos: Cos) -> None:
    assert post(cos, form(UNDER, key="up/${filename}")).status == 204
    assert cos.stored(PLAIN, "up/图 1.png") == CONTENT


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("418", 204)])
def test_success_action_status(cos: Cos, asked: str, status: int) -> None:
    answer = post(cos, form(UNDER, {"success_action_status": asked}, key="up/status", success_action_status=asked))
    assert answer.status == status
    if status == 201:
        for element in (f"<Bucket>{full(PLAIN)}</Bucket>", "<Key>up/status</Key>", "<Location>", "<ETag>"):
            assert element in answer.body.decode()
    else:
        assert answer.body == b""


def test_success_action_redirect(cos: Cos) -> None:
    to = "http://app.example.test/done?a=1"
    fields = {**form(UNDER, {"success_action_redirect": to}, key="up/redirect"), "success_action_redirect": to}
    answer = post(cos, fields)
    assert answer.status == 303
    location = answer.headers["location"]
    assert location.startswith(to + "&")
    for part in (f"bucket={full(PLAIN)}", "key=up%2Fredirect", hashlib.md5(CONTENT).hexdigest()):
        assert part in location


def test_the_form_of_the_wx_sdk(cos: Cos) -> None:
    answer = post(cos, wx_form("wx/a 中.txt"))
    assert (answer.status, answer.headers["etag"]) == (200, etag(CONTENT))
    assert cos.stored(PLAIN, "wx/a 中.txt") == CONTENT


def test_conditions_on_size(cos: Cos) -> None:
    def sized(low: int, high: int, key: str) -> Answer:
        return post(cos, form(UNDER, ["content-length-range", low, high], key=key))

    assert sized(1, len(CONTENT), "up/fits").status == 204
    assert code_of(sized(1, len(CONTENT) - 1, "up/size")) == (400, "EntityTooLarge")
    assert code_of(sized(len(CONTENT) + 1, 1000, "up/size")) == (400, "EntityTooSmall")
    assert cos("HEAD", PLAIN, "up/size").status == 404


def refusals() -> dict[str, dict[str, str]]:
    """Forms that must all be refused as AccessDenied."""
    unnamed = {**form(UNDER, key="up/no"), "acl": "public-read"}
    promised = form(UNDER, {"x-cos-meta-colour": "blue"}, key="up/no")
    other = form(UNDER, {"Content-Type": "text/a"}, key="up/no")
    return {
        "another prefix": form(UNDER, key="other/no"),
        "another value": {**other, "Content-Type": "text/b"},
        "not equal": form(["eq", "$key", "up/yes"], key="up/no"),
        "an ACL without a condition": unnamed,
        "a condition without its field": promised,
        "expired": form(UNDER, seconds=-5, key="up/no"),
        "unsigned": {"key": "up/no"},
    }


@pytest.mark.parametrize("why", list(refusals()))
def test_refused(cos: Cos, why: str) -> None:
    assert code_of(post(cos, refusals()[why])) == (403, "AccessDenied")
    for key in ("up/no", "other/no"):
        assert cos("HEAD", PLAIN, key).status == 404


def test_another_bucket(cos: Cos) -> None:
    cos.make("forms-other")
    assert code_of(post(cos, form(UNDER, key="up/no"), bucket="forms-other"))[0] == 403
    assert code_of(post(cos, form(UNDER, key="up/no"), bucket="forms-unknown")) == (404, "NoSuchBucket")


def test_wrong_signatures(cos: Cos) -> None:
    wrong = form(UNDER, signer=Signer(secret="entrepot-wrong"), key="up/no")
    assert code_of(post(cos, wrong)) == (403, "SignatureDoesNotMatch")
    unknown = form(UNDER, signer=Signer(key_id="entrepot-no-such-id"), key="up/no")
    assert code_of(post(cos, unknown))[0] == 403
    other = form(UNDER, key="up/no")
    other["policy"] = base64.b64encode(base64.b64decode(other["policy"]) + b" ").decode()
    assert code_of(post(cos, other)) == (403, "SignatureDoesNotMatch")
    assert code_of(post(cos, {**wx_form("up/no"), "Signature": "nonsense"}))[0] in {400, 403}
    changed = wx_form("up/no")
    changed["Signature"] = changed["Signature"][:-1] + ("0" if changed["Signature"][-1] != "0" else "1")
    assert code_of(post(cos, changed)) == (403, "SignatureDoesNotMatch")
    assert cos("HEAD", PLAIN, "up/no").status == 404


def test_malformed_forms(cos: Cos) -> None:
    fields = form(UNDER, key="up/no")
    without_key = {name: value for name, value in fields.items() if name != "key"}
    assert code_of(post(cos, without_key)) == (400, "InvalidArgument")
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    pieces = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    no_file = f"{pieces}--{BOUNDARY}--\r\n".encode()
    answer = cos("POST", PLAIN, signed=False, headers=headers, body=no_file)
    assert code_of(answer) == (400, "IncorrectNumberOfFilesInPostRequest")
    broken = cos("POST", PLAIN, signed=False, headers=headers, body=b"no form at all")
    assert code_of(broken) == (400, "MalformedPOSTRequest")
    text = "no JSON"
    now = int(time.time())
    bad = {"key": "up/no", "policy": base64.b64encode(text.encode()).decode()}
    bad |= Signer().policy_fields(text, f"{now - 60};{now + 60}")
    assert code_of(post(cos, bad)) == (400, "InvalidPolicyDocument")
    digest = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    fields = {**form(UNDER, {"Content-MD5": digest}, key="up/no"), "Content-MD5": digest}
    assert code_of(post(cos, fields)) == (400, "BadDigest")
    assert cos("HEAD", PLAIN, "up/no").status == 404

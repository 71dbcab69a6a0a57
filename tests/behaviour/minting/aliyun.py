"""A caller of Alibaba Cloud's OpenAPI and of AWS's STS of the tests' own, and what holders of minted rights send.

Law: written from the documents, knows nothing of the server's code; `test_aliyun_door.py` holds both signatures to the
wire facts' worked ones. Source: wire facts of Alibaba §1 to §3; AWS "Create a signed AWS API request".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlencode

from behaviour.client import BOUNDARY, DEV, Client, Owner, Part, Reply, form_body
from behaviour.server import Server
from behaviour.storage.signers import compact

from .tencent import Minted

USER_ID = "100000000001"
"""Of the development account."""
BUCKET = "hbr-temp-bucket"
ROLE = f"acs:ram::{USER_ID}:role/uploader"
AWS_ROLE = f"arn:aws:iam::{USER_ID}:role/uploader"
FORM = "application/x-www-form-urlencoded"
VERSIONS = {
    "CreateTempFileUploadUrl": "2017-09-08",
    "GetTempFileDownloadLink": "2017-09-08",
    "AssumeRole": "2015-04-01",
    "GetCallerIdentity": "2015-04-01",
}


def encoded(text: str) -> str:
    """Percent-encoded but for RFC 3986's unreserved letters."""
    return quote(text, safe="-_.~")


def canonical(parameters: Mapping[str, str]) -> str:
    """Parameters as they are signed."""
    return "&".join(f"{encoded(name)}={encoded(parameters[name])}" for name in sorted(parameters))


def acs3(secret: bytes, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> str:
    """The third signature, over all of these headers."""
    names = sorted(headers)
    block = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    digest = hashlib.sha256(body).hexdigest()
    text = "\n".join((method, "/", canonical(query), block, ";".join(names), digest))
    source = "ACS3-HMAC-SHA256\n" + hashlib.sha256(text.encode()).hexdigest()
    return hmac.digest(secret, source.encode(), "sha256").hex()


def rpc(secret: bytes, method: str, parameters: Mapping[str, str]) -> str:
    """The first signature."""
    text = f"{method}&%2F&{encoded(canonical(parameters))}"
    return base64.b64encode(hmac.digest(secret + b"&", text.encode(), "sha1")).decode()


def moment(seconds: float) -> str:
    """``2026-01-02T03:04:05Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a call is made. ``age`` is how many seconds ago it was signed; ``parameters`` and ``headers`` are over those
    that are sent, and signed, too (None leaves one out); ``after`` are headers that nobody signed.
    """

    by: Literal["acs3", "acs3-form", "acs3-get", "rpc", "rpc-form", "rpc-get"] = "acs3"
    age: float = 0
    key_id: str | None = None
    secret: bytes | None = None
    token: str = ""
    nonce: str | None = None
    version: str | None = None
    host: str = ""
    path: str = "/"
    signed: bool = True
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The request's."""
        return "GET" if self.by.endswith("-get") else "POST"


PLAIN = Way()
WAYS = ("acs3", "acs3-form", "acs3-get", "rpc", "rpc-form", "rpc-get")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A reply: ``fields`` of its document, with ``Code`` of an error."""

    reply: Reply
    fields: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.fields.get("Code", ""))

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and code."""
        return self.reply.status, self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One key that calls a server."""

    server: Server
    client: Client
    owner: Owner = DEV
    token: str = ""

    def call(self, action: str, way: Way = PLAIN, **given: str) -> Answered:
        """One call and what came back."""
        return read(self.send(action, given, way))

    def ok(self, action: str, way: Way = PLAIN, **given: str) -> Mapping[str, Any]:
        """The fields of a call that must succeed."""
        answered = self.call(action, way, **given)
        assert answered.reply.status == 200, str(answered.reply)
        return answered.fields

    def refused(self, status: int, code: str, action: str, way: Way = PLAIN, **given: str) -> Answered:
        """A call that must be refused with this code."""
        answered = self.call(action, way, **given)
        assert answered.refusal == (status, code), str(answered.reply)
        return answered

    def send(self, action: str, given: Mapping[str, str], way: Way) -> Reply:
        """One call as it is told."""
        make = self._rpc if way.by.startswith("rpc") else self._acs3
        query, headers, body = make(action, given, way)
        target = way.path + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        return self.client.send(
            way.method, target, headers=[*headers.items(), *way.after.items()], body=body, host=self._host(way)
        )

    def _host(self, way: Way) -> str:
        return way.host or f"127.0.0.1:{self.server.port}"

    def _acs3(self, action: str, given: Mapping[str, str], way: Way) -> tuple[Mapping[str, str], dict[str, str], bytes]:
        form = way.by == "acs3-form"
        parameters = _over(given, way.parameters)
        body = urlencode(parameters, quote_via=quote).encode() if form else b""
        query = {} if form else parameters
        token = way.token or self.token
        headers = {
            "host": self._host(way), "x-acs-action": action, "x-acs-version": version_of(action, way),
            "x-acs-date": moment(time.time() - way.age), "x-acs-signature-nonce": way.nonce or secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
            **({"x-acs-security-token": token} if token else {}),
            **({"content-type": FORM} if form else {}),
        }  # fmt: skip
        headers = _over(headers, way.headers)
        if way.signed:
            signature = acs3(way.secret or self.owner.secret, way.method, query, headers, body)
            key_id = way.key_id or self.owner.key_id
            headers["authorization"] = (
                f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={';'.join(sorted(headers))},Signature={signature}"
            )
        del headers["host"]
        return query, headers, body

    def _rpc(self, action: str, given: Mapping[str, str], way: Way) -> tuple[Mapping[str, str], dict[str, str], bytes]:
        token = way.token or self.token
        parameters = {
            "Action": action, "Version": version_of(action, way), "Format": "JSON",
            "AccessKeyId": way.key_id or self.owner.key_id, "Timestamp": moment(time.time() - way.age),
            "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureType": "",
            "SignatureNonce": way.nonce or secrets.token_hex(16), **({"SecurityToken": token} if token else {}),
            **given,
        }  # fmt: skip
        parameters = _over(parameters, way.parameters)
        if way.signed:
            parameters["Signature"] = rpc(way.secret or self.owner.secret, way.method, parameters)
        if way.by == "rpc-form":
            return {}, {"content-type": FORM}, urlencode(parameters, quote_via=quote).encode()
        return parameters, {}, b""


def _over(given: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**given, **changes}.items() if value is not None}


def version_of(action: str, way: Way) -> str:
    """The version of an action, or the one to try."""
    return VERSIONS.get(action, "2017-09-08") if way.version is None else way.version


def read(reply: Reply) -> Answered:
    """What a reply says, in JSON or XML; it must say which request it is of."""
    kind = reply.headers.get("content-type", "")
    if kind == "application/json;charset=utf-8":
        fields = json.loads(reply.body)
    else:
        assert kind == "text/xml;charset=utf-8", str(reply)
        root = ET.fromstring(reply.body)  # noqa: S314 - of our own server
        fields = {"": root.tag, **{child.tag: child.text or "" for child in root}}
    parts = fields["RequestId"].split("-")
    assert [len(part) for part in parts] == [8, 4, 4, 4, 12]
    assert reply.headers["x-acs-request-id"] == fields["RequestId"] == fields["RequestId"].upper()
    return Answered(reply=reply, fields=fields)


def of_sts(fields: Mapping[str, Any]) -> Minted:
    """The key of an AssumeRole."""
    given = fields["Credentials"]
    return Minted(key_id=given["AccessKeyId"], secret=given["AccessKeySecret"], token=given["SecurityToken"])


# The form of a temporary file.


def fields_of(minted: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the form that CreateTempFileUploadUrl is for."""
    return {
        "key": minted["TempFileKey"],
        "OSSAccessKeyId": minted["OssAccessKeyId"],
        "policy": minted["Policy"],
        "Signature": minted["Signature"],
    }


def post(
    client: Client, minted: Mapping[str, Any], content: bytes = b"content", *, bucket: str = BUCKET, host: str = "",
    kind: str = "text/plain", **changes: str,
) -> Reply:  # fmt: skip
    """Post the form, with other fields where a test wants them; an empty one is left out."""
    fields = {name: value for name, value in {**fields_of(minted), **changes}.items() if value}
    parts = [Part(name=name, value=value) for name, value in fields.items()]
    parts.append(Part(name="file", value=content, filename="f.txt", headers=(f"Content-Type: {kind}",)))
    headers = [("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")]
    return client.send("POST", f"/{bucket}" if bucket else "/", headers=headers, body=form_body(parts), host=host)


# AWS's STS.


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsWay:
    """How a call of AWS's STS is made. ``headers`` are over those that are sent and signed, too."""

    age: float = 0
    key_id: str | None = None
    secret: bytes | None = None
    token: str = ""
    signed: bool = True
    service: str = "sts"
    version: str = "2011-06-15"
    body: bytes | None = None
    """What is sent in place of what was signed."""


AWS_PLAIN = AwsWay()


def aws_call(caller: Caller, action: str, way: AwsWay = AWS_PLAIN, **given: str) -> tuple[int, dict[str, str]]:
    """One call of AWS's STS: status, and every text of its document by element name."""
    body = urlencode({"Action": action, "Version": way.version, **given}).encode()
    now = compact(time.time() - way.age)
    scope = f"{now[:8]}/us-east-1/{way.service}/aws4_request"
    token = way.token or caller.token
    headers = {
        "content-type": FORM + "; charset=utf-8", "host": f"127.0.0.1:{caller.server.port}", "x-amz-date": now,
        **({"x-amz-security-token": token} if token else {}),
    }  # fmt: skip
    names = ";".join(sorted(headers))
    block = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    text = "\n".join(("POST", "/", "", block, names, hashlib.sha256(body).hexdigest()))
    source = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(text.encode()).hexdigest()}"
    key = b"AWS4" + (way.secret or caller.owner.secret)
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    if way.signed:
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={way.key_id or caller.owner.key_id}/{scope}, SignedHeaders={names},"
            f" Signature={hmac.digest(key, source.encode(), 'sha256').hex()}"
        )
    del headers["host"]
    reply = caller.client.send("POST", "/", headers=list(headers.items()), body=way.body or body)
    assert reply.headers["content-type"] == "text/xml", str(reply)
    root = ET.fromstring(reply.body)  # noqa: S314 - of our own server
    assert root.tag.startswith("{https://sts.amazonaws.com/doc/2011-06-15/}")
    return reply.status, {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}


def of_aws(fields: Mapping[str, str]) -> Minted:
    """The key of an AssumeRole."""
    return Minted(key_id=fields["AccessKeyId"], secret=fields["SecretAccessKey"], token=fields["SessionToken"])

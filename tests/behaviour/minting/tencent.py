"""A caller of TencentCloud API 3.0 of the tests' own: TC3 and the older signatures, as JSON, query, form and parts.

Law: written from the documents, knows nothing of the server's code; `test_tencent_door.py` holds it to SDKs' vectors.
Source: wire facts of Tencent §1.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlencode

from behaviour.bucket import Bucket
from behaviour.client import BOUNDARY, DEV, Client, Owner, Part, Reply, form_body
from behaviour.server import Server
from behaviour.storage.clouds import Cloud
from behaviour.storage.signers import How
from behaviour.storage.speaker import Speaker

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
VERSIONS = {
    "CreateCosSecKeyInstance": "2018-04-08",
    "CreateStorageCredentials": "2024-07-18",
    "CreateStorage": "2024-07-18",
    "DescribeStorage": "2024-07-18",
    "GetFederationToken": "2018-08-13",
    "AssumeRole": "2018-08-13",
    "GetCallerIdentity": "2018-08-13",
}


def tc3(secret: bytes, method: str, query: str, headers: Mapping[str, str], body: bytes, scope: str, time_: str) -> str:
    """The TC3 signature over these headers, all of which are signed."""
    names = sorted(headers)
    block = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = "\n".join((method, "/", query, block, ";".join(names), hashlib.sha256(body).hexdigest()))
    text = "\n".join(("TC3-HMAC-SHA256", time_, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = b"TC3" + secret
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def older(secret: bytes, algorithm: str, method: str, host: str, parameters: Mapping[str, str]) -> str:
    """The HmacSHA1 or HmacSHA256 signature of these parameters."""
    source = method + host + "/?" + "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    digest = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}[algorithm]
    return base64.b64encode(hmac.digest(secret, source.encode(), digest)).decode()


def flat(values: object, prefix: str = "") -> dict[str, str]:
    """Parameters as queries and forms have them: `Filters.0.Name`."""
    if not isinstance(values, dict | list):
        return {prefix: str(values)}
    pairs = values.items() if isinstance(values, dict) else enumerate(values)
    found: dict[str, str] = {}
    for name, value in pairs:
        found |= flat(value, f"{prefix}.{name}" if prefix else str(name))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a call is made. ``age`` is how many seconds ago it was signed; ``change`` alters what is signed already."""

    by: Literal["json", "get", "parts", "v1-form", "v1-get"] = "json"
    algorithm: str = "HmacSHA1"
    age: float = 0
    key_id: str | None = None
    secret: bytes | None = None
    token: str = ""
    signed: bool = True
    version: str | None = None
    host: str = ""
    body: bytes | None = None
    """In place of the JSON of the parameters."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Headers over those that are sent; None leaves one out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A reply in its envelope: ``code`` and ``message`` of an error, else empty; ``fields`` of a success."""

    reply: Reply
    code: str
    message: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One key that calls a server."""

    server: Server
    client: Client
    owner: Owner = DEV

    def call(self, action: str, values: Mapping[str, Any] | None = None, way: Way | None = None) -> Answered:
        """One call and what came back, which must be in the envelope."""
        reply = self.send(action, dict(values or {}), way or Way())
        assert reply.status == 200, str(reply)
        assert reply.headers["content-type"] == JSON, "a charset after it makes the Python SDK lose errors"
        said = json.loads(reply.body)
        assert list(said) == ["Response"]
        content = said["Response"]
        assert [len(part) for part in content["RequestId"].split("-")] == [8, 4, 4, 4, 12]
        error = content.get("Error", {})
        fields = {} if error else content
        return Answered(reply=reply, code=error.get("Code", ""), message=error.get("Message", ""), fields=fields)

    def ok(self, action: str, values: Mapping[str, Any] | None = None, way: Way | None = None) -> Mapping[str, Any]:
        """The fields of a call that must succeed."""
        answered = self.call(action, values, way)
        assert not answered.code, f"{action}: {answered.code}: {answered.message}"
        return answered.fields

    def refused(
        self, code: str, action: str, values: Mapping[str, Any] | None = None, way: Way | None = None, says: str = ""
    ) -> Answered:
        """A call that must be refused with this code, and a message with these words."""
        answered = self.call(action, values, way)
        assert answered.code == code, f"{action}: {answered.code}: {answered.message} {answered.fields}"
        assert says in answered.message, answered.message
        return answered

    def send(self, action: str, values: dict[str, Any], way: Way) -> Reply:
        """One call as it is told."""
        host = way.host or f"127.0.0.1:{self.server.port}"
        version = VERSIONS.get(action, "2018-04-08") if way.version is None else way.version
        make = self._older if way.by.startswith("v1") else self._tc3
        method, query, headers, body = make(action, version, values, way, host)
        named = {name.lower(): value for name, value in headers.items()}
        for name, value in way.headers.items():
            named.pop(name.lower(), None)
            if value is not None:
                named[name.lower()] = value
        target = f"/?{query}" if query else "/"
        return self.client.send(method, target, headers=list(named.items()), body=body, host=host)

    def _tc3(
        self, action: str, version: str, values: dict[str, Any], way: Way, host: str
    ) -> tuple[str, str, dict[str, str], bytes]:
        method, query, kind, body = "POST", "", JSON, json.dumps(values).encode() if way.body is None else way.body
        if way.by == "get":
            method, query, kind, body = "GET", urlencode(flat(values)), FORM, b""
        elif way.by == "parts":
            kind = f"multipart/form-data; boundary={BOUNDARY}"
            parts = [Part(name=name, value=_packed(value)) for name, value in values.items()]
            body = form_body(parts)
        when = str(int(time.time() - way.age))
        headers = {
            "content-type": kind, "x-tc-action": action, "x-tc-version": version, "x-tc-timestamp": when,
            "x-tc-language": "zh-CN",
        }  # fmt: skip
        if way.token:
            headers["x-tc-token"] = way.token
        if way.signed:
            scope = f"{time.strftime('%Y-%m-%d', time.gmtime(int(when)))}/ms/tc3_request"
            secret = self.owner.secret if way.secret is None else way.secret
            signature = tc3(secret, method, query, {"content-type": kind, "host": host}, body, scope, when)
            headers["authorization"] = (
                f"TC3-HMAC-SHA256 Credential={way.key_id or self.owner.key_id}/{scope},"
                f" SignedHeaders=content-type;host, Signature={signature}"
            )
        return method, query, headers, body

    def _older(
        self, action: str, version: str, values: dict[str, Any], way: Way, host: str
    ) -> tuple[str, str, dict[str, str], bytes]:
        method = "GET" if way.by == "v1-get" else "POST"
        parameters = flat(values) | {
            "Action": action, "Version": version, "Timestamp": str(int(time.time() - way.age)), "Nonce": "4711",
            "SecretId": way.key_id or self.owner.key_id, "SignatureMethod": way.algorithm, "Region": "ap-guangzhou",
        }  # fmt: skip
        if way.token:
            parameters["Token"] = way.token
        if way.signed:
            secret = self.owner.secret if way.secret is None else way.secret
            parameters["Signature"] = older(secret, way.algorithm, method, host, parameters)
        written = urlencode(parameters, quote_via=quote)
        return (
            method,
            written if method == "GET" else "",
            {"content-type": FORM},
            (b"" if method == "GET" else written.encode()),
        )


def _packed(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A temporary key as its receiver has it."""

    key_id: str
    secret: str
    token: str

    @property
    def owner(self) -> Owner:
        """For signers."""
        return Owner(appid=DEV.appid, key_id=self.key_id, secret=self.secret.encode())

    @property
    def how(self) -> How:
        """For signers, with the token."""
        return How(token=self.token)

    def speaker(self, bucket: Bucket, cloud: Cloud) -> Speaker:
        """A client of a storage dialect with this key."""
        return Speaker(bucket=bucket, cloud=cloud, owner=self.owner)


def of_ms(fields: Mapping[str, Any]) -> Minted:
    """The key of a CreateCosSecKeyInstance."""
    return Minted(key_id=fields["CosId"], secret=fields["CosKey"], token=fields["CosToken"])


def of_vod(fields: Mapping[str, Any]) -> Minted:
    """The key of a CreateStorageCredentials."""
    given = fields["Credentials"]
    return Minted(key_id=given["AccessKeyId"], secret=given["SecretAccessKey"], token=given["SessionToken"])


def of_sts(fields: Mapping[str, Any]) -> Minted:
    """The key of a GetFederationToken."""
    given = fields["Credentials"]
    return Minted(key_id=given["TmpSecretId"], secret=given["TmpSecretKey"], token=given["Token"])


def policy(*statements: Mapping[str, Any], version: str = "2.0") -> str:
    """A policy as the parameter has it."""
    return quote(json.dumps({"version": version, "statement": list(statements)}), safe="")


def allow(actions: list[str], *resources: str, **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"effect": "allow", "action": actions, "resource": list(resources), **more}

"""Browsers' forms of each dialect: fields, policy and its signature, all of which a test can say wrong.

Sources: AWS "Browser-based uploads using POST"; wire facts of Tencent §6.2, §7.4, Alibaba §3, Volcengine §3.4.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from behaviour.client import BOUNDARY, Owner, Part, Reply, form_body

from .clouds import CLOUDS, Cloud
from .signers import AWS4, OSS4, TOS4, How, Scoped, compact, q_policy_signature, sha1_base64
from .speaker import Speaker

Fields = dict[str, str]
Policy = dict[str, Any]
Seal = Callable[[Owner, How, str], Fields]
"""The fields that sign a policy, the last of which is the signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way to sign a form. ``told`` gives the fields that the policy names too."""

    name: str
    cloud: str
    told: Callable[[Owner, How], Fields]
    seal: Seal
    strict: bool
    """Whether a field that the policy does not name is refused."""
    signature: str
    key_id: str


def _scoped(name: str, scheme: Scoped, *, strict: bool) -> Kind:
    prefix = scheme.prefix

    def told(owner: Owner, how: How) -> Fields:
        return {
            prefix + scheme.algorithm_name.lower(): scheme.algorithm,
            f"{prefix}credential": scheme.credential(owner, how),
            f"{prefix}date": compact(how.now),
        }

    def seal(owner: Owner, how: How, policy: str) -> Fields:
        return {f"{prefix}signature": scheme.sign(how.secret_of(owner), how.now, policy)}

    return Kind(
        name=name, cloud=name, told=told, seal=seal, strict=strict, signature=f"{prefix}signature",
        key_id=f"{prefix}credential",
    )  # fmt: skip


def _oss1_seal(owner: Owner, how: How, policy: str) -> Fields:
    return {"OSSAccessKeyId": how.key_id or owner.key_id, "Signature": sha1_base64(how.secret_of(owner), policy)}


def _q_told(owner: Owner, how: How) -> Fields:
    span = f"{how.now};{how.now + how.ttl}"
    return {"q-sign-algorithm": "sha1", "q-ak": how.key_id or owner.key_id, "q-sign-time": span}


def _q_seal(owner: Owner, how: How, policy: str) -> Fields:
    told = _q_told(owner, how)
    span = told.pop("q-sign-time")
    signature = q_policy_signature(how.secret_of(owner), span, base64.b64decode(policy))
    return {**told, "q-key-time": span, "q-signature": signature}


KINDS = (
    _scoped("s3", AWS4, strict=True),
    _scoped("oss", OSS4, strict=False),
    Kind(
        name="oss1", cloud="oss", told=lambda _owner, _how: {}, seal=_oss1_seal, strict=False, signature="Signature",
        key_id="OSSAccessKeyId",
    ),
    _scoped("tos", TOS4, strict=False),
    Kind(
        name="cos", cloud="cos", told=_q_told, seal=_q_seal, strict=False, signature="q-signature", key_id="q-ak"
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form. ``fields`` are named by the policy, ``unnamed`` are not; ``conditions`` come on top.

    ``policy`` changes the policy before it is signed, ``text`` is one to sign as it is, ``spoil`` changes the finished
    fields. ``parts`` makes the parts of fields and file.
    """

    key: str = "formed.txt"
    content: bytes = b"by a form"
    filename: str = "local name.txt"
    fields: Mapping[str, str] = field(default_factory=dict)
    unnamed: Mapping[str, str] = field(default_factory=dict)
    conditions: Sequence[Any] = ()
    ttl: float = 600
    how: How = field(default_factory=How)
    policy: Callable[[dict[str, Any]], Any] = field(default=lambda policy: policy)
    text: str | None = None
    spoil: Callable[[Fields], Fields] = field(default=lambda fields: fields)
    parts: Callable[[list[Part], Part], list[Part]] = field(default=lambda texts, file: [*texts, file])
    file_headers: tuple[str, ...] = ("Content-Type: text/plain",)


def expiration(seconds: float) -> str:
    """A time as policies write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def fields_of(kind: Kind, speaker: Speaker, form: Form) -> Fields:
    """The text fields of a form, signed."""
    how = form.how.fixed()
    told = kind.told(speaker.owner, how)
    fields = {"key": form.key, **form.fields}
    conditions = [{"bucket": speaker.text}, *form.conditions]
    conditions += [{name: value} for name, value in {**fields, **told}.items()]
    policy = form.policy({"expiration": expiration(time.time() + form.ttl), "conditions": conditions})
    text = form.text
    if text is None:
        text = base64.b64encode(json.dumps(policy, ensure_ascii=False).encode()).decode()
    sent = {name: value for name, value in told.items() if name != "q-sign-time"}
    signed = {**sent, **kind.seal(speaker.owner, how, text)}
    return form.spoil({**fields, **form.unnamed, "policy": text, **signed})


def body_of(kind: Kind, speaker: Speaker, form: Form) -> bytes:
    """A whole form."""
    texts = [Part(name=name, value=value) for name, value in fields_of(kind, speaker, form).items()]
    file = Part(name="file", value=form.content, filename=form.filename, headers=form.file_headers)
    return form_body(form.parts(texts, file))


def post(kind: Kind, speaker: Speaker, form: Form, **given: Any) -> Reply:
    """Send a form to the bucket."""
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **given.pop("headers", {})}
    return speaker.ask("POST", headers=headers, body=body_of(kind, speaker, form), how=None, **given)


def dialect_of(kind: Kind) -> Cloud:
    """The dialect of a form."""
    return next(cloud for cloud in CLOUDS if cloud.name == kind.cloud)


def instead(name: str, *conditions: Any) -> Callable[[Policy], Policy]:
    """A policy with these conditions in the place of the one on a field."""

    def change(policy: Policy) -> Policy:
        rest = [one for one in policy["conditions"] if not (isinstance(one, dict) and name in one)]
        return {**policy, "conditions": [*rest, *conditions]}

    return change


def saying(name: str, value: str) -> Callable[[Fields], Fields]:
    """Another value than the one that was signed for."""
    return lambda given: {**given, name: value}


def without(name: str) -> Callable[[Fields], Fields]:
    """A field left out."""
    return lambda given: {known: value for known, value in given.items() if known != name}


def doubled(name: str, value: str) -> Callable[[Fields], Fields]:
    """Another value under the same name in other letters, before the good one."""
    return lambda given: {name.upper(): value, **given}

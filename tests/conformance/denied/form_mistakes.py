"""Mistakes that are made with a browser's form, before or after it was signed, and the cause that each has. Data only.

Names of fields are those of the form; ``{acl}`` is what the cloud calls the field of an ACL.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

KEY = "up/a.png"
CONTENT = b"\x89PNG" + b"x" * 46
SIGNERS: Final = ("boto3-v4", "boto3-v2", "ali-oss-v1", "ali-oss-v4", "tos", "cos")
S3, OSS = ("boto3-v4", "boto3-v2"), ("ali-oss-v1", "ali-oss-v4")
NOT_OSS: Final = (*S3, "tos", "cos")
"""OSS has no keys that begin with a slash, and says so."""
TAKES_ANY: Final = (*S3, "cos")
"""The others take white space off a secret."""
TEXT_SIGNED: Final = SIGNERS[:-1]
"""These sign the policy's base64."""
Fields = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What is signed, what is done to the fields then, and what is told of it."""

    name: str
    cause: str
    conditions: tuple[tuple[str, str, str], ...] = ()
    """Signed beside those that every form has."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Put into the form whatever was signed; an empty value takes the field away."""
    seconds: int = 600
    secret: Callable[[str], str] = lambda secret: secret
    alter: Callable[[Fields], Fields] = lambda fields: fields
    """Done to what the SDK gave."""
    sign_base64: bool = False
    """Signed in place of the JSON."""
    late: tuple[str, ...] = ()
    """Fields that stand behind the file."""
    bucket: str = "demo"
    content: bytes = CONTENT
    by: tuple[str, ...] = SIGNERS


def _policy(change: Callable[[str], str]) -> Callable[[Fields], Fields]:
    return lambda fields: fields | {"policy": change(fields["policy"])}


def _anew(policy: str) -> str:
    """Read and written again, with other white space, as a server between the signer and the page does."""
    document: Any = json.loads(base64.b64decode(policy))
    return base64.b64encode(json.dumps(document, indent=1).encode()).decode()


def _in_lines(policy: str) -> str:
    return base64.encodebytes(base64.b64decode(policy)).decode()


def _bare(policy: str) -> str:
    return base64.b64decode(policy).decode()


MISTAKES: Final = (
    Mistake(name="the key is another", cause="form-value-differs", fields={"key": "up/b.png"}),
    Mistake(name="the key is in another folder", cause="form-value-differs", fields={"key": "down/a.png"}),
    Mistake(name="the key is in capitals", cause="form-value-case", fields={"key": "up/A.PNG"}),
    Mistake(name="the key begins with a slash", cause="form-key-slash", fields={"key": "/up/a.png"}, by=NOT_OSS),
    Mistake(name="the key ends with a blank", cause="form-value-blanks", fields={"key": "up/a.png "}),
    Mistake(
        name="a folder by eq", cause="form-eq-for-starts-with", conditions=(("eq", "key", "up/"),)
    ),
    Mistake(name="the type with a charset", cause="form-type-parameters",
            fields={"Content-Type": "image/png; charset=utf-8"}),
    Mistake(name="the type is another", cause="form-value-differs", fields={"Content-Type": "image/jpeg"}),
    Mistake(name="the type is in capitals", cause="form-value-case", fields={"Content-Type": "image/PNG"}),
    Mistake(name="no type before the file", cause="form-field-missing", fields={"Content-Type": ""}),
    Mistake(name="the type behind the file", cause="form-field-missing", late=("Content-Type",)),
    Mistake(name="a condition on a field that is not sent", cause="form-field-missing",
            conditions=(("eq", "success_action_status", "201"),)),
    Mistake(name="the status is another", cause="form-value-differs",
            conditions=(("eq", "success_action_status", "201"),), fields={"success_action_status": "200"}),
    Mistake(name="the ACL is another", cause="form-value-differs",
            conditions=(("eq", "{acl}", "private"),), fields={"{acl}": "public-read"}),
    Mistake(name="a field that was not signed", cause="form-field-not-covered", fields={"x-amz-meta-note": "1"}, by=S3),
    Mistake(name="a redirect that was not signed", cause="form-field-not-covered",
            fields={"success_action_redirect": "http://127.0.0.1/done"}, by=S3),
    Mistake(name="over", cause="form-policy-over", seconds=-5),
    Mistake(name="over since yesterday", cause="form-policy-over", seconds=-86_400, by=("boto3-v2", *OSS[:1])),
    Mistake(name="posted to another bucket", cause="form-other-bucket", bucket="other"),
    Mistake(name="the file is too large", cause="form-file-too-large", content=b"x" * 101),
    Mistake(name="the file is too small", cause="form-file-too-small", content=b"x" * 9),
    Mistake(name="the file is empty", cause="form-file-too-small", content=b""),
    Mistake(name="the secret with a line break", cause="secret-line-break", secret=lambda secret: f"{secret}\n",
            by=TAKES_ANY),
    Mistake(name="the secret in quotes", cause="secret-quotes", secret=lambda secret: f'"{secret}"'),
    Mistake(name="the secret was cut", cause="secret-cut", secret=lambda secret: secret[:-1]),
    Mistake(name="the key's id for the secret", cause="secret-is-key-id", secret=lambda _secret: "entrepot-dev-id"),
    Mistake(name="the policy is written anew", cause="policy-coding", alter=_policy(_anew)),
    Mistake(name="the policy with line breaks", cause="policy-coding", alter=_policy(_in_lines), by=TEXT_SIGNED),
    Mistake(name="the policy without base64", cause="policy-coding", alter=_policy(_bare), by=TEXT_SIGNED),
    Mistake(name="the base64 was signed", cause="policy-coding", sign_base64=True, by=("cos",)),
    # COS signs the JSON, so these are genuine, and cannot be read
    Mistake(name="the policy with line breaks", cause="form-policy-unreadable", alter=_policy(_in_lines), by=("cos",)),
    Mistake(name="the policy without base64", cause="form-policy-unreadable", alter=_policy(_bare), by=("cos",)),
)  # fmt: skip
ROWS: Final = [(signer, mistake) for mistake in MISTAKES for signer in mistake.by]

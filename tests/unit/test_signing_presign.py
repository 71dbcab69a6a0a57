"""Signed addresses: what real SDKs make of the same key at the same time, parameters and signatures."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from entrepot.core.fault import Fault, Kind
from entrepot.signing.presign import (
    AWS4_ADDRESS,
    OSS4_ADDRESS,
    Q_SIGN_ADDRESS,
    TOS4_ADDRESS,
    Address,
    Presigner,
    signed_query,
)

from .vectors import Vector, target_of, vectors

PRESIGNERS = {"aws4": AWS4_ADDRESS, "oss4": OSS4_ADDRESS, "tos4": TOS4_ADDRESS, "q_sign": Q_SIGN_ADDRESS}
VECTORS = vectors(*PRESIGNERS)
MADE = [
    "aws4/aws_presigned_get", "aws4/boto3_presigned_get", "aws4/boto3_presigned_delete",
    "aws4/boto3_presigned_put_token_path_style",
    "oss4/oss2_presigned_get", "oss4/oss2_presigned_put_path_style", "oss4/oss2_presigned_put_token",
    "oss4/oss_v2_presigned_get", "oss4/oss_v2_presigned_put_token_path_style",
    "tos4/py_presigned_get", "tos4/tos_presigned_put", "tos4/py_presigned_put_token",
    "q_sign/py_presigned_get", "q_sign/py_presigned_delete", "q_sign/node_presigned_get",
    "q_sign/py_presigned_put_headers",
]  # fmt: skip


def asked_again(name: str, vector: Vector) -> tuple[Address, dict[str, str]]:
    """The vector's request without what signs it, and its whole query as a dictionary."""
    request = vector["request"]
    query = dict(parse_qsl(request["query"], keep_blank_values=True))
    lower = {key.lower(): value for key, value in query.items()}
    scope = next((value for key, value in lower.items() if key.endswith("-credential")), "").split("/")
    prefixes = ("x-amz-", "x-oss-", "x-tos-", "q-", "x-cos-security-token")
    rest = tuple((key, value) for key, value in query.items() if not key.lower().startswith(prefixes))
    listed = {
        "aws4": lower.get("x-amz-signedheaders"),
        "oss4": "content-type;content-md5;"
        + ";".join(key for key, _ in request["headers"] if key.lower().startswith("x-oss-")).lower(),
        "tos4": lower.get("x-tos-signedheaders"),
        "q_sign": lower.get("q-header-list"),
    }[name.partition("/")[0]]
    signed = set((listed or "").split(";")) - {"host", ""}
    headers = tuple((key.lower(), value) for key, value in request["headers"] if key.lower() in signed)
    return Address(
        method=request["method"],
        authority=request["authority"],
        path=request["path"],
        target=target_of(vector),
        headers=headers,
        query=rest,
        at=int(vector["signed_at"]),
        seconds=int(vector["expires_at"] - vector["signed_at"]),
        region=scope[-3] if len(scope) > 3 else "",
        token=vector["token"],
    ), query


@pytest.mark.parametrize("name", [name for name in MADE if name in VECTORS])
def test_an_address_is_signed_as_the_sdk_signed_it(name: str) -> None:
    vector = VECTORS[name]
    presigner: Presigner = PRESIGNERS[name.partition("/")[0]]
    address, query = asked_again(name, vector)
    made = signed_query(presigner, address, vector["key_id"], vector["secret"].encode())
    mine = {key.lower(): value for key, value in parse_qsl(made, keep_blank_values=True)}
    assert mine == {key.lower(): value for key, value in query.items()}


def test_enough_vectors_are_left() -> None:
    kinds = {name.partition("/")[0] for name in MADE if name in VECTORS}
    assert kinds == set(PRESIGNERS)


@pytest.mark.parametrize("seconds", [0, -1, 604_801])
def test_a_life_that_the_scheme_does_not_know_is_refused(seconds: int) -> None:
    address = Address(method="GET", authority="h", path="/b/k", at=1_700_000_000, seconds=seconds, region="r")
    with pytest.raises(Fault) as caught:
        signed_query(AWS4_ADDRESS, address, "id", b"secret")
    assert caught.value.kind is Kind.PARAMETER_INVALID

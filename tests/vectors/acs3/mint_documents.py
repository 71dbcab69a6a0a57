#!/usr/bin/env python3
"""Write down the worked examples for both signatures of Alibaba Cloud's OpenAPI.

Law: inputs and signatures are copied, nothing is computed; a wrong copy fails in the tests, because nobody can make a
signature fit by accident. Run with: python3 tests/vectors/acs3/mint_documents.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mint_capture import asked, record

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
FACTS = {"key_id": "LTAIexample", "secret": "ExampleSecret", "signed_at": 1_767_323_045}
TEA = "PyPI alibabacloud-tea-openapi 0.4.6, as written down in the wire facts"
ODD = "a b/中+*~.txt"


def headed(query: str, headers: dict[str, str], key_id: str, signature: str) -> dict[str, Any]:
    """A request with the third signature."""
    names = ";".join(sorted(headers))
    sent = {name: value for name, value in headers.items() if name != "host"}
    sent["authorization"] = f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"
    return {**asked("POST", f"http://{headers['host']}/?{query}", sent), "payload": ""}


def document() -> None:
    """Source: Alibaba Cloud, "V3 request structure and signature", its example."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-content-sha256": EMPTY,
        "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }  # fmt: skip
    record(
        "acs3", "doc_run_instances", key_id="YourAccessKeyId", secret="YourAccessKeySecret", signed_at=1_698_315_752,
        call="RunInstances", minted_with="Alibaba Cloud documentation, V3 request structure and signature",
        request=headed(
            "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai", headers,
            "YourAccessKeyId", "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"),
    )  # fmt: skip
    query = {
        "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions", "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf", "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z", "Version": "2014-05-26", "Signature": "OLeaidS1JvxuMvnyHOwuJ+uX5qY=",
    }  # fmt: skip
    record(
        "acs_rpc", "doc_describe_regions", key_id="testid", secret="testsecret", signed_at=1_456_231_584,
        call="DescribeRegions", minted_with="Alibaba Cloud documentation, request signatures of RPC APIs",
        request={**asked("GET", f"http://ecs.aliyuncs.com/?{written(query)}"), "payload": ""},
    )  # fmt: skip


def written(query: dict[str, str]) -> str:
    """A query as the examples have it."""
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in query.items())


def facts() -> None:
    """Source: wire facts, aliyun §1.2, §1.3."""
    headers = {
        "accept": "application/json", "host": "127.0.0.1:8080", "user-agent": "probe",
        "x-acs-action": "CreateTempFileUploadUrl", "x-acs-content-sha256": EMPTY, "x-acs-date": "2026-01-02T03:04:05Z",
        "x-acs-signature-nonce": "0123456789abcdef0123456789abcdef", "x-acs-version": "2017-09-08",
    }  # fmt: skip
    query = written({"FileName": ODD})
    record(
        "acs3", "facts_upload", call="CreateTempFileUploadUrl", minted_with=TEA, **FACTS,
        request=headed(
            query, headers, "LTAIexample", "f0a1fd5f7bff18072117d17cf3ce8c7972176a773b5529d638f187e3dd0a7775"),
    )  # fmt: skip
    temporary = {**headers, "x-acs-accesskey-id": "STS.example", "x-acs-security-token": "tok==/+"}
    record(
        "acs3", "facts_upload_token", call="CreateTempFileUploadUrl", minted_with=TEA, token="tok==/+",
        **{**FACTS, "key_id": "STS.example"},
        request=headed(
            query, temporary, "STS.example", "b4e5c226b684bffd746a934b9d0b4b7fafc3b78fdb48b7f6a597edc25e507524"),
    )  # fmt: skip
    query = written({
        "AccessKeyId": "LTAIexample", "Action": "CreateTempFileUploadUrl", "Format": "JSON", "Version": "2017-09-08",
        "Timestamp": "2026-01-02T03:04:05Z", "SignatureNonce": "0123456789abcdef0123456789abcdef", "FileName": ODD,
        "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureType": "", "RegionId": "cn-hangzhou",
        "Signature": "seiamo1d1y0J5J78AvmuIBkzDwM=",
    })  # fmt: skip
    record(
        "acs_rpc", "facts_upload", call="CreateTempFileUploadUrl", **FACTS,
        minted_with="PyPI aliyun-python-sdk-core 2.16.1, as written down in the wire facts",
        request={**asked("POST", f"http://127.0.0.1:8080/?{query}"), "payload": ""},
    )  # fmt: skip


if __name__ == "__main__":
    document()
    facts()

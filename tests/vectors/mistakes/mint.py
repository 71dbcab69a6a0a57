#!/usr/bin/env python3
"""Mint signed addresses with real SDKs whose secret is set wrongly, as people set it.

Run with the Python of an environment that has one of boto3, oss2, cos-python-sdk-v5, tos; it writes the file of what it
finds: python tests/vectors/mistakes/mint.py. The secret that counts is SECRET; each address was made with another one.
"""

from __future__ import annotations

import base64
import importlib.util
import json
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

KEY_ID, SECRET = "entrepot-dev-id", "entrepot/dev+Secret="
SECRETS = {
    "secret-line-break": (SECRET + "\n", SECRET + "\r\n"),
    "secret-space": (SECRET + " ", " " + SECRET, SECRET + "\t"),
    "secret-quotes": (f'"{SECRET}"', f"'{SECRET}'"),
    "secret-is-key-id": (KEY_ID,),
    "secret-empty": ("None", "undefined", "null"),
    "secret-encoded": (base64.b64encode(SECRET.encode()).decode(), quote(SECRET, safe=""), SECRET.encode().hex()),
    "secret-case": (SECRET.lower(), SECRET.upper()),
    "secret-cut": (SECRET[:-1], SECRET[1:], SECRET.partition("+")[0]),
    "secret-with-id": (f"{KEY_ID}:{SECRET}",),
}
Sign = Callable[[str, str, str], str]


def boto3_signers() -> Iterator[tuple[str, str, Sign]]:
    """boto3, both versions of the signature."""
    import boto3
    from botocore.config import Config

    for scheme in ("s3v4", "s3"):

        def sign(secret: str, method: str, key: str, scheme: str = scheme) -> str:
            client = boto3.client(
                "s3", endpoint_url="http://127.0.0.1:9400", region_name="us-east-1", aws_access_key_id=KEY_ID,
                aws_secret_access_key=secret, config=Config(signature_version=scheme, s3={"addressing_style": "path"}),
            )  # fmt: skip
            operation = {"GET": "get_object", "PUT": "put_object"}[method]
            return str(client.generate_presigned_url(operation, {"Bucket": "demo", "Key": key}, ExpiresIn=600))

        yield f"boto3 {version('boto3')}", {"s3v4": "aws4", "s3": "aws2"}[scheme], sign


def oss2_signers() -> Iterator[tuple[str, str, Sign]]:
    """oss2, both versions of the signature."""
    import oss2

    for scheme in ("oss1", "oss4"):

        def sign(secret: str, method: str, key: str, scheme: str = scheme) -> str:
            auth = oss2.Auth(KEY_ID, secret) if scheme == "oss1" else oss2.AuthV4(KEY_ID, secret)
            bucket = oss2.Bucket(auth, "http://127.0.0.1:9400", "demo", region="cn-hangzhou", is_path_style=True)
            return str(bucket.sign_url(method, key, 600, slash_safe=True))

        yield f"oss2 {version('oss2')}", scheme, sign


def cos_signers() -> Iterator[tuple[str, str, Sign]]:
    """cos-python-sdk-v5."""
    from qcloud_cos import CosConfig, CosS3Client

    def sign(secret: str, method: str, key: str) -> str:
        config = CosConfig(Region="ap-guangzhou", SecretId=KEY_ID, SecretKey=secret, Scheme="http")
        return str(CosS3Client(config).get_presigned_url("demo-1250000000", key, method, 600))

    yield f"cos-python-sdk-v5 {version('cos-python-sdk-v5')}", "q_sign", sign


def tos_signers() -> Iterator[tuple[str, str, Sign]]:
    """tos."""
    import tos

    def sign(secret: str, method: str, key: str) -> str:
        client = tos.TosClientV2(KEY_ID, secret, "http://tos-cn-beijing.volces.com", "cn-beijing")
        kind = {"GET": tos.HttpMethodType.Http_Method_Get, "PUT": tos.HttpMethodType.Http_Method_Put}[method]
        return str(client.pre_signed_url(kind, "demo", key, 600).signed_url)

    yield f"tos {version('tos')}", "tos4", sign


SIGNERS = {"boto3": boto3_signers, "oss2": oss2_signers, "qcloud_cos": cos_signers, "tos": tos_signers}


def main() -> None:
    """Write the file of each SDK that is there."""
    for module, signers in SIGNERS.items():
        if importlib.util.find_spec(module) is None:
            continue
        lines, sdk = [], ""
        for sdk, scheme, sign in signers():
            for cause, secrets in SECRETS.items():
                for number, secret in enumerate(secrets):
                    method, key = (("GET", "dir/a b.txt"), ("PUT", "目录/k.bin"))[number % 2]
                    try:
                        url = sign(secret, method, key)
                    except Exception as error:  # noqa: BLE001 - an SDK may refuse such a secret itself
                        print(f"{sdk} {scheme} {cause}: {error!r}")
                        continue
                    case = {"scheme": scheme, "cause": cause, "method": method, "key": key, "url": url}
                    lines.append(json.dumps(case, ensure_ascii=False))
        head = json.dumps({"sdk": sdk, "key_id": KEY_ID, "secret": SECRET, "bucket": "demo"})
        body = ",\n".join(lines)
        path = Path(__file__).parent / f"{module}.json"
        path.write_text(f'{{"facts": {head}, "cases": [\n{body}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()

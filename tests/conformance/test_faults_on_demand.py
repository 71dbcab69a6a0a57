"""Faults on demand as real SDKs meet them: what they try again themselves, and what they tell.

Sources: botocore retries/standard.py (SlowDown and lost connections are tried again); cos-python-sdk-v5 cos_client.py,
`send_request` (5xx); alibabacloud-oss-v2 retry/error_retryable.py (5xx, lost connections); tos client.py, `_req` (429).
"""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.conftest import require
from conformance.server import KEY_ID, SECRET, Server, environment
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance

BOTO = """
import boto3, botocore
from botocore.config import Config
client = boto3.client("s3", endpoint_url=address, aws_access_key_id=key, aws_secret_access_key=secret,
    region_name="us-east-1", config=Config(retries={"total_max_attempts": 4, "mode": "standard"}))
def put(name, **more):
    return client.put_object(Bucket="demo", Key=name, Body=b"hello", **more)["ResponseMetadata"]["RetryAttempts"]
told["slow"] = put("fod/s3/slow")
told["lost"] = put("fod/s3/lost")
try:
    put("fod/s3/once", IfNoneMatch="*")
except botocore.exceptions.ClientError as error:
    told["once"] = error.response["Error"]["Code"]
put("fod/s3/cut")
try:
    client.get_object(Bucket="demo", Key="fod/s3/cut")["Body"].read()
except Exception as error:
    told["cut"] = type(error).__name__
told["after"] = client.get_object(Bucket="demo", Key="fod/s3/once")["Body"].read().decode()
"""
COS = """
from qcloud_cos import CosConfig, CosS3Client
client = CosS3Client(CosConfig(Region="ap-guangzhou", SecretId=key, SecretKey=secret, Scheme="http",
    Proxies={"http": address}), retry=3)
client.put_object(Bucket="demo-1250000000", Key="fod/cos/slow", Body=b"hello")
told["after"] = client.get_object(Bucket="demo-1250000000", Key="fod/cos/slow")["Body"].get_raw_stream().read().decode()
"""
OSS = """
import alibabacloud_oss_v2 as oss
config = oss.config.load_default()
config.credentials_provider = oss.credentials.StaticCredentialsProvider(key, secret)
config.region, config.endpoint, config.use_path_style = "cn-hangzhou", address, True
client = oss.Client(config)
for name in ("slow", "lost"):
    client.put_object(oss.PutObjectRequest(bucket="demo", key=f"fod/oss/{name}", body=b"hello"))
told["after"] = client.get_object(oss.GetObjectRequest(bucket="demo", key="fod/oss/lost")).body.content.decode()
"""
TOS = """
import tos
client = tos.TosClientV2(key, secret, "http://tos-cn-beijing.volces.com", "cn-beijing", max_retry_count=3,
    proxy_host="127.0.0.1", proxy_port=int(address.rpartition(":")[2]), enable_verify_ssl=False)
client.put_object(bucket="demo", key="fod/tos/slow", content=b"hello")
told["after"] = client.get_object(bucket="demo", key="fod/tos/slow").read().decode()
"""
RULES: dict[str, list[dict[str, Any]]] = {
    "s3": [
        {"operation": "PutObject", "prefix": "fod/s3/slow", "code": "SlowDown", "count": 2},
        {"operation": "PutObject", "prefix": "fod/s3/lost", "lost_reply": True, "count": 1},
        {"operation": "PutObject", "prefix": "fod/s3/once", "lost_reply": True, "count": 1},
        {"operation": "GetObject", "prefix": "fod/s3/cut", "cut_reply": 2},
    ],
    "cos_xml": [{"operation": "PutObject", "prefix": "fod/cos/slow", "throttle": True, "count": 2}],
    "oss": [
        {"operation": "PutObject", "prefix": "fod/oss/slow", "code": "ServiceUnavailable", "count": 2},
        {"operation": "PutObject", "prefix": "fod/oss/lost", "lost_reply": True, "count": 1},
    ],
    "tos": [{"operation": "PutObject", "prefix": "fod/tos/slow", "code": "ExceedQPSLimit", "count": 2}],
}
CASES = {
    "s3": ("s3", BOTO, {
        "slow": 2, "lost": 1, "once": "PreconditionFailed", "cut": "ResponseStreamingError", "after": "hello",
    }),
    "cos_xml": ("tencent", COS, {"after": "hello"}),
    "oss": ("aliyun_v2", OSS, {"after": "hello"}),
    "tos": ("volcengine", TOS, {"after": "hello"}),
}  # fmt: skip


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    """What the admin API answers."""
    request = urllib.request.Request(  # noqa: S310 -- loopback
        f"{server.address}/-/api/v1/dev/faults{path}", method=method, data=body and json.dumps(body).encode(),
        headers={"Authorization": "Bearer entrepot-dev-admin"},
    )  # fmt: skip
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as reply:
        return json.loads(reply.read())


@pytest.fixture(params=list(CASES))
def dialect(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """A dialect, with its rules on the server."""
    name: str = request.param
    require(CASES[name][0])
    ids = [ask(server, "POST", "", {"dialect": name, **rule})["id"] for rule in RULES[name]]
    yield name
    for one in ids:
        ask(server, "DELETE", f"/{one}")


def test_what_sdks_make_of_them(dialect: str, server: Server) -> None:
    sdk, script, expected = CASES[dialect]
    start = "import json, sys\naddress, key, secret = sys.argv[1:]\ntold = {}\n"
    done = subprocess.run(
        [str(python_of(sdk)), "-c", f"{start}{script}\nprint(json.dumps(told))", server.address, KEY_ID, SECRET],
        env=environment({}), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == expected
    struck = {rule["prefix"]: rule["struck"] for rule in ask(server, "GET", "")["faults"]}
    assert {rule["prefix"]: struck[rule["prefix"]] for rule in RULES[dialect]} == {
        rule["prefix"]: rule.get("count", 1) for rule in RULES[dialect]
    }

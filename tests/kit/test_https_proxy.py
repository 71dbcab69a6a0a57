"""Clients that insist on https and on a cloud's own host: unmodified SDKs through the proxy of a test's server.

Nothing here names an address of ours: the SDKs are made as their vendors' documents say, and find the server by their
environment alone. Source: issue 14 §2 ("sets proxy and endpoint variables, CA and keys for the command").
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.server import environment
from conformance.setup_sdks import node_folder, python_of
from entrepot.testing import Account, Server

COS = """
import os
from qcloud_cos import CosConfig, CosS3Client
key = os.environ['TENCENTCLOUD_SECRET_ID'], os.environ['TENCENTCLOUD_SECRET_KEY']
bucket = os.environ['ENTREPOT_RUN_BUCKET'] + '-' + os.environ['ENTREPOT_RUN_ACCOUNT']
cos = CosS3Client(CosConfig(Region='ap-guangzhou', SecretId=key[0], SecretKey=key[1], Scheme='https'), retry=0)
cos.upload_file(Bucket=bucket, Key='a/一.bin', LocalFilePath=os.environ['SAMPLE'], PartSize=1, MAXThread=3)
found = cos.get_object(Bucket=bucket, Key='a/一.bin')['Body'].get_raw_stream().read()
assert found == open(os.environ['SAMPLE'], 'rb').read()
import requests
url = cos.get_presigned_url(Bucket=bucket, Key='a/一.bin', Method='GET')
assert url.startswith('https://' + bucket + '.cos.ap-guangzhou.myqcloud.com/'), url
assert len(requests.get(url, timeout=20).content) == 3_000_000
"""
OSS = """
import os, oss2
from oss2.credentials import EnvironmentVariableCredentialsProvider as Provider
auth = oss2.ProviderAuthV4(Provider())
name = os.environ['ENTREPOT_RUN_BUCKET']
bucket = oss2.Bucket(auth, 'https://oss-cn-hangzhou.aliyuncs.com', name, region='cn-hangzhou')
bucket.put_object('k', b'hello')
assert bucket.get_object('k').read() == b'hello'
oss2.resumable_upload(bucket, 'big', os.environ['SAMPLE'], multipart_threshold=1_000_000, part_size=1_000_000)
assert bucket.head_object('big').content_length == 3_000_000
"""
TOS = """
import os, tos
key = os.environ['TOS_ACCESS_KEY'], os.environ['TOS_SECRET_KEY']
client = tos.TosClientV2(key[0], key[1], 'tos-cn-beijing.volces.com', 'cn-beijing')
bucket = os.environ['ENTREPOT_RUN_BUCKET']
client.put_object(bucket, 'k', content=b'hello')
assert client.get_object(bucket, 'k').read() == b'hello'
"""
S3 = """
import os
os.environ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] = 'true'
import boto3
bucket = os.environ['ENTREPOT_RUN_BUCKET']
s3 = boto3.client('s3')
s3.put_object(Bucket=bucket, Key='k', Body=b'hello')
assert s3.get_object(Bucket=bucket, Key='k')['Body'].read() == b'hello'
assert s3.meta.endpoint_url.startswith('https://'), s3.meta.endpoint_url
assert boto3.client('sts').get_caller_identity()['Account'] == os.environ['ENTREPOT_RUN_USER_ID']
"""
TENCENT = """
import os
from tencentcloud.common.credential import Credential
from tencentcloud.ms.v20180408 import models
from tencentcloud.ms.v20180408.ms_client import MsClient
key = Credential(os.environ['TENCENTCLOUD_SECRET_ID'], os.environ['TENCENTCLOUD_SECRET_KEY'])
made = MsClient(key, 'ap-guangzhou').CreateCosSecKeyInstance(models.CreateCosSecKeyInstanceRequest())
assert made.CosId and made.CosKey
"""
ALIYUN = """
import os
from alibabacloud_hbr20170908.client import Client
from alibabacloud_hbr20170908.models import CreateTempFileUploadUrlRequest
from alibabacloud_tea_openapi.models import Config
key = os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID'], os.environ['ALIBABA_CLOUD_ACCESS_KEY_SECRET']
client = Client(Config(access_key_id=key[0], access_key_secret=key[1], endpoint='hbr.cn-hangzhou.aliyuncs.com'))
made = client.create_temp_file_upload_url(CreateTempFileUploadUrlRequest(file_name='a.txt')).body.to_map()
assert made['Signature']
"""
VOLCENGINE = """
import os, volcenginesdkcore, volcenginesdkvms
c = volcenginesdkcore.Configuration()
c.ak, c.sk, c.region = os.environ['VOLCENGINE_ACCESS_KEY'], os.environ['VOLCENGINE_SECRET_KEY'], 'cn-north-1'
api = volcenginesdkvms.VMSApi(volcenginesdkcore.ApiClient(c))
made = api.get_resource_upload_url(volcenginesdkvms.GetResourceUploadUrlRequest(file_name='a.mp3'))
import requests
assert requests.put(made.upload_url, data=b'ID3', timeout=20).status_code == 200
"""
NODE = """
const COS = require(process.argv[1] + '/node_modules/cos-nodejs-sdk-v5')
const cos = new COS({ SecretId: process.env.TENCENTCLOUD_SECRET_ID, SecretKey: process.env.TENCENTCLOUD_SECRET_KEY })
const there = {
  Bucket: process.env.ENTREPOT_RUN_BUCKET + '-' + process.env.ENTREPOT_RUN_ACCOUNT, Region: 'ap-guangzhou', Key: 'node',
}
cos.putObject({ ...there, Body: 'hello' }).then(() => cos.getObject(there)).then((got) => console.log(`${got.Body}`))
"""
SDKS = {
    "cos-python-sdk-v5": COS, "oss2": OSS, "tos": TOS, "boto3": S3, "tencentcloud-sdk-python": TENCENT,
    "alibabacloud": ALIYUN, "volcengine-python-sdk": VOLCENGINE,
}  # fmt: skip
ELSEWHERE = "entrepot does not serve example.com and is a proxy for nothing else"


@pytest.fixture(scope="module")
def proxy() -> Iterator[Server]:
    """A server that is a proxy for https."""
    with Server(https_proxy=True) as server:
        yield server


@pytest.fixture(scope="module")
def account(proxy: Server) -> Account:
    """An account of it."""
    return proxy.account("demo")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of three parts."""
    path = tmp_path_factory.mktemp("sample") / "sample.bin"
    path.write_bytes(bytes(range(250)) * 12_000)
    return path


def done(account: Account, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    """A command with the environment that leads to the account."""
    variables = account.environment(environment(more))
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.conformance
@pytest.mark.parametrize("name", SDKS)
def test_an_unmodified_sdk_reaches_the_server_by_https(account: Account, sample: Path, name: str) -> None:
    require("demo")
    ended = done(account, [str(python_of("demo")), "-c", SDKS[name]], SAMPLE=str(sample))
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.conformance
def test_what_is_no_clouds_is_refused_and_said(account: Account) -> None:
    require("demo")
    script = "import requests; requests.get('https://example.com/', timeout=20)"
    ended = done(account, [str(python_of("demo")), "-c", script])
    assert ended.returncode == 1
    assert f"403 {ELSEWHERE}" in ended.stderr


@pytest.mark.conformance
def test_node(account: Account) -> None:
    require("node/tencent")
    ended = done(account, ["node", "-e", NODE, str(node_folder("tencent"))])
    assert (ended.returncode, ended.stdout) == (0, "hello\n"), ended.stderr


@pytest.mark.conformance
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl(account: Account) -> None:
    reached = done(account, ["curl", "-sS", "https://demo.s3.amazonaws.com/-/healthz"])
    assert (reached.returncode, reached.stdout, reached.stderr) == (0, "alive\n", "")
    by_a_tunnel = done(account, ["curl", "-sS", "--proxytunnel", "http://demo.s3.amazonaws.com/-/healthz"])
    assert (by_a_tunnel.returncode, by_a_tunnel.stdout) == (0, "alive\n")
    elsewhere = done(account, ["curl", "-sSi", "https://example.com/"])
    assert elsewhere.returncode != 0
    assert f"HTTP/1.1 403 {ELSEWHERE}" in elsewhere.stdout
    untrusting = done(account, ["curl", "-sS", "--cacert", "/dev/null", "https://demo.s3.amazonaws.com/-/healthz"])
    assert untrusting.returncode != 0


def test_run_is_a_proxy_for_https_unless_it_is_told_not_to_be() -> None:
    script = (
        "import os, ssl, http.client\n"
        "host, _, port = os.environ['HTTPS_PROXY'].removeprefix('http://').partition(':')\n"
        "there = http.client.HTTPSConnection(host, int(port), timeout=20)\n"
        "there.set_tunnel('demo.oss-cn-hangzhou.aliyuncs.com', 443)\n"
        "there.request('GET', '/-/readyz')\n"
        "print(there.getresponse().read())\n"
    )
    run = [sys.executable, "-m", "entrepot", "run"]

    mine = {"HTTPS_PROXY": "http://127.0.0.1:9", "SSL_CERT_FILE": "/mine", "REQUESTS_CA_BUNDLE": "/mine"}

    def ended(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*run, *words], env=environment(mine), capture_output=True, text=True, timeout=120, check=False
        )

    with_it = ended("--", sys.executable, "-c", script)
    assert (with_it.returncode, with_it.stdout) == (0, "b'ready\\n'\n"), with_it.stderr
    shown = (
        "import os; print('HTTP_PROXY' in os.environ, 'HTTPS_PROXY' in os.environ,"
        " os.environ['SSL_CERT_FILE'] == os.environ['REQUESTS_CA_BUNDLE'] == '/mine')"
    )
    without = ended("--no-https-proxy", "--", sys.executable, "-c", shown)
    assert (without.returncode, without.stdout) == (0, "True False True\n"), without.stderr
    itself = ended("--https", "--", sys.executable, "-c", shown)
    assert (itself.returncode, itself.stdout) == (0, "False False False\n"), itself.stderr

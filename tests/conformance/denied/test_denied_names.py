"""Single errors of a deletion of many names, explained: each SDK reads them as without, and skips the explanation.

Source: issue 14 §1.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from behaviour.client import DEV
from behaviour.server import Server, environment
from conformance.conftest import require
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance
BOTO3 = """
import boto3
from botocore.config import Config
s3 = boto3.client('s3', endpoint_url=ADDRESS, aws_access_key_id=KEY[0], aws_secret_access_key=KEY[1],
                  region_name='us-east-1', config=Config(s3={'addressing_style': 'path'}))
done = s3.delete_objects(Bucket='demo', Delete={'Objects': [{'Key': name} for name in NAMES]})
print(json.dumps([[one['Key'], one['Code'], sorted(set(one) - {'Key', 'Code', 'Message'})] for one in done['Errors']]))
print(json.dumps([one['Key'] for one in done['Deleted']]))
"""
COS = """
from qcloud_cos import CosConfig, CosS3Client
cos = CosS3Client(CosConfig(Region='ap-guangzhou', SecretId=KEY[0], SecretKey=KEY[1], Scheme='http',
                            Proxies={'http': ADDRESS}), retry=0)
done = cos.delete_objects(Bucket='demo-1250000000', Delete={'Object': [{'Key': name} for name in NAMES]})
print(json.dumps([[one['Key'], one['Code'], []] for one in done['Error']]))
print(json.dumps([one['Key'] for one in done['Deleted']]))
"""
TOS = """
import tos
from tos.models2 import ObjectTobeDeleted
host, _, port = ADDRESS.removeprefix('http://').partition(':')
client = tos.TosClientV2(KEY[0], KEY[1], 'http://tos-cn-beijing.volces.com', 'cn-beijing', proxy_host=host,
                         proxy_port=int(port))
done = client.delete_multi_objects('demo', [ObjectTobeDeleted(name) for name in NAMES])
print(json.dumps([[one.key, one.code, []] for one in done.error]))
print(json.dumps([one.key for one in done.deleted]))
"""
POLICIES = {
    "s3": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::demo/in/*"},
    ]},
    "tencent": {"version": "2.0", "statement": [
        {"effect": "allow", "action": "name/cos:DeleteObject",
         "resource": "qcs::cos:ap-guangzhou:uid/1250000000:demo-1250000000/in/*"},
    ]},
    "volcengine": {"Statement": [
        {"Effect": "Allow", "Action": "tos:DeleteObject", "Resource": "trn:tos:::demo/in/*"},
    ]},
}  # fmt: skip


@pytest.fixture(scope="module")
def explaining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that explains every refusal."""
    running = Server(tmp_path_factory.mktemp("names"), ENTREPOT_EXPLAIN__PER_SECOND="1000")
    running.start()
    yield running
    done = running.finish()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "program"), [("s3", BOTO3), ("tencent", COS), ("volcengine", TOS)])
def test_an_sdk_skips_what_it_does_not_know(explaining: Server, tmp_path: Path, name: str, program: str) -> None:
    require(name)
    user = explaining.make_user(DEV.appid, json.dumps(POLICIES[name]))
    head = (
        f"import json\nADDRESS, KEY = {explaining.address!r}, ({user.key_id!r}, {user.secret.decode()!r})\n"
        "NAMES = ['in/a', 'out/b', 'in/c', 'out/d']\n"
    )
    ended = subprocess.run(
        [str(python_of(name)), "-c", head + program], env=environment({}), cwd=tmp_path, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    errors, deleted = map(json.loads, ended.stdout.splitlines())
    assert errors == [["out/b", "AccessDenied", []], ["out/d", "AccessDenied", []]]
    assert deleted == ["in/a", "in/c"]
    told = subprocess.run(
        [sys.executable, "-m", "entrepot", "explain", "--json", "--last", "1", "--data", str(explaining.data)],
        env=environment({}), capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert json.loads(told)[0]["explanation"]["keys"] == "out/b, out/d"

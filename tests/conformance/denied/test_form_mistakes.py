"""Forms for browsers, signed by the real SDKs and spoilt as people spoil them: the reply names the mistake.

boto3 signs with ``generate_presigned_post`` (V4 and V2), tos with ``pre_signed_post_signature``, ali-oss with
``calculatePostSignature`` and ``signPostObjectPolicyV4``. No SDK of COS signs forms: theirs are made by the formula of
its documents (``conformance.tencent.wire``). Source: issue 14 §1.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from behaviour.client import DEV
from behaviour.server import Server, environment
from conformance.conftest import require
from conformance.denied.form_mistakes import KEY, MISTAKES, ROWS, SIGNERS, Mistake
from conformance.setup_sdks import node_folder, python_of
from conformance.tencent.wire import Signer

pytestmark = pytest.mark.conformance
SECRET = DEV.secret.decode()
ACL = {"boto3-v4": "acl", "boto3-v2": "acl", "tos": "x-tos-acl", "cos": "acl"}
COS_HOST = "cos.ap-guangzhou.myqcloud.com"
NEEDS = {
    "boto3-v4": "s3",
    "boto3-v2": "s3",
    "tos": "volcengine",
    "ali-oss-v1": "node/aliyun",
    "ali-oss-v4": "node/aliyun",
}
PLAIN = Mistake(name="none", cause="")
BOTO3 = """
import json, sys, boto3
from botocore.config import Config
version, wanted = json.loads(sys.argv[1])
made = []
for one in wanted:
    s3 = boto3.client('s3', endpoint_url='http://127.0.0.1:1', region_name='us-east-1', aws_access_key_id=one['key_id'],
                      aws_secret_access_key=one['secret'], config=Config(signature_version=version))
    conditions = [c if c[0] == 'content-length-range' else [c[0], '$' + c[1], c[2]] for c in one['conditions']]
    form = s3.generate_presigned_post('demo', one['key'], Conditions=conditions, ExpiresIn=one['seconds'])
    made.append(form['fields'])
print(json.dumps(made))
"""
TOS = """
import json, sys, tos
from tos.models2 import ContentLengthRange, PostSignatureCondition
made = []
for one in json.loads(sys.argv[1])[1]:
    client = tos.TosClientV2(one['key_id'], one['secret'], 'tos-cn-beijing.volces.com', 'cn-beijing')
    size = next(c for c in one['conditions'] if c[0] == 'content-length-range')
    conditions = [PostSignatureCondition(c[1], c[2], c[0]) for c in one['conditions'] if c is not size]
    out = client.pre_signed_post_signature(conditions=conditions, bucket='demo', key=one['key'], expires=one['seconds'],
                                           content_length_range=ContentLengthRange(size[1], size[2]))
    made.append({'key': one['key'], 'x-tos-algorithm': out.algorithm, 'x-tos-date': out.date,
                 'x-tos-credential': out.credential, 'policy': out.policy, 'x-tos-signature': out.signature})
print(json.dumps(made))
"""
ALI_OSS = """
const OSS = require(process.argv[1] + '/node_modules/ali-oss')
const [version, wanted] = JSON.parse(process.argv[2])
console.log(JSON.stringify(wanted.map((one) => {
  const key = { accessKeyId: one.key_id, accessKeySecret: one.secret }
  const client = new OSS({ region: 'oss-cn-hangzhou', bucket: 'demo', ...key })
  const given = one.conditions.map((c) => (c[0] === 'content-length-range' ? c : [c[0], '$' + c[1], c[2]]))
  const conditions = [{ bucket: 'demo' }, ['eq', '$key', one.key], ...given]
  const policy = { expiration: one.expiration, conditions }
  if (version === 'v1') return { key: one.key, ...client.calculatePostSignature(policy) }
  const now = new Date(), date = now.toISOString().replace(/[-:]/g, '').replace(/\\.\\d+/, '')
  const fields = { 'x-oss-signature-version': 'OSS4-HMAC-SHA256', 'x-oss-date': date,
    'x-oss-credential': `${one.key_id}/${date.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request` }
  policy.conditions.push(...Object.entries(fields).map(([name, value]) => ({ [name]: value })))
  return { key: one.key, ...fields, policy: Buffer.from(JSON.stringify(policy)).toString('base64'),
    'x-oss-signature': client.signPostObjectPolicyV4(policy, now) }
})))
"""


def wanted(mistake: Mistake, signer: str) -> dict[str, Any]:
    """What a signer is asked for."""
    acl = ACL.get(signer, "x-oss-object-acl")
    conditions: list[Any] = [["eq", "content-type", "image/png"], ["content-length-range", 10, 100]]
    conditions += [[operator, name.format(acl=acl), value] for operator, name, value in mistake.conditions]
    ends = dt.datetime.fromtimestamp(time.time() + mistake.seconds, dt.UTC)
    return {
        "key": KEY, "conditions": conditions, "seconds": mistake.seconds, "key_id": DEV.key_id,
        "secret": mistake.secret(SECRET), "sign_base64": mistake.sign_base64,
        "expiration": f"{ends:%Y-%m-%dT%H:%M:%S}.000Z",
    }  # fmt: skip


def by_the_formula_of_cos(one: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form of COS."""
    now = int(time.time())
    span = f"{now - 60};{now + 600}"
    own = [{"q-sign-algorithm": "sha1"}, {"q-ak": one["key_id"]}, {"q-sign-time": span}]
    given = [c if c[0] == "content-length-range" else [c[0], f"${c[1]}", c[2]] for c in one["conditions"]]
    conditions = [*own, {"bucket": f"demo-{DEV.appid}"}, ["eq", "$key", one["key"]], *given]
    text = json.dumps({"expiration": one["expiration"], "conditions": conditions})
    policy = base64.b64encode(text.encode()).decode()
    signed = Signer(secret=one["secret"]).policy_fields(policy if one["sign_base64"] else text, span)
    return {"key": one["key"], "policy": policy, **signed}


def signed(signer: str, asked: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The fields that a signer gives for each."""
    if signer == "cos":
        return [by_the_formula_of_cos(one) for one in asked]
    require(NEEDS[signer])
    version = {"boto3-v4": "s3v4", "boto3-v2": "s3"}.get(signer, signer.rpartition("-")[2])
    if signer.startswith("ali-oss"):
        command = ["node", "-e", ALI_OSS, str(node_folder("aliyun"))]
    else:
        command = [str(python_of(NEEDS[signer])), "-c", TOS if signer == "tos" else BOTO3]
    done = subprocess.run(
        [*command, json.dumps([version, asked])], env=environment({}), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made: list[dict[str, str]] = json.loads(done.stdout)
    return made


@pytest.fixture(scope="module")
def explaining(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that explains every refusal."""
    running = Server(tmp_path_factory.mktemp("forms"), ENTREPOT_EXPLAIN__PER_SECOND="1000")
    running.start()
    running.make_bucket(DEV.appid, "other")
    yield running
    done = running.finish()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def forms() -> dict[str, dict[str, dict[str, str]]]:
    """By signer, and by the name of a mistake, the fields that were signed."""
    return {}


def form(forms: dict[str, dict[str, dict[str, str]]], signer: str, mistake: Mistake) -> dict[str, str]:
    """The fields of one; a signer signs all of its own in one process."""
    if signer not in forms:
        own = [PLAIN, *(one for one in MISTAKES if signer in one.by)]
        made = signed(signer, [wanted(one, signer) for one in own])
        forms[signer] = {one.name: fields for one, fields in zip(own, made, strict=True)}
    return forms[signer][mistake.name]


def post(server: Server, signer: str, mistake: Mistake, fields: dict[str, str]) -> requests.Response:
    """Post it as a page would."""
    acl = ACL.get(signer, "x-oss-object-acl")
    changes = {name.format(acl=acl): value for name, value in mistake.fields.items()}
    whole = {"Content-Type": "image/png"} | mistake.alter(fields) | changes
    early = [(name, (None, value)) for name, value in whole.items() if value and name not in mistake.late]
    late = [(name, (None, whole[name])) for name in mistake.late]
    files: list[Any] = [*early, ("file", ("a.png", mistake.content, "image/png")), *late]
    bucket = f"{mistake.bucket}-{DEV.appid}" if signer == "cos" else mistake.bucket
    headers = {"Host": f"{bucket}.{COS_HOST}"} if signer == "cos" else {}
    with requests.Session() as session:
        session.trust_env = False  # no proxy of this machine's user
        address = server.address + ("/" if headers else f"/{bucket}")
        return session.post(address, files=files, headers=headers, allow_redirects=False, timeout=30)


def cause_of(text: str) -> str:
    """The cause that a reply tells, in either form."""
    found = re.search(r'<ExplanationCause>([^<]+)<|"ExplanationCause": ?"([^"]+)"', text)
    return "" if found is None else found[1] or found[2]


@pytest.mark.parametrize("signer", SIGNERS)
def test_without_a_mistake_it_is_taken(explaining: Server, forms: Any, signer: str) -> None:
    reply = post(explaining, signer, PLAIN, form(forms, signer, PLAIN))
    assert reply.status_code in {200, 204}, reply.text


@pytest.mark.parametrize(("signer", "mistake"), ROWS, ids=[f"{signer}-{one.name}" for signer, one in ROWS])
def test_a_mistake_in_a_form_is_named(explaining: Server, forms: Any, signer: str, mistake: Mistake) -> None:
    reply = post(explaining, signer, mistake, form(forms, signer, mistake))
    assert reply.status_code in {400, 403}, reply.text
    assert cause_of(reply.text) == mistake.cause, reply.text
    assert SECRET not in reply.text


def test_there_are_more_than_a_hundred() -> None:
    assert len(ROWS) > 120

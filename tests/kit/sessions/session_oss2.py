"""A session of oss2, with both versions of its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import oss2
import overheard
import requests
from overheard import ADDRESS, BUCKET, KEY_ID, SECRET

for auth in (oss2.AuthV4(KEY_ID, SECRET), oss2.Auth(KEY_ID, SECRET)):
    oss = oss2.Bucket(auth, ADDRESS, BUCKET, region="cn-hangzhou")
    oss.put_object("a b/é.txt", b"hello", headers={"x-oss-meta-colour": "blue"})
    oss.get_object("a b/é.txt").read()
    upload = oss.init_multipart_upload("big").upload_id
    parts = [oss2.models.PartInfo(n, oss.upload_part("big", upload, n, b"y" * (1 << 20)).etag) for n in (1, 2)]
    oss.list_parts("big", upload)
    oss.complete_multipart_upload("big", upload, parts)
    oss.copy_object(BUCKET, "big", "copy")
    list(oss2.ObjectIteratorV2(oss))
    oss.head_object("copy")
    oss.append_object("appended", 0, b"one")
    rule = oss2.models.CorsRule(allowed_origins=["*"], allowed_methods=["GET"])
    oss.put_bucket_cors(oss2.models.BucketCors([rule]))
    oss.get_bucket_info()
    overheard.refused(oss.get_object, "missing")
    url = oss.sign_url("PUT", "presigned", 300)
    assert requests.put(url, data=b"presigned", timeout=20).status_code == 200
    oss.batch_delete_objects(["big", "presigned", "appended"])

document = {
    "expiration": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 600)),
    "conditions": [{"bucket": BUCKET}, ["starts-with", "$key", "form/"]],
}
policy = base64.b64encode(json.dumps(document).encode()).decode()
signature = base64.b64encode(hmac.new(SECRET.encode(), policy.encode(), hashlib.sha1).digest()).decode()
overheard.secret(signature)
fields = {"key": "form/a.txt", "OSSAccessKeyId": KEY_ID, "policy": policy, "Signature": signature}
sent = requests.post(f"{ADDRESS}/{BUCKET}", data=fields, files={"file": ("a.txt", b"form file")}, timeout=20)
assert sent.status_code == 204, sent.text
overheard.told()

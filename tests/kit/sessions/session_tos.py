"""A session of tos."""

from __future__ import annotations

import overheard
import requests
import tos
from overheard import ADDRESS, BUCKET, KEY_ID, PROXIES, SECRET
from tos.models2 import ObjectTobeDeleted, UploadedPart

client = tos.TosClientV2(
    KEY_ID, SECRET, "http://tos-cn-beijing.volces.com", "cn-beijing", proxy_host=ADDRESS.split("/")[2].split(":")[0],
    proxy_port=int(ADDRESS.rpartition(":")[2]), max_retry_count=0,
)  # fmt: skip
client.put_object(BUCKET, "a b/é.txt", content=b"hello", meta={"colour": "blue"})
client.get_object(BUCKET, "a b/é.txt").read()
upload = client.create_multipart_upload(BUCKET, "big").upload_id
parts = [UploadedPart(n, client.upload_part(BUCKET, "big", upload, n, content=b"z" * (5 << 20)).etag) for n in (1, 2)]
client.list_parts(BUCKET, "big", upload)
client.complete_multipart_upload(BUCKET, "big", upload, parts)
client.copy_object(BUCKET, "copy", BUCKET, "big")
client.list_objects_type2(BUCKET)
client.head_object(BUCKET, "copy")
overheard.refused(client.get_object, BUCKET, "missing")
signed = client.pre_signed_url(tos.HttpMethodType.Http_Method_Put, BUCKET, "presigned", expires=300)
assert requests.put(signed.signed_url, data=b"presigned", proxies=PROXIES, timeout=20).status_code == 200
client.delete_multi_objects(BUCKET, [ObjectTobeDeleted("big"), ObjectTobeDeleted("presigned")])
overheard.told()

"""A session of cos-python-sdk-v5."""

from __future__ import annotations

import overheard
import requests
from overheard import ACCOUNT, BUCKET, KEY_ID, PROXIES, SECRET
from qcloud_cos import CosConfig, CosS3Client

NAME = f"{BUCKET}-{ACCOUNT}"
config = CosConfig(Region="ap-guangzhou", SecretId=KEY_ID, SecretKey=SECRET, Scheme="http", Proxies=PROXIES)
cos = CosS3Client(config, retry=0)
cos.put_object(Bucket=NAME, Key="a b/é.txt", Body=b"hello", Metadata={"x-cos-meta-colour": "blue"})
cos.get_object(Bucket=NAME, Key="a b/é.txt")["Body"].get_raw_stream().read()
upload = cos.create_multipart_upload(Bucket=NAME, Key="big")["UploadId"]
parts = [{"PartNumber": n, "ETag": cos.upload_part(NAME, "big", b"x" * (1 << 20), n, upload)["ETag"]} for n in (1, 2)]
cos.list_parts(Bucket=NAME, Key="big", UploadId=upload)
cos.complete_multipart_upload(Bucket=NAME, Key="big", UploadId=upload, MultipartUpload={"Part": parts})
cos.copy_object(Bucket=NAME, Key="copy", CopySource={"Bucket": NAME, "Key": "big", "Region": "ap-guangzhou"})
cos.list_objects(Bucket=NAME)
cos.head_object(Bucket=NAME, Key="copy")
cos.append_object(Bucket=NAME, Key="appended", Position=0, Data=b"one")
cos.put_object_acl(Bucket=NAME, Key="appended", ACL="private")
cos.get_object_acl(Bucket=NAME, Key="appended")
overheard.refused(cos.get_object, Bucket=NAME, Key="missing")
url = cos.get_presigned_url(Bucket=NAME, Key="presigned", Method="PUT", Expired=300)
assert requests.put(url, data=b"presigned", proxies=PROXIES, timeout=20).status_code == 200
cos.delete_objects(Bucket=NAME, Delete={"Object": [{"Key": "big"}, {"Key": "presigned"}]})
overheard.told()

#!/usr/bin/env python3
"""Write down the worked examples of documents and of SDKs' own tests for the scope-folding schemes.

Law: inputs and signatures are copied, nothing is computed; a wrong copy fails in the tests, because nobody can make a
signature fit by accident. Run with: python3 tests/vectors/mint_documents.py
"""

from __future__ import annotations

import base64
from typing import Any

from mint_capture import asked, posted, record

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
AWS = {
    "key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "minted_with": "AWS documentation, Amazon S3 API Reference, Signature Version 4",
}
AWS_DAY = 1_369_353_600  # 2013-05-24T00:00:00Z
AWS_HOST = "https://examplebucket.s3.amazonaws.com"
OSS = {
    "key_id": "LTAIexample",
    "secret": "ExampleSecret",
    "minted_with": "npm ali-oss 6.23.0 and PyPI alibabacloud-oss-v2 1.4.1, as written down in the wire facts",
}
OSS_NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
OSS_KEY = "temp/1440155109798732/upload/2026-01-02/49bed34c-b430-4e7e-89b1-4be2b734f95c/a b+中.txt"
OSS_PATH = OSS_KEY.replace(" ", "%20").replace("+", "%2B").replace("中", "%E4%B8%AD")
TOS = {
    "key_id": "AKTEST",
    "secret": "SKTEST",
    "minted_with": "PyPI tos 2.9.3, as written down in the wire facts",
}
TOS_NOW = 1_748_931_222  # 2025-06-03T06:13:42Z
TOS_SCOPE = "AKTEST/20250603/cn-beijing/tos/request"


def authorization(algorithm: str, credential: str, headers: str, signature: str) -> str:
    """The header of AWS4 and TOS4."""
    return f"{algorithm} Credential={credential}, SignedHeaders={headers}, Signature={signature}"


def aws_header(method: str, path: str, headers: dict[str, str], signed: str, signature: str) -> dict[str, Any]:
    """A request of the AWS examples."""
    credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
    sent = {"x-amz-date": "20130524T000000Z", "x-amz-content-sha256": EMPTY, **headers}
    sent["authorization"] = authorization("AWS4-HMAC-SHA256", credential, signed, signature)
    url = path if path.startswith("https:") else AWS_HOST + path
    return asked(method, url, sent)


def aws() -> None:
    """Source: AWS, "Signature Calculations for the Authorization Header", "Using Query Parameters", "POST"."""
    record(
        "aws4", "aws_get_range", signed_at=AWS_DAY, bucket="examplebucket", key="test.txt", call="GET Object", **AWS,
        request=aws_header("GET", "/test.txt", {"range": "bytes=0-9"}, "host;range;x-amz-content-sha256;x-amz-date",
                           "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    )  # fmt: skip
    record(
        "aws4", "aws_put", signed_at=AWS_DAY, bucket="examplebucket", key="test$file.text", call="PUT Object", **AWS,
        request=aws_header(
            "PUT", "/test%24file.text",
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
             "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    )  # fmt: skip
    record(
        "aws4", "aws_get_lifecycle", signed_at=AWS_DAY, bucket="examplebucket", call="GET Bucket Lifecycle", **AWS,
        request=aws_header("GET", "/?lifecycle", {}, "host;x-amz-content-sha256;x-amz-date",
                           "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    )  # fmt: skip
    record(
        "aws4", "aws_list", signed_at=AWS_DAY, bucket="examplebucket", call="GET Bucket (List Objects)", **AWS,
        request=aws_header("GET", "/?max-keys=2&prefix=J", {}, "host;x-amz-content-sha256;x-amz-date",
                           "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    )  # fmt: skip
    record(
        "aws4", "aws_presigned_get", signed_at=AWS_DAY, expires_at=AWS_DAY + 86400, bucket="examplebucket",
        key="test.txt", call="presigned GET", **AWS,
        request=asked("GET", f"{AWS_HOST}/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                      "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
                      "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
                      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
    )  # fmt: skip
    aws_streams()
    aws_post()


def aws_streams() -> None:
    """Source: AWS, "Transferring Payload in Multiple Chunks", and the same "including trailing headers"."""
    common = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    url = "https://s3.amazonaws.com/examplebucket/chunkObject.txt"
    record(
        "aws4", "aws_chunked", signed_at=AWS_DAY, bucket="examplebucket", key="chunkObject.txt", call="PUT in chunks",
        **AWS,
        request=aws_header(
            "PUT", url,
            {**common, "content-length": "66824", "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
            "x-amz-storage-class",
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"),
        body="10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n<65536 a>\r\n"
             "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n<1024 a>\r\n"
             "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
    )  # fmt: skip
    record(
        "aws4", "aws_chunked_trailer", signed_at=AWS_DAY, bucket="examplebucket", key="chunkObject.txt",
        call="PUT in chunks with a trailer", **AWS,
        request=aws_header(
            "PUT", url,
            {**common, "x-amz-trailer": "x-amz-checksum-crc32c",
             "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"},
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;"
            "x-amz-trailer",
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"),
        body="10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n<65536 a>\r\n"
             "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n<1024 a>\r\n"
             "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
             "x-amz-checksum-crc32c:sOO8/Q==\r\n"
             "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    )  # fmt: skip


def aws_post() -> None:
    """Source: AWS, "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)"."""
    lines = (
        '{ "expiration": "2015-12-30T12:00:00.000Z",',
        '  "conditions": [',
        '    {"bucket": "sigv4examplebucket"},',
        '    ["starts-with", "$key", "user/user1/"],',
        '    {"acl": "public-read"},',
        '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
        '    ["starts-with", "$Content-Type", "image/"],',
        '    {"x-amz-meta-uuid": "14365123651274"},',
        '    {"x-amz-server-side-encryption": "AES256"},',
        '    ["starts-with", "$x-amz-meta-tag", ""],',
        "",
        '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
        '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
        '    {"x-amz-date": "20151229T000000Z" }',
        "  ]",
        "}",
    )
    policy = "\r\n".join(lines)
    record(
        "aws4", "aws_post", signed_at=1_451_347_200, bucket="sigv4examplebucket", call="POST policy", **AWS,
        request=posted("sigv4examplebucket.s3.amazonaws.com", "/", {
            "key": "user/user1/${filename}", "acl": "public-read",
            "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request",
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": "20151229T000000Z",
            "Policy": base64.b64encode(policy.encode()).decode(),
            "X-Amz-Signature": "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
        }),
    )  # fmt: skip


def oss() -> None:
    """Source: wire facts, aliyun §3.4 and §4.4."""
    scope = "20260102/cn-hangzhou/oss/aliyun_v4_request"
    host = "http://hbr-temp-bucket.oss-cn-hangzhou.aliyuncs.com"
    signature = "1ba4ae4cf2f82eed134dade65e787cd6058cd934da0a8f2807f80b5d789f8d36"
    record(
        "oss4", "facts_put", signed_at=OSS_NOW, bucket="hbr-temp-bucket", key=OSS_KEY, call="PUT ?acl=&x=a b/c", **OSS,
        request=asked("PUT", f"{host}/{OSS_PATH}?x=a%20b%2Fc&acl=", {
            "content-type": "text/plain", "x-oss-meta-a": "v", "x-oss-date": "20260102T030405Z",
            "x-oss-content-sha256": "UNSIGNED-PAYLOAD",
            "authorization": f"OSS4-HMAC-SHA256 Credential=LTAIexample/{scope},Signature={signature}",
        }),
    )  # fmt: skip
    record(
        "oss4", "facts_presigned_get", signed_at=OSS_NOW, expires_at=OSS_NOW + 3600, bucket="hbr-temp-bucket", key="k",
        call="GET for 3600 s", **OSS,
        request=asked("GET", f"{host}/k?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-expires=3600&x-oss-credential="
                      "LTAIexample%2F20260102%2Fcn-hangzhou%2Foss%2Faliyun_v4_request&x-oss-date=20260102T030405Z"
                      "&x-oss-signature=a8048abf92c6de56ae35a4a82b98d21eadf6cacab2e79b68043f4da3613ab3e9"),
    )  # fmt: skip
    policy = (
        '{"expiration":"2026-01-02T04:04:05.000Z","conditions":[{"bucket":"hbr-temp-bucket"},'
        f'["eq","$key","{OSS_KEY}"]]}}'
    )
    record(
        "oss4", "facts_post", signed_at=OSS_NOW, bucket="hbr-temp-bucket", call="PostObject", **OSS,
        request=posted("hbr-temp-bucket.oss-cn-hangzhou.aliyuncs.com", "/", {
            "key": OSS_KEY, "policy": base64.b64encode(policy.encode()).decode(),
            "x-oss-signature-version": "OSS4-HMAC-SHA256", "x-oss-credential": f"LTAIexample/{scope}",
            "x-oss-date": "20260102T030405Z",
            "x-oss-signature": "04b684a8b9ea80ab832d029efd0fc5ef2b78c68d4b08d7581e1588314cee6322",
        }),
    )  # fmt: skip


def tos_url(base: str, credential: str, date: str, expires: int, signature: str, more: str = "") -> str:
    """An address presigned for its host alone."""
    return (
        f"{base}?X-Tos-Algorithm=TOS4-HMAC-SHA256&X-Tos-Credential={credential.replace('/', '%2F')}&X-Tos-Date={date}"
        f"&X-Tos-Expires={expires}{more}&X-Tos-SignedHeaders=host&X-Tos-Signature={signature}"
    )


def tos() -> None:
    """Source: wire facts, volcengine §3.11: B, B2, C and D."""
    base = "http://volc-voice-resource-bucket.tos-cn-beijing.volces.com/2100000000/abc%201.mp3"
    for case, token, more, signature in (
        ("facts_presigned_put", None, "", "826d55e276d4512e6dfe61dc452442896d650dd3d6c433ae7ea4b34d66e532b9"),
        ("facts_presigned_put_token", "TOK", "&X-Tos-Security-Token=TOK",
         "6c6af189870ca17be41d44e3aebb5e4c9db92ce269fff9cfef48ae248d659585"),
    ):  # fmt: skip
        record(
            "tos4", case, signed_at=TOS_NOW, expires_at=TOS_NOW + 600, token=token, bucket="volc-voice-resource-bucket",
            key="2100000000/abc 1.mp3", call="PUT for 600 s", **TOS,
            request=asked("PUT", tos_url(base, TOS_SCOPE, "20250603T061342Z", 600, signature, more)),
        )  # fmt: skip
    record(
        "tos4", "facts_put_part", signed_at=TOS_NOW, bucket="bkt1", key="dir a/k+b.txt", call="PUT of a part", **TOS,
        request=asked("PUT", "http://bkt1.tos-cn-beijing.volces.com/dir%20a/k%2Bb.txt?uploadId=u%2F1&partNumber=1", {
            "content-type": "text/plain", "x-tos-meta-name": "v", "x-tos-date": "20250603T061342Z",
            "x-tos-content-sha256": "UNSIGNED-PAYLOAD",
            "authorization": authorization(
                "TOS4-HMAC-SHA256", TOS_SCOPE, "content-type;host;x-tos-content-sha256;x-tos-date;x-tos-meta-name",
                "d522ca55832011f2c99b0bd21f2f8d38770597d1d84880e7318bd173a69f0b12"),
        }),
    )  # fmt: skip
    policy = (
        '{"expiration": "2025-06-03T07:13:42.000000Z", "conditions": [{"x-tos-algorithm": "TOS4-HMAC-SHA256"}, '
        f'{{"x-tos-credential": "{TOS_SCOPE}"}}, {{"x-tos-date": "20250603T061342Z"}}, {{"bucket": "bkt1"}}, '
        '{"key": "k1"}, {"x-tos-acl": "private"}, ["content-length-range", 0, 1024]]}'
    )
    record(
        "tos4", "facts_post", signed_at=TOS_NOW, bucket="bkt1", call="PostObject", **TOS,
        request=posted("bkt1.tos-cn-beijing.volces.com", "/", {
            "key": "k1", "policy": base64.b64encode(policy.encode()).decode(),
            "x-tos-algorithm": "TOS4-HMAC-SHA256", "x-tos-credential": TOS_SCOPE, "x-tos-date": "20250603T061342Z",
            "x-tos-signature": "23ed291314531f9fc7b770bbf984ab1af4e959779773e8be8cb70005c8320eee",
            "x-tos-acl": "private",
        }),
    )  # fmt: skip
    tos_documents()


def tos_documents() -> None:
    """Source: wire facts, volcengine §3.11: F (the documentation's inputs), G and H (the SDKs' own tests)."""
    own = {"key_id": "ak", "secret": "sk", "signed_at": 1_609_459_200, "bucket": "bkt", "key": "key"}
    for case, method, query, expires, token, signature in (
        ("py_presigned_get", "GET", "", 86400, None,
         "b87788cb98d1a5a91a046d20eb212ffc22cf7cd4c1d4e9bd2d15a989afb97d2f"),
        ("py_presigned_put_token", "PUT", "", 3600, "sts",
         "3041fb481e31ec25fe7a1be44cafe25caf1cd97228710ee440b2ca1bd49bc563"),
        ("py_presigned_put_token_acl", "PUT", "&acl", 3600, "sts",
         "51c89070206dd438fd8be1ed201a77335af80e33cad5fd408841590b99aa93d3"),
    ):  # fmt: skip
        more = query if token is None else f"{query}&X-Tos-Security-Token={token}"
        url = tos_url("http://bkt.tos-cn-beijing.volces.com/key", "ak/20210101/beijing/tos/request", "20210101T000000Z",
                      expires, signature, more)  # fmt: skip
        record(
            "tos4", case, request=asked(method, url), expires_at=1_609_459_200 + expires, token=token, call="presigned",
            minted_with="PyPI tos, its own test test_generate_presigned_url", **own,
        )  # fmt: skip
    record(
        "tos4", "doc_presigned_get", signed_at=1_640_995_200, expires_at=1_640_995_200 + 86400, bucket="examplebucket",
        key="exampleobject", call="inputs of docs 6349/129226", key_id="testAK", secret="testSK",
        minted_with=TOS["minted_with"],
        request=asked("GET", tos_url(
            "https://examplebucket.tos-cn-beijing.volces.com/exampleobject", "testAK/20220101/cn-beijing/tos/request",
            "20220101T000000Z", 86400, "353aa55583eceb222aad4bdcb70d4045a202a4af9a3096f25a656b82c8ec2f56")),
    )  # fmt: skip
    go = {"key_id": AWS["key_id"], "secret": AWS["secret"], "minted_with": "ve-tos-golang-sdk v2.9.9, its own test"}
    scope, day = "AKIAIOSFODNN7EXAMPLE/20210721/cn-north-1/tos/request", 1_626_864_294
    record(
        "tos4", "go_presigned_get", signed_at=day, expires_at=day + 3600, key="test.txt", call="presigned GET", **go,
        request=asked("GET", tos_url("https://test.tos.com:8080/test.txt", scope, "20210721T104454Z", 3600,
                                     "decc75e2b2d453117f81e53954eb2cd3a2f56db2951e9b2257863db4c4921111")),
    )  # fmt: skip
    record(
        "tos4", "go_get_without_payload_header", signed_at=day, key="test.txt", call="GET", **go,
        request=asked("GET", "https://test.tos.com:8080/test.txt", {
            "x-tos-date": "20210721T104454Z",
            "authorization": authorization(
                "TOS4-HMAC-SHA256", scope, "host;x-tos-date",
                "3453b54ecfc50e6ed3fc15cbdb82f8a18d644063302080fb18ee10daa4f1a23f").replace(", ", ","),
        }),
    )  # fmt: skip


def main() -> None:
    """Write every case."""
    aws()
    oss()
    tos()


if __name__ == "__main__":
    main()

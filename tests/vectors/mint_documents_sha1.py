#!/usr/bin/env python3
"""Write down the worked examples of documents for the HMAC-SHA1 schemes: q-sign, OSS V1 and AWS SigV2.

Law: inputs and signatures are copied, nothing is computed; a wrong copy fails in the tests, because nobody can make a
signature fit by accident. Run with: python3 tests/vectors/mint_documents_sha1.py

AWS's example of DELETE is left out, because its text contradicts the page's own rule for x-amz-date, and so are its
forms, whose signatures were not made with the keys that the page shows.
"""

from __future__ import annotations

import base64
from typing import Any

from mint_capture import asked, posted, record

COS = {
    "key_id": "AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q",
    "secret": "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz",
    "minted_with": "Tencent Cloud documentation, 436/7778 and 436/14690",
}
COS_HOST = "examplebucket-1250000000.cos.ap-beijing.myqcloud.com"
FACTS = {"key_id": "AKIDtmp", "secret": "tmpsecret"}
OSS = {
    "key_id": "LTAIexample",
    "secret": "ExampleSecret",
    "minted_with": "PyPI oss2 2.19.1 and npm ali-oss 6.23.0, as written down in the wire facts",
}
OSS_NOW = 1_767_323_045  # 2026-01-02T03:04:05Z
OSS_DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
OSS_HOST = "hbr-temp-bucket.oss-cn-hangzhou.aliyuncs.com"
OSS_KEY = "temp/1440155109798732/upload/2026-01-02/49bed34c-b430-4e7e-89b1-4be2b734f95c/a b+中.txt"
OSS_PATH = OSS_KEY.replace(" ", "%20").replace("+", "%2B").replace("中", "%E4%B8%AD")
AWS = {
    "key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "minted_with": "AWS documentation, Signing and authenticating REST requests (AWS signature version 2)",
}


def authorization(key_id: str, span: str, headers: str, params: str, signature: str) -> str:
    """The header of q-sign."""
    return (
        f"q-sign-algorithm=sha1&q-ak={key_id}&q-sign-time={span}&q-key-time={span}&q-header-list={headers}"
        f"&q-url-param-list={params}&q-signature={signature}"
    )


def cos() -> None:
    """Source: documents 436/7778 (headers) and 436/14690 (form); wire facts, tencent §6.5."""
    key_id, url = COS["key_id"], f"https://{COS_HOST}/exampleobject(%E8%85%BE%E8%AE%AF%E4%BA%91)"
    facts = {"key": "exampleobject(腾讯云)", "bucket": "examplebucket-1250000000", "form": "header", **COS}
    record(
        "q_sign", "doc_put", signed_at=1_557_989_151, expires_at=1_557_996_351, call="PUT Object", **facts,
        request=asked("PUT", url, {
            "date": "Thu, 16 May 2019 06:45:51 GMT", "x-cos-acl": "private",
            "x-cos-grant-read": 'uin="100000000011"', "content-length": "13",
            "content-md5": "mQ/fVh815F3k6TAUm8m0eg==", "content-type": "text/plain",
            "authorization": authorization(
                key_id, "1557989151;1557996351",
                "content-length;content-md5;content-type;date;host;x-cos-acl;x-cos-grant-read", "",
                "3b8851a11a569213c17ba8fa7dcf2abec6935172"),
        }),
    )  # fmt: skip
    query = "?response-content-type=application%2Foctet-stream&response-cache-control=max-age%3D600"
    record(
        "q_sign", "doc_get", signed_at=1_557_989_753, expires_at=1_557_996_953, call="GET Object", **facts,
        request=asked("GET", url + query, {
            "date": "Thu, 16 May 2019 06:55:53 GMT",
            "authorization": authorization(
                key_id, "1557989753;1557996953", "date;host", "response-cache-control;response-content-type",
                "01681b8c9d798a678e43b685a9f1bba0f6c0e012"),
        }),
    )  # fmt: skip
    lines = (
        "{",
        '    "expiration": "2019-08-30T09:38:12.414Z",',
        '    "conditions": [',
        '        { "acl": "default" },',
        '        { "bucket": "examplebucket-1250000000" },',
        '        [ "starts-with", "$key", "folder/subfolder/" ],',
        '        [ "starts-with", "$Content-Type", "image/" ],',
        '        [ "starts-with", "$success_action_redirect", "https://my.website/" ],',
        '        [ "eq", "$x-cos-server-side-encryption", "AES256" ],',
        '        { "q-sign-algorithm": "sha1" },',
        f'        {{ "q-ak": "{key_id}" }},',
        '        { "q-sign-time": "1567150692;1567157892" }',
        "    ]",
        "}",
    )
    record(
        "q_sign", "doc_post", signed_at=1_567_150_692, expires_at=1_567_157_892, call="POST Object",
        bucket="examplebucket-1250000000", form="form", **COS,
        request=posted(COS_HOST, "/", {
            "key": "folder/subfolder/${filename}", "policy": base64.b64encode("\n".join(lines).encode()).decode(),
            "q-sign-algorithm": "sha1", "q-ak": key_id, "q-key-time": "1567150692;1567157892",
            "q-signature": "7758dc9a832e9d301dca704cacbf9d9f8172fdef",
        }),
    )  # fmt: skip


def cos_facts() -> None:
    """Source: wire facts, tencent §6.5, "Own"; the first three were cross-checked with cos-nodejs-sdk-v5."""
    span = "1700000000;1700003600"
    made = {"minted_with": "npm cos-nodejs-sdk-v5, getAuthorization, as written down in the wire facts", **FACTS}
    times = {"signed_at": 1_700_000_000, "expires_at": 1_700_003_600}
    record(
        "q_sign", "facts_put", bucket="ms-shield-1250000000", key="pctool/123/中 文+1.txt", call="PUT", form="header",
        **times, **made,
        request=asked(
            "PUT",
            "http://ms-shield-1250000000.cos.ap-guangzhou.myqcloud.com/pctool/123/%E4%B8%AD%20%E6%96%87%2B1.txt",
            {"content-length": "5", "authorization": authorization(
                "AKIDtmp", span, "content-length;host", "", "c6d800b58a9300b25a13b3e3d1af31dfc80d0025")}),
    )  # fmt: skip
    record(
        "q_sign", "facts_list_uploads", call="GET ?uploads", form="header", **times, **made,
        request=asked("GET", "http://127.0.0.1:8080/?uploads&prefix=pctool%2F123%2F&delimiter=%2F", {
            "authorization": authorization(
                "AKIDtmp", span, "host", "delimiter;prefix;uploads", "e3a6eba18ba61f7b3cb5fdf0c423a4ae9791e702")}),
    )  # fmt: skip
    record(
        "q_sign", "facts_presigned_get", key="pctool/123/a.txt", call="GET", token="TOK+/=", form="query", **times,
        **made,
        request=asked("GET", "http://127.0.0.1/pctool/123/a.txt?" + authorization(
            "AKIDtmp", span.replace(";", "%3B"), "host", "response-content-type%3Bx-cos-security-token",
            "b52af3da4bfe3f41cac564f6a3b9671350da01a3",
        ) + "&response-content-type=text%2Fplain&x-cos-security-token=TOK%2B%2F%3D"),
    )  # fmt: skip


def cos_facts_post() -> None:
    """Source: wire facts, tencent §6.5, the last row."""
    policy = (
        '{"expiration":"2023-11-15T00:00:00.000Z","conditions":[{"bucket":"ms-shield-1250000000"},'
        '["starts-with","$key","pctool/123/"],{"q-sign-algorithm":"sha1"},{"q-ak":"AKIDtmp"},'
        '{"q-sign-time":"1700000000;1700003600"}]}'
    )
    record(
        "q_sign", "facts_post", signed_at=1_700_000_000, expires_at=1_700_003_600, call="POST policy", form="form",
        bucket="ms-shield-1250000000", token="TOK+/=", minted_with="the formula, in the wire facts",
        **FACTS,
        request=posted("ms-shield-1250000000.cos.ap-guangzhou.myqcloud.com", "/", {
            "key": "pctool/123/a.txt", "policy": base64.b64encode(policy.encode()).decode(),
            "q-sign-algorithm": "sha1", "q-ak": "AKIDtmp", "q-key-time": "1700000000;1700003600",
            "q-signature": "606eb244c993e5421703ccadf2655f65f210439c", "x-cos-security-token": "TOK+/=",
        }),
    )  # fmt: skip


def oss_header(method: str, path: str, headers: dict[str, str], signature: str) -> dict[str, Any]:
    """A request of the wire facts' examples."""
    sent = {"date": OSS_DATE, **headers, "authorization": f"OSS LTAIexample:{signature}"}
    return asked(method, f"http://{OSS_HOST}{path}", sent)


def oss() -> None:
    """Source: wire facts, aliyun §3.4 and §4.4."""
    record(
        "oss1", "doc_put", key_id="44CF9590006BF252F707", secret="OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV",
        minted_with="Alibaba Cloud documentation, OSS signature version 1", call="PUT /nelson", bucket="oss-example",
        key="nelson", signed_at=1_132_253_398,
        request=asked("PUT", "http://oss-example.oss-cn-hangzhou.aliyuncs.com/nelson", {
            "content-md5": "ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM=", "content-type": "text/html",
            "date": "Thu, 17 Nov 2005 18:49:58 GMT", "x-oss-meta-author": "foo@bar.com", "x-oss-magic": "abracadabra",
            "authorization": "OSS 44CF9590006BF252F707:26NBxoKdsyly4EDv6inkoDft/yA=",
        }),
    )  # fmt: skip
    facts = {"bucket": "hbr-temp-bucket", **OSS}
    record(
        "oss1", "facts_put", key=OSS_KEY, signed_at=OSS_NOW, call="PUT", **facts,
        request=oss_header("PUT", f"/{OSS_PATH}", {
            "content-md5": "XUFAKrxLKna5cZ2REBfFkg==", "content-type": "text/plain", "x-oss-meta-a": "v",
            "x-oss-object-acl": "private",
        }, "ZLvpJWSxrzwN8kpirKb6EdNK994="),
    )  # fmt: skip
    record(
        "oss1", "facts_get_acl", signed_at=OSS_NOW, call="GET ?acl", **facts,
        request=oss_header("GET", "/?prefix=x&acl", {}, "Lk++4bcurIYjQtYPHhHpaUM2HXk="),
    )  # fmt: skip
    record(
        "oss1", "facts_presigned_get", key="k", signed_at=None, expires_at=1_767_326_645, call="GET", **facts,
        request=asked("GET", f"http://{OSS_HOST}/k?OSSAccessKeyId=LTAIexample&Expires=1767326645"
                      "&Signature=ave7JRNoKTfopcd8Iy052FmTPB0%3D"),
    )  # fmt: skip
    record(
        "oss1", "facts_presigned_get_token", key="k", signed_at=None, expires_at=1_767_326_645, token="tok==",
        call="GET", **{**facts, "key_id": "STS.ex"},
        request=asked("GET", f"http://{OSS_HOST}/k?OSSAccessKeyId=STS.ex&Expires=1767326645&security-token=tok%3D%3D"
                      "&Signature=RjVdpYpNpqF0/wJF6RA5nXpQRsA="),
    )  # fmt: skip
    policy = (
        '{"expiration":"2026-01-02T04:04:05.000Z","conditions":[{"bucket":"hbr-temp-bucket"},'
        f'["eq","$key","{OSS_KEY}"]]}}'
    )
    record(
        "oss1", "facts_post", signed_at=None, call="PostObject", **facts,
        request=posted(OSS_HOST, "/", {
            "key": OSS_KEY, "OSSAccessKeyId": "LTAIexample", "policy": base64.b64encode(policy.encode()).decode(),
            "Signature": "o3RPm8Y9yFkcreFLoKj234T2+Q0=",
        }),
    )  # fmt: skip


def aws() -> None:
    """Source: AWS, "Signing and authenticating REST requests (AWS signature version 2)", both states of its page."""
    old, new = "johnsmith.s3.amazonaws.com", "awsexamplebucket1.us-west-1.s3.amazonaws.com"
    cases: tuple[tuple[str, str, str, str, str, int, dict[str, str], str], ...] = (
        ("get", "GET", old, "johnsmith", "/photos/puppy.jpg", 1_175_024_202, {}, "bWq2s1WEIj+Ydj0vQ697zp+IXMU="),
        ("put", "PUT", old, "johnsmith", "/photos/puppy.jpg", 1_175_030_145,
         {"content-type": "image/jpeg", "content-length": "94328"}, "MyyxeRY7whkBe+bq8fHCL/2kKUg="),
        ("list", "GET", old, "johnsmith", "/?prefix=photos&max-keys=50&marker=puppy", 1_175_024_561, {},
         "htDYFYduRNen8P9ZfE/s9SuKy0U="),
        ("get_acl", "GET", old, "johnsmith", "/?acl", 1_175_024_686, {}, "c2WLPFtWHVgbEmeEG93a4cG37dM="),
        ("new_get", "GET", new, "awsexamplebucket1", "/photos/puppy.jpg", 1_175_024_202, {},
         "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="),
        ("new_put", "PUT", new, "awsexamplebucket1", "/photos/puppy.jpg", 1_175_030_145,
         {"content-type": "image/jpeg", "content-length": "94328"}, "iqRzw+ileNPu1fhspnRs8nOjjIA="),
        ("new_list", "GET", new, "awsexamplebucket1", "/?prefix=photos&max-keys=50&marker=puppy", 1_175_024_561, {},
         "m0WP8eCtspQl5Ahe6L1SozdX9YA="),
        ("new_get_acl", "GET", new, "awsexamplebucket1", "/?acl", 1_175_024_686, {}, "82ZHiFIjc+WbcwFKGUVEQspPn+0="),
        ("upload", "PUT", "static.johnsmith.net:8080", "static.johnsmith.net", "/db-backup.dat.gz", 1_175_029_568,
         {"x-amz-acl": "public-read", "content-type": "application/x-download",
          "content-md5": "4gJE4saaMU4BqNR0kLY+lw==", "x-amz-meta-reviewedby": "joe@johnsmith.net",
          "x-amz-meta-filechecksum": "0x02661779", "x-amz-meta-checksumalgorithm": "crc32",
          "content-disposition": "attachment; filename=database.dat", "content-encoding": "gzip",
          "content-length": "5913339"}, "ilyl83RwaSoYIEdixDQcA4OnAnc="),
        ("list_buckets", "GET", "s3.amazonaws.com", "", "/", 1_175_045_399, {}, "qGdzdERIC03wnaRNKh6OqZehG9s="),
        ("unicode", "GET", "s3.amazonaws.com", "dictionary", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
         1_175_046_589, {}, "DNEZGsoieTZ92F3bUfSPQcbGmlM="),
    )  # fmt: skip
    dates = {
        1_175_024_202: "Tue, 27 Mar 2007 19:36:42", 1_175_030_145: "Tue, 27 Mar 2007 21:15:45",
        1_175_024_561: "Tue, 27 Mar 2007 19:42:41", 1_175_024_686: "Tue, 27 Mar 2007 19:44:46",
        1_175_029_568: "Tue, 27 Mar 2007 21:06:08", 1_175_045_399: "Wed, 28 Mar 2007 01:29:59",
        1_175_046_589: "Wed, 28 Mar 2007 01:49:49",
    }  # fmt: skip
    keys = {"get": "photos/puppy.jpg", "put": "photos/puppy.jpg", "new_get": "photos/puppy.jpg",
            "new_put": "photos/puppy.jpg", "upload": "db-backup.dat.gz", "unicode": "français/préfère"}  # fmt: skip
    for case, method, host, bucket, path, when, headers, signature in cases:
        sent = {"date": f"{dates[when]} +0000", **headers}
        request = asked(method, f"https://{host}{path}", sent)
        if case == "upload":  # the page sends this header twice
            request["headers"].append(["x-amz-meta-reviewedby", "jane@johnsmith.net"])
        request["headers"].append(["authorization", f"AWS {AWS['key_id']}:{signature}"])
        record(
            "aws2", f"aws_{case}", request=request, bucket=bucket or None, key=keys.get(case, ""), signed_at=when,
            call=case, **AWS,
        )  # fmt: skip
    record(
        "aws2", "aws_presigned_get", bucket="johnsmith", key="photos/puppy.jpg", signed_at=None,
        expires_at=1_175_139_620, call="query string authentication", **AWS,
        request=asked("GET", f"https://{old}/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE"
                      "&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"),
    )  # fmt: skip
    record(
        "aws2", "aws_presigned_get_path_style", bucket="quotes", key="nelson", signed_at=None,
        expires_at=1_141_889_120, call="query string authentication, first state", key_id="44CF9590006BF252F707",
        secret="OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV", minted_with=AWS["minted_with"],
        request=asked("GET", "http://s3.amazonaws.com/quotes/nelson?AWSAccessKeyId=44CF9590006BF252F707"
                      "&Expires=1141889120&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D"),
    )  # fmt: skip


if __name__ == "__main__":
    cos()
    cos_facts()
    cos_facts_post()
    oss()
    aws()

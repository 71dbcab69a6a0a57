"""Query names that mean something to somebody at the address of a file. Data only.

A download ignores names that nobody uses, because pages add them (``?v=3``). One of these is refused: whoever sends it
expects another reply than the file. The parameters of this API (:mod:`.known`) are refused beside them.
Names that only mean something beside one of these (``width``, ``page``) are not listed: pages use them.
Source: sources of the cloud's SDKs for its XML API and for image processing (cos-go-sdk-v5, cos-python-sdk-v5,
cos-java-sdk-v5, cos-nodejs-sdk-v5); of the other clouds' SDKs, because a bucket is one bucket under all APIs.
"""

from __future__ import annotations

from typing import Final

PREFIXES: Final = (b"response-", b"x-cos-", b"x-ci-", b"x-amz-", b"x-oss-", b"x-tos-", b"q-")
"""Replies with other headers, and whatever is a cloud's own, credentials among it."""

NAMES: Final = frozenset({
    # Sub-resources of an object, and of a bucket, whose root is no file.
    b"accelerate", b"acl", b"append", b"attributes", b"callback", b"cors", b"delete", b"domain", b"domaincertificate",
    b"encryption", b"intelligenttiering", b"intelligent-tiering", b"inventory", b"legal-hold", b"legalhold",
    b"lifecycle", b"list-type", b"location", b"logging", b"notification", b"object-lock", b"objectexpires",
    b"objectmeta", b"origin", b"partnumber", b"policy", b"preflight", b"referer", b"rename", b"replication",
    b"requestpayment", b"restore", b"retention", b"select", b"select-type", b"stat", b"status", b"symlink", b"tagging",
    b"torrent", b"uploadid", b"uploads", b"versionid", b"versioning", b"versions", b"vod", b"website", b"worm",
    # Processing of images, documents and media; a slash or a bar begins their arguments.
    b"async-process", b"ci-process", b"detect-type", b"exif", b"image_process", b"imageave", b"imagedpi", b"imageinfo",
    b"imageinspect", b"imagemogr2", b"imageslim", b"imageview2", b"process", b"qrcode", b"style", b"watermark",
})  # fmt: skip
"""In lower case."""

PREVIEW: Final = b"txt_preview"
"""The one value of ``cmd``: the bytes as plain text. Source: seed 004, ``preview_url`` of its samples."""

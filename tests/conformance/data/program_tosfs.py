"""tosfs on a bucket, under the cloud's own name: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from steps import resolve_here, walk
from tosfs import TosFileSystem

address, key_id, secret = sys.argv[1:]
resolve_here(".volces.com")
endpoint = f"http://tos-cn-beijing.volces.com:{urlsplit(address).port}"
fs = TosFileSystem(key=key_id, secret=secret, endpoint=endpoint, region="cn-beijing", use_listings_cache=False)
walk(fs, "demo/tosfs")

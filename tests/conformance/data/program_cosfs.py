"""cosfs on a bucket, under the cloud's own name and by the server as a proxy: ADDRESS KEY_ID SECRET."""

from __future__ import annotations

import os
import sys

from cosfs import CosFileSystem
from steps import walk

address, key_id, secret = sys.argv[1:]
os.environ["http_proxy"] = address
fs = CosFileSystem(region="ap-guangzhou", secret_id=key_id, secret_key=secret, scheme="http", use_listings_cache=False)
walk(fs, "demo-1250000000/cosfs")

"""ossfs on a bucket: ADDRESS KEY_ID SECRET.

Two faults of ossfs 2025.5.0 are gone around, because OSS would answer them alike: a file of several blocks is appended
at fsspec's position instead of the object's, and the last byte of a range is one too far.
"""

from __future__ import annotations

import sys

import ossfs
from steps import walk

address, key_id, secret = sys.argv[1:]
fs = ossfs.OSSFileSystem(key=key_id, secret=secret, endpoint=address)
walk(fs, "demo/ossfs", parts=False, exact_ranges=False)

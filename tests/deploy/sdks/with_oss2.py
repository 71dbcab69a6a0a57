"""oss2, unmodified, against an address: odd names, signed addresses, an append, a large body both ways."""

import sys
import urllib.request

import oss2
from keys import KEYS, LARGE, body_of

auth = oss2.Auth("entrepot-dev-id", "entrepot-dev-secret")
bucket = oss2.Bucket(auth, sys.argv[1], "demo", connect_timeout=20)
for key in KEYS:
    body = b"" if key.endswith("/") else body_of(key)
    bucket.put_object(key, body, headers={"x-oss-meta-under_score": "1"})
    told = bucket.get_object(key)
    assert told.read() == body, key
    assert told.headers["x-oss-meta-under_score"] == "1", key
    assert told.server_crc is not None, key
    url = bucket.sign_url("GET", key, 60, slash_safe=True)
    with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - our own address
        assert response.read() == body, key
assert set(KEYS) <= {one.key for one in oss2.ObjectIterator(bucket)}
bucket.put_object("large", LARGE)
assert bucket.get_object("large").read() == LARGE
assert bucket.append_object("append//ed", 0, b"one").next_position == 3
bucket.batch_delete_objects([*KEYS, "large", "append//ed"])
assert list(oss2.ObjectIterator(bucket)) == []
print("done")

#!/usr/bin/env python3
"""Seal with OpenSSL the plaintexts that clients outside these environments are known to write.

The specification's own two samples are among them; their signatures are printed in it (one with a scanning
error in its first letters), and OpenSSL gives the same. Run: python3 tests/vectors/cos_app/mint_openssl.py
"""

from __future__ import annotations

import base64
import subprocess

from mint_record import record

SEED_KEY, SEED_SECRET = "AKIDUfLUEUigQiXqm7CVSspKJnuaiIKtxqAv", "bLcPnl88WU30VY57ipRhSePfPdOfSruK"
DEV_KEY, DEV_SECRET = "entrepot-dev-id", "entrepot-dev-secret"
SEED = f"a=200001&b=newbucket&k={SEED_KEY}&e={{e}}&t=1470736940&r=490258943&f={{f}}"
DEV_LATE = f"a=1250000000&k={DEV_KEY}&e={{e}}&t=1470736940&r={{r}}&f={{f}}&b=demo"
DEV_EARLY = f"a=1250000000&b=demo&k={DEV_KEY}&e={{e}}&t=1470736940&r={{r}}&f={{f}}"
ANDROID = f"a=1250000000&b=demo&k={DEV_KEY}&r={{r}}&e={{e}}&t=1470736940&f={{f}}"
NAME = "%E7%9B%AE%E5%BD%95/%E6%96%87%20%E4%BB%B6.txt"
BOUND = f"/1250000000/demo/{NAME}"

CASES = (
    ("spec_multi", "multi", SEED.format(e=1470737000, f=""), None, SEED_SECRET, "the specification's sample"),
    (
        "spec_once",
        "once",
        SEED.format(e=0, f="/200001/newbucket/tencent_test.jpg"),
        "/tencent_test.jpg",
        SEED_SECRET,
        "the specification's sample",
    ),
    (
        "spec_multi_bound",
        "multi",
        SEED.format(e=1470737000, f="/200001/newbucket/test.jpg"),
        "/test.jpg",
        SEED_SECRET,
        "acgrid/QCloudSDK's order, the specification's key",
    ),
    (
        "like_cos_auth_slashes_encoded",
        "once",
        DEV_LATE.format(e=0, r=490258943, f=BOUND.replace("/", "%2F")),
        "/目录/文 件.txt",
        DEV_SECRET,
        "cos-auth's order; it encodes the slashes too",
    ),
    (
        "like_php_double_encoded",
        "once",
        DEV_EARLY.format(e=0, r=490258943, f=f"/1250000000/demo/{NAME.replace('%', '%25')}"),
        "/目录/文 件.txt",
        DEV_SECRET,
        "cos-php-sdk-v4 4.3.11's copy and move: encoded twice",
    ),
    (
        "like_dotnet_lower_hex",
        "once",
        DEV_LATE.format(e=0, r=490258943, f=f"/1250000000/demo/{NAME.lower()}"),
        "/目录/文 件.txt",
        DEV_SECRET,
        "cos-dotnet-sdk-v4: hexadecimal in lower case",
    ),
    (
        "like_android_long_random",
        "multi",
        ANDROID.format(e=1470737000, r=9223372036854775807, f=""),
        None,
        DEV_SECRET,
        "cos-android-sdk-v4's order, r of 19 digits",
    ),
    (
        "like_cpp_full_path",
        "once",
        DEV_LATE.format(e=0, r=18446744073709551615, f=BOUND),
        "/目录/文 件.txt",
        DEV_SECRET,
        "cos-cpp-sdk-v4: upper-case hexadecimal, r of 20 digits",
    ),
)


def seal(secret: str, plaintext: str) -> str:
    """base64(HMAC-SHA1 + plaintext), the HMAC by OpenSSL."""
    command = ["openssl", "dgst", "-sha1", "-hmac", secret, "-binary"]
    done = subprocess.run(command, input=plaintext.encode(), capture_output=True, check=True, timeout=10)
    return base64.b64encode(done.stdout + plaintext.encode()).decode("ascii")


def main() -> None:
    """Write every case."""
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True, timeout=10)
    for case, kind, plaintext, path, secret, origin in CASES:
        record(
            case,
            sign=seal(secret, plaintext),
            kind=kind,
            path=path,
            secret=secret,
            minted_with=" ".join(openssl.stdout.split()[:2]),
            call="openssl dgst -sha1 -hmac SECRET -binary",
            text_of=origin,
        )


if __name__ == "__main__":
    main()

"""The variables that lead a program of any language to a server: endpoints, keys, a proxy, certificates. Data only.

Law: names are those that the clouds' SDKs, tools and samples read, with their sources below; what else a program needs
to know is in ``ENTREPOT_RUN_`` variables, which are no settings; ``ENTREPOT_DATA`` is one, so that commands such as
``entrepot clock`` find the server. What is asked under the clouds' own names comes by the proxy, by http and, where
the server is a proxy for https, by https; everything else the proxy refuses, so that no test is led to a real cloud.

Source: AWS SDKs and Tools Reference Guide, "environment variables". Read in the source of these:
tencentcloud-sdk-python 3.1.195, alibabacloud-credentials, oss2 2.19.1, volcengine-python-sdk 5.0.54, tos 2.9.3.
``OSS_ENDPOINT``, ``OSS_REGION``, ``TOS_ENDPOINT`` and ``TOS_REGION`` are read by the vendors' samples and tools, not by
their Python SDKs. ``NODE_USE_ENV_PROXY``: Node.js documentation, "Command-line API" (from 22.21 and 24.5 on).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from entrepot.testing.account import Account
from entrepot.testing.sdk_settings import OSS_REGION, S3_REGION, TOS_ENDPOINT, TOS_REGION
from entrepot.testing.server import Server

CLEARED: Final = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CA_BUNDLE",
    "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "OSS_SESSION_TOKEN",
    "ALIBABA_CLOUD_SECURITY_TOKEN", "TENCENTCLOUD_TOKEN", "VOLCENGINE_SESSION_TOKEN", "TOS_SECURITY_TOKEN",
    "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy",
)  # fmt: skip
"""What would lead a program, or its key, elsewhere."""
_TRUSTING: Final = (
    "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
)  # fmt: skip
_PYTHON_TRUST: Final = str(Path(__file__).parent / "trust")
"""For Python programs that ask certifi whom to trust."""
_LOOPBACK: Final = "localhost,127.0.0.1,::1"


def variables_of(server: Server, account: Account, before: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program: what it had ``before``, with all that leads it to the server."""
    kept = {name: value for name, value in before.items() if name not in CLEARED}
    return kept | _keys(account) | _places(server.address) | _way(server, before) | _told(server, account)


def _keys(account: Account) -> dict[str, str]:
    ids = (
        "AWS_ACCESS_KEY_ID", "TENCENTCLOUD_SECRET_ID", "ALIBABA_CLOUD_ACCESS_KEY_ID", "OSS_ACCESS_KEY_ID",
        "VOLCENGINE_ACCESS_KEY", "TOS_ACCESS_KEY",
    )  # fmt: skip
    secrets = (
        "AWS_SECRET_ACCESS_KEY", "TENCENTCLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "OSS_ACCESS_KEY_SECRET", "VOLCENGINE_SECRET_KEY", "TOS_SECRET_KEY",
    )  # fmt: skip
    return dict.fromkeys(ids, account.key_id) | dict.fromkeys(secrets, account.secret)


def _places(address: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": S3_REGION,
        "AWS_DEFAULT_REGION": S3_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "OSS_ENDPOINT": address,
        "OSS_REGION": OSS_REGION,
        "TOS_ENDPOINT": TOS_ENDPOINT if address.startswith("http:") else address,
        "TOS_REGION": TOS_REGION,
    }


def _way(server: Server, before: Mapping[str, str]) -> dict[str, str]:
    """The proxy, and what to trust; a server that speaks https itself is no proxy."""
    if server.address.startswith("https:"):
        return _trusting(server, before)
    names = ("http_proxy", "https_proxy") if server.https_proxy else ("http_proxy",)
    lower = dict.fromkeys(names, server.address) | {"no_proxy": _LOOPBACK}
    way = lower | {name.upper(): value for name, value in lower.items()} | {"NODE_USE_ENV_PROXY": "1"}
    return way | _trusting(server, before) if server.https_proxy else way


def _trusting(server: Server, before: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join(filter(None, (_PYTHON_TRUST, before.get("PYTHONPATH"))))
    return dict.fromkeys(_TRUSTING, str(server.authority_file)) | {"PYTHONPATH": path}


def _told(server: Server, account: Account) -> dict[str, str]:
    return {
        "ENTREPOT_RUN_ADDRESS": server.address,
        "ENTREPOT_RUN_ADMIN_KEY": server.admin_key,
        "ENTREPOT_RUN_ACCOUNT": str(account.number),
        "ENTREPOT_RUN_USER_ID": account.user_id,
        "ENTREPOT_RUN_APPLICATION": "" if account.application is None else str(account.application),
        "ENTREPOT_RUN_KEY_ID": account.key_id,
        "ENTREPOT_RUN_SECRET": account.secret,
        "ENTREPOT_RUN_BUCKET": account.bucket,
        "ENTREPOT_RUN_DATA": str(server.data),
        "ENTREPOT_DATA": str(server.data),
    }

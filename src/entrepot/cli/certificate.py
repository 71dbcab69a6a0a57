"""``entrepot certificate``: whom clients of a server with ``own_certificate`` are to trust, and how they are told."""

from __future__ import annotations

import hashlib
import ssl
from typing import Annotated

from entrepot.cli.arguments import Option, echo
from entrepot.cli.folder import Config, Data, failing

_KEYTOOL = "keytool -importcert -noprompt -alias entrepot -file {path} -keystore entrepot.p12 -storepass changeit"
_STORE = "-Djavax.net.ssl.trustStore=entrepot.p12 -Djavax.net.ssl.trustStorePassword=changeit"
RECIPES = (
    ("curl", "curl --cacert {path} …"),
    ("Go on Linux, OpenDAL, what uses OpenSSL", "export SSL_CERT_FILE={path}"),
    ("Python requests: oss2, tos, cos-python-sdk-v5, tencentcloud", "export REQUESTS_CA_BUNDLE={path}"),
    ("boto3, awscli, s3fs", "export AWS_CA_BUNDLE={path}"),
    ("Node.js: every JavaScript SDK", "export NODE_EXTRA_CA_CERTS={path}"),
    ("rclone", "rclone --ca-cert {path} …"),
    ("Java: a trust store of its own", f"{_KEYTOOL}\n    java {_STORE} …"),
)
"""For which programs, and what makes them trust the file. The programs that read variables read them at their start."""


def certificate(
    *,
    pem: Annotated[bool, Option("--pem", help="Print the certificate alone.")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Print the folder's own certificate authority, and how programs are told to trust it."""
    from entrepot.config import load  # noqa: PLC0415 - keeps --help quick

    with failing():
        from entrepot.folder import authority  # noqa: PLC0415 - keeps --help quick

        settings = load(config, data=data)
        path = (settings.data / "authority.crt").resolve()
        if not path.exists():
            authority(settings)
        text = path.read_text(encoding="ascii")
        if pem:
            echo(text.rstrip())
            return
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).hexdigest()
        echo(f"{path}\nSHA-256 {digest}")
        echo("It vouches for, all below included, and for loopback addresses:")
        echo(f"    {' '.join(settings.own_names)}")
        echo(
            "Trust it where a program is tried out, never for a whole system or browser that is used for other things:"
        )
        for who, how in RECIPES:
            echo(f"  {who}\n    {how.format(path=path)}")

"""Whether the server in this container is alive: exit status 0 when `/-/healthz` says so, 1 otherwise.

`healthcheck.py readyz` asks whether it can serve. Knows the address from the data folder, where the server writes it.
"""

import os
import ssl
import sys
import urllib.request
from pathlib import Path


def main() -> int:
    """The exit status."""
    what = sys.argv[1] if len(sys.argv) > 1 else "healthz"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it asks itself
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        address = (Path(os.environ.get("ENTREPOT_DATA", "data")) / "run" / "address").read_text().strip()
        with opener.open(f"{address}/-/{what}", timeout=4) as response:
            return 0 if response.status == 200 else 1
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

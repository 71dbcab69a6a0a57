"""Java: AWS SDK v2 with its transfer manager, OSS (both signatures), COS v5, TOS, and the minting APIs of two clouds.

The programs are in ``java/clients/``. Presigned addresses are spent by the JDK's own HttpClient as it is, which asks
plain http servers for HTTP/2.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.programs import perform
from conformance.server import Server
from conformance.setup_sdks import VENVS

pytestmark = pytest.mark.conformance

FOLDER = VENVS / "java-clients"
PROGRAMS = ["aws", "oss-v1", "oss-v4", "cos", "tos", "minting"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, server: Server, tmp_path: Path) -> None:
    require("java/clients")
    paths = f"{FOLDER}/classes:{FOLDER}/jars/*"
    perform(
        ["java", f"-Duser.home={tmp_path}", "-Dfile.encoding=UTF-8", "-cp", paths, "Clients", name], server, tmp_path
    )

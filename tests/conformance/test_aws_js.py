"""JavaScript: AWS SDK v3 with lib-storage, presigned addresses (with the checksum that they have by default) and forms.

The program is ``node/aws/aws_program.js``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.conftest import require
from conformance.programs import perform
from conformance.server import Server
from conformance.setup_sdks import node_folder

pytestmark = pytest.mark.conformance


def test_program(server: Server, tmp_path: Path) -> None:
    require("node/aws")
    perform(["node", "--no-deprecation", str(node_folder("aws") / "aws_program.js")], server, tmp_path)

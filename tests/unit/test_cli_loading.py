"""cli: a command loads what it needs. How long that takes is not measured here. Source: issue 12 §7."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entrepot.cli import COMMANDS, app, load

SERVER = {"uvicorn", "httpx", "prometheus_client", "structlog", "entrepot.app", "entrepot.front.pipeline"}
DIALECTS = {"entrepot.dialects.base", "entrepot.dialects.s3like.family", "entrepot.dialects.control.policies.cam"}
STORE = {"apsw", "cryptography", "pydantic", "asyncio", "entrepot.folder", "entrepot.config"}


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    script = (
        "import sys; from entrepot.cli import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
        "finally: print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stderr.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data folder with one account."""
    data = str(tmp_path_factory.mktemp("loading") / "data")
    assert CliRunner().invoke(app, ["account", "create", "--data", data]).exit_code == 0
    return data


def test_help_loads_nothing_but_the_command_line() -> None:
    assert not loaded("--help") & (SERVER | DIALECTS | STORE)


@pytest.mark.parametrize("words", ["key list", "grants list", "bucket list", "account list", "user list"])
def test_a_list_loads_neither_server_nor_dialects(folder: str, words: str) -> None:
    found = loaded(*words.split(), "--data", folder)
    assert not found & (SERVER | DIALECTS)
    assert found & STORE, "the test looks at what is really loaded"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    assert load(name).help == COMMANDS[name][1]


def test_every_command_module_is_in_the_table() -> None:
    import entrepot.cli

    modules = {path.stem for path in Path(entrepot.cli.__file__).parent.glob("*.py")} - {"__init__", "folder"}
    assert modules == {where.partition(".")[0] for where, _ in COMMANDS.values()}


def test_a_command_that_is_not_there_is_refused() -> None:
    result = CliRunner().invoke(app, ["kye", "list"])
    assert result.exit_code == 2
    assert "Did you mean 'key'" in result.output

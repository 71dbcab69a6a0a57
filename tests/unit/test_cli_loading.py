"""cli: a command loads what it needs. How long that takes is not measured here. Source: issue 12 §7."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from entrepot.adapters.sqlite.schema import MIGRATIONS
from entrepot.cli import COMMANDS, load
from entrepot.cli.arguments import Group, summary_of

from .commands import run_command

SERVER = {"uvicorn", "httpx", "prometheus_client", "entrepot.app", "entrepot.front.pipeline"}
DIALECTS = {"entrepot.dialects.base", "entrepot.dialects.s3like.family", "entrepot.dialects.control.policies.cam"}
STORE = {"apsw", "cryptography", "entrepot.folder", "entrepot.config"}
WRITER = {"asyncio", "ssl", "entrepot.adapters.sqlite.index", "entrepot.adapters.audit.log"}
HEAVY = {"typer", "rich", "click", "pydantic", "pydantic_core"}
"""What took most of the time of a command, or would."""


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    script = (
        "import sys; from entrepot.cli import main\n"
        "try: main(sys.argv[1:])\n"
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
    assert run_command("account", "create", "--data", data).exit_code == 0
    return data


def test_help_loads_nothing_but_the_command_line() -> None:
    assert not loaded("--help") & (SERVER | DIALECTS | STORE | WRITER | HEAVY)


@pytest.mark.parametrize("words", ["key list", "grants list", "bucket list", "account list", "user list"])
def test_a_list_loads_neither_server_nor_dialects_nor_what_writes(folder: str, words: str) -> None:
    found = loaded(*words.split(), "--data", folder)
    assert not found & (SERVER | DIALECTS | WRITER | HEAVY)
    assert found & STORE, "the test looks at what is really loaded"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = load(name)
    assert (command.help if isinstance(command, Group) else summary_of(command)) == COMMANDS[name][1]


def test_every_command_module_is_in_the_table() -> None:
    import entrepot.cli

    modules = {path.stem for path in Path(entrepot.cli.__file__).parent.glob("*.py")} - {
        "__init__",
        "arguments",
        "folder",
        "people",
        "remote",
        "terminal",
        "whole",
        "template",
    }
    assert modules == {where.partition(".")[0] for where, _ in COMMANDS.values()}


def test_a_command_that_is_not_there_is_refused() -> None:
    result = run_command("kye", "list")
    assert result.exit_code == 2
    assert "Did you mean 'key'" in result.output


def test_a_list_brings_a_folder_of_an_older_version_up_to_date(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    connection = apsw.Connection(str(data / "index.db"))
    connection.execute(MIGRATIONS[0]).fetchall()
    connection.pragma("user_version", 1)
    connection.close()
    assert run_command("account", "list", "--data", str(data)).output == "none\n"
    connection = apsw.Connection(str(data / "index.db"))
    assert connection.pragma("user_version") == len(MIGRATIONS)


def test_a_list_of_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.db").write_bytes(b"no index" * 1000)
    result = run_command("account", "list", "--data", str(tmp_path))
    assert (result.exit_code, "cannot be opened" in result.output) == (1, True)
    assert run_command("account", "list", "--data", str(tmp_path / "none")).exit_code == 1

"""when_needed: a server of tests starts with little, any other one has everything before its first request."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import entrepot.when_needed
from entrepot.later import Later

SCRIPT = """
import sys
from pathlib import Path
import entrepot.server, entrepot.app
from entrepot.config import load
data, dev, workers, forked = Path(sys.argv[1]), sys.argv[2] == "dev", int(sys.argv[3]), sys.argv[4] == "forked"
if forked:
    from entrepot.when_needed import preload
    preload()
else:
    import asyncio
    settings = load(None, data=data, dev=dev, workers=workers, port=0)
    async def made():
        application = entrepot.app.Application(settings)
        await application.start()
        await application.stop()
    asyncio.run(made())
print(*sys.modules)
"""


def loaded(data: Path, *, dev: bool = False, workers: int = 1, forked: bool = False) -> set[str]:
    """The modules of a server that is ready for its first request, or is about to fork workers."""
    words = [str(data), "dev" if dev else "-", str(workers), "forked" if forked else "-"]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, timeout=120, check=True
    )
    return set(done.stdout.split())


def late() -> set[str]:
    """What is imported in a function there."""
    tree = ast.parse(Path(entrepot.when_needed.__file__).read_text("utf-8"))
    found: set[str] = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module))
    return found


DIALECTS = {f"entrepot.dialects.{name}" for name in ("aliyun", "aws_sts", "cos_xml", "oss", "s3", "tencent", "tos")}


def test_a_server_of_tests_begins_without_dialects_and_what_few_requests_need(tmp_path: Path) -> None:
    found = loaded(tmp_path, dev=True)
    assert found & late() == {"entrepot.dialects.s3like.callbacks.hosts"}, "which settings are read with"
    assert not found & (DIALECTS | {"httpx", "rich", "yaml", "entrepot.dialects.s3like.family"})


def test_any_other_has_everything_before_its_first_request(tmp_path: Path) -> None:
    wanted = late() | DIALECTS | {"httpx"}
    assert wanted <= loaded(tmp_path / "one")
    assert wanted <= loaded(tmp_path / "two", dev=True, workers=2)


def test_workers_are_forked_with_everything(tmp_path: Path) -> None:
    assert late() | DIALECTS | {"httpx"} <= loaded(tmp_path, forked=True)


def test_the_template_imports_all_of_it_in_the_end() -> None:
    script = "from entrepot.when_needed import STEPS\nfrom importlib import import_module\nimport sys\n"
    script += "[import_module(one) for one in STEPS]\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert late() <= set(done.stdout.split())


def test_a_table_is_made_when_it_is_first_looked_at() -> None:
    made: list[int] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {"a": 1}

    table = Later(make)
    assert not made
    assert (table["a"], len(table), list(table), "b" in table, made) == (1, 1, ["a"], False, [1])

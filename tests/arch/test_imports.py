"""The import contracts of ``.importlinter`` hold, and each of them breaks when it is violated.

A contract that cannot break proves nothing, so every one is tried on a copy of the package with one bad import added.
"""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .tree import PACKAGE, ROOT, imported_modules, name_of, sources, tree_of

CONFIG = ROOT / ".importlinter"

VIOLATIONS = [
    ("layers", "core/names.py", "import entrepot.wire.http"),
    ("layers", "wire/dates.py", "import entrepot.signing.scheme"),
    ("layers", "signing/scheme.py", "import entrepot.dialects.base"),
    ("layers", "dialects/base.py", "import entrepot.front.asgi"),
    ("layers", "front/own.py", "import entrepot.adapters.sqlite_index"),
    ("layers", "adapters/file_leases.py", "import entrepot.front.telemetry"),
    ("layers", "fsck.py", "import entrepot.sweeper"),
    ("layers", "sweeper.py", "import entrepot.config"),
    ("layers", "config.py", "import entrepot.app"),
    ("layers", "app.py", "import entrepot.server"),
    ("layers", "server.py", "import entrepot.cli"),
    ("layers", "newcomer.py", "import entrepot.core.fault"),
    ("core-layers", "core/objects.py", "import entrepot.core.uploads"),
    ("core-layers", "core/listing.py", "import entrepot.core.uploads"),
    ("core-layers", "core/newcomer.py", "import entrepot.core.fault"),
    ("dialects", "dialects/base.py", "import entrepot.dialects.cos_json.place"),
    ("dialects", "dialects/newcomer.py", "import entrepot.dialects.base"),
    ("core-is-pure", "core/records.py", "import json"),
    ("core-is-pure", "core/store.py", "from pathlib import Path"),
    ("core-is-pure", "core/follower.py", "import os.path"),
    ("core-is-pure", "core/content.py", "import apsw"),
    ("core-is-pure", "core/uploads.py", "import time"),
    ("adapters-know-ports", "adapters/sqlite_rows.py", "import entrepot.core.objects"),
    ("adapters-know-ports", "adapters/vault.py", "import entrepot.wire.http"),
    ("wire-knows-faults", "wire/conditions.py", "import entrepot.core.records"),
    ("signing-knows-no-operation", "signing/cos_app.py", "import entrepot.core.ops"),
    ("adapters-are-named-once", "server.py", "import entrepot.adapters.file_leases"),
    ("adapters-are-named-once", "sweeper.py", "import entrepot.adapters.file_blobs"),
    ("dialects-are-named-once", "front/pipeline.py", "import entrepot.dialects.cos_json.faults"),
    ("dialects-are-named-once", "cli/signing.py", "import entrepot.dialects.cos_json"),
]


def lint(folder: Path, config: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the linter on the package in ``folder``/src."""
    tool = Path(sys.executable).with_name("lint-imports")
    command = [str(tool), "--config", str(config), "--no-cache", "--no-logo"]
    if contract is not None:
        command += ["--contract", contract]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def contracts() -> set[str]:
    """The ids of all contracts."""
    parser = configparser.ConfigParser()
    parser.read(CONFIG, encoding="utf-8")
    prefix = "importlinter:contract:"
    return {section.removeprefix(prefix) for section in parser.sections() if section.startswith(prefix)}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, to be spoilt and mended."""
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copytree(PACKAGE, folder / "src" / "entrepot", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_contracts_hold() -> None:
    done = lint(ROOT, CONFIG)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_is_shown_to_break() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == contracts()


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS, ids=lambda value: value.replace("entrepot.", ""))
def test_a_violation_breaks_its_contract(copied: Path, contract: str, file: str, line: str) -> None:
    path = copied / "src" / "entrepot" / file
    before = path.read_text(encoding="utf-8") if path.exists() else None
    try:
        path.write_text((before or '"""A newcomer."""\n') + f"\n{line}\n", encoding="utf-8")
        done = lint(copied, CONFIG, contract)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "not listed as layers" in done.stdout + done.stderr


def test_a_second_dialect_must_not_know_the_first(copied: Path) -> None:
    """The contract for several dialects, tried before there are several."""
    folder = copied / "src" / "entrepot" / "dialects" / "toy"
    text = CONFIG.read_text(encoding="utf-8")
    assert text.count("    cos_json\n    base\n") == 1
    config = copied / "two-dialects.ini"
    config.write_text(text.replace("    cos_json\n    base\n", "    cos_json | toy\n    base\n"), encoding="utf-8")
    folder.mkdir()
    try:
        (folder / "__init__.py").write_text("import entrepot.dialects.base\n", encoding="utf-8")
        assert lint(copied, config, "dialects").returncode == 0
        (folder / "__init__.py").write_text("import entrepot.dialects.cos_json.urls\n", encoding="utf-8")
        assert lint(copied, config, "dialects").returncode == 1
    finally:
        shutil.rmtree(folder)


CORE_MAY_IMPORT = {
    "__future__", "asyncio", "collections", "contextlib", "dataclasses", "enum", "entrepot", "fastcrc", "functools",
    "hashlib", "types", "typing",
}  # fmt: skip
"""What the contract ``core-is-pure`` forbids is a list of examples; this is the whole of what is allowed."""

HOMES = {
    "apsw": {"adapters/sqlite_index.py", "adapters/sqlite_reader.py", "adapters/sqlite_transaction.py"},
    "cryptography": {"adapters/vault.py"},
    "fastcrc": {"core/digests.py"},
    "msgspec": {"adapters/sqlite_rows.py"},
    "multipart": {"wire/forms.py"},
    "prometheus_client": {"front/telemetry.py"},
    "pydantic": {"config.py"},
    "pydantic_settings": {"config.py"},
    "uvicorn": {"front/protocol.py", "server.py"},
}
"""Libraries with one home: replacing one is a change in these files only."""


def test_the_core_imports_nothing_else() -> None:
    found = {
        f"{name_of(path)}:{line} imports {module}"
        for path in sources(PACKAGE / "core")
        for module, line in imported_modules(tree_of(path))
        if module.partition(".")[0] not in CORE_MAY_IMPORT
    }
    assert not found


def test_libraries_stay_at_home() -> None:
    found = {
        f"{name_of(path)}:{line} imports {module}"
        for path in sources()
        for module, line in imported_modules(tree_of(path))
        if name_of(path) not in HOMES.get(module.partition(".")[0], {name_of(path)})
    }
    assert not found


def test_every_library_is_a_declared_dependency() -> None:
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    known = {name.replace("-", "_") for name in declared} | {"entrepot", "pydantic"}
    used = {module.partition(".")[0] for path in sources() for module, _ in imported_modules(tree_of(path))}
    assert used - set(sys.stdlib_module_names) - known == set()

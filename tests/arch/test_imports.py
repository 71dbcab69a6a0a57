"""The import contracts of ``.importlinter`` hold, and each of them breaks when it is violated.

A contract that cannot break proves nothing, so every one is tried on a copy of the package with one bad import added.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .tree import PACKAGE, ROOT, imported_modules, name_of, sources, tree_of

CONFIG = ROOT / ".importlinter"

VIOLATIONS = [
    ("layers", "core/facts/names.py", "import entrepot.wire.http"),
    ("layers", "wire/dates.py", "import entrepot.signing.scheme"),
    ("layers", "signing/scheme.py", "import entrepot.dialects.base"),
    ("layers", "dialects/base.py", "import entrepot.front.asgi"),
    ("layers", "front/own.py", "import entrepot.adapters.sqlite.index"),
    ("layers", "dialects/base.py", "import entrepot.explain.refusal"),
    ("layers", "explain/refusal.py", "import entrepot.front.telemetry"),
    ("layers", "adapters/files/leases.py", "import entrepot.front.telemetry"),
    ("layers", "upkeep/fsck.py", "import entrepot.admin.grants"),
    ("layers", "front/own.py", "import entrepot.admin.api.answers"),
    ("layers", "upkeep/sweep.py", "import entrepot.config"),
    ("layers", "config.py", "import entrepot.app"),
    ("layers", "app.py", "import entrepot.server"),
    ("layers", "folder.py", "import entrepot.app"),
    ("layers", "config.py", "import entrepot.folder"),
    ("layers", "clock_and_chance.py", "import entrepot.config"),
    ("layers", "admin/keys.py", "import entrepot.clock_and_chance"),
    ("layers", "server.py", "import entrepot.cli"),
    ("layers", "adapters/secrets/vault.py", "import entrepot.upkeep.expiry"),
    ("layers", "newcomer.py", "import entrepot.core.fault"),
    ("layers", "server.py", "import entrepot.testing.server"),
    ("layers", "admin/accounts.py", "import entrepot.folder"),
    ("layers", "virtual_clock.py", "import entrepot.admin.dev"),
    ("layers", "administration.py", "import entrepot.when_needed"),
    ("layers", "wire/dates.py", "import entrepot.log"),
    ("dialects-are-named-once", "app.py", "import entrepot.dialects.s3"),
    ("layers", "admin/accounts.py", "import entrepot.console.page"),
    ("layers", "front/console_door.py", "import entrepot.console.guard"),
    ("layers", "console/guard.py", "import entrepot.config"),
    ("adapters-are-named-once", "console/page.py", "import entrepot.adapters.sqlite.index"),
    ("rule-layers", "core/rules/objects.py", "import entrepot.core.rules.uploads"),
    ("rule-layers", "core/rules/listing.py", "import entrepot.core.rules.uploads"),
    ("rule-layers", "core/rules/uploads.py", "import entrepot.core.rules.multipart"),
    ("operation-layers", "core/operations/objects.py", "import entrepot.core.operations.uploads"),
    ("operation-layers", "core/operations/buckets.py", "import entrepot.core.operations.objects"),
    ("core-layers", "core/ports/index.py", "import entrepot.core.rules.objects"),
    ("core-layers", "core/operations/uploads.py", "import entrepot.core.ports"),
    ("core-layers", "core/rights/grant.py", "import entrepot.core.facts.records"),
    ("core-layers", "core/facts/lifecycle.py", "import entrepot.core.rights.grant"),
    ("rule-layers", "core/rules/newcomer.py", "import entrepot.core.fault"),
    ("family-layers", "dialects/s3like/operations/objects.py", "import entrepot.dialects.s3like.forms.post"),
    ("family-layers", "dialects/s3like/replies/reply.py", "import entrepot.dialects.s3like.operations.objects"),
    ("family-layers", "dialects/s3like/address/place.py", "import entrepot.dialects.s3like.replies.reply"),
    ("family-layers", "dialects/s3like/newcomer.py", "import entrepot.core.fault"),
    ("core-layers", "core/newcomer.py", "import entrepot.core.fault"),
    ("dialects", "dialects/base.py", "import entrepot.dialects.cos_json.place"),
    ("dialects", "dialects/cos_xml/__init__.py", "import entrepot.dialects.cos_json.urls"),
    ("dialects", "dialects/oss/routes.py", "import entrepot.dialects.tos.routes"),
    ("dialects", "dialects/tos/faults.py", "import entrepot.dialects.s3"),
    ("dialects", "dialects/s3like/family.py", "import entrepot.dialects.oss.routes"),
    ("dialects", "dialects/s3like/address/place.py", "import entrepot.dialects.cos_json.place"),
    ("dialects", "dialects/s3like/settings.py", "import entrepot.dialects.control.rates"),
    ("dialects", "dialects/detection.py", "import entrepot.dialects.base"),
    ("dialects", "dialects/referer.py", "import entrepot.dialects.s3like.flavour"),
    ("dialects", "dialects/newcomer.py", "import entrepot.dialects.base"),
    ("core-is-pure", "core/facts/records.py", "import json"),
    ("core-is-pure", "core/store.py", "from pathlib import Path"),
    ("core-is-pure", "core/rules/upload_hasher.py", "import os.path"),
    ("core-is-pure", "core/rules/content.py", "import apsw"),
    ("core-is-pure", "core/rules/uploads.py", "import time"),
    ("core-is-pure", "core/operations/__init__.py", "import xml.etree"),
    ("core-is-pure", "core/rules/reading.py", "import httpx"),
    ("core-is-pure", "core/operations/buckets.py", "from defusedxml import expatreader"),
    ("adapters-know-ports", "adapters/rows.py", "import entrepot.core.rules.objects"),
    ("adapters-know-ports", "adapters/secrets/vault.py", "import entrepot.wire.http"),
    ("adapters-know-ports", "adapters/secrets/callback_key.py", "import entrepot.core.operations.uploads"),
    ("wire-knows-faults", "wire/conditions.py", "import entrepot.core.facts.records"),
    ("wire-knows-faults", "wire/xml.py", "import entrepot.core.operations.objects"),
    ("signing-knows-no-operation", "signing/cos_app.py", "import entrepot.core.operations"),
    ("signing-knows-no-operation", "signing/chunked.py", "import entrepot.core.rules.content"),
    ("adapters-are-named-once", "server.py", "import entrepot.adapters.files.leases"),
    ("adapters-are-named-once", "upkeep/sweep.py", "import entrepot.adapters.files.blobs"),
    ("dialects-are-named-once", "front/pipeline.py", "import entrepot.dialects.cos_json.faults"),
    ("dialects-are-named-once", "cli/signing.py", "import entrepot.dialects.cos_json"),
    ("dialects-are-named-once", "front/asgi.py", "import entrepot.dialects.cos_xml"),
    ("dialects-are-named-once", "server.py", "import entrepot.dialects.oss.faults"),
    ("dialects-are-named-once", "upkeep/sweep.py", "import entrepot.dialects.s3"),
    ("dialects-are-named-once", "admin/accounts.py", "import entrepot.dialects.tos"),
    ("dialects-are-named-once", "cli/checks.py", "import entrepot.dialects.tencent.calls"),
    ("dialects-are-named-once", "upkeep/fsck.py", "import entrepot.dialects.aliyun.hbr"),
    ("dialects-are-named-once", "upkeep/expiry.py", "import entrepot.dialects.aws_sts"),
    ("dialects-are-named-once", "cli/keys.py", "import entrepot.dialects.volcengine"),
    ("dialects", "dialects/volcengine/files.py", "import entrepot.dialects.tos"),
]

DIALECTS = next(line for line in CONFIG.read_text(encoding="utf-8").splitlines() if "cos_json |" in line)
ONE_MORE = (f"{DIALECTS}\n", f"{DIALECTS} | toy\n")
TOY = [
    ("import entrepot.dialects.base", 0),
    ("import entrepot.dialects.s3like.family", 0),
    ("import entrepot.dialects.detection", 0),
    ("import entrepot.dialects.cos_json.urls", 1),
    ("import entrepot.dialects.s3", 1),
]
"""A further dialect costs one word in the contracts, and then may know what is shared and no other dialect."""


def contracts() -> set[str]:
    """The ids of all contracts."""
    parser = configparser.ConfigParser()
    parser.read(CONFIG, encoding="utf-8")
    prefix = "importlinter:contract:"
    return {section.removeprefix(prefix) for section in parser.sections() if section.startswith(prefix)}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, str]]:
    """What the linter says of a copy of the package, spoilt in each of the ways of VIOLATIONS, then of TOY."""
    folder = tmp_path_factory.mktemp("spoilt")
    package = folder / "src" / "entrepot"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    text = CONFIG.read_text(encoding="utf-8")
    assert text.count(ONE_MORE[0]) == 1
    one_more = folder / "one-more-dialect.ini"
    one_more.write_text(text.replace(*ONE_MORE), encoding="utf-8")
    cases = [
        {"config": str(CONFIG), "contract": contract, "file": file, "line": line} for contract, file, line in VIOLATIONS
    ]
    cases += [
        {"config": str(one_more), "contract": "dialects", "file": "dialects/toy/__init__.py", "line": line}
        for line, _ in TOY
    ]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("lint_spoilt.py"))],
        input=json.dumps({"package": str(package), "cases": cases}),
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    found: list[tuple[int, str]] = json.loads(done.stdout)
    return found


def test_the_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--config", str(CONFIG), "--no-cache", "--no-logo"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_is_shown_to_break() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == contracts()


@pytest.mark.parametrize("number", range(len(VIOLATIONS)), ids=lambda number: "-".join(VIOLATIONS[number][:2]))
def test_a_violation_breaks_its_contract(outcomes: list[tuple[int, str]], number: int) -> None:
    status, said = outcomes[number]
    assert status == 1, said
    assert "BROKEN" in said


def test_a_further_dialect_must_not_know_the_others(outcomes: list[tuple[int, str]]) -> None:
    assert [status for status, _ in outcomes[-len(TOY) :]] == [expected for _, expected in TOY]


CORE_SEEN = {
    "adapters-know-ports": {"explanation", "facts", "fault", "ports", "rights", "value"},
    "wire-knows-faults": {"explanation", "fault", "value"},
    "signing-knows-no-operation": {"explanation", "facts", "fault", "ports", "rights", "value"},
}
"""Which rooms of the core a contract lets be seen; the contract lists the rest, so a new room goes on its list."""


@pytest.mark.parametrize("contract", CORE_SEEN)
def test_what_may_be_seen_of_the_core_is_said_in_full(contract: str) -> None:
    parser = configparser.ConfigParser()
    parser.read(CONFIG, encoding="utf-8")
    forbidden = parser[f"importlinter:contract:{contract}"]["forbidden_modules"].split()
    hidden = {module.removeprefix("entrepot.core.") for module in forbidden if module.startswith("entrepot.core.")}
    rooms = {path.stem for path in (PACKAGE / "core").iterdir()} - {"__init__", "__pycache__"}
    assert rooms - hidden == CORE_SEEN[contract]


CORE_MAY_IMPORT = {
    "__future__", "anycrc", "asyncio", "collections", "contextlib", "copy", "dataclasses", "enum", "entrepot",
    "fastcrc", "functools", "hashlib", "ipaddress", "itertools", "math", "msgspec", "operator", "re", "types", "typing",
}  # fmt: skip
"""What the contract ``core-is-pure`` forbids is a list of examples; this is the whole of what is allowed."""

HOMES = {
    "anycrc": {"core/facts/digests.py"},
    "apsw": {
        "adapters/sqlite/cached_reader.py",
        "adapters/sqlite/examining.py",
        "adapters/sqlite/index.py",
        "adapters/sqlite/inspector.py",
        "adapters/sqlite/moving.py",
        "adapters/sqlite/opening.py",
        "adapters/sqlite/reader.py",
        "adapters/sqlite/snapshots.py",
        "adapters/sqlite/transaction.py",
    },
    "asyncpg": {
        "adapters/postgres/audit.py",
        "adapters/postgres/connections.py",
        "adapters/postgres/examining.py",
        "adapters/postgres/index.py",
        "adapters/postgres/leases.py",
        "adapters/postgres/migrating.py",
        "adapters/postgres/moving.py",
        "adapters/postgres/resealing.py",
    },
    "cryptography": {
        "adapters/postgres/secrets.py",
        "adapters/secrets/authority.py",
        "adapters/secrets/callback_key.py",
        "adapters/secrets/certificates.py",
        "adapters/secrets/sealing.py",
        "adapters/secrets/vault.py",
    },
    "defusedxml": {"wire/xml.py"},
    "fastcrc": {"core/facts/digests.py"},
    "greenlet": {"adapters/waiting.py"},
    "httptools": {"front/connections/protocol.py"},
    "httpx": {"adapters/s3_backend/calls.py", "dialects/s3like/callbacks/calling.py", "testing/in_process.py"},
    "jinja2": {"console/rendering.py"},
    "msgspec": {
        "adapters/files/explained.py",
        "admin/seed/shape.py",
        "adapters/move_mark.py",
        "adapters/postgres/leases.py",
        "adapters/rows.py",
        "adapters/sqlite/statements.py",
        "config.py",
        "core/value.py",
    },
    "multipart": {"wire/forms.py"},
    "shtab": {"cli/completion.py"},
    "obstore": {
        "adapters/s3_backend/blobs.py",
        "adapters/s3_backend/bucket.py",
        "adapters/s3_backend/reader.py",
        "adapters/s3_backend/sink.py",
        "adapters/s3_backend/start.py",
    },
    "prometheus_client": {"front/telemetry.py"},
    "pytest": {"testing/plugin.py"},
    "testcontainers": {"testing/containers.py"},
    "tinytag": {"dialects/volcengine/audio.py"},
    "yaml": {"admin/seed/reading.py"},
}
"""Libraries with one home: replacing one is a change in these files only."""

SDKS = {
    "alibabacloud_oss_v2", "alibabacloud_tea_openapi", "boto3", "botocore", "oss2", "qcloud_cos", "tencentcloud", "tos",
    "volcenginesdkcore",
}  # fmt: skip
"""What the test kit points at a server, where a project has it installed. No dependency of ours."""
HOMES |= {name: {"testing/clients.py"} for name in SDKS}


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

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    imported_as = {"pyyaml": "yaml"}
    declared = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    known = {imported_as.get(name, name.partition(" ")[0].replace("-", "_")) for name in declared} | {"entrepot"} | SDKS
    used = {module.partition(".")[0] for path in sources() for module, _ in imported_modules(tree_of(path))}
    assert used - set(sys.stdlib_module_names) - known == set()

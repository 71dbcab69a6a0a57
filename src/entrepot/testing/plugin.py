"""Fixtures of pytest; installed with the package, as its entry point ``entrepot``.

Law: nothing happens before a test asks for one of these, and no SDK is imported before its fixture is asked for. One
server per pytest process, so one for each worker of pytest-xdist: a test that turns the clock disturbs no other worker.
Each test has an account of its own, which is gone after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from entrepot.testing.account import Account
    from entrepot.testing.clock import ServerClock
    from entrepot.testing.server import Server


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a project may say in its settings."""
    parser.getgroup("entrepot").addoption(
        "--entrepot-record",
        metavar="FOLDER",
        help="keep a transcript of what each test asked of the server, in FOLDER/TEST.txt (docs/recording.md)",
    )
    parser.addini(
        "entrepot_settings",
        "settings of the server under test, one a line: NAME=VALUE, as ENTREPOT_ variables have them",
        type="linelist",
        default=[],
    )
    parser.addini("entrepot_workers", "processes of the server under test", default="1")
    parser.addini("entrepot_buckets", "the buckets of each test's account", type="args", default=["bucket"])


@pytest.fixture(scope="session")
def entrepot_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The running server of this pytest process."""
    from entrepot.testing.server import Server  # noqa: PLC0415 - a session without storage should not wait for it

    config = request.config
    given = dict(_setting(line) for line in config.getini("entrepot_settings"))
    with Server(workers=int(config.getini("entrepot_workers")), settings=given) as server:
        yield server


def _setting(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals:
        raise pytest.UsageError(f"entrepot_settings: {line!r} is not NAME=VALUE")
    return name.strip().lower().removeprefix("entrepot_"), value.strip()


@pytest.fixture
def entrepot_recording(entrepot_server: Server, tmp_path: Path) -> Iterator[Path]:
    """The file in which the transcript of this test is, once it is over."""
    with entrepot_server.recording(tmp_path / "transcript.txt") as file:
        yield file


@pytest.fixture
def _entrepot_recorded(request: pytest.FixtureRequest, entrepot_server: Server) -> Iterator[None]:
    """Keeps the test's transcript, where that was asked for."""
    folder = request.config.getoption("--entrepot-record")
    if folder is None or "entrepot_recording" in request.fixturenames:
        yield
        return
    kept = Path(folder)
    kept.mkdir(parents=True, exist_ok=True)
    with entrepot_server.recording(kept / f"{re.sub(r'[^A-Za-z0-9._-]+', '_', request.node.nodeid)[-150:]}.txt"):
        yield


@pytest.fixture
def entrepot_new_account(entrepot_server: Server, _entrepot_recorded: None) -> Iterator[Callable[..., Account]]:
    """Makes further accounts, with buckets of these names; they are gone after the test."""
    made: list[Account] = []

    def make(*buckets: str) -> Account:
        made.append(entrepot_server.account(*buckets))
        return made[-1]

    yield make
    for account in made:
        account.remove()


@pytest.fixture
def entrepot_account(entrepot_new_account: Callable[..., Account], request: pytest.FixtureRequest) -> Account:
    """An account that only this test has, with a key and empty buckets."""
    return entrepot_new_account(*request.config.getini("entrepot_buckets"))


@pytest.fixture
def entrepot_bucket(entrepot_account: Account) -> str:
    """The name of its first bucket."""
    return entrepot_account.bucket


@pytest.fixture
def entrepot_clock(entrepot_server: Server) -> Iterator[ServerClock]:
    """The server's clock, which shows the real time again after the test."""
    yield entrepot_server.clock
    entrepot_server.clock.reset()


@pytest.fixture
def entrepot_boto3(entrepot_account: Account) -> Any:
    """A boto3 client of S3."""
    return entrepot_account.clients.boto3()


@pytest.fixture
def entrepot_sts(entrepot_account: Account) -> Any:
    """A boto3 client of STS."""
    return entrepot_account.clients.boto3("sts")


@pytest.fixture
def entrepot_cos(entrepot_account: Account) -> Any:
    """A ``CosS3Client``; its bucket is ``entrepot_account.cos_bucket``."""
    return entrepot_account.clients.cos()


@pytest.fixture
def entrepot_oss(entrepot_account: Account) -> Any:
    """An ``oss2.Bucket``."""
    return entrepot_account.clients.oss()


@pytest.fixture
def entrepot_oss_v2(entrepot_account: Account) -> Any:
    """A ``Client`` of alibabacloud-oss-v2."""
    return entrepot_account.clients.oss_v2()


@pytest.fixture
def entrepot_tos(entrepot_account: Account) -> Any:
    """A ``TosClientV2``."""
    return entrepot_account.clients.tos()


@pytest.fixture
def entrepot_tencent(entrepot_account: Account) -> tuple[Any, str, Any]:
    """Credential, region and profile for clients of tencentcloud-sdk-python."""
    return entrepot_account.clients.tencent()


@pytest.fixture
def entrepot_aliyun(entrepot_account: Account) -> Any:
    """A ``Config`` for OpenAPI clients of Alibaba Cloud."""
    return entrepot_account.clients.aliyun()


@pytest.fixture
def entrepot_volcengine(entrepot_account: Account) -> Any:
    """An ``ApiClient`` for APIs of volcengine-python-sdk."""
    return entrepot_account.clients.volcengine()

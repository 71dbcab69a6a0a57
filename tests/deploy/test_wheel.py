"""The wheel as people get it: built, installed into an environment of its own with what it needs, and used there.

Law: nothing of this checkout is on the path of what is tried. Packages come with the pins and hashes of requirements/;
where no index is reached that says so and skips. Source: PEP 427, PEP 639; pip's and pipx' and uv's own documents.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 600
START_SECONDS = 120.0
UNREACHED = (
    "No matching distribution",
    "Could not find a version",
    "Max retries",
    "Connection",
    "timed out",
    "resolve",
)
TESTING = {"pytest", "iniconfig", "packaging", "pluggy", "pygments"}
"""What the plugin needs beside the server."""


def variables(**more: str) -> dict[str, str]:
    """An environment that knows nothing of this checkout, of settings or of proxies for loopback."""
    left = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
    kept = {
        name: text for name, text in os.environ.items()
        if name not in left and not name.startswith(("ENTREPOT_", "PYTEST_"))
    }  # fmt: skip
    return {**kept, "no_proxy": "127.0.0.1,localhost", **more}


def run(*words: str | Path, cwd: Path, check: bool = True, **more: str) -> str:
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=variables(**more), capture_output=True, text=True, timeout=SECONDS,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by its own backend."""
    folder = tmp_path_factory.mktemp("dist")
    script = f"from flit_core import buildapi; print(buildapi.build_wheel({str(folder)!r}))"
    return folder / run(sys.executable, "-c", script, cwd=ROOT).strip()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, what it needs, and pytest: the folder of its programs."""
    folder = tmp_path_factory.mktemp("installed")
    pins = folder / "pins.txt"
    blocks = re.findall(r"^\S.*?(?=^\S|\Z)", (ROOT / "requirements/test.txt").read_text(), re.MULTILINE | re.DOTALL)
    chosen = [block for block in blocks if block.partition("==")[0].lower() in TESTING]
    assert len(chosen) == len(TESTING)
    pins.write_text((ROOT / "requirements/run.txt").read_text() + "".join(chosen))
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / "bin"
    told = run(
        programs / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", pins, cwd=folder, check=False
    )
    if any(word in told for word in UNREACHED):
        pytest.skip(f"no index of packages is reached: {told.strip()[-200:]}")
    run(programs / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    return programs


def test_the_wheel_has_all_of_the_package_and_nothing_else(wheel: Path) -> None:
    listed = run("git", "ls-files", "src/entrepot", "packaging", cwd=ROOT, check=False).split()
    if "src/entrepot/py.typed" not in listed:
        pytest.skip("this is no checkout, so nobody knows which files are ours")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    root = next(name for name in names if name.endswith("/METADATA")).partition(".dist-info")[0]
    ours = {name.removeprefix("src/").replace("packaging/", f"{root}.data/data/") for name in listed}
    about = {name for name in names if ".dist-info/" in name}
    assert ours - names == set()
    assert {name for name in names - ours - about if (ROOT / "src" / name).suffix != ".py"} == set()
    assert f"{root}.dist-info/licenses/LICENSE" in about
    assert not {name for name in names if "__pycache__" in name or name.startswith("tests/")}


def test_what_pip_put_there(installed: Path, tmp_path: Path) -> None:
    version = run(installed / "entrepot", "--version", cwd=tmp_path)
    assert re.fullmatch(r"entrepot \d+\.\d+\.\d+\S*\n", version)
    assert run(installed / "python", "-m", "entrepot", "--version", cwd=tmp_path) == version
    where = run(installed / "python", "-c", "import entrepot; print(entrepot.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert (installed.parent / "share" / "man" / "man1" / "entrepot.1").read_text().startswith(".TH ENTREPOT")
    assert "complete" in run(installed / "entrepot", "completion", "bash", cwd=tmp_path)
    assert "No broken requirements" in run(installed / "python", "-m", "pip", "check", cwd=tmp_path)


def address_of(server: subprocess.Popen[bytes], data: Path, log: Path) -> str:
    """Where the server is, once it is ready."""
    until = time.monotonic() + START_SECONDS
    while True:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        with suppress(OSError, http.client.HTTPException):
            address = (data / "run" / "address").read_text("ascii").strip()
            if asked("GET", f"{address}/-/readyz")[0] == 200:
                return address
        time.sleep(0.1)


def asked(method: str, url: str, body: bytes | None = None) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body=body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class Started:
    """A server that a command starts; ``data`` is its folder."""

    def __init__(self, folder: Path, words: list[str], more: Mapping[str, str]) -> None:
        self.data = folder / "data"
        self._log: IO[bytes] = (folder / "log").open("wb")
        command = [*words, "serve", "--dev", "--port", "0", "--data", str(self.data)]
        self.process = subprocess.Popen(
            command, cwd=folder, env=variables(**more), stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        try:
            self.address = address_of(self.process, self.data, folder / "log")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self._log.close()


@pytest.fixture
def served(installed: Path, tmp_path: Path) -> Iterator[Started]:
    """The server of the installed command."""
    started = Started(tmp_path, [str(installed / "entrepot")], {})
    try:
        yield started
    finally:
        assert started.stop() == 0


def test_it_serves_what_it_was_given(installed: Path, served: Started, tmp_path: Path) -> None:
    def url(method: str) -> str:
        words = ("mint", "url", "demo", "a/b.txt", "--method", method, "--data", served.data)
        return run(installed / "entrepot", *words, cwd=tmp_path).strip()

    assert asked("PUT", url("PUT"), b"hello")[0] == 200
    assert asked("GET", url("GET")) == (200, b"hello")
    assert "fail" not in run(installed / "entrepot", "doctor", "--dev", "--quiet", "--port", "0", "--data", served.data,
                             cwd=tmp_path, no_proxy="*").replace("0 fail", "")  # fmt: skip


def test_the_plugin_of_pytest_is_found_by_its_entry_point(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "test_project.py").write_text(
        "from urllib.request import urlopen\n\n\n"
        "def test_a_server_of_my_own(entrepot_server, entrepot_account):\n"
        "    assert urlopen(entrepot_server.address + '/-/readyz').status == 200\n"
        "    assert entrepot_account.bucket and entrepot_account.secret\n"
    )
    told = run(installed / "python", "-m", "pytest", "-q", "-rA", "test_project.py", cwd=tmp_path)
    assert "1 passed" in told
    assert re.search(r"^plugins: .*entrepot-\d", run(installed / "python", "-m", "pytest", cwd=tmp_path), re.MULTILINE)


STARTERS = {
    "uvx": ["uvx", "--from", "WHEEL", "entrepot"],
    "pipx": ["pipx", "run", "--spec", "WHEEL", "entrepot"],
}


@pytest.mark.parametrize("name", STARTERS)
def test_it_starts_in_one_line(name: str, wheel: Path, installed: Path, tmp_path: Path) -> None:
    """With the index that these programs know of; ``installed`` has looked that there is one."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed (pip install {'uv' if name == 'uvx' else name})")
    assert installed.exists()
    words = [str(wheel) if word == "WHEEL" else word for word in STARTERS[name]]
    homes = {one: str(tmp_path / one.lower()) for one in ("UV_CACHE_DIR", "UV_TOOL_DIR", "PIPX_HOME", "PIPX_BIN_DIR")}
    told = run(*words, "--version", cwd=tmp_path, check=False, **homes)
    if not re.search(r"^entrepot \d", told, re.MULTILINE):
        pytest.skip(f"{name} reaches no index: {told.strip()[-200:]}")
    started = Started(tmp_path, words, homes)
    try:
        assert asked("GET", f"{started.address}/-/readyz")[0] == 200
    finally:
        started.stop()

"""``entrepot run`` and ``entrepot clock``: what a command gets, how it ends, and that nothing is left."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conformance.conftest import require
from conformance.server import environment
from conformance.setup_sdks import python_of
from entrepot.testing import Server

from .test_plugin import ended

RUN = [sys.executable, "-m", "entrepot", "run"]


def entrepot(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """One command."""
    return subprocess.run(
        [sys.executable, "-m", "entrepot", *words], env=environment(variables), capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def date_of(address: str) -> str | None:
    """The Date of a reply over a new connection."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("GET", "/-/healthz")
        return connection.getresponse().getheader("date")
    finally:
        connection.close()


def test_the_command_has_a_server_and_its_status_is_told() -> None:
    script = (
        "import os, sys, urllib.request\n"
        "address = os.environ['ENTREPOT_RUN_ADDRESS']\n"
        "assert urllib.request.urlopen(address + '/-/readyz').read() == b'ready\\n'\n"
        "assert os.environ['AWS_ENDPOINT_URL'] == os.environ['HTTP_PROXY'] == os.environ['http_proxy'] == address\n"
        "assert os.environ['HTTPS_PROXY'] == os.environ['https_proxy'] == address\n"
        "assert os.environ['AWS_ACCESS_KEY_ID'] == os.environ['ENTREPOT_RUN_KEY_ID']\n"
        "assert 'AWS_PROFILE' not in os.environ and 'ALL_PROXY' not in os.environ\n"
        "assert os.environ['ENTREPOT_RUN_BUCKET'] == 'one'\n"
        "assert sys.argv[1:] == ['-x', '--', 'y']\n"
        "print(os.environ['ENTREPOT_RUN_DATA'], address)\n"
        "sys.exit(7)\n"
    )
    done = entrepot(
        "run", "--bucket", "one", "--bucket", "two", "--", sys.executable, "-c", script, "-x", "--", "y",
        AWS_PROFILE="mine", https_proxy="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (7, "")
    data, address = done.stdout.split()
    assert not Path(data).exists()
    with pytest.raises(OSError, match="refused"):
        date_of(address)


@pytest.mark.conformance
def test_unmodified_programs_find_the_server_by_their_environment() -> None:
    """boto3 by the variables that it reads, the others by the proxy, with the clouds' own host names."""
    require("demo")
    script = (
        "import os, boto3, oss2\n"
        "from qcloud_cos import CosConfig, CosS3Client\n"
        "from oss2.credentials import EnvironmentVariableCredentialsProvider as Provider\n"
        "account = os.environ['ENTREPOT_RUN_ACCOUNT']\n"
        "boto3.client('s3').put_object(Bucket='demo', Key='k', Body=b'hello')\n"
        "auth = oss2.ProviderAuthV4(Provider())\n"
        "there = oss2.Bucket(auth, 'http://oss-cn-hangzhou.aliyuncs.com', 'demo', region='cn-hangzhou')\n"
        "assert there.get_object('k').read() == b'hello'\n"
        "key = os.environ['TENCENTCLOUD_SECRET_ID'], os.environ['TENCENTCLOUD_SECRET_KEY']\n"
        "cos = CosS3Client(CosConfig(Region='ap-guangzhou', SecretId=key[0], SecretKey=key[1], Scheme='http'))\n"
        "assert cos.get_object(Bucket='demo-' + account, Key='k')['Body'].get_raw_stream().read() == b'hello'\n"
        "print('done')\n"
    )
    done = entrepot("run", "--", str(python_of("demo")), "-c", script)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


@pytest.mark.conformance
def test_commands_below_it_find_its_server(tmp_path: Path) -> None:
    ours = f"{sys.executable} -m entrepot"
    done = entrepot(
        "run", "--", "sh", "-ec",
        f"{ours} clock move 2h; {ours} fault add --code SlowDown; {ours} snapshot one; {ours} restore one; exit 5",
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert "ahead_seconds   7200" in done.stdout
    elsewhere = entrepot("run", "--", "sh", "-c", f"{ours} fault list --data {tmp_path}")
    assert (elsewhere.returncode, f"no server works on {tmp_path}" in elsewhere.stderr) == (1, True)


def test_https_with_the_folders_own_authority() -> None:
    require("demo")
    script = (
        "import os, boto3\n"
        "assert os.environ['AWS_ENDPOINT_URL'].startswith('https:') and 'http_proxy' not in os.environ\n"
        "boto3.client('s3').put_object(Bucket='demo', Key='k', Body=b'hello')\n"
        "print('done')\n"
    )
    done = entrepot("run", "--https", "--", str(python_of("demo")), "-c", script)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_commands_that_cannot_be_run() -> None:
    assert entrepot("run").returncode == 2
    assert entrepot("run", "--setting", "dev", "--", "true").returncode == 2
    missing = entrepot("run", "--", "/no/such/command")
    assert (missing.returncode, missing.stderr) == (127, "entrepot: there is no command '/no/such/command'\n")
    assert entrepot("run", "--", "/etc/passwd").returncode == 126
    wrong = entrepot("run", "--setting", "no_such=1", "--", "true")
    assert wrong.returncode == 1
    assert "ENTREPOT_NO_SUCH: no such setting" in wrong.stderr


def waiting(tmp_path: Path, script: str) -> tuple[subprocess.Popen[str], int, int]:
    """``entrepot run`` with a command that waits, its process, and the server's."""
    told = tmp_path / "told"
    begin = (
        "import os, signal, sys, time\n"
        f"{script}\n"
        f"open({str(told)!r} + '.new', 'w').write(str(os.getpid()) + ' ' + os.environ['ENTREPOT_RUN_DATA'])\n"
        f"os.rename({str(told)!r} + '.new', {str(told)!r})\n"
        "time.sleep(600)\n"
    )
    running = subprocess.Popen(
        [*RUN, "--", sys.executable, "-c", begin], env=environment({}), stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not told.exists() and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.05)
    command, data = told.read_text("utf-8").split()
    listed = subprocess.run(["pgrep", "-f", data], capture_output=True, text=True, check=False).stdout.split()
    assert len(listed) == 1
    return running, int(command), int(listed[0])


def test_signals_go_on_to_the_command(tmp_path: Path) -> None:
    script = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))"
    running, command, server = waiting(tmp_path, script)
    running.send_signal(signal.SIGTERM)
    printed, _ = running.communicate(timeout=60)
    assert (running.returncode, printed) == (9, "")
    assert ended({command, server}, 10)


def test_a_command_that_a_signal_ends(tmp_path: Path) -> None:
    running, command, server = waiting(tmp_path, "")
    os.kill(command, signal.SIGKILL)
    running.communicate(timeout=60)
    assert running.returncode == 128 + signal.SIGKILL
    assert ended({server}, 10)


def test_nothing_is_left_when_it_is_killed(tmp_path: Path) -> None:
    running, command, server = waiting(tmp_path, "")
    running.kill()
    running.communicate()
    assert ended({command, server}, 20)
    with suppress(ProcessLookupError):
        os.kill(command, signal.SIGKILL)


def test_the_clock_from_the_command_line(tmp_path: Path) -> None:
    with Server(data=tmp_path / "data", workers=2) as server:
        folder = "--data", str(server.data)
        set_to = entrepot("clock", "set", "2030-01-31T12:00:00Z", *folder, "--json")
        assert json.loads(set_to.stdout)["time"] == "2030-01-31T12:00:00Z"
        entrepot("clock", "stop", *folder)
        entrepot("clock", "set", "2030-01-31T12:00:00Z", *folder)
        for _ in range(4):  # each connection meets some worker
            assert date_of(server.address) == "Thu, 31 Jan 2030 12:00:00 GMT"
        moved = entrepot("clock", "move", "36h", *folder, "--json")
        assert json.loads(moved.stdout)["time"] == "2030-02-02T00:00:00Z"
        back = entrepot("clock", "move", "1h", "--back", "--clients-stay", *folder, "--json")
        shown = json.loads(back.stdout)
        assert (shown["time"], shown["stopped"], shown["clients_follow"]) == ("2030-02-01T23:00:00Z", True, False)
        assert entrepot("clock", "set", "soon", *folder).returncode == 1
        entrepot("clock", "reset", *folder)
        shown = json.loads(entrepot("clock", "show", *folder, "--json").stdout)
        assert (abs(shown["ahead_seconds"]) < 1, shown["stopped"], shown["clients_follow"]) == (True, False, True)


def test_outside_dev_there_is_no_clock(tmp_path: Path) -> None:
    done = entrepot("clock", "show", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "has no clock to turn; only a server with --dev makes one" in done.stderr

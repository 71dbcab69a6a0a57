"""How the kit starts and ends servers: forked from a template or by themselves, and never left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.server import environment
from entrepot.testing import KitError, Server
from entrepot.testing.processes import end_template

from .test_plugin import ended


@pytest.mark.parametrize("forked", [True, False])
def test_a_server_lives_between_start_and_stop(tmp_path: Path, *, forked: bool) -> None:
    server = Server(data=tmp_path / "data", forked=forked, settings={"log_requests": "true"})
    with server:
        process = server.pid
        assert process is not None
        account = server.account("one", "two")
        assert (account.buckets, account.bucket, account.cos_bucket) == (("one", "two"), "one", f"one-{account.number}")
        assert server.account().number == account.number + 1
        account.remove()
        assert server.account().number == account.number
        with pytest.raises(KitError, match="runs already"):
            server.start()
        with pytest.raises(KitError, match="404: there is no account"):
            server.calls.post("/dev/accounts/reset", account=99_999)
    assert ended({process}, 5)
    assert "createTestAccount" in server.tail()
    with server:  # a folder that was given is kept, and may be served again
        listed = server.calls.get("/accounts")["accounts"]
        assert account.number in {one["appid"] for one in listed}
        assert abs(server.clock.now.timestamp() - server.log.stat().st_mtime) < 60


def test_settings_of_the_user_are_not_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_COS_JSON__ONCE_REQUIRED", "never")
    monkeypatch.setenv("ENTREPOT_NO_SUCH", "1")
    (tmp_path / "entrepot.toml").write_text("no_such = 1\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    with Server() as server:
        assert server.address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("forked", [True, False])
def test_why_it_did_not_start(tmp_path: Path, *, forked: bool) -> None:
    server = Server(data=tmp_path / "data", forked=forked, settings={"no_such": "1"})
    with pytest.raises(KitError, match="ENTREPOT_NO_SUCH: no such setting"):
        server.start()
    assert server.pid is None


def test_several_at_once_and_a_template_that_was_ended() -> None:
    with Server() as one, Server() as other:
        assert one.address != other.address
        one.clock.set(1_000.0)
        one.clock.stop()
        assert one.clock.now.timestamp() == pytest.approx(1_000, abs=60)
        assert other.clock.now.timestamp() > 1_000_000_000
    end_template()
    with Server() as again:
        assert again.calls.get("/dev/clock")["stopped"] is False
    end_template()


def test_nothing_is_left_of_a_process_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import os, signal\n"
        "from entrepot.testing import Server\n"
        "servers = [Server(), Server(forked=False), Server(workers=2)]\n"
        "for one in servers: one.start()\n"
        "print(*(one.pid for one in servers), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment({"TMPDIR": str(tmp_path)}), capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    servers = {int(word) for word in done.stdout.split()}
    assert len(servers) == 3
    assert ended(servers, 20)


def test_nothing_is_left_of_a_program_that_forgets_to_stop() -> None:
    script = "from entrepot.testing import Server\nserver = Server()\nserver.start()\nprint(server.pid)\n"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment({}), capture_output=True, text=True, timeout=120, check=True
    )
    assert ended({int(done.stdout)}, 20)

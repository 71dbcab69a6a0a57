"""The master key is renewed under three gateways that serve: not one request fails, though the renewal is killed in the
middle and run again. In the end gateways without the old key serve everything, and one that has only that refuses.
"""

from __future__ import annotations

import base64
import secrets
import subprocess
import time
from pathlib import Path

import pytest

from behaviour.client import DEV
from behaviour.server import Server
from cluster.gateways import Gateways
from cluster.haproxy import CHECK_MS, balanced, free_port, program
from cluster.load import loaded
from cluster.postgres import programs


def _one_by_one(cluster: Gateways, **keys: str | None) -> None:
    """Restart one gateway after the other with these keys; None takes one away."""
    for gateway in cluster.all:
        assert gateway.stop() == 0, gateway.tail()
        for name, key in keys.items():
            gateway.settings.pop(name, None)
            if key is not None:
                gateway.settings[name] = key
        gateway.start()
        time.sleep(3 * CHECK_MS / 1000)


def _some_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.mark.skipif(programs() is None, reason="PostgreSQL's server is not installed (Debian: postgresql)")
@pytest.mark.skipif(program() is None, reason="HAProxy is not installed (Debian: haproxy)")
def test_no_request_fails_while_the_master_key_is_renewed(tmp_path: Path) -> None:
    ports = [free_port() for _ in range(3)]
    cluster = Gateways(tmp_path, 0, ENTREPOT_NOTICE_SECONDS="1")
    old, new = cluster.settings["ENTREPOT_MASTER_KEY"], _some_key()
    try:
        for number, port in enumerate(ports):
            cluster.all.append(cluster.another(number, "--port", str(port)))
        name = cluster.all[0].make_bucket(DEV.appid, "renewed", encryption=True)
        with balanced(ports) as port, loaded([port], name) as workers:
            time.sleep(1)
            _one_by_one(cluster, ENTREPOT_NEXT_MASTER_KEY=new)
            refused = _rotated(cluster.all[0], new, old)
            assert refused.returncode == 1
            assert "another master key than this one seals at" in refused.stderr
            _one_by_one(cluster, ENTREPOT_MASTER_KEY=new, ENTREPOT_OLD_MASTER_KEY=old, ENTREPOT_NEXT_MASTER_KEY=None)
            for _ in range(2):  # after the keys, and after the keys of blobs
                cut = _rotated(cluster.all[0], new, old, ENTREPOT_CRASH_AT="rotate.step:2")
                assert cut.returncode == -9, cut.stderr
            done = _rotated(cluster.all[0], new, old)
            assert done.returncode == 0, done.stderr
            _one_by_one(cluster, ENTREPOT_OLD_MASTER_KEY=None)
        assert [worker.tally.failures for worker in workers] == [[]] * len(workers)
        assert not any(worker.tally.broken for worker in workers)
        assert all(worker.tally.steps for worker in workers)
        speaker = cluster.speaker(cluster.all[0], name)
        for worker in workers:
            for key, content in worker.tally.acknowledged.items():
                assert speaker.content(key) == content, key
        found = cluster.all[1].run("fsck", "--digests")
        assert found.returncode == 0, found.stdout + found.stderr
        _only_the_old_one(cluster, old)
        cluster.hang_up()
    finally:
        cluster.stop()


def _rotated(gateway: Server, new: str, old: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The operator's command, beside that gateway."""
    before = dict(gateway.settings)
    gateway.settings |= {"ENTREPOT_MASTER_KEY": new, "ENTREPOT_OLD_MASTER_KEY": old, **variables}
    gateway.settings.pop("ENTREPOT_NEXT_MASTER_KEY", None)
    try:
        return gateway.run("secrets", "rotate")
    finally:
        gateway.settings.clear()
        gateway.settings |= before


def _only_the_old_one(cluster: Gateways, old: str) -> None:
    last = cluster.all[-1]
    assert last.stop() == 0
    last.settings["ENTREPOT_MASTER_KEY"] = old
    with pytest.raises(AssertionError, match="this one was replaced: set the one that seals now as master_key"):
        last.start()

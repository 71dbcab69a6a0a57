"""front/hosts: whose requests a server with well-known keys looks at, and where the admin API answers."""

from __future__ import annotations

import pytest

from entrepot.front.hosts import KnownHosts, Strangers, known_hosts
from unit.asking import request

DEV = Strangers(
    known_hosts(("app.test", "*.apps.test"), ("https://files.example.com:8443",), ("store.test",)),
    lambda host: host.endswith(".myqcloud.com"),
    lambda host: host == "cdn.example.com",
)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:9400", "127.9.9.9", "[::1]:9400", "localhost", "LOCALHOST:1", "demo.localhost:9400", "app.test",
        "a.apps.test", "files.example.com", "store.test", "bucket.store.test", "cdn.example.com",
        "demo-1250000000.cos.ap-beijing.myqcloud.com",
    ],
)  # fmt: skip
def test_hosts_that_are_answered_to(host: str) -> None:
    assert DEV.why(request(host=host)) is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "apps.test", "127.0.0.1.evil.example", "192.168.0.1",
        "0.0.0.0",  # noqa: S104 - binds nothing

        "xstore.test", "myqcloud.com.evil.example", "",
    ],
)  # fmt: skip
def test_hosts_that_are_not(host: str) -> None:
    """DNS rebinding: a name of somebody else's that leads to loopback."""
    assert "does not answer to the host" in (DEV.why(request(host=host)) or "")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000", "http://127.0.0.1:9400", "http://[::1]:3000", "https://app.test", "http://x.localhost",
        "https://bucket.store.test", "https://cdn.example.com",
    ],
)  # fmt: skip
def test_pages_that_may_call(origin: str) -> None:
    assert DEV.why(request(("origin", origin))) is None


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "", "file://", "http://localhost.evil.example", "http://[", "http://0.0.0.0",
        "https://evil-1250000000.cos.ap-beijing.myqcloud.com", "http://user@evil.example", "http://192.168.0.1",
    ],
)  # fmt: skip
def test_pages_that_may_not(origin: str) -> None:
    """Everybody can have a page below the clouds' names, too."""
    assert "is not called by pages" in (DEV.why(request(("origin", origin))) or "")
    assert DEV.why(request(("origin", "http://localhost"), ("origin", origin))) is not None


def test_a_page_may_call_where_it_came_from() -> None:
    host = "demo-1250000000.cos.ap-beijing.myqcloud.com"
    assert DEV.why(request(("origin", f"http://{host}"), host=host)) is None


def test_any() -> None:
    anybody = Strangers(known_hosts(("any",), (), ()), lambda _host: False, lambda _host: False)
    assert anybody.why(request(("origin", "null"), host="evil.example")) is None


def test_addresses_cannot_be_pointed_elsewhere() -> None:
    admin = known_hosts((), ("https://files.example.com",), (), addresses=True)
    for host in ("10.0.0.5", "[2001:db8::1]", "files.example.com", "localhost", "127.0.0.1"):
        assert admin.has(host), host
    for host in ("evil.example", "10.0.0.5.evil.example", ""):
        assert not admin.has(host), host
    assert not KnownHosts().has("10.0.0.5")

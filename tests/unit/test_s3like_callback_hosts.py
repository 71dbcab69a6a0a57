"""s3like/callback_hosts: where callbacks may go, and where they never may."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from entrepot.config import SettingsError, load
from entrepot.dialects.s3like.callbacks.hosts import parse_rules

ANYWHERE = parse_rules(["any"])


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.23", "0.0.0.0",  # noqa: S104 - binds nothing
         "0.1.2.3", "255.255.255.255", "224.0.0.1", "100.100.100.200",
        "100.96.0.96", "168.63.129.16", "192.0.0.192", "::", "fe80::1", "fe80::1%1", "ff02::1", "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::ffff:0.0.0.0",
        "2001:0:a9fe:a9fe::1",
    ],
)  # fmt: skip
def test_addresses_that_are_never_asked(address: str) -> None:
    for rules in (ANYWHERE, parse_rules(["169.254.169.254", "0.0.0.0/0", "::/0", "metadata.test"])):
        assert not rules.may_ask("metadata.test", ip_address(address))


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "8.8.8.8", "::1", "fd12::1", "2001:db8::1"]
)
def test_others_may_be_asked_by_default(address: str) -> None:
    assert ANYWHERE.may_ask("app.test", ip_address(address))
    assert not parse_rules([]).may_ask("app.test", ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1",
        "100.127.255.255", "192.0.0.8", "198.18.0.1", "203.0.113.1",
        "::1", "fd12::1", "fc00::1", "fec0::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::7f00:1", "64:ff9b::808:808",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "100::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_internet(address: str) -> None:
    """IANA's registries of special-purpose addresses; RFC 6598, 4193, 6052, 4291."""
    public = parse_rules(["public"])
    assert not public.may_ask("app.test", ip_address(address))
    assert public.may_resolve("app.test")


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2400:3200::1", "2606:4700::1111"])
def test_addresses_of_the_internet(address: str) -> None:
    assert parse_rules(["public"]).may_ask("app.test", ip_address(address))


def test_names_and_networks() -> None:
    rules = parse_rules(["app.test", "*.apps.test", "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"])
    inside, outside = ip_address("10.9.9.9"), ip_address("198.51.100.1")
    for host in ("app.test", "APP.test", "app.test.", "a.apps.test", "a.b.apps.test"):
        assert rules.may_ask(host, outside), host
    for host in ("apps.test", "xapps.test", "app.test.evil.test", "evilapp.test", "other.test", ""):
        assert not rules.may_ask(host, outside), host
        assert rules.may_ask(host, inside), host
    assert rules.may_ask("other.test", ip_address("192.0.2.7"))
    assert not rules.may_ask("other.test", ip_address("192.0.2.8"))
    assert rules.may_ask("other.test", ip_address("2001:db8::5"))


def test_what_need_not_be_resolved() -> None:
    assert ANYWHERE.may_resolve("x.test")
    assert parse_rules(["10.0.0.0/8"]).may_resolve("x.test")
    named = parse_rules(["*.apps.test"])
    assert named.may_resolve("a.apps.test")
    assert not named.may_resolve("x.test")
    assert not parse_rules([]).may_resolve("x.test")


@pytest.mark.parametrize(
    "pattern", ["", "*", "*.", "Any", "App.test", "a.*.test", "http://a.test", "a.test:80", "1.2.3", "10.0.0.0/99"]
)
def test_patterns_that_are_none(pattern: str) -> None:
    with pytest.raises(ValueError, match="is neither public, any nor a host name"):
        parse_rules([pattern])


def test_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().callback_rules == load().callback_hosts == ("public",)
    assert load(dev=True).callback_rules == ("public", "127.0.0.0/8", "::1")
    assert load(dev=True, callback_hosts=("any",)).callback_rules == ("any",)
    monkeypatch.setenv("ENTREPOT_CALLBACK_HOSTS", "*.apps.test, 10.0.0.0/8")
    assert load().callback_hosts == ("*.apps.test", "10.0.0.0/8")
    monkeypatch.setenv("ENTREPOT_CALLBACK_HOSTS", "")
    assert load().callback_hosts == ()
    monkeypatch.setenv("ENTREPOT_CALLBACK_HOSTS", "http://a.test")
    with pytest.raises(SettingsError, match=r"callback_hosts: .*is neither public, any nor"):
        load()

"""config: what settings may be, and what is said of those that may not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from entrepot.config import Secret, Settings, SettingsError, load


@pytest.fixture(autouse=True)
def _no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", ()),
        ("store.test", ("store.test",)),
        ("a.test, b-1.test,,localhost", ("a.test", "b-1.test", "localhost")),
        ("oss-cn-hangzhou.aliyuncs.com", ("oss-cn-hangzhou.aliyuncs.com",)),
    ],
)
def test_domains_in_a_variable(monkeypatch: pytest.MonkeyPatch, given: str, meant: tuple[str, ...]) -> None:
    monkeypatch.setenv("ENTREPOT_DOMAINS", given)
    assert load().domains == meant


def test_domains_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text('domains = ["a.test", "b.test"]\ntls_certificate = "c.pem"\ntls_key = "k.pem"\n')
    settings = load(file)
    assert settings.domains == ("a.test", "b.test")
    assert (settings.tls_certificate, settings.tls_key) == (Path("c.pem"), Path("k.pem"))


@pytest.mark.parametrize(
    "name",
    [
        "Store.test", "*.store.test", ".store.test", "store.test.", "a..b", "-a.test", "a-.test", "a_b.test",
        "store.test:9000", "http://store.test", "127.0.0.1", "9", "[::1]", "中.test", "x" * 64 + ".test",
        "a." * 96 + "b",
        "a b",
    ],
)  # fmt: skip
def test_domains_are_host_names(name: str) -> None:
    with pytest.raises(SettingsError, match=r"domains: .* is not a host name in lower case"):
        load(domains=(name,))


@pytest.mark.parametrize("given", [{"tls_certificate": "c.pem"}, {"tls_key": "k.pem"}])
def test_a_certificate_and_its_key_belong_together(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="tls_certificate and tls_key belong together"):
        load(**given)


def test_the_defaults_are_plain_http_on_loopback() -> None:
    settings = Settings()
    assert (settings.host, settings.tls_certificate, settings.tls_key, settings.domains) == (
        "127.0.0.1",
        None,
        None,
        (),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VMS_NETWORKS", "10.0.0.0/8,nowhere"),
        ("URL_CONTENT_TYPES", "image/png,png"),
        ("HBR_MAX_BYTES", "-1"),
        ("MS_USES", "-1"),
    ],
)
def test_limits_that_cannot_be_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ENTREPOT_MINT__{name}", value)
    with pytest.raises(SettingsError, match=name.lower().partition("_")[0]):
        load(None)


def test_limits_are_read_by_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_MINT__VMS_NETWORKS", "10.0.0.0/8, ::1")
    monkeypatch.setenv("ENTREPOT_MINT__VMS_CONTENT_TYPES", "audio/*")
    monkeypatch.setenv("ENTREPOT_MINT__VMS_USES", "2")
    further_limits = load(None).mint.further_limits()
    assert further_limits["vms"].networks == ("10.0.0.0/8", "::1")
    assert (further_limits["vms"].content_types, further_limits["vms"].uses, further_limits["vms"].max_bytes) == (
        ("audio/*",),
        2,
        None,
    )
    assert further_limits["url"].told() == ""


def test_each_setting_that_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "some.toml"
    file.write_text('prot = 1\nhost = 5\n[cos_json]\nonce_required = "perhaps"\nregoin = "sh"\n')
    monkeypatch.setenv("ENTREPOT_WORKERS", "0")
    with pytest.raises(SettingsError) as refused:
        load(file, port=70_000)
    said = str(refused.value)
    for name in (
        "prot: no such",
        "host: ",
        "cos_json.once_required: ",
        "cos_json.regoin: no such",
        "workers: ",
        "port:",
    ):
        assert name in said


@pytest.mark.parametrize("name", ["ENTREPOT_PROT", "ENTREPOT_SWEEP", "ENTREPOT_PORT__X", "ENTREPOT_SWEEPS__X"])
def test_a_variable_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError, match=f"{name}: no such setting"):
        load()


def test_a_part_that_is_no_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_SWEEP__EVERY_SECOND", "1")
    with pytest.raises(SettingsError, match=r"sweep\.every_second: no such setting"):
        load()


def test_sources_are_laid_over_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "some.toml"
    file.write_text("port = 1\nworkers = 2\ndrain_seconds = 3\n[sweep]\nevery_seconds = 4\nday_seconds = 5\n")
    monkeypatch.setenv("ENTREPOT_WORKERS", "6")
    monkeypatch.setenv("ENTREPOT_DRAIN_SECONDS", "7")
    monkeypatch.setenv("ENTREPOT_SWEEP__DAY_SECONDS", "8")
    monkeypatch.setenv("ENTREPOT_LOG_REQUESTS", "false")
    settings = load(file, drain_seconds=9, host=None)
    assert (settings.port, settings.workers, settings.drain_seconds, settings.host) == (1, 6, 9, "127.0.0.1")
    assert (settings.sweep.every_seconds, settings.sweep.day_seconds, settings.log_requests) == (4, 8, False)


def test_secrets_are_masked_where_settings_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_MASTER_KEY", "c2VjcmV0")
    settings = load(admin_key="a-key-of-16-chars")
    for told in (str(settings.told()), repr(settings)):
        assert "c2VjcmV0" not in told
        assert "a-key-of" not in told
    assert settings.master_key is not None
    assert settings.master_key.get_secret_value() == "c2VjcmV0"
    with pytest.raises(SettingsError, match="admin_key"):
        load(admin_key="short")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"index": "mysql://h/d"}, "index: must be sqlite or postgresql://"),
        ({"blobs": "ftp://x"}, "blobs: must be file"),
        ({"blobs": "file:///shared"}, "a folder apart is for gateways that share an index"),
        ({"blobs": "s3://bucket?endpoint=http://h"}, "set blobs_key_id and blobs_secret"),
    ],
)
def test_engines_that_cannot_be(given: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(why)):
        load(None, **given)


def test_a_password_in_the_address_of_the_index_is_not_told() -> None:
    settings = load(None, index="postgresql://us%40er:pass@word@host:5432/db?sslmode=require")
    assert settings.told()["index"] == "postgresql://us%40er@host:5432/db?sslmode=require"
    assert settings.blobs == "file"


SECRETS = (
    "admin_key", "index_password", "blobs_key_id", "blobs_secret", "master_key", "next_master_key", "old_master_key",
)  # fmt: skip


def test_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "admin_key",
        "index_password",
        "blobs_key_id",
        "blobs_secret",
        "master_key",
        "next_master_key",
        "old_master_key",
    ):
        file = tmp_path / name
        file.write_bytes(f"the {name} in a file\r\n".encode())
        monkeypatch.setenv(f"ENTREPOT_{name.upper()}_FILE", str(file))
    settings = load()
    for name in (
        "admin_key",
        "index_password",
        "blobs_key_id",
        "blobs_secret",
        "master_key",
        "next_master_key",
        "old_master_key",
    ):
        assert getattr(settings, name).get_secret_value() == f"the {name} in a file"
    assert "in a file" not in str(settings.told())


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines\n", b"\xff\xfe", b"a\0b", b"x" * 70_000])
def test_a_file_that_is_no_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    monkeypatch.setenv("ENTREPOT_INDEX_PASSWORD_FILE", str(file))
    with pytest.raises(
        SettingsError, match=r"ENTREPOT_INDEX_PASSWORD_FILE: .*secret must have the secret in its one line"
    ):
        load()


def test_a_secret_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("one-of-sixteen-characters\n")
    monkeypatch.setenv("ENTREPOT_ADMIN_KEY_FILE", str(file))
    monkeypatch.setenv("ENTREPOT_ADMIN_KEY", "another-of-sixteen-characters")
    with pytest.raises(SettingsError, match="ENTREPOT_ADMIN_KEY_FILE: the secret is in a variable too"):
        load()


@pytest.mark.parametrize(
    "name", ["ENTREPOT_HOST_FILE", "ENTREPOT_DATA_FILE", "ENTREPOT_ADMIN_KEY_FILE__X", "ENTREPOT_FILE"]
)
def test_only_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "some").write_text("text")
    monkeypatch.setenv(name, str(tmp_path / "some"))
    with pytest.raises(SettingsError, match=f"{name}: no such setting"):
        load()


def test_a_file_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_BLOBS_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match=r"ENTREPOT_BLOBS_SECRET_FILE: cannot read .*none: No such file"):
        load()


@pytest.mark.parametrize("name", ["next_master_key", "old_master_key"])
def test_a_second_master_key_stands_beside_a_first(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: stands beside a master_key that is set too"):
        load(None, **{name: "QUFB"})


STORE = {
    "blobs": "s3://bytes?endpoint=http://store.internal:9000",
    "blobs_key_id": Secret("i"),
    "blobs_secret": Secret("s"),
}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"min_bytes": -1}, "min_bytes must be 0 or more"),
        ({"seconds": 0}, "seconds must be from 1 to 300"),
        ({"seconds": 301}, "seconds must be from 1 to 300"),
        ({"endpoint": "store.internal:9000"}, "endpoint must be http"),
        ({"endpoint": "https://store.internal/path"}, "endpoint must be http"),
        ({"endpoint": "https://key:secret@store.internal"}, "endpoint must be http"),
        ({"endpoint": "https://store.internal:x"}, "endpoint must be http"),
        ({"endpoint": "https://a b"}, "endpoint must be http"),
        ({"endpoint": "https://"}, "endpoint must be http"),
        ({"endpoint": "ftp://store.internal"}, "endpoint must be http"),
        ({"agents": ["Wg"]}, "agents must be beginnings of at least 4"),
        ({"agents": ["Wg\u00e9t/"]}, "agents must be beginnings of at least 4"),
        ({"unknown": 1}, "redirect.unknown: no such setting"),
    ],
)
def test_redirects_that_cannot_be_are_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        load(redirect=given, **STORE)


def test_redirects_go_to_a_store_and_not_from_https_to_http() -> None:
    on = {"min_bytes": 1 << 20}
    with pytest.raises(SettingsError, match="redirect: downloads can be sent on to a store only"):
        load(redirect=on)
    for secure in ({"own_certificate": True}, {"public_url": "https://objects.example.com"}):
        with pytest.raises(SettingsError, match="redirect: who comes by https is not sent on to http"):
            load(redirect=on, **STORE, **secure)
        load(redirect={**on, "endpoint": "https://bytes.example.com:8443"}, **STORE, **secure)
    assert load(redirect=on, **STORE).redirect.on
    assert not load(**STORE).redirect.on


def test_redirects_in_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MIN_BYTES", "1048576"), ("AGENTS", "Wget/, curl/")):
        monkeypatch.setenv(f"ENTREPOT_REDIRECT__{name}", value)
    redirect = load(**STORE).redirect
    assert (redirect.min_bytes, redirect.agents) == (1_048_576, ("Wget/", "curl/"))


@pytest.mark.parametrize(
    "given",
    [
        {"console": "console.example.com"}, {"console": "http://console.example.com", "public_url": "https://s.test"},
        {"console": "https://console.example.com"}, {"console": "https://s.test", "public_url": "https://s.test:9400"},
        {"console": "https://d.test", "public_url": "https://s.test", "domains": ("d.test",)},
        {"console": "https://console.example.com/x", "public_url": "https://s.test"},
        {"console": "https://127.0.0.1", "public_url": "https://s.test"}, {"console": ""},
        {"console": "https://console.example.com;x", "public_url": "https://s.test"},
        {"console_idle_seconds": 1}, {"console_seconds": 1},
    ],
)  # fmt: skip
def test_the_console_has_a_host_of_its_own(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="console"):
        load(None, **given)


def test_where_the_console_is() -> None:
    assert load(None).console_address is None
    assert load(None, dev=True).console_address == "http://console.localhost:9400"
    assert load(None, dev=True, own_certificate=True).console_address == "https://console.localhost:9400"
    assert load(None, dev=True, console="off").console_address is None
    there = load(None, console="https://console.example.com:443", public_url="https://s.test/")
    assert (there.console_address, there.store_address) == ("https://console.example.com", "https://s.test")
    assert load(None, dev=True, host="::1").store_address == "http://[::1]:9400"
    certified = load(None, dev=True, console="https://console.example.com", own_certificate=True)
    assert "console.example.com" in certified.own_names

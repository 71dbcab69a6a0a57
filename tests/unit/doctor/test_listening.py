"""doctor/listening: ports, certificates and names. Certificates are made here, with another library's checks: X.509."""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from entrepot.config import Secret

from .world import NOW, TCP, World, new_world

Spoil = Callable[[World], Any]
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nobody listens


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A machine on which all is well."""
    return new_world(tmp_path)


def called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Issued:
    """A certificate, and the key that it is for."""

    def __init__(
        self, name: str, issuer: Issued | None, *, names: tuple[str, ...] = (), start: float = -1, days: float = 90
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = called(name)
        at = dt.datetime.fromtimestamp(NOW, dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(self.name if issuer is None else issuer.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at + dt.timedelta(days=start))
            .not_valid_after(at + dt.timedelta(days=days))
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
        self.made = builder.sign(self.key if issuer is None else issuer.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.made.public_bytes(serialization.Encoding.PEM)

    @property
    def secret(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def serving(world: World, *chain: Issued, key: Issued | None = None) -> None:
    """Let the server speak https with these."""
    certificate, secret = world.root / "tls.crt", world.root / "tls.key"
    certificate.write_bytes(b"".join(one.pem for one in chain))
    secret.write_bytes((key or chain[0]).secret)
    secret.chmod(0o600)
    world.given.update(tls_certificate=certificate, tls_key=secret)


@pytest.fixture(scope="module")
def root() -> Issued:
    return Issued("the root", None, days=3650)


@pytest.fixture(scope="module")
def between(root: Issued) -> Issued:
    return Issued("between", root, days=1000)


def verdict(world: World, name: str) -> tuple[str, str]:
    found = world.found(name)
    assert found is not None
    return found.verdict, f"{found.seen} -> {found.to_do}"


def test_certificates_that_are_well(world: World, root: Issued, between: Issued) -> None:
    names = ("files.example.com", "*.files.example.com")
    serving(world, Issued("files", between, names=names), between, root)
    world.given.update(public_url="https://files.example.com", domains=("files.example.com",))
    for name in ("certificate", "certificate chain", "certificate names", "transport"):
        assert verdict(world, name)[0] == "ok", verdict(world, name)


def test_without_files_there_is_nothing_to_look_at(world: World) -> None:
    assert world.found("certificate") is None
    assert world.found("certificate chain") is None


@pytest.mark.parametrize(
    ("days", "start", "expected", "said"),
    [(3, -30, "warn", "SIGHUP"), (-1, -90, "fail", "ended on"), (90, 1, "fail", "not good yet")],
)
def test_certificates_that_end(
    world: World, root: Issued, between: Issued, days: float, start: float, expected: str, said: str
) -> None:
    serving(world, Issued("files", between, start=start, days=days), between, root)
    assert verdict(world, "certificate chain")[0] == expected
    assert said in verdict(world, "certificate chain")[1]


def test_an_issuer_that_ends_before_is_what_counts(world: World, root: Issued) -> None:
    ending = Issued("ending", root, days=2)
    serving(world, Issued("files", ending), ending)
    assert verdict(world, "certificate chain")[0] == "warn"


def test_chains_with_a_gap(world: World, root: Issued, between: Issued) -> None:
    serving(world, Issued("files", between))
    assert "'CN=between', is neither in the file" in verdict(world, "certificate chain")[1]
    serving(world, Issued("files", between), root)
    assert "'CN=files' is not issued by 'CN=the root'" in verdict(world, "certificate chain")[1]
    serving(world, Issued("files", None))
    assert "signed by itself" in verdict(world, "certificate chain")[1]


def test_a_key_of_another_certificate(world: World, root: Issued) -> None:
    serving(world, Issued("files", root), key=root)
    assert verdict(world, "certificate")[0] == "fail"
    assert "is not the key of" in verdict(world, "certificate")[1]


def test_files_that_are_no_certificates(world: World, root: Issued) -> None:
    serving(world, Issued("files", root))
    world.given["tls_certificate"].write_text("nothing")
    assert {verdict(world, name)[0] for name in ("certificate", "certificate chain", "certificate names")} == {"fail"}


def test_a_key_that_others_read(world: World, root: Issued) -> None:
    serving(world, Issued("files", root))
    world.given["tls_key"].chmod(0o644)
    assert verdict(world, "certificate") == ("warn", verdict(world, "certificate")[1])
    assert "chmod 600" in verdict(world, "certificate")[1]


def test_names_that_a_certificate_is_not_for(world: World, root: Issued) -> None:
    serving(world, Issued("files", root, names=("files.example.com",)))
    world.given.update(public_url="https://files.example.com", domains=("files.example.com",))
    assert verdict(world, "certificate names")[0] == "warn"
    assert "entrepot-doctor.files.example.com" in verdict(world, "certificate names")[1]


def test_a_port_that_is_free_or_chosen_by_the_system(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        world.given["port"] = closed.getsockname()[1]
    assert verdict(world, "port")[0] == "ok"
    world.given["port"] = 0
    assert "a free one is taken" in verdict(world, "port")[1]


def test_a_port_that_is_taken_names_who_has_it(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = world.given["port"] = taken.getsockname()[1]
        line = (
            f"   0: 0100007F:{number:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 33 0 4242 1 0 100\n"
        )
        world.write("proc/net/tcp", TCP + line)
        assert verdict(world, "port") == ("fail", verdict(world, "port")[1])
        assert "a process of user 33" in verdict(world, "port")[1]
        world.process(99, "nginx", "-g")
        (world.root / "proc/99/fd").mkdir()
        (world.root / "proc/99/fd/6").symlink_to("socket:[4242]")
        assert "is taken by process 99 (nginx)" in verdict(world, "port")[1]


def test_a_port_that_is_taken_on_this_very_machine(world: World) -> None:
    world.change(root=Path("/"))
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        world.given.update(host="::1", port=taken.getsockname()[1])
        assert f"process {os.getpid()} (" in verdict(world, "port")[1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"host": "192.0.2.77"}, "no such address"),
        ({"host": "no-such-host.invalid"}, "neither an address nor a name"),
    ],
)
def test_an_address_that_cannot_be_listened_on(world: World, given: dict[str, Any], said: str) -> None:
    world.given.update(given)
    assert verdict(world, "port")[0] == "fail"
    assert said in verdict(world, "port")[1]


def test_a_port_that_this_user_may_not_have(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Any) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("entrepot.server.listen", refused)
    assert "from 1024 on" in verdict(world, "port")[1]


@pytest.mark.parametrize(
    ("given", "expected", "said"),
    [
        ({}, "ok", "http on 127.0.0.1"),
        ({"host": EVERYWHERE, "public_url": "https://files.example.com"}, "ok", "in front"),
        ({"host": EVERYWHERE}, "warn", "reads what is stored"),
        ({"host": EVERYWHERE, "admin_key": Secret("a-key-of-16-chars")}, "warn", "reads the admin key"),
    ],
)
def test_what_can_be_read_on_the_way(world: World, given: dict[str, Any], expected: str, said: str) -> None:
    world.given.update(given)
    assert verdict(world, "transport")[0] == expected
    assert said in verdict(world, "transport")[1]


def test_names_in_dns(world: World) -> None:
    known = {"files.example.com": ["192.0.2.1"], "entrepot-doctor.files.example.com": ["192.0.2.1", "2001:db8::1"]}

    def addresses(host: str) -> list[str]:
        if host not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return known[host]

    world.change(addresses=addresses)
    assert world.found("names") is None
    world.given.update(public_url="https://files.example.com", domains=("files.example.com",))
    assert verdict(world, "names")[0] == "ok"
    world.given.update(download_domain="dl.example.com")
    assert verdict(world, "names")[0] == "warn"
    assert "*.dl.example.com" in verdict(world, "names")[1]
    assert verdict(world, "localhost names")[0] == "warn"


def test_buckets_below_localhost(world: World) -> None:
    assert verdict(world, "localhost names")[0] == "ok"


@pytest.mark.parametrize(
    ("environment", "given", "expected", "said"),
    [
        ({}, {}, "ok", "none"),
        ({"http_proxy": ""}, {}, "ok", "none"),
        ({"HTTP_PROXY": "http://proxy:3128"}, {}, "warn", "no_proxy=localhost,127.0.0.1,::1"),
        ({"https_proxy": "http://proxy:3128", "no_proxy": ".localhost, 127.0.0.1,::1"}, {}, "ok", "not for this"),
        ({"ALL_PROXY": "socks5://proxy", "NO_PROXY": "*"}, {}, "ok", "not for this"),
        (
            {"http_proxy": "http://proxy:3128", "no_proxy": "localhost,127.0.0.1,::1"},
            {"host": "192.0.2.5"}, "warn", "192.0.2.5",
        ),
    ],
)  # fmt: skip
def test_proxies_of_the_environment(
    world: World, environment: dict[str, str], given: dict[str, Any], expected: str, said: str
) -> None:
    world.change(environment=environment)
    world.given.update(given)
    assert verdict(world, "proxies")[0] == expected
    assert said in verdict(world, "proxies")[1]

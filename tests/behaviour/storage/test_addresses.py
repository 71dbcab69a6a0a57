"""One bucket under all of its addresses at once, on one port: in the path, in the host, under names of its own.

Sources: issue 3 "Addresses"; wire facts of Tencent §7.1, Alibaba §5.2, Volcengine §3.1; RFC 9112 §3.2.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest

from behaviour.bucket import Bucket
from behaviour.client import DEV, Reply, read_from, some_bytes
from behaviour.conftest import OTHER
from behaviour.test_tls import TlsServer
from entrepot.core.facts.records import Acl

from .clouds import OSS, Cloud, Refusal, about, check_refused
from .conftest import DEEPER, WILDCARD, Speak
from .forms import Form, Kind, dialect_of, post
from .signers import Asked, How
from .speaker import SIGNED, Speaker, head_of

NO_KEY = Refusal(404, "NoSuchKey")
NO_BUCKET = Refusal(404, "NoSuchBucket")
MISMATCH = Refusal(403, "SignatureDoesNotMatch")
KEY = "目录/a b+c%2F~.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An address: the host (with ``{bucket}``, ``{port}``, ``{host}``), and whether the path names the bucket."""

    host: str
    in_path: bool = False
    absolute: bool = False
    """Whether the target is the whole address, as proxies are asked."""
    named: bool = False
    """Whether the bucket is spelt with its appid, whatever the dialect."""


WAYS: dict[str, Way] = {
    "IP": Way(host="127.0.0.1:{port}", in_path=True),
    "IP without its port": Way(host="127.0.0.1", in_path=True),
    "another IP": Way(host="10.1.2.3:8080", in_path=True),
    "IPv6": Way(host="[::1]:{port}", in_path=True),
    "localhost": Way(host="localhost:{port}", in_path=True),
    "a name that is no bucket's": Way(host="storage.corp.example:{port}", in_path=True),
    "a name of one label": Way(host="storage", in_path=True),
    "the cloud's endpoint": Way(host="{host}", in_path=True),
    "the cloud's host": Way(host="{bucket}.{host}"),
    "the cloud's host and port": Way(host="{bucket}.{host}:{port}"),
    "the cloud's host in capitals": Way(host="{BUCKET}.{HOST}"),
    "below localhost": Way(host="{bucket}.localhost:{port}"),
    "the first label of a name that nobody declared": Way(host="{bucket}.storage.corp.example:{port}", in_path=True),
    "the cloud's host, name and appid": Way(host="{name}-1250000000.{host}", named=True),
    "through a proxy": Way(host="{bucket}.{host}", absolute=True),
    "through a proxy, to an IP": Way(host="127.0.0.1:{port}", in_path=True, absolute=True),
    "through a proxy, to any name": Way(host="{bucket}.anything.example:8080", in_path=True, absolute=True),
}


def hosted(speaker: Speaker, way: Way) -> str:
    """The host of an address."""
    bucket, host = speaker.text, speaker.cloud.host
    return way.host.format(
        bucket=bucket, BUCKET=bucket.upper(), HOST=host.upper(), host=host, port=speaker.bucket.server.port,
        name=speaker.bucket.name,
    )  # fmt: skip


def asked_by(speaker: Speaker, way: Way, method: str, key: str = "", body: bytes = b"") -> Callable[[How], Reply]:
    """A request under an address, yet to be signed."""
    host = hosted(speaker, way)
    path = (f"/{speaker.text}/" if way.in_path else "/") + quote(key, safe="/-_.~")
    bucket = speaker.bucket.host_name if way.named else speaker.text
    asked = speaker.asked(method, key, host=host, path=path, bucket=bucket, body=body)

    def whole(signed: Asked) -> Asked:
        return replace(signed, path=f"http://{host}{signed.path}") if way.absolute else signed

    return lambda how: speaker.send(asked, how, whole)


@pytest.mark.parametrize("by", ["header", "query"])
def test_every_way(speaker: Speaker, by: str) -> None:
    """Put, get, stat, list and delete, signed for the host that is asked; what is put one way is there the other."""
    how = How(by="header" if by == "header" else "query")
    for says, way in WAYS.items():
        content = some_bytes(500, f"{says} {by}")
        with about(says):
            assert asked_by(speaker, way, "PUT", KEY, body=content)(how).status == 200
            assert speaker.content(KEY) == content
            got = asked_by(speaker, way, "GET", KEY)(how)
            assert (got.status, got.body) == (200, content), str(got)
            assert asked_by(speaker, way, "HEAD", KEY)(how).headers["content-length"] == "500"
            listed = asked_by(speaker, way, "GET")(how)
            assert speaker.cloud.values(listed, "Key") == [KEY]
            assert asked_by(speaker, way, "HEAD")(how).status == 200
            assert asked_by(speaker, way, "DELETE", KEY)(how).status == 204
            check_refused(speaker.cloud, asked_by(speaker, way, "GET", KEY)(how), NO_KEY)


def test_a_signature_for_another_address(speaker: Speaker) -> None:
    """AWS, TOS and COS sign the host, so that a request of one address is none of another."""
    speaker.put("k")
    ways = [WAYS["the cloud's host"], WAYS["below localhost"]]
    if speaker.cloud is OSS:
        return  # it signs the bucket that the host stands for
    for signed_for, sent_to in (ways, ways[::-1]):
        asked = speaker.signed(speaker.asked("GET", "k", host=hosted(speaker, signed_for)))
        reply = speaker.send(replace(asked, host=hosted(speaker, sent_to)), None)
        check_refused(speaker.cloud, reply, MISMATCH)


def test_the_buckets_are_listed_under_every_endpoint(speaker: Speaker) -> None:
    every = {"max-keys": "1000"} if speaker.cloud is OSS else {}  # it lists 100, and other tests have made more
    for says, way in WAYS.items():
        if way.in_path:
            host = hosted(speaker, way)
            reply = speaker.ask("GET", bucket="", host=host, query=every)
            with about(says):
                assert reply.status == 200
                assert speaker.text in speaker.cloud.values(reply, "Name")


def test_a_bucket_is_made_and_removed_under_every_address(speaker: Speaker) -> None:
    cloud = speaker.cloud
    for number, way in enumerate(WAYS.values()):
        if way.in_path or "{host}" in way.host:
            bucket = Bucket(
                server=speaker.bucket.server, name=f"made-{cloud.name}-{number}", client=speaker.bucket.client
            )
            other = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
            assert asked_by(other, way, "PUT")(SIGNED).status == 200
            assert asked_by(other, way, "HEAD")(SIGNED).status == 200
            assert asked_by(other, way, "DELETE")(SIGNED).status == 204


def test_unknown_hosts_name_no_bucket(steady: Speaker) -> None:
    """Under every cloud's own name and below localhost the first label is a bucket, there or not."""
    cloud = steady.cloud
    gone = cloud.bucket_text(DEV, "no-such-bucket")
    reply = steady.ask("GET", "a.txt", bucket=gone, host=f"{gone}.{cloud.host}")
    check_refused(cloud, reply, NO_BUCKET)
    reply = steady.ask("GET", "a.txt", bucket=gone, host=f"{gone}.localhost")
    check_refused(cloud, reply, NO_BUCKET)


CLOUD_HOSTS = [
    "s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn", "oss-cn-hangzhou.aliyuncs.com",
    "oss-accelerate.aliyuncs.com", "cn-hangzhou.oss.aliyuncs.com", "s3.oss-cn-hangzhou.aliyuncs.com",
    "tos-cn-beijing.volces.com", "tos-s3-cn-beijing.volces.com", "tos-ap-southeast-1.bytepluses.com",
    "cos.ap-guangzhou.myqcloud.com", "cos.ap-guangzhou.tencentcos.cn",
]  # fmt: skip


@pytest.mark.parametrize("host", CLOUD_HOSTS)
def test_the_host_decides_whoever_signs(speaker: Speaker, host: str) -> None:
    """A bucket that is not there makes no bucket of the key's first segment, whichever cloud's host it is."""
    speaker.put("x", b"mine")
    gone = speaker.cloud.bucket_text(DEV, "no-such-bucket")
    key = f"{speaker.text}/planted"
    for method, body in (("PUT", b"x"), ("GET", b""), ("DELETE", b"")):
        reply = speaker.ask(method, key, bucket=gone, host=f"{gone}.{host}", body=body)
        with about(f"{method} {host}"):
            check_refused(speaker.cloud, reply, NO_BUCKET)
    check_refused(speaker.cloud, speaker.ask("GET", bucket=gone, host=f"{gone}.{host}"), NO_BUCKET)
    check_refused(speaker.cloud, speaker.ask("GET", "planted"), NO_KEY)
    at_the_service = speaker.ask("GET", "x", host=host, path=f"/{speaker.text}/x")
    assert at_the_service.body == b"mine"


def test_a_bucket_named_like_a_host_takes_nothing(speak: Speak, cloud: Cloud) -> None:
    """Another account's public bucket whose name begins a host that nobody declared."""
    mine = speak(cloud)
    theirs = speak(cloud, owner=OTHER, name="files-of-theirs-" + cloud.name)
    theirs.ok("PUT", query={"acl": ""}, headers={f"{cloud.prefix}acl": "public-read-write"})
    host = f"{theirs.bucket.name}.example.com"
    mine.ok("PUT", "k", host=host, path=f"/{mine.text}/k", body=b"mine")
    assert mine.content("k") == b"mine"
    assert theirs.cloud.values(theirs.ok("GET"), "Key") == []


HOSTS = [
    "",
    "..",
    "a..b",
    "-",
    "*",
    "bucket_1.example",
    "x" * 300 + ".example",
    "a b",
    "[::1",
    "1.2.3.4.5",
    "%2e%2e",
    "é",
]


def test_hosts_that_cannot_be(steady: Speaker) -> None:
    """An answer in some dialect's form, or none: never a bucket, never a defect."""
    for host in HOSTS:
        with about(host):
            for target in ("/", "/a.txt"):
                lines = f"Host: {host}\r\n{steady.cloud.prefix}x: 1\r\nConnection: close\r\n\r\n"
                reply = steady.raw(f"GET {target} HTTP/1.1\r\n{lines}".encode())
                assert 400 <= reply.status < 500, str(reply)
                assert b"alpha" not in reply.body


def test_an_absolute_target_counts_more_than_the_host(steady: Speaker) -> None:
    """RFC 9112 §3.2.2."""
    text = f"{steady.text}.{steady.cloud.host}"
    asked = steady.signed(steady.asked("GET", "a.txt", host=text))
    headers = "".join(f"{name}: {value}\r\n" for name, value in asked.headers)
    for host in ("proxy.example", "127.0.0.1", f"other.{steady.cloud.host}"):
        head = f"GET http://{text}/a.txt HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"
        reply = steady.raw(head.encode())
        with about(host):
            assert reply.body == b"alpha", str(reply)


def test_of_two_hosts_the_first_one_counts(steady: Speaker) -> None:
    """For the bucket that is meant and for the one that is signed alike, so nobody means another than was signed."""
    text, other = f"{steady.text}.{steady.cloud.host}", f"other.{steady.cloud.host}"
    asked = steady.signed(steady.asked("GET", "a.txt", host=text))
    headers = "".join(f"{name}: {value}\r\n" for name, value in asked.headers)
    for hosts in ([text, other], [other, text]):
        lines = "".join(f"Host: {host}\r\n" for host in hosts)
        reply = steady.raw(f"GET /a.txt HTTP/1.1\r\n{lines}{headers}Connection: close\r\n\r\n".encode())
        with about(f"{hosts}: {reply}"):
            assert (reply.status == 400) or (reply.body == b"alpha") == (hosts[0] == text)


def test_a_name_that_two_accounts_have(speak: Speak, cloud: Cloud) -> None:
    """Bare: the signer's, and the first one's without a signer. With the appid: that account's."""
    mine = speak(cloud)
    theirs = speak(cloud, owner=OTHER, name=mine.bucket.name)
    name = mine.bucket.name
    for speaker, content in ((mine, b"mine"), (theirs, b"theirs")):
        name_of_acl = "object-acl" if cloud is OSS else "acl"
        speaker.ok("PUT", "k", body=content, headers={f"{cloud.prefix}{name_of_acl}": "public-read"})
        host = f"{name}-{speaker.owner.appid}.{cloud.host}"
        assert speaker.ask("GET", "k", how=None, host=host).body == content
    bare = mine.ask("GET", "k", how=None, host=f"{name}.{cloud.host}")
    assert bare.body == b"mine"
    for speaker, content in ((mine, b"mine"), (theirs, b"theirs")):
        assert speaker.ask("GET", "k", bucket=name, host=f"{name}.{cloud.host}").body == content


def test_a_name_with_an_appid_is_of_that_account(speak: Speak, cloud: Cloud) -> None:
    """There or not: what is meant for a bucket that is not there does not go to another's of the whole name."""
    mine = speak(cloud)
    gone = f"{mine.bucket.name}x"
    whole = f"{gone}-{mine.owner.appid}"
    theirs = speak(cloud, owner=OTHER, name=whole, acl=Acl.PUBLIC_READ_WRITE)
    theirs.ok("PUT", "k", bucket=whole, body=b"theirs")
    host = f"{whole}.{cloud.host}"
    for more in ({}, {"host": host}):
        for method in ("PUT", "GET"):
            mine.refused(NO_BUCKET, method, "k", bucket=whole, **more)  # type: ignore[arg-type]
            assert mine.ask(method, "k", bucket=whole, how=None, **more).status in {403, 404}  # type: ignore[arg-type]
        assert theirs.ok("GET", "k", bucket=whole, **more).body == b"theirs"  # type: ignore[arg-type]
    source = {f"{cloud.prefix}copy-source": cloud.source(whole, "k")}
    mine.refused(NO_BUCKET, "PUT", "copied", headers=source)
    beyond = f"{gone}-9999999999999999999"  # no number that an index holds
    mine.refused(NO_BUCKET, "GET", "k", bucket=beyond)
    for asked in ({}, {"host": f"{beyond}.{cloud.host}"}, {"host": f"{beyond}.example.com"}):
        assert mine.ask("GET", "k", bucket=beyond, how=None, **asked).status in {403, 404}  # type: ignore[arg-type]
    numbered = f"{whole}-{OTHER.appid}"
    assert mine.ok("GET", "k", bucket=numbered).body == b"theirs"


# -- domains -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def below(speak: Speak, tls_server: TlsServer, cloud: Cloud) -> Speaker:
    """A speaker there."""
    return speak(cloud, on=tls_server)


def test_wildcard_domains(below: Speaker) -> None:
    """``<bucket>.<domain>``, the longer domain first; the domain itself is an endpoint."""
    below.put("k", b"here")
    for domain in (WILDCARD, DEEPER, WILDCARD.upper(), f"{WILDCARD}:8443"):
        with about(domain):
            assert below.ask("GET", "k", host=f"{below.text}.{domain}").body == b"here"
            listed = below.ok("GET", host=f"{below.text}.{domain}")
            assert below.cloud.values(listed, "Key") == ["k"]
    path = f"/{below.text}/k"
    assert below.ask("GET", "k", host=WILDCARD, path=path).body == b"here"
    gone = below.cloud.bucket_text(DEV, "no-such-bucket")
    reply = below.ask("GET", "k", bucket=gone, host=f"{gone}.{WILDCARD}")
    check_refused(below.cloud, reply, NO_BUCKET)
    other = f"x.{below.text}.{WILDCARD}"
    reply = below.ask("GET", "k", bucket=f"x.{below.text}", host=other)
    check_refused(below.cloud, reply, NO_BUCKET)


def test_the_bucket_of_a_wildcard_can_be_made(below: Speaker) -> None:
    name = f"fresh-{below.cloud.name}"
    text = below.cloud.bucket_text(DEV, name)
    host = f"{text}.{WILDCARD}"
    below.ok("PUT", bucket=text, host=host)
    below.ok("PUT", "k", bucket=text, host=host, body=b"x")
    below.ok("DELETE", "k", bucket=text, host=host, status=204)
    below.ok("DELETE", bucket=text, host=host, status=204)


def test_a_domain_of_the_bucket(speak: Speak, cloud: Cloud) -> None:
    """The host alone; another bucket's path below it is a key like others."""
    domain = f"files-{cloud.name}.example.org"
    speaker = speak(cloud, domains=(domain,))
    speaker.ok("PUT", KEY, host=domain, body=b"own name")
    assert speaker.content(KEY) == b"own name"
    for host in (domain, domain.upper(), f"{domain}:8080"):
        with about(host):
            assert speaker.ask("GET", KEY, host=host).body == b"own name"
            assert cloud.values(speaker.ok("GET", host=host), "Key") == [KEY]
    assert speaker.ask("GET", KEY, host=domain, how=How(by="query")).body == b"own name"
    key = f"{speaker.text}/k"
    check_refused(cloud, speaker.ask("GET", key, host=domain), NO_KEY)
    upload = cloud.value(speaker.ok("POST", "k", query={"uploads": ""}, host=domain), "UploadId")
    speaker.ok("DELETE", "k", query={"uploadId": upload}, host=domain, status=204)


def test_forms_by_host(speak: Speak, kind: Kind) -> None:
    """And Location leads back by the way the client came."""
    cloud = dialect_of(kind)
    speaker = speak(cloud, domains=(f"forms-{kind.name}.example.org",))
    for host in (f"{speaker.text}.{cloud.host}", f"forms-{kind.name}.example.org", f"{speaker.text}.localhost:8080"):
        with about(host):
            reply = post(kind, speaker, Form(key=f"{host}.txt", fields={"success_action_status": "201"}), host=host)
            assert reply.status == 201, str(reply)
            assert cloud.value(reply, "Location") == f"http://{host}/{quote(f'{host}.txt')}"
            assert speaker.content(f"{host}.txt") == b"by a form"


def test_where_an_upload_is_then(speaker: Speaker) -> None:
    """The address in the reply to a completed upload leads back, too."""
    cloud = speaker.cloud
    host = f"{speaker.text}.{cloud.host}"
    for key, named in (("a b", host), ("c", "")):
        upload = speaker.start(key)
        etag = speaker.part(key, upload, 1, b"part")
        reply = speaker.ok("POST", key, query={"uploadId": upload}, body=cloud.parts([(1, etag)]), host=named)
        location = cloud.value(reply, "Location")
        assert host in location or speaker.authority in location, str(reply)


# -- HTTPS -------------------------------------------------------------------------------------------------------------


def test_https(tls_server: TlsServer, cloud: Cloud) -> None:
    """Signed as ever; replies say https."""
    bucket = Bucket(server=tls_server, name=tls_server.make_bucket(DEV.appid), client=tls_server.client())
    speaker = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
    content = some_bytes(200_000, f"tls {cloud.name}")
    for host in ("", f"{speaker.text}.{WILDCARD}:{tls_server.port}"):
        speaker.ok("PUT", "k", host=host, body=content)
        assert speaker.ok("GET", "k", host=host).body == content
        assert speaker.ok("GET", "k", host=host, how=How(by="query")).body == content
    upload = speaker.start("p")
    etag = speaker.part("p", upload, 1, b"part")
    assert cloud.value(speaker.complete("p", upload, [(1, etag)]), "Location").startswith("https://")
    bucket.client.close()


def test_a_certificate_for_the_bucket_s_name(tls_server: TlsServer, cloud: Cloud) -> None:
    """The client greets the server by the bucket's name and checks that the certificate is for it."""
    bucket = Bucket(server=tls_server, name=tls_server.make_bucket(DEV.appid), client=tls_server.client())
    speaker = Speaker(bucket=bucket, cloud=cloud, owner=DEV)
    host = f"{speaker.text}.{WILDCARD}"
    replies = []
    for asked in (speaker.asked("PUT", "k", host=host, body=b"sni"), speaker.asked("GET", "k", host=host)):
        signed = speaker.signed(asked)
        plain = socket.create_connection(("127.0.0.1", tls_server.port), timeout=20)
        with tls_server.context.wrap_socket(plain, server_hostname=host) as connection:
            connection.sendall(head_of(signed, f"Content-Length: {len(signed.body)}") + signed.body)
            replies.append(read_from(connection))
    assert [reply.status for reply in replies] == [200, 200], str(replies[0])
    assert replies[1].body == b"sni"
    bucket.client.close()

"""What a bucket's own rules do: CORS answered per bucket, lifecycles applied while the server runs.

Sources: Fetch standard "CORS protocol"; the clouds' PutBucketCORS and PutBucketLifecycle; wire facts of Tencent §7.3
OptionsObject, §7.9, Alibaba §5.3; issue 3 "Service and bucket".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from behaviour.client import Reply, form
from behaviour.slices import started
from behaviour.test_tls import TlsServer

from .clouds import CLOUDS, Cloud, Refusal, about, check_refused
from .conftest import DAY_SECONDS, Speak
from .signers import How
from .speaker import Speaker, md5_base64

FORBIDDEN = Refusal(403, "AccessForbidden")
APP = "https://app.example"
Rule = tuple[tuple[str, Any], ...]
FIRST: Rule = (
    ("AllowedOrigin", APP), ("AllowedOrigin", "http://*.dev.example"), ("AllowedMethod", "GET"),
    ("AllowedMethod", "PUT"), ("AllowedHeader", "authorization"), ("AllowedHeader", "Content-Type"),
    ("AllowedHeader", "x-amz-meta-*"), ("AllowedHeader", "x-oss-meta-*"), ("AllowedHeader", "x-cos-meta-*"),
    ("AllowedHeader", "x-tos-meta-*"), ("ExposeHeader", "ETag"), ("ExposeHeader", "x-made-up"), ("MaxAgeSeconds", 600),
)  # fmt: skip
SECOND: Rule = (("AllowedOrigin", "*"), ("AllowedMethod", "HEAD"), ("AllowedHeader", "*"))


def set_rules(speaker: Speaker, *rules: Rule) -> None:
    """Set the bucket's CORS rules."""
    body = speaker.cloud.document("CORSConfiguration", *(("CORSRule", rule) for rule in rules))
    speaker.ok("PUT", query={"cors": ""}, body=body, headers={"Content-MD5": md5_base64(body)})


def preflight(speaker: Speaker, origin: str, method: str, headers: str = "", **given: Any) -> Reply:
    """What a browser asks before."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    host = given.pop("host", f"{speaker.text}.{speaker.cloud.host}")
    return speaker.ask("OPTIONS", "k", headers=asked, how=None, host=host, **given)


@pytest.fixture
def ruled(speaker: Speaker) -> Speaker:
    """A bucket with two rules."""
    set_rules(speaker, FIRST, SECOND)
    return speaker


def test_a_preflight_that_fits(ruled: Speaker) -> None:
    for origin in (APP, "http://x.dev.example", "http://a.b.dev.example"):
        for headers in ("", "authorization", "Authorization, CONTENT-TYPE", "x-amz-meta-a,x-oss-meta-b"):
            reply = preflight(ruled, origin, "PUT", headers)
            with about(f"{origin} {headers}: {reply}"):
                assert (reply.status, reply.body) == (200, b"")
                assert reply.headers["access-control-allow-origin"] == origin
                allowed = {word.strip() for word in reply.headers["access-control-allow-methods"].split(",")}
                assert allowed == {"GET", "PUT"}
                given = {w.strip().lower() for w in reply.headers.get("access-control-allow-headers", "").split(",")}
                assert {word.strip().lower() for word in headers.split(",")} <= given | {""}
                assert reply.headers["access-control-max-age"] == "600"
                assert "Origin" in reply.headers["vary"]
                assert reply.headers[f"{ruled.cloud.prefix}request-id"]


def test_the_second_rule(ruled: Speaker) -> None:
    """The first one that fits counts."""
    reply = preflight(ruled, "https://anybody.example", "HEAD", "x-whatever")
    assert reply.status == 200, str(reply)
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-max-age" not in reply.headers
    assert "access-control-allow-credentials" not in reply.headers


def test_only_a_star_stands_for_anything(speaker: Speaker) -> None:
    """What else file names' patterns know stands for itself."""
    origins = ("http://[::1]:3000", "https://a?.example", "https://[ab].example", "https://*.c.example")
    set_rules(speaker, *((("AllowedOrigin", origin), ("AllowedMethod", "GET")) for origin in origins))
    for origin, allowed in (
        ("http://[::1]:3000", True), ("https://a?.example", True), ("https://ab.example", False),
        ("https://a.example", False), ("https://b.c.example", True), ("https://.c.example", True),
        ("https://c.example", False),
    ):  # fmt: skip
        with about(origin):
            assert preflight(speaker, origin, "GET").status == (200 if allowed else 403)


REFUSED: dict[str, tuple[str, str, str]] = {
    "another origin": ("https://evil.example", "PUT", ""),
    "an origin that begins so": (f"{APP}.evil.example", "GET", ""),
    "an origin that ends so": ("https://evil-app.example", "GET", ""),
    "another scheme": ("http://app.example", "GET", ""),
    "another port": (f"{APP}:8443", "GET", ""),
    "in capitals": (APP.upper(), "GET", ""),
    "no origin at all": ("null", "GET", ""),
    "another method": (APP, "DELETE", ""),
    "a method in small letters": (APP, "put", ""),
    "a header that is not allowed": (APP, "PUT", "authorization, x-secret"),
    "the pattern itself": ("http://*.dev.exampl", "GET", ""),
}


def test_preflights_that_do_not_fit(ruled: Speaker) -> None:
    """Wire facts of Tencent §7.3: 403 AccessForbidden; without any header that lets the browser go on."""
    for says, (origin, method, headers) in REFUSED.items():
        with about(says):
            reply = preflight(ruled, origin, method, headers)
            check_refused(ruled.cloud, reply, FORBIDDEN)
            assert "access-control-allow-methods" not in reply.headers


def test_preflights_of_buckets_without_rules(speak: Speak, cloud: Cloud) -> None:
    """Each bucket has its own; the other bucket's rules, and none, let nobody in."""
    first, second = speak(cloud), speak(cloud)
    set_rules(first, FIRST)
    assert preflight(first, APP, "PUT").status == 200
    check_refused(cloud, preflight(second, APP, "PUT"), FORBIDDEN)
    gone = f"no-such-bucket.{cloud.host}"
    assert preflight(first, APP, "PUT", host=gone).status in {403, 404}
    first.ok("DELETE", query={"cors": ""}, status=204)
    check_refused(cloud, preflight(first, APP, "PUT"), FORBIDDEN)


def test_preflights_that_are_none(ruled: Speaker) -> None:
    """Without Origin or method: 400."""
    host = f"{ruled.text}.{ruled.cloud.host}"
    for headers in ({}, {"Origin": APP}, {"Access-Control-Request-Method": "PUT"}):
        reply = ruled.ask("OPTIONS", "k", headers=headers, how=None, host=host)
        with about(f"{headers}: {reply}"):
            assert reply.status == 400
            assert ruled.cloud.value(reply, "Code")


def test_preflights_by_path(ruled: Speaker) -> None:
    """The headers that a page wants to send tell the dialect, where the host does not."""
    asked = f"authorization,{ruled.cloud.prefix}meta-a"
    reply = preflight(ruled, APP, "PUT", asked, host="", path=f"/{ruled.text}/k")
    assert reply.status == 200, str(reply)
    assert reply.headers["access-control-allow-origin"] == APP


def test_replies_show_themselves(ruled: Speaker) -> None:
    """Good ones and refusals alike; to whom the rules allow it, and to nobody else."""
    ruled.put("k", b"alpha")
    lines: list[tuple[str, str, How | None, int]] = [
        ("GET", "k", How(), 200), ("GET", "none", How(), 404), ("GET", "k", None, 403),
        ("GET", "k", How(secret=b"wrong"), 403), ("PUT", "k", How(), 200), ("GET", "k", How(by="query"), 200),
    ]  # fmt: skip
    host = f"{ruled.text}.{ruled.cloud.host}"
    for method, key, how, status in lines:
        reply = ruled.ask(method, key, headers={"Origin": APP}, how=how, host=host)
        with about(f"{method} {key}: {reply}"):
            assert reply.status == status
            assert reply.headers["access-control-allow-origin"] == APP
            assert reply.headers["access-control-expose-headers"] == "ETag, x-made-up"
            assert "Origin" in reply.headers["vary"]
        foreign = ruled.ask(method, key, headers={"Origin": "https://evil.example"}, how=how, host=host)
        assert "access-control-allow-origin" not in foreign.headers
    assert "access-control-allow-origin" not in ruled.ok("GET", "k").headers


def test_rules_are_the_bucket_s_whoever_set_them(speak: Speak, cloud: Cloud) -> None:
    first = speak(cloud)
    set_rules(first, FIRST, SECOND)
    for other in CLOUDS:
        speaker = speak(other, first)
        shown = speaker.ok("GET", query={"cors": ""})
        if not other.json:
            assert other.values(shown, "AllowedOrigin") == [APP, "http://*.dev.example", "*"]
            assert other.values(shown, "AllowedMethod") == ["GET", "PUT", "HEAD"]
        assert other.value(shown, "MaxAgeSeconds") == "600"
        assert preflight(speaker, APP, "PUT").status == 200


# -- lifecycles --------------------------------------------------------------------------------------------------------


def lifecycle(cloud: Cloud, prefix: str, status: str = "Enabled") -> bytes:
    """A rule that removes after one day and gives uploads up after one day."""
    abort = "AbortInCompleteMultipartUpload" if cloud.json else "AbortIncompleteMultipartUpload"
    after = {"oss": "Days"}.get(cloud.name, "DaysAfterInitiation")
    if cloud.name == "oss":
        abort = "AbortMultipartUpload"
    rule = {
        "ID": f"of {prefix}", "Prefix": prefix, "Status": status, "Expiration": {"Days": 1}, abort: {after: 1},
    }  # fmt: skip
    if cloud.json:
        return cloud.document("LifecycleConfiguration", ("Rules", [rule]))
    pairs = tuple((k, tuple(v.items()) if isinstance(v, dict) else v) for k, v in rule.items())
    return cloud.document("LifecycleConfiguration", ("Rule", pairs))


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    """Ask again and again."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_a_running_sweeper_applies_lifecycles(speak: Speak, tls_server: TlsServer) -> None:
    """Set in each dialect, side by side: what is old goes, with its uploads; the rest stays, and what is disabled."""
    speakers = [speak(cloud, on=tls_server) for cloud in CLOUDS]
    idle = [speak(cloud, on=tls_server) for cloud in CLOUDS]
    for number, speaker in enumerate([*speakers, *idle]):
        cloud = speaker.cloud
        for key in ("old/a", "old/dir/b", "old.txt", "older/c", "keep/old/d"):
            speaker.put(key)
        for key in ("old/up", "keep/up"):
            speaker.part(key, speaker.start(key), 1, b"part")
        started(speaker.bucket, "/old/sliced", b"s" * 70_000)
        body = lifecycle(cloud, "old/", "Enabled" if number < len(speakers) else "Disabled")
        speaker.ok("PUT", query={"lifecycle": ""}, body=body, headers={"Content-MD5": md5_base64(body)})
        shown = speaker.ok("GET", query={"lifecycle": ""})
        assert cloud.value(shown, "Prefix") == "old/"
        assert cloud.value(shown, "Days") == "1"
    kept = ["keep/old/d", "old.txt", "older/c"]
    for speaker in speakers:
        with about(speaker.cloud.name):
            wait_until(lambda one=speaker: one.keys() == kept, 20 * DAY_SECONDS)  # type: ignore[misc]
            wait_until(lambda one=speaker: uploads(one) == ["keep/up"], 20 * DAY_SECONDS)  # type: ignore[misc]
            wait_until(lambda one=speaker: not is_slicing(one), 20 * DAY_SECONDS)  # type: ignore[misc]
    for speaker in idle:
        assert speaker.keys() == ["keep/old/d", "old.txt", "old/a", "old/dir/b", "older/c"]
        assert uploads(speaker) == ["keep/up", "old/up"]
        assert is_slicing(speaker)


def is_slicing(speaker: Speaker) -> bool:
    """Whether the upload in slices of COS JSON goes on."""
    data = speaker.bucket.ask(form("upload_slice_list", "/old/sliced")).data
    return data is not None and "session" in data


def uploads(speaker: Speaker) -> list[str]:
    """The keys of the uploads under way."""
    return speaker.cloud.values(speaker.ok("GET", query={"uploads": ""}), "Key")


def test_a_rule_that_was_taken_away_in_time(speak: Speak, tls_server: TlsServer) -> None:
    """Nothing goes by it any more."""
    cloud = CLOUDS[0]
    speaker, other = speak(cloud, on=tls_server), speak(cloud, on=tls_server)
    body = lifecycle(cloud, "old/")
    in_time = False
    while not in_time:  # a machine that is busy may take longer than a day between the two
        speaker.ok("PUT", query={"lifecycle": ""}, body=body, headers={"Content-MD5": md5_base64(body)})
        begun = time.monotonic()
        speaker.put("old/a")
        speaker.ok("DELETE", query={"lifecycle": ""}, status=204)
        in_time = time.monotonic() - begun < DAY_SECONDS / 2
    other.put("old/a")
    other.ok("PUT", query={"lifecycle": ""}, body=body, headers={"Content-MD5": md5_base64(body)})
    wait_until(lambda: other.keys() == [], 20 * DAY_SECONDS)
    assert speaker.keys() == ["old/a"]

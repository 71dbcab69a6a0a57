"""Mistakes in what a request is asked of: method, host, path, query.

Data in :data:`MISTAKES`; each function gives ways in which its part may have been signed. What proxies, browsers and
HTTP libraries make of an address is written down here, whatever the cloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from entrepot.core.value import changed
from entrepot.explain.signatures.layouts import Parts
from entrepot.explain.signatures.mistake import Facts, Mistake, Ways

_METHODS: Final = (b"GET", b"PUT", b"POST", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH")
JS_KEPT: Final = "-_.~!'()*"
"""What ``encodeURIComponent`` leaves as it is."""


def shown(raw: bytes) -> str:
    """A value as a note may have it."""
    return raw[:80].decode("utf-8", "replace")


# The method.


def _method(parts: Parts, _facts: Facts) -> Ways:
    if parts.method is None:
        return
    lower = parts.method.islower()
    for method in _METHODS:
        written = method.lower() if lower else method
        if written != parts.method:
            yield changed(parts, method=written), method.decode()
    other = parts.method.swapcase()
    yield changed(parts, method=other), other.decode("latin-1")


# The host.


def _with_host(parts: Parts, facts: Facts, host: bytes) -> Parts | None:
    """The parts with another host; None where no host is signed, or that is it already."""
    if parts.host is not None:
        return None if parts.host == host else changed(parts, host=host)
    written = quote(host, safe="").encode() if facts.layout.encodes_headers else host
    if not any(name == b"host" and value != written for name, value in parts.headers):
        return None
    headers = tuple((name, written if name == b"host" else value) for name, value in parts.headers)
    return changed(parts, headers=headers)


def _hosts(parts: Parts, facts: Facts, hosts: Iterator[bytes]) -> Ways:
    for host in dict.fromkeys(hosts):
        altered = _with_host(parts, facts, host) if host else None
        if altered is not None:
            yield altered, shown(host)


def _authority(facts: Facts) -> tuple[bytes, bytes]:
    """Host and port as addressed."""
    whole = facts.request.authority.encode("latin-1", "replace")
    host, colon, port = whole.rpartition(b":")
    return (host, port) if colon and port.isdigit() else (whole, b"")


def _host_without_port(parts: Parts, facts: Facts) -> Ways:
    host, port = _authority(facts)
    return _hosts(parts, facts, iter((host,) if port else ()))


def _host_with_port(parts: Parts, facts: Facts) -> Ways:
    host, _ = _authority(facts)
    return _hosts(parts, facts, (host + b":" + port for port in (b"443", b"80", b"8080", b"9000", b"9400")))


_FORWARDED: Final = (b"x-forwarded-host", b"x-original-host", b"x-host", b"forwarded", b"via", b"origin", b"referer")


def _host_forwarded(parts: Parts, facts: Facts) -> Ways:
    """The host that a proxy says the client asked for, or the page's own."""

    def named() -> Iterator[bytes]:
        for name, value in facts.request.headers:
            if name in _FORWARDED:
                text = value[:300].partition(b"host=")[2] or value[:300]
                text = text.partition(b"://")[2] or text
                host = text.strip(b'"').partition(b"/")[0].partition(b";")[0].partition(b",")[0].strip(b'" ')
                yield host
                yield host.rpartition(b":")[0]

    return _hosts(parts, facts, named())


def _host_of_request(parts: Parts, facts: Facts) -> Ways:
    """The Host header where the request line names another host, as through a forward proxy."""
    return _hosts(parts, facts, (value for name, value in facts.request.headers if name == b"host"))


def _host_loopback(parts: Parts, facts: Facts) -> Ways:
    _, port = _authority(facts)
    names = (b"localhost", b"127.0.0.1", b"[::1]", b"0.0.0.0", b"host.docker.internal", b"entrepot")
    ports = dict.fromkeys((port, b"9400", b""))
    return _hosts(parts, facts, (name + (b":" + one if one else b"") for name in names for one in ports))


def _host_bucket(parts: Parts, facts: Facts) -> Ways:
    """The bucket in the host where it was in the path, or the other way round."""
    host, port = _authority(facts)
    end = b":" + port if port else b""
    bucket = (facts.target.bucket or "").encode()
    if not bucket:
        return
    if host.startswith(bucket + b"."):
        bare = host[len(bucket) + 1 :] + end
        yield from _both(parts, facts, bare, b"/" + bucket + (parts.path or b""))
        return
    inner = bucket + b"." + host + end
    path = parts.path or b""
    if path.startswith(b"/" + bucket):
        yield from _both(parts, facts, inner, path[len(bucket) + 1 :] or b"/")
    yield from _both(parts, facts, inner, path)


def _both(parts: Parts, facts: Facts, host: bytes, path: bytes) -> Ways:
    altered = _with_host(parts, facts, host)
    if altered is None:
        return
    yield changed(altered, path=path), shown(host)
    yield altered, shown(host)


_REGIONS: Final = {
    "aws4": ("us-east-1", "eu-west-1"), "aws2": ("us-east-1",), "oss4": ("cn-hangzhou",), "tos4": ("cn-beijing",),
    "q-sign": ("ap-guangzhou", "ap-shanghai", "ap-beijing", "ap-singapore"), "volc": ("cn-north-1",),
}  # fmt: skip
_OFFICIAL: Final = {
    "aws4": ("s3.{region}.amazonaws.com", "s3.amazonaws.com"),
    "sts4": ("sts.amazonaws.com", "sts.us-east-1.amazonaws.com"),
    "oss4": ("oss-{region}.aliyuncs.com",),
    "tos4": ("tos-{region}.volces.com", "tos-{region}.ivolces.com"),
    "q-sign": ("cos.{region}.myqcloud.com", "cos.accelerate.myqcloud.com"),
    "volc": ("vms.volcengineapi.com", "open.volcengineapi.com"),
    "acs3": ("sts.aliyuncs.com", "hbr.cn-hangzhou.aliyuncs.com"),
    "tc3": ("cvm.tencentcloudapi.com", "sts.tencentcloudapi.com", "vod.tencentcloudapi.com", "ms.tencentcloudapi.com"),
    "tc3-v1": ("cvm.tencentcloudapi.com", "sts.tencentcloudapi.com"),
}  # fmt: skip


def _host_official(parts: Parts, facts: Facts) -> Ways:
    """The cloud's own host: only the address was changed, not what the SDK signs for."""
    bucket = (facts.target.bucket or "").encode()
    scope = getattr(facts.claim.signed, "scope", ())
    regions = dict.fromkeys((*(part for part in scope[1:2]), *_REGIONS.get(facts.family, ("",))))

    def named() -> Iterator[bytes]:
        for form in _OFFICIAL.get(facts.family, ()):
            for region in regions:
                host = form.format(region=region).encode("latin-1", "replace")
                yield host
                if bucket:
                    yield bucket + b"." + host

    for host in dict.fromkeys(named()):
        yield from _hosts(parts, facts, iter((host,)))
        path, start = parts.path or b"", b"/" + bucket
        if bucket and path.startswith(start + b"/"):
            yield from _both(parts, facts, host, path[len(start) :])


def _host_case(parts: Parts, facts: Facts) -> Ways:
    host, port = _authority(facts)
    end = b":" + port if port else b""
    return _hosts(parts, facts, iter((host.lower() + end, host.upper() + end, host + b"." + end, host.title() + end)))


# The path.


def _encoded(raw: bytes, safe: str = "-_.~/") -> bytes:
    return quote(raw, safe=safe).encode("ascii")


def _paths(parts: Parts, *paths: bytes) -> Ways:
    if parts.path is None:
        return
    for path in dict.fromkeys(paths):
        if path != parts.path:
            yield changed(parts, path=path), shown(path)


def _sent_path(facts: Facts) -> bytes:
    return facts.request.raw_path or b"/"


def _written(facts: Facts, path: bytes) -> bytes:
    """A decoded path as the layout has paths."""
    return path if facts.layout.bare_path else _encoded(path)


def _path_encoded_twice(parts: Parts, facts: Facts) -> Ways:
    path = parts.path or b""
    some = some_replaced(path, b"%20", b"%2520") if b"%20" in path else some_replaced(path, b" ", b"%20")
    return _paths(parts, _encoded(path), _encoded(path, "-_.~/%"), _encoded(_encoded(path)), _sent_path(facts), *some)


def _path_not_encoded(parts: Parts, _facts: Facts) -> Ways:
    once = unquote_to_bytes(parts.path or b"")
    return _paths(parts, once, unquote_to_bytes(once), once.replace(b" ", b"+"), once.replace(b"+", b" "))


def some_replaced(text: bytes, old: bytes, new: bytes) -> Iterator[bytes]:
    """The text with some of what it holds replaced: where both were there, not each came from the other."""
    pieces = text.split(old)
    count = len(pieces) - 1
    if 1 <= count <= _PLACES_MAX:
        for chosen in range(1, 1 << count):
            ends = (new if chosen >> at & 1 else old for at in range(count))
            yield b"".join(piece + end for piece, end in zip(pieces, (*ends, b""), strict=True))


_PLACES_MAX: Final = 5


def _path_plus(parts: Parts, _facts: Facts) -> Ways:
    path = parts.path or b""
    return _paths(
        parts, path.replace(b"%20", b"+"), path.replace(b"%2B", b"+"), path.replace(b"%2B", b"%20"),
        path.replace(b"%20", b"%2B"), path.replace(b"+", b" "), path.replace(b" ", b"+"), path.replace(b" ", b"%20"),
        *some_replaced(path, b"%20", b"%2B"), *some_replaced(path, b"%2B", b"%20"), *some_replaced(path, b" ", b"+"),
        *some_replaced(path, b"+", b" "),
    )  # fmt: skip


def _path_escapes(parts: Parts, facts: Facts) -> Ways:
    """Other letters escaped than RFC 3986 says: as JavaScript, Java and Go's path escape them; slashes, too."""
    raw = unquote_to_bytes(_sent_path(facts)) if not facts.layout.bare_path else parts.path or b""
    bucket = b"/" + (facts.target.bucket or "").encode()
    raws = dict.fromkeys((raw, raw if raw.startswith(bucket) else bucket + raw))
    kept = (JS_KEPT + "/", "-_.*/", "-_./", "-_.~/$&+:=@", "-_.~/!$&'()*+,;=:@", "-_.~")
    return _paths(parts, *(_encoded(one, safe) for one in raws for safe in kept), lower_escapes(parts.path or b""))


def lower_escapes(path: bytes) -> bytes:
    """With escapes in lower case."""
    pieces = path.split(b"%")
    return b"%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])


def _path_bucket(parts: Parts, facts: Facts) -> Ways:
    """With the bucket where it is not signed, without it where it is, or with it twice."""
    bucket, path = (facts.target.bucket or "").encode(), parts.path or b""
    if not bucket:
        return ()
    start = b"/" + bucket
    bare = path[len(start) :] if path.startswith(start + b"/") or path == start else path
    appid = bucket.rpartition(b"-")
    short = b"/" + appid[0] if appid[2].isdigit() else start
    return _paths(parts, bare or b"/", start + path, start + bare, start, short + bare)


def _path_slashes(parts: Parts, facts: Facts) -> Ways:
    path = parts.path or b""
    single = path
    while b"//" in single:
        single = single.replace(b"//", b"/")
    bucket = b"/" + (facts.target.bucket or "").encode()
    doubled = bucket + b"/" + path[len(bucket) :] if path.startswith(bucket + b"/") else b"/" + path
    return _paths(
        parts,
        single,
        path.replace(b"//", b"/", 1),
        path.lstrip(b"/"),
        doubled,
        path + b"/",
        path.rstrip(b"/") or b"/",
        b"",
        _plain(path),
    )


def _plain(path: bytes) -> bytes:
    """Without dot segments, as browsers and proxies make it."""
    found: list[bytes] = []
    for piece in path.split(b"/")[1:]:
        if piece == b"..":
            found = found[:-1]
        elif piece != b".":
            found.append(piece)
    return b"/" + b"/".join(found)


_PREFIXES: Final = (b"x-forwarded-prefix", b"x-original-uri", b"x-original-url", b"x-rewrite-url", b"x-forwarded-uri")


def _path_prefix(parts: Parts, facts: Facts) -> Ways:
    """A piece in front that a proxy took away or put there."""
    path = parts.path or b""

    def found() -> Iterator[bytes]:
        for name, value in facts.request.headers:
            if name in _PREFIXES:
                raw = value.partition(b"?")[0][:500]
                yield _written(facts, unquote_to_bytes(raw))
                yield _written(facts, b"/" + unquote_to_bytes(raw).strip(b"/")) + path
        for prefix in (b"/s3", b"/storage", b"/oss", b"/cos", b"/tos", b"/api", b"/files", b"/upload", b"/minio"):
            yield prefix + path
        start = b"/" + (facts.target.bucket or "").encode()
        inside = path[len(start) :] if len(start) > 1 and path.startswith(start + b"/") else path
        first, slash, rest = inside[1:].partition(b"/")
        if slash and first:
            yield path[: len(path) - len(inside)] + b"/" + rest

    return _paths(parts, *found())


def _path_letters(parts: Parts, facts: Facts) -> Ways:
    path = parts.path or b""
    latin = unquote_to_bytes(path)
    try:
        other = _written(facts, latin.decode("utf-8").encode("latin-1"))
    except UnicodeError:
        other = path
    try:
        wide = _written(facts, latin.decode("utf-8").encode("gb18030"))
    except UnicodeError:
        wide = path
    return _paths(parts, path.lower(), other, wide)


MISTAKES: Final = (
    Mistake(cause="method-differs", alter=_method),
    Mistake(cause="host-without-port", alter=_host_without_port, often=True),
    Mistake(cause="host-of-request", alter=_host_of_request, often=True),
    Mistake(cause="host-forwarded", alter=_host_forwarded, often=True),
    Mistake(cause="host-with-port", alter=_host_with_port),
    Mistake(cause="host-bucket", alter=_host_bucket),
    Mistake(cause="host-official", alter=_host_official),
    Mistake(cause="host-loopback", alter=_host_loopback),
    Mistake(cause="host-case", alter=_host_case),
    Mistake(cause="path-plus", alter=_path_plus),
    Mistake(cause="path-not-encoded", alter=_path_not_encoded),
    Mistake(cause="path-encoded-twice", alter=_path_encoded_twice),
    Mistake(cause="path-slashes", alter=_path_slashes),
    Mistake(cause="path-prefix", alter=_path_prefix),
    Mistake(cause="path-bucket", alter=_path_bucket),
    Mistake(cause="path-escapes", alter=_path_escapes),
    Mistake(cause="path-letters", alter=_path_letters),
)  # fmt: skip

"""Seeded mistakes in policies: what somebody has, what is asked, and what must be told. Data only.

Each is written once and said in each cloud's language; what a language has not is left out for it. What must be told
follows from the mistake that was put in, never from what the server says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .wording import CLOUDS

Said = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """``has`` are policies, each a list of statements (the arguments of ``wording.say``).

    ``asks`` is an action and a resource, ``like`` the circumstances. ``cause``, ``at`` (policy and statement) and
    ``unmet`` (operator, fact, what came) are what must be told. ``clouds`` have it.
    """

    name: str
    has: tuple[tuple[Said, ...], ...]
    asks: tuple[str, str]
    like: dict[str, Any] = field(default_factory=dict)
    cause: str
    at: tuple[int, int] | None = (0, 0)
    unmet: tuple[tuple[str, str, str], ...] = ()
    sid: str = ""
    clouds: tuple[str, ...] = CLOUDS


def does(what: str, on: str, *where: tuple[str, str, Any], **more: Any) -> Said:
    """A statement: actions and resources with commas between."""
    return {"does": what.split(","), "on": on.split(","), "where": where, **more}


RAM = ("oss", "tos", "s3")
ALL = does("*", "*")
NOON = "2030-06-01T12:00:00Z"

MISTAKES = (
    # nothing, or another action
    Mistake(name="no policy", has=(), asks=("get", "demo/a"), cause="no-policy", at=None),
    Mistake(name="reads, and writes", has=((does("get", "demo/*"),),), asks=("put", "demo/a"),
            cause="action-not-allowed"),
    Mistake(name="writes, and deletes", has=((does("get,put", "demo/*"),),), asks=("delete", "demo/a"),
            cause="action-not-allowed"),
    Mistake(name="reads, and lists", has=((does("get", "demo/*,demo"),),), asks=("list", "demo"), like={"prefix": ""},
            cause="action-not-allowed", clouds=RAM),
    Mistake(name="reads, and lists what is not named", has=((does("get", "demo/*"),),), asks=("list", "demo"),
            like={"prefix": ""}, cause="nothing-allows-it", at=None, clouds=RAM),
    Mistake(name="lists, and reads", has=((does("list", "demo,demo/*"),),), asks=("get", "demo/a"),
            cause="action-not-allowed", clouds=RAM),
    Mistake(name="lists, and reads what is not named", has=((does("list", "demo"),),), asks=("get", "demo/a"),
            cause="nothing-allows-it", at=None, clouds=RAM),
    Mistake(name="writes, and asks for the ACL", has=((does("put,get", "demo/*"),),), asks=("get acl", "demo/a"),
            cause="action-not-allowed"),
    Mistake(name="writes, and sets the ACL", has=((does("put,get", "demo/*"),),), asks=("put acl", "demo/a"),
            cause="action-not-allowed"),
    Mistake(name="writes, and sets tags", has=((does("put", "demo/*"),),), asks=("put tags", "demo/a"),
            cause="action-not-allowed"),
    Mistake(name="writes with tags", has=((does("put", "demo/*"),),), asks=("put", "demo/a"), like={"tags": ["a=1"]},
            cause="action-not-allowed"),
    Mistake(name="writes what is public", has=((does("put", "demo/*"),),), asks=("put", "demo/a"),
            like={"acl": "public-read"}, cause="action-not-allowed"),
    Mistake(name="restores", has=((does("get", "demo/*"),),), asks=("restore", "demo/a"), cause="action-not-allowed"),
    Mistake(name="lists versions", has=((does("list", "demo/*" ),),), asks=("versions", "demo"), like={"prefix": ""},
            cause="action-not-allowed", clouds=("cos",)),
    Mistake(name="lists versions of a bucket", has=((does("list", "demo"),),), asks=("versions", "demo"),
            like={"prefix": ""}, cause="action-not-allowed", clouds=RAM),
    Mistake(name="lists, and sets rules", has=((does("list", "demo"),),), asks=("cors", "demo"),
            cause="action-not-allowed", clouds=RAM),
    Mistake(name="lists, and creates", has=((does("list", "fresh"),),), asks=("create", "fresh"),
            cause="action-not-allowed", clouds=RAM),
    Mistake(name="everything but deleting", has=((does("delete", "*", but="action"),),), asks=("delete", "demo/a"),
            cause="action-not-allowed", clouds=RAM),
    Mistake(name="another API", has=((does("get,put", "*"),),), asks=("role", ""), cause="action-not-allowed"),
    # another resource
    Mistake(name="another bucket", has=((does("get", "prod/*"),),), asks=("get", "demo/a"),
            cause="resource-not-covered"),
    Mistake(name="another prefix", has=((does("put", "demo/in/*"),),), asks=("put", "demo/out/a"),
            cause="resource-not-covered"),
    Mistake(name="no star", has=((does("put", "demo/in/"),),), asks=("put", "demo/in/a"), cause="resource-not-covered"),
    Mistake(name="a name without the star", has=((does("get", "demo/a"),),), asks=("get", "demo/a.png"),
            cause="resource-not-covered"),
    Mistake(name="a slash before", has=((does("get", "demo//in/*"),),), asks=("get", "demo/in/a"),
            cause="resource-not-covered"),
    Mistake(name="a slash missing", has=((does("get", "demo/in*"),),), asks=("get", "demo/In/a"),
            cause="resource-not-covered"),
    Mistake(name="capitals", has=((does("get", "demo/In/*"),),), asks=("get", "demo/in/a"),
            cause="resource-not-covered"),
    Mistake(name="another extension", has=((does("put", "demo/*.png"),),), asks=("put", "demo/a.jpg"),
            cause="resource-not-covered"),
    Mistake(name="another letter", has=((does("put", "demo/a?c"),),), asks=("put", "demo/abbc"),
            cause="resource-not-covered", clouds=RAM),
    Mistake(name="a star that is short", has=((does("put", "demo-*/in/*"),),), asks=("put", "demo/in/a"),
            cause="resource-not-covered", clouds=RAM),
    Mistake(name="the nearer of two", has=((does("get", "prod/*"), does("get", "demo/in/*")),),
            asks=("get", "demo/out"),
            cause="resource-not-covered", at=(0, 1)),
    Mistake(name="the action before the resource", has=((does("get", "demo/*"), does("put", "demo/in/*")),),
            asks=("put", "demo/out"), cause="resource-not-covered", at=(0, 1)),
    Mistake(name="in the second policy", has=((does("delete", "prod/*"),), (does("put", "demo/in/*"),)),
            asks=("put", "demo/out"), cause="resource-not-covered", at=(1, 0)),
    Mistake(name="another prefix to list", has=((does("list", "demo/in/*"),),), asks=("list", "demo"),
            like={"prefix": "out/"}, cause="resource-not-covered", clouds=("cos",)),
    Mistake(name="lists all, not the prefix", has=((does("list", "demo/in/*"),),), asks=("list", "demo"),
            like={"prefix": ""}, cause="resource-not-covered", clouds=("cos",)),
    Mistake(name="a bucket for objects", has=((does("get", "demo"),),), asks=("get", "demo/a"),
            cause="resource-of-other-kind", clouds=RAM),
    Mistake(name="a bucket for objects to write", has=((does("put,get", "demo"),),), asks=("put", "demo/a"),
            cause="resource-of-other-kind", clouds=RAM),
    Mistake(name="objects for a bucket", has=((does("list", "demo/*"),),), asks=("list", "demo"), like={"prefix": ""},
            cause="resource-of-other-kind", clouds=RAM),
    Mistake(name="objects for a bucket's place", has=((does("location", "demo/*"),),), asks=("location", "demo"),
            cause="resource-of-other-kind", clouds=RAM),
    Mistake(name="both kinds, the wrong way", has=((does("list", "demo/*"), does("get", "demo")),),
            asks=("get", "demo/a"), cause="resource-of-other-kind", at=(0, 1), clouds=RAM),
    Mistake(name="left out", has=((does("get", "demo/secret/*", but="resource"),),), asks=("get", "demo/secret/a"),
            cause="resource-excepted", clouds=RAM),
    Mistake(name="one bucket, not all", has=((does("buckets", "demo"),),), asks=("buckets", ""),
            cause="resource-not-covered", clouds=RAM),
    # conditions
    Mistake(name="from elsewhere", has=((does("get", "demo/*", ("ip", "source", ["10.0.0.0/8"])),),),
            asks=("get", "demo/a"), like={"source": "192.0.2.1"}, cause="condition-not-met",
            unmet=(("ip", "source", "192.0.2.1"),)),
    Mistake(name="from IPv6", has=((does("get", "demo/*", ("ip", "source", ["192.0.2.0/24", "10.0.0.1"])),),),
            asks=("get", "demo/a"), like={"source": "2001:db8::1"}, cause="condition-not-met",
            unmet=(("ip", "source", "2001:db8::1"),)),
    Mistake(name="from a barred network", has=((does("get", "demo/*", ("no ip", "source", ["192.0.2.0/24"])),),),
            asks=("get", "demo/a"), like={"source": "192.0.2.9"}, cause="condition-not-met",
            unmet=(("no ip", "source", "192.0.2.9"),)),
    Mistake(name="too late", has=((does("get", "demo/*", ("before", "time", "2030-01-01T00:00:00Z")),),),
            asks=("get", "demo/a"), like={"at": NOON}, cause="condition-not-met", unmet=(("before", "time", NOON),)),
    Mistake(name="too early", has=((does("get", "demo/*", ("after", "time", "2031-01-01T00:00:00Z")),),),
            asks=("get", "demo/a"), like={"at": NOON}, cause="condition-not-met", unmet=(("after", "time", NOON),)),
    Mistake(name="in another zone", has=((does("get", "demo/*", ("after", "time", "2030-06-01T12:00:00-08:00")),),),
            asks=("get", "demo/a"), like={"at": NOON}, cause="condition-not-met", unmet=(("after", "time", NOON),)),
    Mistake(name="without TLS", has=((does("get", "demo/*", ("is", "tls", "true")),),), asks=("get", "demo/a"),
            like={"tls": False}, cause="condition-not-met", unmet=(("is", "tls", "false"),)),
    Mistake(name="of another type", has=((does("put", "demo/*", ("like", "type", "image/*")),),),
            asks=("put", "demo/a"),
            like={"content_type": "text/html"}, cause="condition-not-met", unmet=(("like", "type", "text/html"),)),
    Mistake(name="of no type", has=((does("put", "demo/*", ("like", "type", "image/*")),),), asks=("put", "demo/a"),
            cause="condition-not-met", unmet=(("like", "type", ""),)),
    Mistake(name="a type with a charset", has=((does("put", "demo/*", ("equal", "type", "text/plain")),),),
            asks=("put", "demo/a"), like={"content_type": "text/plain; charset=utf-8"}, cause="condition-not-met",
            unmet=(("equal", "type", "text/plain; charset=utf-8"),)),
    Mistake(name="a star that is none", has=((does("put", "demo/*", ("equal", "type", "image/*")),),),
            asks=("put", "demo/a"), like={"content_type": "image/png"}, cause="condition-not-met",
            unmet=(("equal", "type", "image/png"),)),
    Mistake(name="too large", has=((does("put", "demo/*", ("most", "length", 1000)),),), asks=("put", "demo/a"),
            like={"content_length": 1001}, cause="condition-not-met", unmet=(("most", "length", "1001"),)),
    Mistake(name="too small", has=((does("put", "demo/*", ("least", "length", "10")),),), asks=("put", "demo/a"),
            like={"content_length": 9}, cause="condition-not-met", unmet=(("least", "length", "9"),)),
    Mistake(name="public where only private", has=((does("put,put acl", "demo/*", ("equal", "acl", "private")),),),
            asks=("put", "demo/a"), like={"acl": "public-read"}, cause="condition-not-met",
            unmet=(("equal", "acl", "public-read"),)),
    Mistake(name="no ACL where private is wanted", has=((does("put", "demo/*", ("equal", "acl", "private")),),),
            asks=("put", "demo/a"), cause="condition-not-met", unmet=(("equal", "acl", ""),)),
    Mistake(name="another prefix than the condition's", has=((does("list", "demo", ("like", "prefix", "in/*")),),),
            asks=("list", "demo"), like={"prefix": "out/"}, cause="condition-not-met",
            unmet=(("like", "prefix", "out/"),), clouds=RAM),
    Mistake(name="no prefix", has=((does("list", "demo", ("like", "prefix", "in/*")),),), asks=("list", "demo"),
            like={"prefix": ""}, cause="condition-not-met", unmet=(("like", "prefix", ""),), clouds=RAM),
    Mistake(name="lists too many", has=((does("list", "demo,demo/*", ("most", "most", 100)),),), asks=("list", "demo"),
            like={"prefix": "", "max_keys": 1000}, cause="condition-not-met", unmet=(("most", "most", "1000"),),
            clouds=RAM),
    Mistake(name="lists without the delimiter", has=((does("list", "demo,demo/*", ("equal", "delimiter", "/")),),),
            asks=("list", "demo"), like={"prefix": ""}, cause="condition-not-met", unmet=(("equal", "delimiter", ""),),
            clouds=RAM),
    Mistake(name="linked from elsewhere", has=((does("get", "demo/*", ("like", "referer", "https://a.test/*")),),),
            asks=("get", "demo/a"), like={"referer": "https://b.test/"}, cause="condition-not-met",
            unmet=(("like", "referer", "https://b.test/"),)),
    Mistake(name="no referer", has=((does("get", "demo/*", ("like", "referer", "https://a.test/*")),),),
            asks=("get", "demo/a"), cause="condition-not-met", unmet=(("like", "referer", ""),)),
    Mistake(name="another client", has=((does("get", "demo/*", ("like", "agent", "our-app/*")),),),
            asks=("get", "demo/a"),
            like={"user_agent": "curl/8"}, cause="condition-not-met", unmet=(("like", "agent", "curl/8"),)),
    Mistake(name="not encrypted", has=((does("put", "demo/*", ("equal", "encryption", "AES256")),),),
            asks=("put", "demo/a"), cause="condition-not-met", unmet=(("equal", "encryption", ""),), clouds=("s3",)),
    Mistake(name="one of two conditions", asks=("get", "demo/a"), like={"source": "10.1.1.1", "tls": False},
            has=((does("get", "demo/*", ("ip", "source", ["10.0.0.0/8"]), ("is", "tls", True)),),),
            cause="condition-not-met", unmet=(("is", "tls", "false"),)),
    Mistake(name="both of two conditions", asks=("get", "demo/a"), like={"source": "192.0.2.1", "tls": False},
            has=((does("get", "demo/*", ("ip", "source", ["10.0.0.0/8"]), ("is", "tls", True)),),),
            cause="condition-not-met", unmet=(("ip", "source", "192.0.2.1"), ("is", "tls", "false"))),
    Mistake(name="a condition before another resource", asks=("get", "demo/a"), like={"tls": False}, at=(0, 1),
            has=((does("get", "prod/*"), does("get", "demo/*", ("is", "tls", True))),),
            cause="condition-not-met", unmet=(("is", "tls", "false"),)),
    # denials
    Mistake(name="denied below", has=((does("get,put", "demo/*"), does("put", "demo/ro/*", deny=True)),),
            asks=("put", "demo/ro/a"), cause="explicit-deny", at=(0, 1)),
    Mistake(name="denied by name", has=((ALL, does("delete", "*", deny=True, sid="NeverDelete")),),
            asks=("delete", "demo/a"), cause="explicit-deny", at=(0, 1), sid="NeverDelete"),
    Mistake(name="denied first", has=((does("*", "demo/*", deny=True), ALL),), asks=("get", "demo/a"),
            cause="explicit-deny"),
    Mistake(name="denied by another policy", has=((ALL,), (does("put", "demo/a", deny=True),)), asks=("put", "demo/a"),
            cause="explicit-deny", at=(1, 0)),
    Mistake(name="denied without TLS", has=((ALL, does("*", "*", ("is", "tls", "false"), deny=True)),),
            asks=("get", "demo/a"), like={"tls": False}, cause="explicit-deny", at=(0, 1),
            unmet=(("is", "tls", "false"),)),
    Mistake(name="denied from outside", has=((ALL, does("*", "*", ("no ip", "source", ["10.0.0.0/8"]), deny=True)),),
            asks=("get", "demo/a"), like={"source": "192.0.2.7"}, cause="explicit-deny", at=(0, 1),
            unmet=(("no ip", "source", "192.0.2.7"),)),
    Mistake(name="denied pages", has=((ALL, does("put", "*", ("like", "type", "text/html*"), deny=True)),),
            asks=("put", "demo/a"), like={"content_type": "text/html"}, cause="explicit-deny", at=(0, 1),
            unmet=(("like", "type", "text/html"),)),
    Mistake(name="denied to publish", has=((ALL, does("put acl", "*", deny=True)),), asks=("put", "demo/a"),
            like={"acl": "public-read"}, cause="explicit-deny", at=(0, 1)),
    Mistake(name="denied to tag", has=((ALL, does("put tags", "*", deny=True)),), asks=("put", "demo/a"),
            like={"tags": ["a=1"]}, cause="explicit-deny", at=(0, 1)),
    Mistake(name="denied all but one folder", has=((ALL, does("get", "demo/in/*", deny=True, but="resource")),),
            asks=("get", "demo/out"), cause="explicit-deny", at=(0, 1), clouds=RAM),
)  # fmt: skip

"""Listing in buckets of a thousand to a million keys, and starting on such a data folder.

Law: the buckets are filled by `bench.seed`, and counted by walking every page before anything is measured; a
bucket that lacks a key is refused. Each run begins by reading its page once, which must be the right one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.clouds import CLOUDS, Speaker
from bench.load import get_script, wrk
from bench.measure import Contender, Sample
from bench.peers import ROOT, Entrepot, S3Peer
from bench.process import ask
from bench.sign import APPID, Credential, Pairs, Signed

PAGE = 1000
PREFIX = "k-"


def key(number: int) -> str:
    """The key of the object with this number; they are in order."""
    return f"{PREFIX}{number:016d}"


def seeded(server: Entrepot, *words: str) -> None:
    """Fill the folder of a stopped server by `bench.seed`. Raises RuntimeError."""
    env = server.environment()
    env["PYTHONPATH"] += f":{ROOT}"
    what, *rest = words
    command = [sys.executable, "-m", "bench.seed", what, str(server.folder / "data"), *rest]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=3600, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"bench.seed: {done.stderr[-300:]}")


class Filled:
    """One Entrepot with a bucket for each of `sizes` (its keys by its name), made when first asked for."""

    def __init__(self, folder: Path, sizes: Mapping[str, int], say: Callable[[str], None]) -> None:
        self.server = Entrepot(folder / "filled" / "entrepot")
        self.folder = folder / "filled" / "load"
        self.sizes = sizes
        self.say = say
        self.contexts: dict[str, list[str]] = {}
        """By bucket, what leads to each of its pages in COS JSON."""

    def up(self) -> Entrepot:
        """The running server, its buckets full."""
        if not self.contexts:
            self.server.wipe()
            self.server.start()
            self.server.stop()
            for bucket, count in self.sizes.items():
                start = time.monotonic()
                self.server.tell("bucket", "create", bucket, "--account", APPID, data=self.server.folder / "data")
                seeded(self.server, "objects", bucket, PREFIX, str(count))
                self.say(f"filled {bucket}: {count:,} keys in {time.monotonic() - start:,.0f} s")
        if self.server.process is None:
            self.server.start()
        if not self.contexts:
            self.contexts = {bucket: self._walk(bucket, count) for bucket, count in self.sizes.items()}
        return self.server

    def target(self, bucket: str, context: str) -> Signed:
        """One page of a bucket's root in COS JSON."""
        target = f"/files/v2/{APPID}/{bucket}/?op=list&num={PAGE}&context={quote(context, safe='')}"
        return Signed(target=target, headers={"Authorization": self.server.authorization(bucket)})

    def page(self, how: Signed) -> bytes:
        """The answer to one request for a page. Raises RuntimeError when it is refused."""
        status, body = ask(self.server.port, "GET", how.target, how.headers)
        if status != 200:
            raise RuntimeError(f"GET {how.target} gave {status} {body[:300]!r}")
        return body

    def _walk(self, bucket: str, total: int) -> list[str]:
        """The contexts of all pages. Raises RuntimeError when they do not hold every key once."""
        found, contexts = bytearray(total), [""]
        for _ in range(total // PAGE + 2):
            data: dict[str, Any] = json.loads(self.page(self.target(bucket, contexts[-1])))["data"]
            for entry in data["infos"]:
                found[int(entry["name"].removeprefix(PREFIX))] += 1
            if data["listover"]:
                break
            contexts.append(data["context"])
        if found.count(1) != total:
            raise RuntimeError(f"bucket {bucket}: {total - found.count(1)} of {total} keys are not listed once")
        return contexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a bucket: its `number` from 0, by the first or the second (`list-type=2`) form of the request."""

    bucket: str
    number: int
    second: bool = False

    @property
    def last_before(self) -> str:
        """The last key of the page before it; empty for the first page."""
        return key(self.number * PAGE - 1) if self.number else ""


def pages(sizes: Mapping[str, int], *, second: bool) -> dict[str, Page]:
    """What is measured, by its name: the one page of the small bucket; first, middle and last page of the others."""
    found = {}
    for bucket, total in sizes.items():
        count = total // PAGE
        places = {"first": 0, "middle": count // 2, "last": count - 1} if count > 1 else {"": 0}
        for place, number in places.items():
            name = f"{bucket}-{place}".removesuffix("-")
            found[name] = Page(bucket=bucket, number=number)
            if second and place != "middle":
                found[f"v2-{name}"] = Page(bucket=bucket, number=number, second=True)
    return found


def asked(filled: Filled, dialect: str, page: Page) -> Signed:
    """The request for a page. The token of the second form is the one that the page before it gives."""
    if dialect == "cos_json":
        return filled.target(page.bucket, filled.contexts[page.bucket][page.number])
    speaker = Speaker(cloud=dialect, port=filled.server.port, credential=Credential(), bucket=page.bucket)
    size = ("max-keys", str(PAGE))
    if not page.second:
        marker = (("marker", page.last_before),) if page.number else ()
        return speaker.ask("GET", query=(*marker, size))
    query: Pairs = (("list-type", "2"), size)
    if page.number:
        before = key((page.number - 1) * PAGE - 1) if page.number > 1 else ""
        told = filled.page(speaker.ask("GET", query=(*query, ("start-after", before))))
        query += (("continuation-token", CLOUDS[dialect].next_token(told)),)
    return speaker.ask("GET", query=query)


def keys_on(dialect: str, body: bytes) -> list[str]:
    """The keys on a page, as its dialect writes it."""
    if dialect == "cos_json":
        return [entry["name"] for entry in json.loads(body)["data"]["infos"]]
    return CLOUDS[dialect].keys(body)


def list_contenders(filled: Filled, dialect: str) -> list[Contender]:
    """A contender for each page that is measured in this dialect."""

    def page_contender(name: str, page: Page) -> Contender:
        def run(seconds: int) -> Sample:
            server = filled.up()
            how = asked(filled, dialect, page)
            found = keys_on(dialect, filled.page(how))
            if found != [key(page.number * PAGE + place) for place in range(PAGE)]:
                raise RuntimeError(f"{name}: not the page that was asked for, but {len(found)} keys from {found[:1]}")
            script, target = get_script(server.port, filled.folder, [how], {})
            return wrk(server, filled.folder, script, target, seconds)

        return Contender(name=name, tier=Entrepot.tier, run=run)

    second = dialect != "cos_json" and CLOUDS[dialect].second
    return [page_contender(name, page) for name, page in pages(filled.sizes, second=second).items()]


def peer_contender(server: S3Peer) -> Contender:
    """The one page of a bucket of 1,000 keys, from a peer that speaks S3."""
    folder = server.folder.parent / f"{server.name}.load"

    def run(seconds: int) -> Sample:
        if server.process is None:
            server.wipe()
            server.start()
            for number, how in enumerate(server.puts([key(number) for number in range(PAGE)])):
                status, told = ask(server.port, "PUT", how.target, how.headers, b"%016d" % number)
                if status != 200:
                    raise RuntimeError(f"{server.name}: PUT gave {status} {told[:200]!r}")
        how = server.speaker().ask("GET", query=(("max-keys", str(PAGE)),))
        _, body = ask(server.port, "GET", how.target, how.headers)
        if len(keys_on("s3", body)) != PAGE:
            raise RuntimeError(f"{server.name}: a page of {len(keys_on('s3', body))} keys instead of {PAGE}")
        script, target = get_script(server.port, folder, [how], {})
        return wrk(server, folder, script, target, seconds)

    return Contender(name=server.name, tier=server.tier, run=run)


def start_contender(filled: Filled) -> Contender:
    """End and start the filled server: the seconds from its start to its first ready answer."""

    def run(_seconds: int) -> Sample:
        filled.up()
        filled.server.stop()
        seconds = filled.server.start()
        return Sample(rate=1 / seconds, requests=1, figures={"seconds": seconds})

    return Contender(name="entrepot", tier=Entrepot.tier, run=run)

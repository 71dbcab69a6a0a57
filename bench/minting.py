"""Minting through TencentCloud API 3.0, and what a minted key costs when it is spent.

Law: as a client sees it. Many calls are signed before the clock starts and sent in turn; that each minted is
told by the server's own counters (`/-/metrics`), for the cloud's API answers 200 to refusals, too. Every run
begins with a key that is minted, and used, by hand.

Source: wire facts of Tencent §1.2 (TC3-HMAC-SHA256; a call may be sent again within its five minutes), §2, §3.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.clouds import Speaker
from bench.listing import seeded
from bench.load import turns_script, wrk
from bench.measure import Contender, Sample
from bench.peers import Entrepot, Server, Spoken
from bench.process import ask
from bench.sign import APPID, Call, Credential, Signed, tc3

CALLS = 512  # different calls in a run
SUB_APP = 220209
UNLIMITED = "1000000"  # calls a second
ACTIONS = (
    "PutObject", "GetObject", "HeadObject", "InitiateMultipartUpload", "UploadPart", "CompleteMultipartUpload",
    "ListParts", "AbortMultipartUpload",
)  # fmt: skip


def ms_call(number: int) -> Call:
    """Keys that may upload below a prefix; no two calls of a run are the same."""
    body = json.dumps({"CosRegion": "ap-guangzhou", "Duration": 7200 + number})
    return Call(service="ms", action="CreateCosSecKeyInstance", version="2018-04-08", body=body)


def vod_call(number: int) -> Call:
    """Credentials for the objects of one bucket."""
    policy = {
        "version": "2.0",
        "statement": [
            {
                "effect": "allow",
                "action": [f"name/vod:{action}" for action in ACTIONS],
                "resource": [f"qcs::vod:ap-guangzhou:uid/{APPID}:prefix//{SUB_APP}/demo/*"],
            }
        ],
    }
    told = quote(json.dumps(policy, separators=(",", ":")), safe="")
    body = json.dumps({"SubAppId": SUB_APP, "DurationSeconds": 7200 + number, "Policy": told})
    return Call(service="vod", action="CreateStorageCredentials", version="2024-07-18", body=body)


API = {"ms": ms_call, "vod": vod_call}


def minted(port: int, call: Call) -> dict[str, Any]:
    """The answer to one call. Raises RuntimeError when it is refused."""
    host = f"127.0.0.1:{port}"
    status, told = ask(
        port, "POST", "/", {"Host": host, **tc3(Credential(), host, call, time.time())}, call.body.encode()
    )
    answer: dict[str, Any] = json.loads(told)["Response"] if status == 200 else {"Error": told[:300]}
    if "Error" in answer:
        raise RuntimeError(f"{call.action} gave {status} {answer['Error']!r}")
    return answer


def speaker_of(api: str, port: int) -> Speaker:
    """Mint a right and say who may now speak to which bucket."""
    answer = minted(port, API[api](0))
    if api == "ms":
        return Speaker(
            cloud="cos_xml", port=port, bucket=answer["CosBucket"], prefix=answer["CosPrefix"] + "/",
            credential=Credential(key_id=answer["CosId"], secret=answer["CosKey"], token=answer["CosToken"]),
        )  # fmt: skip
    found = answer["Credentials"]
    credential = Credential(
        key_id=found["AccessKeyId"], secret=found["SecretAccessKey"], token=found["SessionToken"]
    )  # fmt: skip
    return Speaker(cloud="s3", port=port, credential=credential)


def counted(server: Server, name: str, **labels: str) -> float:
    """The sum of a counter of the running server over everything but these labels.

    Raises RuntimeError when the server tells no counters at all.
    """
    total = 0.0
    for port in server.ports or [server.port]:
        _, body = ask(port, "GET", "/-/metrics")
        if b"entrepot_requests_total" not in body:
            raise RuntimeError(f"{server.name}: /-/metrics tells no counters")
        for said, value in re.findall(rf"^{name}{{(.*)}} (\S+)$", body.decode(), re.MULTILINE):
            if all(f'{label}="{wanted}"' in said for label, wanted in labels.items()):
                total += float(value)
    return total


# -- minting -----------------------------------------------------------------------------------------------------------


class Minter:
    """Mints through one API, on a new data folder each time or on one whose ledger is full."""

    def __init__(self, name: str, server: Entrepot, rows: int, say: Callable[[str], None]) -> None:
        self.name, self.server, self.rows, self.say = name, server, rows, say
        self.call = API[name.partition("-")[0]]
        self.folder = server.folder.parent / f"{name}.load"

    def contender(self) -> Contender:
        return Contender(name=self.name, tier=self.server.tier, run=self.run)

    def run(self, seconds: int) -> Sample:
        """One run; the rate is rights a second that were answered as minted."""
        server = self.server
        if not self.rows:
            server.wipe()
        if server.process is None:
            if self.rows and not (server.folder / "data").exists():
                self._fill()
            server.start()
            self._load(1)
        self._spend()
        return self._load(seconds)

    def _load(self, seconds: int) -> Sample:
        port = self.server.port
        host, now = f"127.0.0.1:{port}", time.time()
        requests = []
        for number in range(CALLS):
            call = self.call(number)
            headers = {"Host": host, "Content-Length": str(len(call.body)), **tc3(Credential(), host, call, now)}
            lines = ("POST / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", call.body)
            requests.append("\t".join(lines))
        script = turns_script(self.folder, requests)
        before = counted(self.server, "entrepot_requests_total", dialect="tencent", outcome="ok")
        sample = wrk(self.server, self.folder, script, "/", seconds)
        done = counted(self.server, "entrepot_requests_total", dialect="tencent", outcome="ok") - before
        refused = max(0, round(sample.requests - done))
        rate = sample.rate * max(0.0, 1 - refused / max(1, sample.requests))
        return replace(
            sample, rate=rate, requests_per_second=rate, mb_per_second=0.0,
            errors={**sample.errors, "refused": refused},
        )  # fmt: skip

    def _spend(self) -> None:
        """Use a right that was just minted: put an object with it."""
        how = speaker_of(self.name.partition("-")[0], self.server.port).ask("PUT", "spent")
        status, told = ask(self.server.port, "PUT", how.target, how.headers, b"spent")
        if status != 200:
            raise RuntimeError(f"{self.name}: PUT with a minted key gave {status} {told[:300]!r}")

    def _fill(self) -> None:
        start = time.monotonic()
        self.server.start()
        self.server.stop()
        seeded(self.server, "ledger", str(self.rows))
        self.say(f"filled a ledger: {self.rows:,} rows in {time.monotonic() - start:,.0f} s")


def mint_contenders(folder: Path, names: tuple[str, ...], rows: int, say: Callable[[str], None]) -> list[Minter]:
    """Everybody named; those with a full ledger share it."""
    full = Entrepot(folder / "full", ENTREPOT_MINT__REQUESTS_PER_SECOND=UNLIMITED)
    found = []
    for name in names:
        is_full = name.endswith("-full")
        own = full if is_full else Entrepot(folder / name, ENTREPOT_MINT__REQUESTS_PER_SECOND=UNLIMITED)
        found.append(Minter(name, own, rows if is_full else 0, say))
    return found


# -- spending ----------------------------------------------------------------------------------------------------------


class Lent(Spoken):
    """Entrepot, spoken to with a key that was minted after its start; what only may upload is read by the owner."""

    def __init__(self, folder: Path, cloud: str, **settings: str) -> None:
        super().__init__(folder, cloud, **settings)
        self.name = f"{cloud}-minted"
        self.minter = {"cos_xml": "ms", "s3": "vod"}[cloud]

    def prepare(self) -> None:
        speaker = speaker_of(self.minter, self.port)
        self.credential, self.bucket, self.prefix = speaker.credential, speaker.bucket, speaker.prefix

    def gets(self, keys: list[str], *, ago: float = 0) -> list[Signed]:
        speaker = self.speaker()
        if self.minter == "ms":
            speaker = replace(speaker, credential=Credential())
        return [speaker.ask("GET", key, ago=ago) for key in keys]


def with_commits(contender: Contender, server: Server) -> Contender:
    """The same contender, telling also how often the index was written to for each request."""

    def commits() -> float:
        if server.process is None:
            return 0.0
        return counted(server, "entrepot_storage_seconds_count", port="index", action="commit")

    def run(seconds: int) -> Sample:
        before = commits()
        sample = contender.run(seconds)
        spent = (commits() - before) / max(1, sample.requests)
        return replace(sample, figures={**sample.figures, "commits_per_request": spent})

    return replace(contender, run=run)

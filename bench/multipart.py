"""One large object in numbered parts, in an S3-like dialect: a driver of four connections, in a process of its own.

Law: as in `bench.slices`, whose connections and figures it uses. The clock stands still between the answer to
the initiation and the first part, while the parts are signed, for their signatures cover the upload's id. In
the end, and not measured, the first bytes of three parts are got back and compared.

Source: AWS "Uploading using multipart upload"; wire facts of Tencent §7.5, Alibaba §5.4, Volcengine §3.9.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from bench.cases import Case
from bench.clouds import CLOUDS, Speaker
from bench.measure import Contender
from bench.peers import S3Peer, Spoken
from bench.sign import Credential, Signed
from bench.slices import Driven, RefusedError, block, figures, in_parallel

TAG_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the driver does."""

    speaker: Speaker
    key: str
    size: int
    part: int
    nonce: int


def sent(line: http.client.HTTPConnection, how: Signed, body: bytes, method: str) -> tuple[str, bytes]:
    """The entity tag and the body of the answer. Raises RefusedError when it is no success."""
    line.request(method, how.target, body or None, dict(how.headers))
    reply = line.getresponse()
    text = reply.read()
    if reply.status not in {200, 204, 206}:
        raise RefusedError(f"{reply.status} {text[:300]!r}")
    return reply.headers.get("ETag", ""), text


def drive(job: Job, tail: bytes) -> dict[str, float]:
    """Initiate, the parts in parallel, complete."""
    cloud, ask, count = CLOUDS[job.speaker.cloud], job.speaker.ask, job.size // job.part
    line = http.client.HTTPConnection("127.0.0.1", job.speaker.port, timeout=300)
    start = time.perf_counter()
    _, told = sent(line, ask("POST", job.key, (("uploads", ""),)), b"", "POST")
    began = time.perf_counter() - start
    upload = ("uploadId", cloud.upload_id(told))
    parts = [ask("PUT", job.key, (("partNumber", str(number)), upload)) for number in range(1, count + 1)]
    done = ask("POST", job.key, (upload,))
    etags = [""] * count

    def send(connection: http.client.HTTPConnection, number: int) -> None:
        etags[number], _ = sent(connection, parts[number], block(job.nonce, number, tail), "PUT")

    start = time.perf_counter()
    times = in_parallel(count, send, job.speaker.port)
    before = time.perf_counter()
    _, told = sent(line, done, cloud.completion(etags), "POST")
    end = time.perf_counter()
    if b"<Error>" in told:  # S3 may begin a 200 before it knows
        raise RefusedError(repr(told[:300]))
    check(job, line, tail)
    seconds = began + end - start
    return figures(seconds, times) | {"finish_seconds": end - before, "finish_share": (end - before) / seconds}


def check(job: Job, line: http.client.HTTPConnection, tail: bytes) -> None:
    """Get a few bytes of three parts back. Raises RefusedError when they are not what was sent."""
    count = job.size // job.part
    for number in sorted({0, count // 2, count - 1}):
        how = job.speaker.ask("GET", job.key)
        last = (number + 1) * job.part - 1
        span = {"Range": f"bytes={number * job.part}-{min(last, number * job.part + 2 * TAG_BYTES - 1)}"}
        _, told = sent(line, Signed(target=how.target, headers={**how.headers, **span}), b"", "GET")
        if told != block(job.nonce, number, tail)[: 2 * TAG_BYTES]:
            raise RefusedError(f"part {number + 1} came back as {told[:40]!r}")


def uploader(case: Case, server: Spoken | S3Peer) -> Contender:
    """The contender that uploads to `server` in parts."""

    def job(turn: int) -> dict[str, Any]:
        speaker = asdict(server.speaker())
        return {"speaker": speaker, "key": f"big-{turn}", "size": case.size, "part": case.part, "nonce": turn}

    return Driven(case, server, server.name, "bench.multipart", job).contender()


def main() -> None:
    """Do the job given on stdin."""
    said = json.load(sys.stdin)
    credential = Credential(**said["speaker"].pop("credential"))
    job = Job(**{**said, "speaker": Speaker(**said["speaker"], credential=credential)})
    json.dump(drive(job, os.urandom(job.part - TAG_BYTES)), sys.stdout)


if __name__ == "__main__":
    main()

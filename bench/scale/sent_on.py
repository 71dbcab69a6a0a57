"""Downloads by curl, which follows where it is sent on: the store's bytes without passing through a gateway.

Law: every contender is asked by the same curl for one presigned address, again and again, 8 at a time; only whole
bodies count. wrk, which loads the other cases, does not follow.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import Counter
from dataclasses import replace

from bench.cases import Case
from bench.load import CONNECTIONS
from bench.measure import Contender, Sample
from bench.objects import Filler, put_object
from bench.peers import MissingError
from bench.scale.servers import Gateways, Versitygw

KEY = "sent-on"


class Curler:
    """Gets one object that it puts first, by an address that it signs anew for each run."""

    def __init__(self, case: Case, name: str, server: Gateways | Versitygw) -> None:
        self.case, self.name, self.server = case, name, server
        self.count = CONNECTIONS  # the address ends in a fragment with the number of each, which is not sent
        self.curl = shutil.which("curl") or ""
        if not self.curl:
            raise MissingError("curl: not installed")

    def contender(self) -> Contender:
        """As it is measured; MB a second of whole bodies."""
        return Contender(name=self.name, tier=self.server.tier, run=self.run)

    def run(self, seconds: int) -> Sample:
        """One run: as many downloads as take so long. Raises RuntimeError when nothing arrived."""
        if self.server.process is None:
            self.server.start()
            put_object(self.server, KEY, Filler(self.case.size, self.case.size // 2).content(0))
        while True:
            began = time.monotonic()
            told = self._downloads()
            passed = time.monotonic() - began
            sample = self._sample(told, passed)
            if passed >= seconds * 0.9 or sample.failed:
                return sample
            self.count = int(self.count * min(10.0, 1.1 * seconds / passed)) + 1

    def _downloads(self) -> Counter[str]:
        """What curl tells of each: its status, its bytes, and how often it was sent on."""
        target = replace(self.server.speaker(), cloud="s3-presigned").ask("GET", KEY).target
        command = [
            self.curl, "--silent", "--location", "--parallel", "--parallel-immediate",
            "--parallel-max", str(CONNECTIONS), "--output", "/dev/null",
            "--write-out", "%{http_code} %{size_download} %{num_redirects}\\n",
            f"http://127.0.0.1:{self.server.port}{target}#[1-{self.count}]",
        ]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False).stdout
        return Counter(said.splitlines())

    def _sample(self, told: Counter[str], passed: float) -> Sample:
        whole = {f"200 {self.case.size} {hops}": hops for hops in (0, 1)}
        done = sum(count for line, count in told.items() if line in whole)
        if not done:
            raise RuntimeError(f"{self.name}: curl was told {told.most_common(3)}")
        megabytes = done * self.case.size / 1e6 / passed
        redirects = sum(count * whole.get(line, 0) for line, count in told.items())
        return Sample(
            rate=megabytes, requests=done, requests_per_second=done / passed, mb_per_second=megabytes,
            errors={"refused": sum(told.values()) - done}, figures={"sent_on": redirects / done},
        )  # fmt: skip

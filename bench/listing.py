"""Listing and starting on a data folder that holds many objects.

Law: the folder is filled through the server's own API (a million objects: by `bench.seed`) and counted by
walking every page before anything is measured; a folder that lacks a key is refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.load import CONNECTIONS, put_script, wrk
from bench.measure import Contender, Sample
from bench.peers import ROOT, Entrepot
from bench.process import ask
from bench.sign import APPID

SMALL_KEYS = 1000
PAGE = 1000
API_KEYS = 200_000  # more than this are written by bench.seed
CONTENT_BYTES = 16
PREFIX = "k-"

# After `total` keys the last one is put again and again until every connection has had its answer. wrk's own
# stop() leaves it sleeping to the end of its time, so the script tells the sample and ends the process itself.
_FILL = """
local a, b, c, n, got = slurp('{folder}/a'), slurp('{folder}/b'), slurp('{folder}/c'), -1, 0
local refused = 0
request = function()
  local tag = string.format('%016d', math.max(0, math.min(n, {total} - 1)))
  n = n + 1
  return a .. tag .. b .. tag .. c
end
response = function(status)
  got = got + 1
  if status ~= 200 then refused = refused + 1 end
  if got >= {total} + {connections} then
    io.write('BENCH {{"requests":' .. got .. ',"status":' .. refused .. ',"bytes":0,"us":1000000,"p50":0,"p99":0,'
      .. '"connect":0,"read":0,"write":0,"timeout":0}}\\n')
    io.stdout:flush()
    os.exit(0)
  end
end
"""


class Filled:
    """One Entrepot with a bucket of 1,000 keys and a big one of `keys` keys, made when first asked for."""

    def __init__(self, folder: Path, keys: int, say: Callable[[str], None]) -> None:
        self.server = Entrepot(folder / "filled" / "entrepot")
        self.folder = folder / "filled" / "load"
        self.keys = keys
        self.say = say
        self.last_context = ""
        self._made = False

    def up(self) -> Entrepot:
        """The running server, its buckets full."""
        if not self._made:
            self.server.wipe()
        if self.server.process is None:
            self.server.start()
        if not self._made:
            self._fill("small", SMALL_KEYS)
            self.last_context = self._fill("big", self.keys)
            self._made = True
        return self.server

    def target(self, bucket: str, context: str = "") -> str:
        """The target of one page of a bucket's root."""
        return f"/files/v2/{APPID}/{bucket}/?op=list&num={PAGE}&context={quote(context, safe='')}"

    def page(self, bucket: str, context: str) -> dict[str, Any]:
        """One page's `data`. Raises RuntimeError when it is refused."""
        sign = {"Authorization": self.server.authorization(bucket)}
        status, body = ask(self.server.port, "GET", self.target(bucket, context), sign)
        if status != 200:
            raise RuntimeError(f"list {bucket} gave {status} {body[:300]!r}")
        data: dict[str, Any] = json.loads(body)["data"]
        return data

    def _fill(self, bucket: str, total: int) -> str:
        """Create and fill a bucket; the context that leads to its last page."""
        start = time.monotonic()
        where = str(self.server.folder / "data")
        self.server.tell("bucket", "create", bucket, "--account", APPID, data=Path(where))
        if total > API_KEYS:
            self.server.stop()
            self._seed(where, bucket, str(total))
            self.server.start()
        else:
            self._through_api(bucket, total)
        found, context = self._walk(bucket, total)
        if not all(found):
            raise RuntimeError(f"bucket {bucket}: {found.count(0)} of {total} keys are missing")
        self.say(f"filled {bucket}: {total:,} keys in {time.monotonic() - start:,.0f} s")
        return context

    def _seed(self, where: str, bucket: str, total: str) -> None:
        env = self.server.environment()
        env["PYTHONPATH"] += f":{ROOT}"
        command = [sys.executable, "-m", "bench.seed", where, bucket, PREFIX, total]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"bench.seed: {done.stderr[-300:]}")

    def _through_api(self, bucket: str, total: int) -> None:
        server = self.server
        script = put_script(
            server, self.folder, size=CONTENT_BYTES, prefix=PREFIX,
            upload=server.upload_to(bucket), where=server.api(PREFIX, bucket),
        )  # fmt: skip
        text = _FILL.format(folder=self.folder, total=total, connections=CONNECTIONS)
        sample = wrk(server, self.folder, text, "/", 20 + total // 500)
        if sample.failed:
            self.say(f"filling {bucket}: errors {dict(sample.errors)}")
        for number in [number for number, seen in enumerate(self._walk(bucket, total)[0]) if not seen]:
            how = server.upload_to(bucket)
            body = how.lead + script.filler.content(number) + how.trail
            ask(server.port, "POST", server.api(script.key(number), bucket), how.headers, body)

    def _walk(self, bucket: str, total: int) -> tuple[bytearray, str]:
        """Which keys all pages together hold, and the context of the last page."""
        found, context = bytearray(total), ""
        for _ in range(total // PAGE + 2):
            data = self.page(bucket, context)
            for entry in data["infos"]:
                found[int(entry["name"].removeprefix(PREFIX))] = 1
            if data["listover"]:
                return found, context
            context = data["context"]
        raise RuntimeError(f"bucket {bucket}: the listing does not end")


def list_contenders(filled: Filled) -> list[Contender]:
    """The one page of the small bucket, the first and the last page of the big one."""

    def page(name: str, bucket: str, last: bool) -> Contender:
        def run(seconds: int) -> Sample:
            server = filled.up()
            context = filled.last_context if last else ""
            count = len(filled.page(bucket, context)["infos"])
            if count != PAGE:
                raise RuntimeError(f"{name}: a page of {count} entries instead of {PAGE}")
            script = f"wrk.headers['Authorization'] = '{server.authorization(bucket)}'\n"
            return wrk(server, filled.folder, script, filled.target(bucket, context), seconds)

        return Contender(name=name, tier=Entrepot.tier, run=run)

    return [page("small", "small", False), page("big-first", "big", False), page("big-last", "big", True)]


def start_contender(filled: Filled) -> Contender:
    """End and start the filled server: the seconds from its start to its first ready answer."""

    def run(_seconds: int) -> Sample:
        filled.up()
        filled.server.stop()
        seconds = filled.server.start()
        return Sample(rate=1 / seconds, requests=1, figures={"seconds": seconds})

    return Contender(name="entrepot", tier=Entrepot.tier, run=run)

"""The servers that are measured: Entrepot and three peers, each on its own port and in its own folder.

Law: a server says how objects are put (`upload`, `puts`) and got (`gets`), and what its 2xx is worth (`tier`).
Nothing here measures. A peer that is not installed raises MissingError with what to do about it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.clouds import CLOUDS, Speaker
from bench.process import Process, ask, free_port
from bench.sign import APPID, KEY_ID, SECRET, Credential, Signed, cos_multi

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
S3RVER = HERE / "peers" / "node_modules" / "s3rver" / "bin" / "s3rver.js"
MOTO = ROOT / ".venvs" / "bench-moto" / "bin" / "moto_server"
BOUNDARY = "entrepotbench7d1f0c"


class MissingError(RuntimeError):
    """A program that the benchmark needs is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """How one object is put, but for its target; the content stands between `lead` and `trail`."""

    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    lead: bytes = b""
    trail: bytes = b""


class Server(ABC):
    """One server under a folder of its own."""

    name: str
    tier: str
    ready = "/"
    warm_seconds = 1  # how long it takes to reach its pace
    per_key = False  # whether each key needs a signature of its own

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.ports: list[int] = []  # all of them, where it listens on several
        self.process: Process | None = None

    def start(self) -> float:
        """Start on the folder as it is; the seconds until the first answer."""
        self.port = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = Process(self.command(), folder=self.folder, env=self.environment())
        seconds = self.process.wait_ready(self.port, self.ready)
        self.prepare()
        return seconds

    def running(self) -> Process:
        """Its process. Raises RuntimeError when it was not started."""
        if self.process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self.process

    def engine_seconds(self) -> float:
        """How much of the processor time of its processes the engines below it have spent; 0 when it has none."""
        return 0.0

    def stop(self) -> None:
        """End it, keeping its folder."""
        if self.process is not None and not self.process.stop():
            print(f"bench: {self.name} did not end on SIGTERM and was killed", file=sys.stderr)
        self.process = None

    def wipe(self) -> None:
        """End it, delete its folder, and let the disk come to rest: the next run must not pay for it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.sync()

    def empty(self) -> None:
        """Forget every object, by whatever way is quick; the server need not run afterwards."""
        self.wipe()

    def unlink(self, folder: str) -> None:
        """Delete what is in `folder` (relative to the server's own), then let the disk come to rest."""
        for entry in (self.folder / folder).iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        os.sync()

    def environment(self) -> dict[str, str]:
        """The environment of the process: ours, without proxies and without settings of Entrepot."""
        drop = ("ENTREPOT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        return {name: value for name, value in os.environ.items() if not name.upper().startswith(drop)}

    def prepare(self) -> None:  # noqa: B027 - most servers need nothing
        """What must be done once after each start (buckets)."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command line."""

    @abstractmethod
    def upload(self) -> Upload:
        """How an object is put, everything but its name and content."""

    @abstractmethod
    def puts(self, keys: list[str]) -> list[Signed]:
        """The requests that put `keys`, beside what `upload` says of all."""

    @abstractmethod
    def gets(self, keys: list[str], *, ago: float = 0) -> list[Signed]:
        """The requests that get `keys`; signed `ago` seconds ago, where each key is signed."""


class Entrepot(Server):
    """Entrepot as it comes, one worker a core; spoken to in COS JSON, with one multi-use signature for a bucket.

    `settings` are further variables of its environment.
    """

    name = "cos_json"
    tier = "durable (fsync before 2xx), signature verified"
    ready = "/-/readyz"
    workers = 2

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder)
        self.settings = settings

    def start(self) -> float:
        data, template = self.folder / "data", self.folder.parent / "entrepot.template"
        if not data.exists():
            if not template.exists():
                fresh = template.with_name("entrepot.fresh")
                shutil.rmtree(fresh, ignore_errors=True)
                self._make(fresh)
                fresh.rename(template)
            shutil.copytree(template, data)
        return super().start()

    def _make(self, template: Path) -> None:
        """A data folder with the known account, key and bucket: what is measured is the server without --dev."""
        own = ["--account", APPID, "--id", KEY_ID, "--secret-file", "-"]
        self.tell("account", "create", "--appid", APPID, data=template)
        self.tell("key", "create", *own, data=template, said=SECRET)
        self.tell("bucket", "create", "demo", "--account", APPID, data=template)

    def tell(self, *words: str, data: Path, said: str = "") -> None:
        """One command of Entrepot's on a data folder, `said` on its standard input. Raises RuntimeError."""
        done = subprocess.run(
            [sys.executable, "-m", "entrepot", *words, "--data", str(data)],
            env=self.environment(), input=said, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"entrepot {' '.join(words[:2])}: {(done.stderr or done.stdout)[-300:]}")

    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--workers", str(self.workers)]
        return [sys.executable, "-m", "entrepot", "serve", "--data", str(self.folder / "data"), *options]

    def environment(self) -> dict[str, str]:
        """As it runs where it was installed: compiled once, at the first start."""
        compiled = {"PYTHONPYCACHEPREFIX": str(self.folder.parent / "entrepot.compiled"), "PYTHONDONTWRITEBYTECODE": ""}
        return super().environment() | compiled | {"PYTHONPATH": str(ROOT / "src")} | self.settings

    def authorization(self, bucket: str = "demo") -> str:
        """A multi-use signature for `bucket`, valid for an hour from now."""
        return cos_multi(bucket, now=time.time())

    def upload(self) -> Upload:
        return self.upload_to("demo")

    def upload_to(self, bucket: str) -> Upload:
        """The form upload of the COS JSON API (`op=upload`, overwriting) into `bucket`."""
        lead, trail = form({"op": "upload", "insertOnly": "0"})
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        headers = {"Authorization": self.authorization(bucket), "Content-Type": kind}
        return Upload(method="POST", headers=headers, lead=lead, trail=trail)

    def puts(self, keys: list[str]) -> list[Signed]:
        return [Signed(target=self.api(key)) for key in keys]

    def api(self, key: str, bucket: str = "demo") -> str:
        """The API's target for `key`."""
        return f"/files/v2/{APPID}/{bucket}/{key}"

    def gets(self, keys: list[str], *, ago: float = 0) -> list[Signed]:
        sign = cos_multi("demo", now=time.time() - ago).replace("+", "%2B").replace("=", "%3D")
        return [Signed(target=f"/demo-{APPID}/{key}?sign={sign}") for key in keys]


class Spoken(Entrepot):
    """Entrepot in one of the S3-like dialects, every request signed in its header."""

    per_key = True

    def __init__(self, folder: Path, cloud: str, **settings: str) -> None:
        super().__init__(folder, **settings)
        self.name = self.cloud = cloud
        self.credential = Credential()
        self.bucket, self.prefix = "demo", ""

    def speaker(self) -> Speaker:
        """Speaks to this start of the server."""
        return Speaker(
            cloud=self.cloud, port=self.port, credential=self.credential, bucket=self.bucket, prefix=self.prefix
        )

    def upload(self) -> Upload:
        return Upload(method="PUT")

    def puts(self, keys: list[str]) -> list[Signed]:
        speaker = self.speaker()
        return [speaker.ask("PUT", key) for key in keys]

    def gets(self, keys: list[str], *, ago: float = 0) -> list[Signed]:
        speaker = self.speaker()
        return [speaker.ask("GET", key, ago=ago) for key in keys]


class Nginx(Server):
    """Debian's nginx as a WebDAV store: the practical limit of the machine."""

    name = "nginx"
    tier = "page cache (no fsync), no signature"
    ready = "/ready"

    def empty(self) -> None:
        self.unlink("www/demo")

    def command(self) -> list[str]:
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise MissingError("nginx: not installed (python -m bench.setup, as root on Debian)")
        for name in ("www/demo", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        config = self.folder / "nginx.conf"
        text = (HERE / "peers" / "nginx.conf").read_text()
        user = "user root;" if os.getuid() == 0 else ""
        config.write_text(text.replace("@USER@", user).replace("@PORT@", str(self.port)))
        return [program, "-p", str(self.folder), "-c", str(config), "-e", str(self.folder / "error.log")]

    def upload(self) -> Upload:
        return Upload(method="PUT")

    def puts(self, keys: list[str]) -> list[Signed]:
        return [Signed(target=f"/demo/{key}") for key in keys]

    def gets(self, keys: list[str], *, ago: float = 0) -> list[Signed]:
        del ago
        return self.puts(keys)


class S3Peer(Server):
    """What both S3 peers share: presigned requests, path style, bucket `demo`."""

    per_key = True
    key_id, secret = "", ""

    def speaker(self) -> Speaker:
        """Speaks to this start of the server."""
        credential = Credential(key_id=self.key_id, secret=self.secret)
        return Speaker(cloud="s3-presigned", port=self.port, credential=credential)

    def upload(self) -> Upload:
        return Upload(method="PUT")

    def puts(self, keys: list[str]) -> list[Signed]:
        speaker = self.speaker()
        return [speaker.ask("PUT", key) for key in keys]

    def gets(self, keys: list[str], *, ago: float = 0) -> list[Signed]:
        speaker = self.speaker()
        return [speaker.ask("GET", key, ago=ago) for key in keys]


class S3rver(S3Peer):
    """s3rver (npm), files without fsync; verifies signatures."""

    name = "s3rver"
    tier = "files (no fsync), signature verified"
    key_id, secret = "S3RVER", "S3RVER"
    warm_seconds = 5  # node compiles what is hot

    def empty(self) -> None:
        self.unlink("data/demo")

    def command(self) -> list[str]:
        node = shutil.which("node")
        if node is None or not S3RVER.exists():
            raise MissingError("s3rver: needs node and npm (python -m bench.setup)")
        where = ["-d", str(self.folder / "data"), "-a", "127.0.0.1", "-p", str(self.port)]
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        return [node, "--no-deprecation", str(S3RVER), *where, "--silent", "--configure-bucket", "demo"]


class Moto(S3Peer):
    """moto's server (PyPI), in memory; does not verify signatures."""

    name = "moto"
    tier = "memory, signature not verified"
    ready = "/moto-api/"
    key_id, secret = "bench", "bench"

    def command(self) -> list[str]:
        if not MOTO.exists():
            raise MissingError("moto: not installed (python -m bench.setup)")
        return [str(MOTO), "-H", "127.0.0.1", "-p", str(self.port)]

    def empty(self) -> None:
        ask(self.port, "POST", "/moto-api/reset")
        self.prepare()

    def prepare(self) -> None:
        status, body = ask(self.port, "PUT", self.speaker().ask("PUT").target)
        if status != 200:
            raise RuntimeError(f"moto refused the bucket: {status} {body[:200]!r}")


_PLAIN: dict[str, type[Server]] = {kind.name: kind for kind in (Entrepot, Nginx, S3rver, Moto)}
OURS = ("cos_json", *(name for name in CLOUDS if name != "s3-presigned"))


def server_of(name: str, folder: Path) -> Server:
    """The server that a contender's name means: a dialect of Entrepot's, or a peer."""
    kind = _PLAIN.get(name)
    return Spoken(folder, name) if kind is None else kind(folder)


def form(fields: Mapping[str, str], file: str = "filecontent") -> tuple[bytes, bytes]:
    """A multipart form's bytes before and after the content of its one file part."""
    mark = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    text = "".join(f'{mark}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    part = f'{mark}"{file}"; filename="b"\r\nContent-Type: application/octet-stream\r\n\r\n'
    return (text + part).encode(), f"\r\n--{BOUNDARY}--\r\n".encode()

"""Follows a document as its reader would: one shell, the blocks in order, servers in terminals of their own.

Law: what is run is what is written. Only the ports are others (those of the document may be taken), and ``python``,
``pip``, ``pytest`` and ``make run`` are those of the tests' environments. What ``pip install`` names must be there.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from conformance.server import ROOT, environment
from conformance.setup_sdks import python_of

from .reading import Block, blocks

PORTS = ("9400", "9401", "9402", "9443", "8080", "5432", "9000")
"""What documents write for ports."""
_SECONDS = 900
_BEGIN = r"""
set -euo pipefail
set -m
declare -A running=()
out=OUT
leave() {
    [ -n "${running[$1]:-}" ] || return 0
    kill -TERM -- "-${running[$1]}" 2>/dev/null || true
    wait "${running[$1]}" 2>/dev/null || true
    while kill -0 -- "-${running[$1]}" 2>/dev/null; do sleep 0.05; done  # a terminal is free when all in it has ended
    unset "running[$1]"
}
finish() { for name in "${!running[@]}"; do leave "$name"; done; }
trap finish EXIT
trap 'exit 1' TERM INT
listens() {
    for _ in $(seq 1800); do
        ! (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null || return 0
        kill -0 "${running[$1]}" 2>/dev/null || break
        sleep 0.1
    done
    echo "nothing listens on $2" >&2
    return 1
}
"""


class Reader:
    """Somebody in a folder, with the programs that the document asks for."""

    def __init__(
        self,
        folder: Path,
        sdks: Sequence[str] = (),
        *,
        ports: Mapping[str, int] | None = None,
        places: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._places = places or {}
        self._sdks = [python_of(name).parents[1] / "lib" for name in sdks]
        given = ports or {}
        self._ports = {port: str(given[port]) if port in given else str(_free_port()) for port in PORTS}
        self._programs()

    def _programs(self) -> None:
        there = self._folder / ".venv" / "bin"
        there.mkdir(parents=True)
        python = shlex.quote(sys.executable)
        libraries = os.pathsep.join(str(found) for lib in self._sdks for found in lib.glob("python3*/site-packages"))
        ours = f"PYTHONPATH={shlex.quote(os.pathsep.join([str(ROOT / 'src'), libraries]))} exec {python}"
        self._program("entrepot", f'exec {python} -m entrepot "$@"')
        self._program("python", f'{ours} "$@"')
        self._program("pytest", f'{ours} -m pytest -p entrepot.testing.plugin -p no:cacheprovider "$@"')
        self._program("pip", f'{ours} {shlex.quote(str(Path(__file__).with_name("installed.py")))} "$@"')
        serve = f"exec {python} -m entrepot serve --dev --port {self._ports['9400']} --data data"
        self._program("make", f'[ "$*" = run ] || exit 2; {serve}')
        (self._folder / "README.md").write_text("something to upload\n", "utf-8")
        shipped = self._folder / "deploy" / "haproxy" / "haproxy.cfg"
        shipped.parent.mkdir(parents=True)
        shipped.write_text(self._here((ROOT / "deploy" / "haproxy" / "haproxy.cfg").read_text("utf-8")), "utf-8")

    def _program(self, name: str, commands: str) -> None:
        path = self._folder / ".venv" / "bin" / name
        path.write_text(f"#!/bin/sh\n{commands}\n", "utf-8")
        path.chmod(0o755)

    def _here(self, text: str) -> str:
        """With the ports of this reader, and what is elsewhere under the names that it has here."""
        for written, ours in self._places.items():
            text = text.replace(written, ours)
        return re.sub(r"\b(" + "|".join(PORTS) + r")\b", lambda found: self._ports[found[1]], text)

    def follow(self, document: Path, **variables: str) -> None:
        """Do all of it; AssertionError tells what went wrong."""
        found = [block for block in blocks(document) if block.not_run is None]
        script = self._folder / "followed.sh"
        script.write_text("".join(self._commands(found)), "utf-8")
        path = os.pathsep.join([str(self._folder / ".venv" / "bin"), os.environ["PATH"], "/usr/sbin"])
        process = subprocess.Popen(
            ["bash", str(script)], cwd=self._folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**_readers_environment(), "PATH": path, **variables},
        )  # fmt: skip
        with process:
            try:
                told, _ = process.communicate(timeout=_SECONDS)
            except subprocess.TimeoutExpired:
                process.terminate()  # it ends what it started
                told, _ = process.communicate()
            except BaseException:
                process.terminate()
                raise
        assert process.returncode == 0, told + self._printed()
        for number, block in enumerate(found):
            if block.language == "text":
                self._compare(self._here(block.text), self._output(number - 1))

    def _commands(self, found: Iterable[Block]) -> Iterable[str]:
        yield _BEGIN.replace("OUT", shlex.quote(str(self._folder)))
        for number, block in enumerate(found):
            text = self._here(block.text)
            if block.language == "text":
                continue
            if block.language != "sh":
                assert block.file is not None, f"a block without a name: {block.text[:80]}"
                path = self._folder / block.file
                path.parent.mkdir(parents=True, exist_ok=True)
                yield f"mkdir -p {shlex.quote(str(path.parent))}\ncat > {shlex.quote(str(path))} <<'END OF FILE'\n"
                yield f"{text}END OF FILE\n"
            elif block.terminal is None:
                yield f'{{\n{text}}} > "$out/printed.{number}" 2>&1\n'
            else:
                yield self._served(number, block.terminal, text)

    def _served(self, number: int, terminal: str, text: str) -> str:
        """Leave it running in its terminal, once it listens; a block of nothing but the comment only ends what ran."""
        stop = f"leave {terminal}\n"
        if not re.sub(r"#.*", "", text).strip():
            return stop
        port = re.search(r"(?:--port|PORT=|terminal \w+, port) ?(\d+)", text)
        listening = port[1] if port else self._ports["9400"]
        start = f'{{\n{text}}} > "$out/printed.{number}" 2>&1 &\nrunning[{terminal}]=$!\n'
        return f"{stop}{start}listens {terminal} {listening}\n"

    def _output(self, number: int) -> str:
        path = self._folder / f"printed.{number}"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _printed(self) -> str:
        files = sorted(self._folder.glob("printed.*"), key=lambda path: path.stat().st_mtime)
        return "".join(f"\n--- {path.name}\n{path.read_text('utf-8', 'replace')[-4000:]}" for path in files)

    def _compare(self, expected: str, printed: str) -> None:
        """Each line of what is expected, in order."""
        lines = iter(printed.splitlines())
        for line in expected.splitlines():
            pattern = ".*".join(re.escape(part) for part in line.split("…"))
            assert any(re.fullmatch(pattern, other.rstrip()) for other in lines), f"{line!r} is not in:\n{printed}"


def _readers_environment() -> dict[str, str]:
    """Without settings, which would win over what the document says, and without the width that xdist has."""
    found = environment({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    return {name: value for name, value in found.items() if not name.startswith("ENTREPOT_") and name != "COLUMNS"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port

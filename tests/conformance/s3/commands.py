"""Command-line clients: what a run printed, and how it ended.

Law: no shell; every run is bounded in time; what a command must not print (the secret) is checked for all of them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.driver import Driver
from conformance.server import SECRET

RUN_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One ended command."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """What was printed, as JSON; None when nothing was."""
        return json.loads(self.out) if self.out.strip() else None

    @property
    def text(self) -> str:
        """Everything that was printed."""
        return self.out + self.err

    def checked(self, what: Sequence[str]) -> Run:
        """This run, if it succeeded."""
        assert self.status == 0, f"{' '.join(what)} ended with {self.status}:\n{self.text[-3000:]}"
        return self


class Command:
    """A command-line client: call it with words; it must succeed. `failed` is for one that must not."""

    def __init__(self, words: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> None:
        self._words, self._env, self._cwd = list(words), dict(env), cwd

    def run(self, *words: str, **env: str) -> Run:
        """Run it, however it ends."""
        done = subprocess.run(
            [*self._words, *words],
            env={**self._env, **env},
            cwd=self._cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=RUN_SECONDS,
        )
        texts = [raw.decode("utf-8", "replace") for raw in (done.stdout, done.stderr)]
        assert SECRET not in "".join(texts)
        return Run(status=done.returncode, out=texts[0], err=texts[1])

    def start(self, *words: str, **env: str) -> subprocess.Popen[bytes]:
        """Run it beside the test, which must wait for it."""
        return subprocess.Popen(
            [*self._words, *words],
            env={**self._env, **env},
            cwd=self._cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def __call__(self, *words: str, **env: str) -> Run:
        """Run it; it must succeed."""
        return self.run(*words, **env).checked(words)

    def failed(self, *words: str, **env: str) -> str:
        """What it printed when it failed, which it must."""
        done = self.run(*words, **env)
        assert done.status != 0, f"{' '.join(words)} succeeded:\n{done.text[-2000:]}"
        return done.text


class Aws:
    """awscli inside its driver, with the same calls."""

    def __init__(self, driver: Driver, endpoint: str) -> None:
        self._driver = driver
        self._more = ["--endpoint-url", endpoint]

    def run(self, *words: str) -> Run:
        """Run `aws WORDS`, however it ends."""
        answer = self._driver.call("aws", *words, *self._more, timeout_seconds=RUN_SECONDS)
        assert SECRET not in answer["out"] + answer["err"]
        return Run(**answer)

    def __call__(self, *words: str) -> Run:
        """Run it; it must succeed."""
        return self.run(*words).checked(words)

    def failed(self, *words: str) -> str:
        """What it printed when it failed, which it must."""
        done = self.run(*words)
        assert done.status != 0, f"aws {' '.join(words)} succeeded:\n{done.text[-2000:]}"
        return done.text

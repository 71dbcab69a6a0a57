"""A driver: a child process that holds one real SDK and performs one call per line.

Law: a request is one JSON line `{"method", "args", "kwargs"}` on the child's standard input, the answer one
line that starts with MARK; every other line the SDK prints is kept as noise. Nothing here knows an SDK, and
no call waits for ever.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

MARK = "\x1e"
CALL_SECONDS = 60.0


class SdkFailed(Exception):  # noqa: N818
    """The SDK raised, rejected or called back with an error; `value` is what it reported."""

    def __init__(self, value: object) -> None:
        super().__init__(value)
        self.value = value


class Driver:
    """Use as a context manager around one child process."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._noise: deque[str] = deque(maxlen=40)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(MARK):
                self._answers.put(line[len(MARK) :])
            else:
                self._noise.append(line)
        self._answers.put(None)

    def call(self, method: str, *args: object, timeout_seconds: float = CALL_SECONDS, **kwargs: object) -> Any:
        """What the SDK returned, as JSON values; raises SdkFailed with what it reported as an error."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"method": method, "args": args, "kwargs": kwargs}) + "\n")
        self._process.stdin.flush()
        try:
            line = self._answers.get(timeout=timeout_seconds)
        except queue.Empty:
            self._process.kill()
            raise AssertionError(f"{method} did not answer in {timeout_seconds} s\n{self.noise}") from None
        assert line is not None, f"the driver died in {method}\n{self.noise}"
        answer = json.loads(line)
        if "error" in answer:
            raise SdkFailed(answer["error"])
        return answer["value"]

    @property
    def noise(self) -> str:
        """The last lines that the SDK printed."""
        return "".join(self._noise)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._process.wait(15)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._reader.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

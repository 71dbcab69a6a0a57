"""The Java programs of the SDKs: whether they are built, and how; `setup_sdks.py` asks both.

Law: standard library only; Maven fetches exactly the jars of pom.xml, and each must have the hash that jars.sha256
names, which `javac` then compiles against. The result lies in `.venvs/java-clients/`, with a stamp that tells from
which sources it was built. Neither a JDK nor Maven is installed: where one is missing, the tests are left out.

    python3 setup.py pin    write jars.sha256 anew, after pom.xml was changed
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
FOLDER = ROOT / ".venvs" / "java-clients"
JARS, CLASSES, STAMP = FOLDER / "jars", FOLDER / "classes", FOLDER / ".entrepot-stamp"
PINS = HERE / "jars.sha256"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"
BUILD_SECONDS = 600


def _digest() -> str:
    whole = hashlib.sha256()
    for file in (HERE / "pom.xml", PINS, *sorted(HERE.glob("*.java"))):
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _needed() -> str | None:
    for command, what in (("javac", "a JDK of version 17 or newer"), ("mvn", "Maven")):
        if shutil.which(command) is None:
            return f"{command} is missing; install {what}"
    return None


def lacking() -> str | None:
    """None when the programs are built from the present sources, otherwise the reason."""
    if STAMP.is_file() and STAMP.read_text("ascii").strip() == _digest():
        return None if shutil.which("java") else "java is missing; install a JDK of version 17 or newer"
    return _needed() or "missing or stale; run python3 tests/conformance/setup_sdks.py"


def _run(*words: str) -> None:
    done = subprocess.run(words, cwd=HERE, check=False, timeout=BUILD_SECONDS, capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise OSError(f"`{words[0]}` ended with {done.returncode}:\n{tail}")


def _fetch() -> str:
    """The jars, and what jars.sha256 has to say of them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    _run("mvn", "-q", "-B", COPY, "-DincludeScope=runtime", f"-DoutputDirectory={JARS}")
    found = sorted(JARS.glob("*.jar"))
    return "".join(f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in found)


def create() -> None:
    """Build the programs. Raises OSError with the reason when a tool, a jar or the registry is not there."""
    reason = _needed()
    if reason is not None:
        raise FileNotFoundError(reason)
    got, pinned = _fetch().splitlines(), PINS.read_text("ascii").splitlines()
    if got != pinned:
        shutil.rmtree(JARS)
        others = sorted(line.split()[1] for line in set(got) ^ set(pinned))
        raise OSError(f"these jars are not those of jars.sha256: {', '.join(others)}")
    CLASSES.mkdir()
    sources = map(str, sorted(HERE.glob("*.java")))
    _run("javac", "-encoding", "UTF-8", "-nowarn", "-d", str(CLASSES), "-cp", f"{JARS}/*", *sources)
    STAMP.write_text(_digest(), "ascii")


if __name__ == "__main__" and sys.argv[1:] == ["pin"]:
    PINS.write_text(_fetch(), "ascii")

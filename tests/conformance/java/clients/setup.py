"""The Java programs of the SDKs: whether they are built, and how; `setup_sdks.py` asks both.

Law: standard library only; Maven fetches exactly the jars of pom.xml, and each must have the hash that jars.sha256
names, which `javac` then compiles against. An artifact of which two versions are shown has a folder below with a
pom.xml, hashes and programs of its own: no class path holds both. The result lies in `.venvs/java-clients/` and in
folders of the same names below it, with a stamp that tells from which sources it was built. Neither a JDK nor Maven is
installed: where one is missing, the tests are left out.

    python3 setup.py pin    write each jars.sha256 anew, after a pom.xml was changed
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
STAMP = FOLDER / ".entrepot-stamp"
PARTS = {"": ("*.java",), "cos_v4": ("cos_v4/*.java", "Steps.java")}
"""Folder of a pom.xml and its hashes -> the programs that are compiled against its jars."""
COPY = "org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies"
BUILD_SECONDS = 600


def _sources(part: str) -> list[Path]:
    return sorted(file for pattern in PARTS[part] for file in HERE.glob(pattern))


def _digest() -> str:
    whole = hashlib.sha256()
    for part in PARTS:
        for file in (HERE / part / "pom.xml", HERE / part / "jars.sha256", *_sources(part)):
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


def _run(folder: Path, *words: str) -> None:
    done = subprocess.run(words, cwd=folder, check=False, timeout=BUILD_SECONDS, capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise OSError(f"`{words[0]}` ended with {done.returncode}:\n{tail}")


def _fetch(part: str) -> str:
    """The jars, and what jars.sha256 has to say of them."""
    jars = FOLDER / part / "jars"
    _run(HERE / part, "mvn", "-q", "-B", COPY, "-DincludeScope=runtime", f"-DoutputDirectory={jars}")
    return "".join(
        f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in sorted(jars.glob("*.jar"))
    )


def _build(part: str) -> None:
    got, pinned = _fetch(part).splitlines(), (HERE / part / "jars.sha256").read_text("ascii").splitlines()
    if got != pinned:
        shutil.rmtree(FOLDER)
        others = sorted(line.split()[1] for line in set(got) ^ set(pinned))
        raise OSError(f"these jars are not those of {part or '.'}/jars.sha256: {', '.join(others)}")
    jars, classes = FOLDER / part / "jars", FOLDER / part / "classes"
    classes.mkdir()
    sources = map(str, _sources(part))
    _run(HERE, "javac", "-encoding", "UTF-8", "-nowarn", "-d", str(classes), "-cp", f"{jars}/*", *sources)


def create() -> None:
    """Build the programs. Raises OSError with the reason when a tool, a jar or the registry is not there."""
    reason = _needed()
    if reason is not None:
        raise FileNotFoundError(reason)
    shutil.rmtree(FOLDER, ignore_errors=True)
    for part in PARTS:
        _build(part)
    STAMP.write_text(_digest(), "ascii")


if __name__ == "__main__" and sys.argv[1:] == ["pin"]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in PARTS:
        (HERE / name / "jars.sha256").write_text(_fetch(name), "ascii")

"""cli/completion, cli/manual: what real shells complete, and what programs that read manual pages say of ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from entrepot.cli.whole import every, whole

from .commands import run_command

SECONDS = 120
CASES = [
    ("entrepot gran", {"grants"}),
    ("entrepot grants re", {"revoke"}),
    ("entrepot grants revoke --m", {"--minter"}),
    ("entrepot mint url --dialect cos_", {"cos_xml", "cos_json"}),
    ("entrepot bucket create --authority pub", {"public-read", "public-read-write"}),
    ("entrepot completion z", {"zsh"}),
    ("entrepot doctor --add", {"--address"}),
]
"""A line, and what its last word may become."""
Script = Callable[[str], Path]


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: {name})")
    return found


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    """What completes in a shell, in a file."""
    pytest.importorskip("shtab", reason="shtab is not installed; make does it")
    folder = tmp_path_factory.mktemp("completion")

    def made(shell: str) -> Path:
        path = folder / ("_entrepot" if shell == "zsh" else f"entrepot.{shell}")
        if not path.exists():
            result = run_command("completion", shell)
            assert result.exit_code == 0, result.output
            path.write_text(result.stdout)
        return path

    return made


def output(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False, cwd="/")
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash(script: Script, line: str, expected: set[str]) -> None:
    words = line.split()
    text = f"""
        source {script("bash")}
        COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; COMP_LINE="{line}"; COMP_POINT=${{#COMP_LINE}}
        function=$(complete -p entrepot | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function entrepot "{words[-1]}" "{words[-2]}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert set(output(program("bash"), "--norc", "-c", text).split()) == expected


def test_bash_completes_files(script: Script, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").touch()
    word = f"{tmp_path}/set"
    text = f"""
        source {script("bash")}
        COMP_WORDS=(entrepot serve --config {word}); COMP_CWORD=3; COMP_LINE="x"; COMP_POINT=1
        function=$(complete -p entrepot | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function entrepot {word} --config
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert output(program("bash"), "--norc", "-c", text).strip() == f"{tmp_path}/settings.toml"


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_fish(script: Script, line: str, expected: set[str]) -> None:
    text = f"source {script('fish')}; complete -C '{line}'"
    told = output(program("fish"), "--no-config", "-c", text).splitlines()
    assert {one.partition("\t")[0] for one in told} == expected


def test_zsh(script: Script, tmp_path: Path) -> None:
    """In a terminal of its own: zsh completes nowhere else. What is waited for is never what was typed."""
    cases = [(line, word) for line, (word, *more) in CASES if not more]
    steps = "".join(
        f"zpty -n -w z $'\\C-u{line}\\t'; zpty -r z all '*{word}*'; print -r -- done {number}\n"
        for number, (line, word) in enumerate(cases)
    )
    text = f"""
        zmodload zsh/zpty
        export TERM=dumb
        zpty z {program("zsh")} -f -i
        zpty -w z "fpath=({script("zsh").parent} \\$fpath); autoload -Uz compinit; compinit -u -D; print -r -- re''ady"
        zpty -r z all '*ready*'
        {steps}
        zpty -d z
    """
    told = output(program("zsh"), "-f", "-c", text)
    assert re.findall(r"^done \d+$", told, re.MULTILINE) == [f"done {number}" for number in range(len(cases))]


def test_the_whole_parser_has_every_command() -> None:
    told = whole().format_help()
    for words, _ in every():
        if len(words) == 1:
            assert f"\n    {words[0]}" in told


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manual page in a file."""
    path = tmp_path_factory.mktemp("man") / "entrepot.1"
    path.write_text(run_command("man").stdout)
    return path


def test_the_manual_page_is_well_formed(page: Path) -> None:
    assert output(program("groff"), "-man", "-ww", "-z", str(page)) == ""


def test_mandoc_has_no_complaint(page: Path) -> None:
    """Only of the date, which the page has none of so that it does not change by itself."""
    done = subprocess.run(
        [program("mandoc"), "-Tlint", str(page)], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    told = [line for line in done.stdout.splitlines() if "missing date" not in line]
    assert [line for line in told if "longer than 80" not in line] == []
    assert len(told) < 20, "lines are longer only by escapes, or by a word"


def test_the_manual_page_shows_every_command_and_option(page: Path) -> None:
    shown = subprocess.run(
        [program("groff"), "-man", "-Tascii", "-P-cbou", str(page)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    ).stdout
    assert "object store" in shown
    for words, _ in every():
        assert f"   entrepot {' '.join(words)}\n" in shown
    for option in ("--own-certificate", "--older-than", "--secret-file PATH", "--dialect s3|oss|tos|cos_xml|cos_json"):
        assert option in shown

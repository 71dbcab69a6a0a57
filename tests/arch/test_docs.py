"""The documents say what the code does: generated pages are fresh, commands and links in the others exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from entrepot.cli import COMMANDS, load
from entrepot.cli.arguments import Group, parser_of
from entrepot.config import Settings

from .tree import ROOT

sys.path.insert(0, str(ROOT))
try:
    from tools.site import stage
    from tools.site.stage import INDEX
finally:
    sys.path.remove(str(ROOT))

TUTORIALS = ("tutorials", "zh/tutorials")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "deploy" / "README.md"],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)


def document_name(path: Path) -> str:
    """The path inside the project."""
    return path.relative_to(ROOT).as_posix()


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "gen_docs.py"), "--check"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": f"{ROOT / 'src'}", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run `make docs`"


def setting_names() -> list[str]:
    """Every setting by its dotted name."""
    found: list[str] = []
    for name, kind in get_type_hints(Settings).items():
        if isinstance(kind, type) and is_dataclass(kind):
            found += [f"{name}.{part.name}" for part in fields(kind)]
        else:
            found.append(name)
    return found


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    row = next((line for line in text.splitlines() if line.startswith(f"| `{name}` ")), None)
    assert row is not None
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    _, variable, default, _, unit, meaning = cells
    assert variable == f"`ENTREPOT_{name.upper().replace('.', '__')}`"
    assert default
    assert unit or not name.endswith(("_seconds", "_bytes"))
    assert len(meaning) > 10


def test_meanings_that_the_generator_adds_are_needed() -> None:
    sys.path.insert(0, str(ROOT))
    try:
        from tools import gen_docs
    finally:
        sys.path.remove(str(ROOT))
    shown = {setting.name: setting.meaning for setting in gen_docs.settings()}
    assert {name for name, text in gen_docs.MEANINGS.items() if shown.get(name) != text} == set()


def test_the_documents_that_users_look_for_are_there() -> None:
    wanted = "ARCHITECTURE CHANGELOG CONTRIBUTING README SECURITY THREAT_MODEL docs/settings"
    wanted += " docs/admin-api docs/ledger docs/minting docs/policies docs/testing"
    dialects = (
        path.name for path in (ROOT / "src" / "entrepot" / "dialects").iterdir() if (path / "faults.py").exists()
    )
    wanted += "".join(f" docs/dialects/{name}" for name in dialects if name != "s3like")
    assert {f"{name}.md" for name in wanted.split()} <= {document_name(path) for path in DOCUMENTS}
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A document without its code blocks."""
    return re.sub(r"^ *```.*?^ *```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


@cache
def places(path: Path) -> frozenset[str]:
    """The anchors of a document: those that GitHub and the site make of its headings."""
    found: list[str] = []
    for heading in re.findall(r"^#+ (.+?) *$", prose(path), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|`", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return frozenset(found)


@pytest.mark.parametrize("path", DOCUMENTS, ids=document_name)
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", prose(path)):
        if not target.startswith(("http://", "https://", "mailto:")):
            there = (path.parent / target).resolve() if target else path
            assert there.exists(), target
            if anchor and there.suffix == ".md":
                assert anchor in places(there), f"{target}#{anchor}"


def test_every_document_is_in_the_navigation_of_the_site_once() -> None:
    pages = [page for language in INDEX for page in stage.pages(ROOT, language)]
    assert len(pages) == len(set(pages))
    assert set(stage.documents(ROOT)) <= set(pages), "add it to tools/site/navigation.py"
    assert [page for page in pages if not (ROOT / page).is_file()] == []


CHINESE = sorted(path for path in (ROOT / "docs" / "zh").rglob("*.md") if path.name != "index.md")


@pytest.mark.parametrize("path", CHINESE, ids=document_name)
def test_a_chinese_page_shows_what_the_english_one_shows(path: Path) -> None:
    """The same commands, files and replies, in the same order below as many headings."""

    def outline(page: Path) -> list[str]:
        return re.findall(
            r"^```.*?^```|^#+(?= )|^<!-- [^\n]*", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )

    assert outline(path) == outline(ROOT / "docs" / path.relative_to(ROOT / "docs" / "zh"))


def test_every_tutorial_is_there_in_both_languages() -> None:
    english, chinese = (sorted(path.name for path in (ROOT / "docs" / folder).glob("*.md")) for folder in TUTORIALS)
    assert english == chinese != []


def test_the_readme_in_chinese_shows_what_the_other_shows() -> None:
    """The same commands, and every dialect and API with its page."""

    def blocks(name: str) -> list[str]:
        return re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)

    def pages(name: str) -> list[str]:
        return re.findall(
            r"^\|.*\((docs/dialects/[a-z0-9_]+\.md)\) \|$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
        )

    chinese = blocks("README.zh-CN.md")
    assert chinese == blocks("README.md") != []
    assert pages("README.zh-CN.md") == pages("README.md") != []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    decisions = sorted(folder.glob("[0-9][0-9][0-9][0-9]-*.md"))
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert [path.name[:4] for path in decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    assert [path.name for path in decisions if f"({path.name})" not in index] == []
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        heads = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
        assert heads[:4] == ["Status", "Context", "Decision", "Consequences"], path.name


def shell_lines() -> list[tuple[str, str]]:
    """Lines of code blocks that run the command, with the document they stand in."""
    found: list[tuple[str, str]] = []
    for path in DOCUMENTS:
        for block in re.findall(r"```(?:sh|bash)\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL):
            joined = block.replace("\\\n", " ")
            calls = re.findall(r"(?:^|[\s(])entrepot ([a-z][^\n)#|>]*)", joined)
            found += [(document_name(path), call.strip()) for call in calls]
    return found


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the rest of the words."""
    assert words[0] in COMMANDS, f"there is no command {words[0]!r}"
    command, words = load(words[0]), words[1:]
    while isinstance(command, Group):
        assert words, "a group of commands is not one"
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def test_documents_show_commands() -> None:
    assert len(shell_lines()) >= 5


@pytest.mark.parametrize(("document", "line"), shell_lines())
def test_commands_in_documents_exist(document: str, line: str) -> None:
    command, rest = resolve(shlex.split(line, posix=True))
    parser = parser_of(line, command)
    known = set(re.findall(r"--[a-z-]+", parser.format_help()))
    ours = rest[: rest.index("--")] if "--" in rest else rest  # what follows two dashes is another program's
    used = {word.partition("=")[0] for word in ours if word.startswith("--")}
    assert used <= known, document


def test_make_targets_in_documents_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    for path in DOCUMENTS:
        used = set(re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8")))
        used |= set(re.findall(r"^make ([a-z-]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
        assert used <= targets, document_name(path)

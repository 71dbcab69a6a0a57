"""Lays the documents out as the site's sources: where each goes, and links that still lead there.

Documents are written to be read where they lie, with links from file to file. The site has another layout: the
pages of ``docs/`` at its root, those of ``docs/zh/`` below ``zh/`` as a site of its own, files of the project's root
below ``project/``. A link to a file that is no page becomes a download, one to a folder plain text. Knows Markdown's
links and nothing of Sphinx but the toctree.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from .navigation import BELOW, CHINESE, ENGLISH, UNLISTED

INDEX = {"en": "docs/index.md", "zh": "docs/zh/index.md"}
NAVIGATION = {"en": ENGLISH, "zh": CHINESE}
_LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\[\]]*\])*\])\(([^()\s]+)\)")
_PICTURE = re.compile(r"^<!-- picture: ([a-z0-9-]+) \| (.+) -->$", re.MULTILINE)
"""Where a picture stands that tests make: its name and what it shows. Without the picture there is nothing."""
_FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)


def pages(root: Path, language: str) -> list[str]:
    """The pages of a language, by their path in the project, in the order of the navigation."""
    found = [INDEX[language]]
    for _, names in NAVIGATION[language]:
        for name in names:
            found.append(name)
            if name in BELOW:
                found += sorted(path.relative_to(root).as_posix() for path in root.glob(BELOW[name]))
    return found


def documents(root: Path) -> list[str]:
    """What should be a page: every document below ``docs/`` but forms."""
    found = (path.relative_to(root).as_posix() for path in (root / "docs").rglob("*.md"))
    return sorted(set(found) - set(UNLISTED))


def place(page: str) -> tuple[str, str]:
    """The language of a page, and where it lies among that language's sources."""
    if page.startswith("docs/zh/"):
        return "zh", page.removeprefix("docs/zh/")
    if page.startswith("docs/"):
        return "en", re.sub(r"README\.md$", "index.md", page.removeprefix("docs/"))
    if page.endswith("/README.md"):
        return "en", f"{page.removesuffix('/README.md')}.md"
    return "en", f"project/{page.lower()}"


def parts(text: str) -> Iterable[tuple[bool, str]]:
    """The text in pieces, each with whether it is prose; a code block is none."""
    at = 0
    for found in _FENCE.finditer(text):
        yield True, text[at : found.start()]
        yield False, found.group()
        at = found.end()
    yield True, text[at:]


class Stage:
    """One layout of the documents in a folder, for both languages."""

    def __init__(self, root: Path, target: Path, pictures: Path | None) -> None:
        self._root = root
        self._target = target
        self._pictures = pictures
        self._pages = {page: place(page) for language in INDEX for page in pages(root, language)}

    def lay_out(self) -> None:
        """Write all sources anew."""
        shutil.rmtree(self._target, ignore_errors=True)
        for page, (language, name) in self._pages.items():
            text = (self._root / page).read_text("utf-8")
            text = "".join(self._linked(page, part) if prose else part for prose, part in parts(text))
            text = _PICTURE.sub(lambda found, page=page: self._picture(page, found), text)  # type: ignore[misc]
            if page == INDEX[language]:
                text += "".join(self._toctree(caption, names) for caption, names in NAVIGATION[language])
            if page in BELOW:
                text += self._toctree(None, pages_below(self._root, page))
            self._write(language, name, text)

    def _write(self, language: str, name: str, text: str) -> None:
        path = self._target / language / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def _toctree(self, caption: str | None, names: Iterable[str]) -> str:
        head = [f":caption: {caption}"] if caption else []
        lines = ["```{toctree}", ":hidden:", ":maxdepth: 1", *head, ""]
        base = "" if caption else "adr"
        lines += [posixpath.relpath(self._pages[name][1].removesuffix(".md"), base or ".") for name in names]
        return "\n" + "\n".join(lines) + "\n```\n"

    def _linked(self, page: str, text: str) -> str:
        return _LINK.sub(lambda found: self._link(page, found), text)

    def _link(self, page: str, found: re.Match[str]) -> str:
        """One link, as it leads within the site."""
        label, target = found.groups()
        path, hash_, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return found.group()
        there = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        if there in ("README.md", "README.zh-CN.md"):
            there, hash_, anchor = ("docs/index.md" if there == "README.md" else "docs/zh/index.md"), "", ""
        language, here = self._pages[page]
        if there not in self._pages:
            return self._file(language, here, there, label)
        other, name = self._pages[there]
        if other == language:
            return f"{label}({posixpath.relpath(name, posixpath.dirname(here) or '.')}{hash_}{anchor})"
        site = f"zh/{name}" if other == "zh" else name
        ours = posixpath.dirname(f"zh/{here}" if language == "zh" else here)
        href = posixpath.relpath(site, ours or ".").removesuffix(".md") + f".html{hash_}{anchor}"
        return f'<a href="{href}">{_html(label)}</a>'

    def _file(self, language: str, here: str, there: str, label: str) -> str:
        """A link to what is no page: a copy to download, or only its name."""
        source = self._root / there
        if not source.is_file() or source.suffix == ".md":
            return label.removeprefix("[").removesuffix("]")
        copy = self._target / language / "files" / there
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        return f"{label}({posixpath.relpath(f'files/{there}', posixpath.dirname(here) or '.')})"

    def _picture(self, page: str, found: re.Match[str]) -> str:
        name, shows = found.groups()
        source = self._pictures / f"{name}.png" if self._pictures else None
        if source is None or not source.is_file():
            return ""
        language, here = self._pages[page]
        copy = self._target / language / "pictures" / source.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        return f"![{shows}]({posixpath.relpath(f'pictures/{source.name}', posixpath.dirname(here) or '.')})"


def pages_below(root: Path, page: str) -> list[str]:
    """The pages that stand below one, by their paths in the project."""
    return sorted(path.relative_to(root).as_posix() for path in root.glob(BELOW[page]))


def _html(label: str) -> str:
    """The text of a link as HTML; code spans are the one mark that ours have."""
    text = label.removeprefix("[").removesuffix("]")
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)

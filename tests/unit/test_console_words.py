"""The console's texts: the same in each language, all of them used, and no other text in templates.

What browsers are given of others is what its maker released.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from entrepot.console import page as pages
from entrepot.console.catalogue import LANGUAGES, TAGS, Catalogue, meant
from entrepot.console.guard import origin_of
from entrepot.console.rendering import size
from entrepot.console.table import PAGES, page_of
from entrepot.core.fault import Fault, Kind

FOLDER = Path(pages.__file__).parent
TEMPLATES = sorted(FOLDER.rglob("*.html"))
ENGLISH = Catalogue("en").texts
_ATTRIBUTES = re.compile(r'\b(?:aria-label|title|alt|placeholder|content)="([^"]*)"')


def used() -> set[str]:
    """Names of the catalogue that stand in templates and code."""
    sources = [*TEMPLATES, *FOLDER.rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return set(re.findall(r"[\"']([a-z_]+\.[a-z_0-9]+)[\"']", text)) & ENGLISH.keys()


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_every_language_says_the_same(language: str) -> None:
    texts = Catalogue(language).texts
    assert texts.keys() == ENGLISH.keys()
    for name, text in texts.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", ENGLISH[name])), name
        assert text.strip() == text != ""
    assert TAGS.keys() == LANGUAGES.keys()


def test_no_text_is_left_over() -> None:
    assert ENGLISH.keys() - used() == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_asks_for_texts_that_there_are_and_has_none_of_its_own(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    asked = re.findall(r"\bt\(\s*[\"']([^\"']+)[\"']", source)
    assert [name for name in asked if name not in ENGLISH] == []
    markup = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    assert re.findall(r"[^\W\d_]+", re.sub(r"<[^>]*>", "", re.sub(r"'[^']*'", "", markup))) == []
    values = _ATTRIBUTES.findall(re.sub(r"<meta[^>]*>", "", markup))
    assert [value for value in values if re.search(r"[^\W\d_]", value)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_inline_script_or_style_and_escapes_everything(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\son[a-z]+=|\sstyle=|<style|javascript:|hx-on|\|\s*safe|autoescape|hx-vals=.js:", source)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", source))


def test_what_others_wrote_is_as_it_was_released() -> None:
    static = FOLDER / "static"
    listed = tomllib.loads((static / "vendored.toml").read_text(encoding="utf-8"))
    ours = {"console.css", "console.js", "overview.js", "copy.js", "icon.svg", "vendored.toml"}
    licences = {one["license_file"] for one in listed.values()}
    assert {path.name for path in static.iterdir() if path.name not in ours and ".min." in path.name} == listed.keys()
    for name, one in listed.items():
        content = (static / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == one["sha256"], name
        assert len(content) < 500_000
        content.decode("utf-8")
    assert all((static / name).stat().st_size > 100 for name in licences)


def test_every_page_is_whole() -> None:
    assert len({page.name for page in PAGES}) == len(PAGES)
    assert len({(page.method, page.path) for page in PAGES}) == len(PAGES)
    places = [page.nav for page in PAGES if page.nav]
    assert len(set(places)) == len(places)
    for page in PAGES:
        assert page.method in {"GET", "POST"}
        assert not page.template or (FOLDER / page.template).is_file()
        assert not page.template or page.title in ENGLISH
        assert not page.form or page.method == "POST"
        assert {"secret", "csrf"}.isdisjoint(page.noted)
        assert all((FOLDER / "static" / name).is_file() for name in (*page.scripts, *page.styles))


def test_the_page_of_a_path() -> None:
    assert page_of("GET", b"/-/console/buckets")[0].name == "buckets"
    assert page_of("HEAD", b"/-/console")[0].name == "start"
    assert page_of("POST", b"/-/console/login")[0].name == "log-in"
    for method, path, kind in (
        ("GET", b"/-/console/", Kind.OBJECT_MISSING), ("GET", b"/-/console/%62uckets", Kind.OBJECT_MISSING),
        ("GET", b"/-/console/\xff", Kind.OBJECT_MISSING), ("PUT", b"/-/console/login", Kind.METHOD_NOT_ALLOWED),
        ("GET", b"/-/console/logout", Kind.METHOD_NOT_ALLOWED),
    ):  # fmt: skip
        with pytest.raises(Fault) as caught:
            page_of(method, path)
        assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        ("zh", "en", "zh"), ("xx", "zh", "zh"), (None, None, "en"), (None, "zh-TW", "zh"), (None, "fr,zh;q=0.1", "zh"),
        (None, "zh;q=0.2,en;q=0.3", "en"), (None, "zh;q=nan", "en"), (None, ";;,,=", "en"), (None, "*", "en"),
    ],
)  # fmt: skip
def test_the_language(chosen: str | None, accepted: str | None, expected: str) -> None:
    assert meant(chosen, accepted) == expected


def test_sizes_are_told_with_units() -> None:
    told = [size(count) for count in (0, 1023, 1024, 1536, 1 << 20, 5 * 2**30, 2**70)]
    assert told == ["0 B", "1,023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "5.0 GiB", "1,024.0 EiB"]


def test_origins_are_written_as_browsers_do() -> None:
    assert origin_of("https://store.test:443/a?b") == "https://store.test"
    assert origin_of("http://127.0.0.1:9400") == "http://127.0.0.1:9400"
    assert origin_of("http://[::1]:80/") == "http://[::1]"

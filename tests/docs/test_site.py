"""The site: it builds without a warning, every link in it leads somewhere, it fetches nothing, and Chinese is found."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.conftest import ci, require
from conformance.server import ROOT
from conformance.setup_sdks import chromium

sys.path.insert(0, str(ROOT))
try:
    from tools.site.finished import faults
    from tools.site.stage import Stage, documents
finally:
    sys.path.remove(str(ROOT))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, as `make site` builds it, with one picture."""
    if importlib.util.find_spec("sphinx") is None and not ci():
        pytest.skip("Sphinx is not installed: requirements/site.txt")
    target = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "tools.site", "--target", str(target)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return target / "html"


def test_every_document_is_a_page(site: Path) -> None:
    for page in documents(ROOT):
        name = page.removeprefix("docs/").removesuffix(".md").replace("adr/README", "adr/index")
        assert (site / f"{name}.html").is_file(), page


def test_pages_lead_to_the_other_language(site: Path) -> None:
    english = (site / "tutorials" / "one-machine.html").read_text("utf-8")
    chinese = (site / "zh" / "tutorials" / "one-machine.html").read_text("utf-8")
    assert 'href="../zh/tutorials/one-machine.html"' in english
    assert 'href="../../tutorials/one-machine.html"' in chinese
    assert '<html class="no-js" lang="zh-CN"' in chinese
    settings = (site / "settings.html").read_text("utf-8")
    assert 'href="zh/index.html"' in settings  # has no counterpart


@pytest.mark.browser
@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("search.html?q=upload+address", "Start"),
        ("zh/search.html?q=临时密钥", "脱离云环境运行腾讯云 COS 应用"),
        ("zh/search.html?q=请求头", "请求为什么被拒绝？"),
    ],
)
def test_search_finds(site: Path, address: str, found: str) -> None:
    require("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{site.as_uri()}/{address}")
        page.locator("#search-results li a", has_text=found).first.wait_for(timeout=60_000)
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def lines(site: Path, **pages: str) -> list[str]:
    """What is wrong with a site of these pages."""
    for name, text in pages.items():
        (site / f"{name}.html").write_text(text, "utf-8")
    return list(faults(site))


def test_what_is_wrong_with_a_site_is_told(tmp_path: Path) -> None:
    wrong = lines(
        tmp_path,
        good='<a id="here" href="bad.html">x</a><a href="#here">y</a><a href="https://example.com">z</a>',
        bad='<a href="gone.html">x</a><a href="good.html#gone">y</a><script src="https://example.com/x.js"></script>',
    )
    assert wrong == [
        "bad.html: gone.html leads nowhere",
        "bad.html: good.html#gone names no place of that page",
        "bad.html: loads https://example.com/x.js from elsewhere",
    ]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of three documents, laid out."""
    root = tmp_path / "project"
    texts = {
        "docs/index.md": "[a](more/a.md#place) [中](zh/index.md) [licence](../LICENSE) [folder](more) [out](https://example.com/x)\n"
        "<!-- picture: overview | The overview -->\n<!-- picture: absent | Nothing -->\n```sh\n[a](more/a.md)\n```\n",
        "docs/more/a.md": "[back](../index.md), [`log`](../../CHANGELOG.md)\n",
        "docs/zh/index.md": "[`a` & b](../more/a.md#place)\n",
        "CHANGELOG.md": "[a](docs/more/a.md)\n",
        "LICENSE": "text\n",
        "pictures/overview.png": "png",
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    english = (("Start", ("docs/more/a.md",)), ("Project", ("CHANGELOG.md",)))
    monkeypatch.setattr("tools.site.stage.NAVIGATION", {"en": english, "zh": ()})
    Stage(root, tmp_path / "source", root / "pictures").lay_out()
    return tmp_path / "source"


def test_links_lead_where_pages_and_files_went(project: Path) -> None:
    index = (project / "en" / "index.md").read_text("utf-8")
    assert '[a](more/a.md#place) <a href="zh/index.html">中</a> [licence](files/LICENSE) folder' in index
    assert "[out](https://example.com/x)" in index
    assert "```sh\n[a](more/a.md)\n```" in index
    assert (project / "en" / "more" / "a.md").read_text(
        "utf-8"
    ) == "[back](../index.md), [`log`](../project/changelog.md)\n"
    assert (project / "en" / "project" / "changelog.md").read_text("utf-8") == "[a](../more/a.md)\n"
    assert (project / "zh" / "index.md").read_text("utf-8") == (
        '<a href="../more/a.html#place"><code>a</code> &amp; b</a>\n'
    )
    assert (project / "en" / "files" / "LICENSE").read_text("utf-8") == "text\n"


def test_pictures_stand_where_tests_made_them(project: Path) -> None:
    index = (project / "en" / "index.md").read_text("utf-8")
    assert "![The overview](pictures/overview.png)" in index
    assert "absent" not in index
    assert (project / "en" / "pictures" / "overview.png").is_file()

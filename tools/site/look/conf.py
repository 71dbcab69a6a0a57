"""How Sphinx builds the site: Markdown by MyST, the theme furo, no fonts or scripts from elsewhere.

Sources: https://www.sphinx-doc.org/en/master/usage/configuration.html, https://myst-parser.readthedocs.io,
https://pradyunsg.me/furo.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))
from bigrams import ChineseBigrams

project = "Entrepot"
copyright = "the authors of Entrepot"  # noqa: A001 - the name that Sphinx reads
extensions = ["myst_parser"]
exclude_patterns = ["files"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
highlight_language = "text"

html_theme = "furo"
html_title = "Entrepot"
html_use_index = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}


def other_language(app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Tell the template where this page is in the other language, or that language's first page."""
    ours = Path(app.srcdir)
    chinese = ours.name == "zh"
    there = ours.parent / ("en" if chinese else "zh") / f"{page}.md"
    name = page if there.is_file() else "index"
    up = "../" * page.count("/")
    context["other_language_name"] = "English" if chinese else "中文"
    context["other_language_code"] = "en" if chinese else "zh-CN"
    context["other_language_page"] = f"{up}../{name}.html" if chinese else f"{up}zh/{name}.html"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_search_language(ChineseBigrams)
    app.connect("html-page-context", other_language)

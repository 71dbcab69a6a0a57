"""``python -m tools.site``: builds the documentation site, strictly; ``make site`` calls it.

Lays out the sources, has Sphinx build English and then Chinese with every warning an error, and reads the result for
links that lead nowhere. Fetches nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from .finished import faults
from .stage import Stage

ROOT = Path(__file__).resolve().parents[2]
LOOK = Path(__file__).parent / "look"


def build(target: Path, pictures: Path | None) -> int:
    """The site, in ``target/html``; returns 0 when nothing is wrong with it."""
    html = target / "html"
    shutil.rmtree(html, ignore_errors=True)
    Stage(ROOT, target / "source", pictures).lay_out()
    for language, code, below in (("en", "en", "."), ("zh", "zh_CN", "zh")):
        words = ["-b", "html", "-c", str(LOOK), "-D", f"language={code}", "-d", str(target / f"doctrees-{language}")]
        words += ["--fail-on-warning", "--keep-going", "--fresh-env", "--quiet"]
        status = build_main([*words, str(target / "source" / language), str(html / below)])
        if status:
            return status
    wrong = list(faults(html))
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description="build the documentation site")
    parser.add_argument("--target", type=Path, default=ROOT / "build" / "site", help="a scratch folder")
    parser.add_argument("--pictures", type=Path, help="a folder with pictures that tests made, NAME.png")
    arguments = parser.parse_args()
    status = build(arguments.target, arguments.pictures)
    if status == 0:
        sys.stdout.write(f"open {arguments.target / 'html' / 'index.html'}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())

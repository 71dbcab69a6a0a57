"""Search in Chinese without a dictionary: pairs of neighbouring characters, in the index and in what is asked alike.

Sphinx's own search for Chinese splits pages into words (with jieba) and questions not at all, so that it finds what
happens to be one word of the dictionary. Pairs find every phrase of two characters and more. Latin words are stemmed as
in English.

Source: sphinx/search/__init__.py, ``SearchLanguage``; ``js_splitter_code`` takes the place of ``splitQuery``.
"""

from __future__ import annotations

import re

from sphinx.search.en import SearchEnglish

_RUN = re.compile(r"[\u3400-\u9fff]+|\w+", re.ASCII)


class ChineseBigrams(SearchEnglish):
    """What Sphinx asks of a language."""

    lang = "zh"
    language_name = "English"  # whose stemmer the page is given: it is called <name>Stemmer there
    js_splitter_code = r"""
function splitQuery(query) {
  const found = [];
  for (const [run] of query.matchAll(/[\u3400-\u9fff]+|[A-Za-z0-9_]+/g)) {
    if (run[0] < "\u3400" || run.length < 2) found.push(run);
    else for (let at = 0; at + 1 < run.length; at++) found.push(run.slice(at, at + 2));
  }
  return found;
}
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - the name of the method that this one replaces
        """Words and pairs of a page."""
        found: list[str] = []
        for run in _RUN.findall(input):
            pairs = run[0] >= "\u3400" and len(run) > 1
            found += [run[at : at + 2] for at in range(len(run) - 1)] if pairs else [run]
        return found

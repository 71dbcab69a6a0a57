"""Stands in for pip in the tests of documents: what is to be installed must be there already. Fetches nothing."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distribution

if __name__ == "__main__":
    assert sys.argv[1] == "install", sys.argv
    for word in sys.argv[2:]:
        if not word.startswith("-"):
            distribution(re.split(r"[\[=<>]", word)[0])

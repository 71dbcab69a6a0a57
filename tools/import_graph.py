"""Draws who imports whom inside one folder of the package: a Mermaid graph with the number of imports at each arrow.

``python tools/import_graph.py entrepot.core`` prints the rooms of the core and the arrows between them. Modules
directly in the folder are nodes of their own. It reads the package that Python finds first: ``PYTHONPATH`` chooses it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

import grimp


def arrows(folder: str) -> Counter[tuple[str, str]]:
    """How often each direct child of ``folder`` imports each other one."""
    graph = grimp.build_graph(folder.partition(".")[0])
    depth = folder.count(".") + 1
    found: Counter[tuple[str, str]] = Counter()
    inside = [name for name in graph.modules if name.startswith(folder + ".")]
    for importer in inside:
        for imported in graph.find_modules_directly_imported_by(importer):
            if imported.startswith(folder + "."):
                pair = importer.split(".")[depth], imported.split(".")[depth]
                if pair[0] != pair[1]:
                    found[pair] += 1
    return found


def mermaid(found: Counter[tuple[str, str]]) -> str:
    """The graph as Mermaid reads it."""
    lines = [f"    {start} -- {count} --> {end}" for (start, end), count in sorted(found.items())]
    return "\n".join(["graph TD", *lines])


def main() -> None:
    """Print the graph of the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="dotted, such as entrepot.core")
    sys.stdout.write(mermaid(arrows(parser.parse_args().folder)) + "\n")


if __name__ == "__main__":
    main()

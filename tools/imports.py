"""The import graph of the repository's packages: how many parts a package has, and how many of them import each other.

``python -m tools.imports`` prints a line for each root package and level; ``--edges`` prints the imports as well.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grimp

CHECKOUT = Path(__file__).resolve().parents[1]
ROOTS = {"exchange_automation": CHECKOUT / "components", "localtenant": CHECKOUT}


@dataclass(frozen=True)
class Figures:
    """The size of an import graph.

    Attributes:
        nodes: Its parts, by name.
        edges: Pairs of parts, the importing one first.
        levels: The length of the longest chain of imports; None when there is a cycle.
    """

    nodes: frozenset[str]
    edges: frozenset[tuple[str, str]]
    levels: int | None


def measure(root: str, depth: int | None) -> Figures:
    """Returns the figures of a package.

    Args:
        root: The package's name.
        depth: How many names below the root make a part; None for modules.
    """
    if str(ROOTS[root]) not in sys.path:
        sys.path.insert(0, str(ROOTS[root]))
    graph = grimp.build_graph(root, cache_dir=None)
    parts = {module: _part(module, depth) for module in graph.modules if module != root}
    edges = {
        (parts[importer], parts[imported])
        for importer in parts
        for imported in graph.find_modules_directly_imported_by(importer)
        if imported in parts and parts[importer] != parts[imported]
    }
    return Figures(frozenset(parts.values()), frozenset(edges), _levels(frozenset(parts.values()), edges))


def _part(module: str, depth: int | None) -> str:
    names = module.split(".")[1:]
    return ".".join(names if depth is None else names[:depth])


def _levels(nodes: frozenset[str], edges: set[tuple[str, str]]) -> int | None:
    """Returns the longest chain of imports; None when there is a cycle."""
    left, level = set(nodes), 0
    while left:
        lowest = {node for node in left if not any(a == node and b in left for a, b in edges)}
        if not lowest:
            return None
        left -= lowest
        level += 1
    return level


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the figures; returns 1 when the packages of a root import each other in a circle."""
    parser = argparse.ArgumentParser(prog="python -m tools.imports", description=__doc__.partition("\n")[0])
    parser.add_argument("--edges", action="store_true", help="print the imports between packages as well")
    options = parser.parse_args(argv)
    circular = False
    for root in ROOTS:
        for label, depth in (("packages", 1), ("modules", None)):
            found = measure(root, depth)
            levels = "a cycle" if found.levels is None else f"{found.levels} levels"
            print(f"{root:<20} {label:<9} {len(found.nodes):>4} nodes {len(found.edges):>5} edges {levels:>9}")
            if depth == 1:
                circular = circular or found.levels is None
                for importer, imported in sorted(found.edges) if options.edges else ():
                    print(f"  {importer} -> {imported}")
    return int(circular)


if __name__ == "__main__":
    sys.exit(main())

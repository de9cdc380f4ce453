"""The table beside the Azure Verified Module: complete, and only with arguments that exist."""

from __future__ import annotations

import re
from pathlib import Path

import exchange_automation
from tools.places import CHECKOUT

PARAMETERS = Path(__file__).parent / "avm-automation-account-0.19.2.txt"
"""Names of the module's parameters, and of what is one level inside them."""


def rows() -> list[tuple[list[str], list[str], str]]:
    """Names of the module, names of ours, and the text beside them."""
    page = (CHECKOUT / "docs" / "landing-zones.md").read_text("utf-8")
    table = page.partition("| Azure Verified Module |")[2].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table if line.startswith("|")]
    return [(re.findall(r"`([^`]+)`", one), re.findall(r"`([^`]+)`", two), three.strip()) for one, two, three in cells]


def test_every_parameter_of_the_module_has_its_row_once() -> None:
    documented = [name for names, _, _ in rows() for name in names]
    assert sorted(documented) == sorted(PARAMETERS.read_text("utf-8").split())


def test_every_argument_beside_it_exists() -> None:
    for _, names, _ in rows():
        for name in names:
            owner, _, argument = name.partition(".")
            shape = getattr(exchange_automation, f"{owner}Args")
            assert argument in shape.__annotations__, name


def test_a_parameter_without_an_argument_says_why() -> None:
    assert all(names or why for _, names, why in rows())

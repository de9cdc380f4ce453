"""Pictures of the documentation follow the reader's light or dark scheme."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.places import CHECKOUT

PICTURES = sorted(path for path in (CHECKOUT / "docs" / "images").glob("*.svg") if path.name != "favicon.svg")
COLOUR = re.compile(r'\b(fill|stroke)="(#[0-9a-f]{3,6})"')
RULE = re.compile(r'\[(fill|stroke)="(#[0-9a-f]{3,6})"\]')


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_every_colour_has_one_for_the_dark_scheme(picture: Path) -> None:
    head, style, body = picture.read_text("utf-8").partition("</style>")
    assert style
    assert "prefers-color-scheme: dark" in head
    used, defined = set(COLOUR.findall(body)), set(RULE.findall(head))
    assert used <= defined, f"Add dark colours to the style of {picture.name} for {sorted(used - defined)}."

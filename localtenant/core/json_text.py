"""Reads JSON with limits: refuses deep nesting, values such as NaN, which are not JSON numbers, and unpaired surrogates."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_DEPTH = 100
"""Levels of objects and lists; Azure's own bodies have fewer than ten."""


def loads(raw: bytes) -> Any:
    """Reads a JSON text.

    Raises:
        ValueError: The text is no JSON, is nested too deeply, has a number that JSON does not know, or half of
            a surrogate pair.
    """
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError(_too_deep()) from None
    if b"\\ud" in raw.lower():
        _check_surrogates(value)
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_depth(value)
    return value


def _refuse(name: str) -> float:
    raise ValueError(f"JSON has no number '{name}'.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"The number '{text[:40]}' is too large.")
    return number


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("The JSON text has half of a surrogate pair.") from None


def _check_depth(value: Any) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(_too_deep())
        level = [
            item
            for parent in level
            for item in (parent.values() if isinstance(parent, dict) else parent if isinstance(parent, list) else ())
        ]


def _too_deep() -> str:
    return f"The JSON text is nested more than {MAX_DEPTH} levels deep."

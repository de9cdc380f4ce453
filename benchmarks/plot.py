"""The plot of the results as SVG: the ratio of component to hand-written program over the number of accounts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from benchmarks.figures import ratio
from benchmarks.results import Results
from benchmarks.table import FIGURES

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 196, 48, 52
GOAL = 1.30
COLORS = ("#0f6cbd", "#c4314b", "#107c10", "#8764b8")
DARK = {
    "#0f6cbd": "#79c0ff",
    "#c4314b": "#ff7b72",
    "#107c10": "#7ee787",
    "#8764b8": "#d2a8ff",
    "#111111": "#f0f6fc",
    "#333333": "#e6edf3",
    "#666666": "#adb7c2",
    "#999999": "#6e7681",
    "#e5e5e5": "#30363d",
    "#ffffff": "#0d1117",
}
"""The color of the dark scheme for every color."""
PHASES: Mapping[str, str] = {
    "preview": "preview",
    "up": "up",
    "up without a change": "up, no change",
    "destroy": "destroy",
}


def plot(results: Results) -> str:
    """Returns the picture.

    Raises:
        ValueError: There is nothing to draw.
    """
    sizes = sorted({measurement.size for measurement in results.measurements if measurement.subject == "account"})
    lines = {phase: _line(results, phase, sizes) for phase in PHASES}
    if not sizes or not any(lines.values()):
        raise ValueError("The results have no comparison of accounts, so there is nothing to draw.")
    top = max(GOAL, *(y for line in lines.values() for _, y in line)) * 1.1
    scale = _Scale(sizes, math.ceil(top * 4) / 4)
    parts = [*_frame(scale, results), *_goal(scale)]
    for color, line in zip(COLORS, lines.values(), strict=True):
        parts += _drawn(scale, line, color)
    parts += _legend(lines, scale)
    return "\n".join([*_head(), *parts, "</svg>", ""])


def _line(results: Results, phase: str, sizes: Sequence[int]) -> list[tuple[int, float]]:
    points = [(size, ratio(results.measurements, "account", phase, size, FIGURES["wall s"])) for size in sizes]
    return [(size, value) for size, value in points if not math.isnan(value)]


class _Scale:
    """Places of sizes, on a logarithmic axis, and of ratios, on a linear axis that begins at 0."""

    def __init__(self, sizes: Sequence[int], top: float) -> None:
        self.sizes, self.top = sizes, top
        self._first, self._span = math.log(sizes[0]), math.log(sizes[-1] / sizes[0]) or 1.0

    def x(self, size: int) -> float:
        return LEFT + (math.log(size) - self._first) / self._span * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM)


def _head() -> list[str]:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    font = 'font-family="system-ui, sans-serif" font-size="13"'
    title = "Wall time of ExchangeAutomationAccount divided by that of the same resources written by hand"
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} role="img" aria-labelledby="title">',
        f"<style>@media (prefers-color-scheme: dark) {{{_dark_rules()}}}</style>",
        f'<title id="title">{title}, by number of accounts</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]


def _dark_rules() -> str:
    return "".join(
        f'[{name}="{light}"]{{{name}:{dark}}}' for name in ("fill", "stroke") for light, dark in DARK.items()
    )


def _text(x: float, y: float, text: str, anchor: str = "middle", color: str = "#333333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, color: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{dashed}/>'


def _frame(scale: _Scale, results: Results) -> list[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    about = results.about
    load = f"load average {about['load_before'][0]:.1f} before, {about['load_after'][0]:.1f} after"
    parts = [
        _text(LEFT, 20, "Wall time, component ÷ hand-written", "start", "#111111"),
        _text(
            LEFT,
            37,
            f"{about['cores']} cores, engine {about['engine']}, emulated providers, {load}",
            "start",
            "#666666",
        ),
        _text((LEFT + right) / 2, HEIGHT - 12, "automation accounts in one stack (logarithmic)"),
    ]
    steps = int(scale.top / 0.25)
    for step in range(0, steps + 1, 1 if steps <= 8 else 2):
        value = step * 0.25
        parts += [
            _rule(LEFT, scale.y(value), right, scale.y(value), "#e5e5e5"),
            _text(LEFT - 8, scale.y(value) + 4, f"{value:.2f}", "end"),
        ]
    for size in scale.sizes:
        parts += [_rule(scale.x(size), floor, scale.x(size), floor + 5, "#999999")]
        parts += [_text(scale.x(size), floor + 20, str(size))]
    return parts


def _goal(scale: _Scale) -> list[str]:
    y = scale.y(GOAL)
    return [
        _rule(LEFT, y, WIDTH - RIGHT, y, "#666666", "6 4"),
        _text(WIDTH - RIGHT + 8, y + 4, f"goal {GOAL:.2f}", "start", "#666666"),
    ]


def _drawn(scale: _Scale, line: Sequence[tuple[int, float]], color: str) -> list[str]:
    points = " ".join(f"{scale.x(size):.1f},{scale.y(value):.1f}" for size, value in line)
    dots = [
        f'<circle cx="{scale.x(size):.1f}" cy="{scale.y(value):.1f}" r="3" fill="{color}"/>' for size, value in line
    ]
    return [f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>', *dots]


def _legend(lines: Mapping[str, Sequence[tuple[int, float]]], scale: _Scale) -> list[str]:
    parts = []
    for index, (color, (phase, line)) in enumerate(zip(COLORS, lines.items(), strict=True)):
        y = HEIGHT - BOTTOM - 84 + index * 24
        last = f" {line[-1][1]:.2f}" if line else ""
        parts += [
            f'<rect x="{WIDTH - RIGHT + 28}" y="{y - 10}" width="14" height="4" fill="{color}"/>',
            _text(WIDTH - RIGHT + 50, y - 3, f"{PHASES[phase]}{last}", "start"),
        ]
    note = f"at {scale.sizes[-1]} accounts:"
    return [_text(WIDTH - RIGHT + 28, HEIGHT - BOTTOM - 110, note, "start", "#666666"), *parts]

"""Figures from measurements: medians, ratios, and how the cost grows with the number of accounts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.programs import COMPONENT, HAND_WRITTEN
from benchmarks.results import Measurement

GROWTH_FROM = 50
"""Smaller sizes are left out of the growth: there, starting the engine costs more than the resources."""

# 97.5 % quantiles of Student's t distribution by degrees of freedom; beyond the table the normal distribution's is close.
_T = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
_NORMAL = 1.96

Figure = Callable[[Measurement], float]


def select(
    measurements: Iterable[Measurement], subject: str, phase: str, variant: str, size: int | None = None
) -> list[Measurement]:
    """Returns the measurements of one subject, phase and variant, and of one size unless that is None."""
    return [
        measurement
        for measurement in measurements
        if (measurement.subject, measurement.phase, measurement.variant) == (subject, phase, variant)
        and size in (None, measurement.size)
    ]


def median(measurements: Sequence[Measurement], figure: Figure) -> float:
    """Returns the median of a figure; not a number where nothing was measured."""
    return statistics.median(map(figure, measurements)) if measurements else math.nan


def ratio(measurements: Sequence[Measurement], subject: str, phase: str, size: int, figure: Figure) -> float:
    """Returns the component's median divided by that of the hand-written program; not a number without both."""
    ours, theirs = (
        median(select(measurements, subject, phase, variant, size), figure) for variant in (COMPONENT, HAND_WRITTEN)
    )
    return ours / theirs if theirs else math.nan


@dataclass(frozen=True)
class Growth:
    """An exponent: the cost grows with the number of accounts to this power.

    Attributes:
        exponent: The slope of logarithm of the cost over logarithm of the size.
        margin: Half the width of its 95 % confidence interval; not a number with fewer than three points.
    """

    exponent: float
    margin: float

    def __str__(self) -> str:
        """Exponent and margin as tables show them."""
        return f"{self.exponent:.2f} ± {self.margin:.2f}" if not math.isnan(self.margin) else f"{self.exponent:.2f}"


def growth(points: Sequence[tuple[float, float]]) -> Growth | None:
    """Fits a power law to points of size and cost; None without two different sizes.

    Args:
        points: Sizes and costs, all above 0.
    """
    logarithms = [(math.log(size), math.log(cost)) for size, cost in points if size > 0 and cost > 0]
    if len({x for x, _ in logarithms}) < 2:
        return None
    mean_x = statistics.fmean(x for x, _ in logarithms)
    mean_y = statistics.fmean(y for _, y in logarithms)
    spread = sum((x - mean_x) ** 2 for x, _ in logarithms)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in logarithms) / spread
    freedom = len(logarithms) - 2
    if freedom < 1:
        return Growth(slope, math.nan)
    residuals = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in logarithms)
    quantile = _T[freedom - 1] if freedom <= len(_T) else _NORMAL
    return Growth(slope, quantile * math.sqrt(residuals / freedom / spread))


def growth_of(
    measurements: Sequence[Measurement], subject: str, phase: str, variant: str, figure: Figure
) -> Growth | None:
    """Returns how a figure of one variant grows from GROWTH_FROM accounts on."""
    chosen = select(measurements, subject, phase, variant)
    return growth([(item.size, figure(item)) for item in chosen if item.size >= GROWTH_FROM])


def growth_difference(measurements: Sequence[Measurement], subject: str, phase: str, figure: Figure) -> Growth | None:
    """Returns how the ratio of both variants grows: the component's exponent minus that of the hand-written program."""
    by_hand = {
        (measurement.size, measurement.repetition): figure(measurement)
        for measurement in select(measurements, subject, phase, HAND_WRITTEN)
    }
    points = [
        (item.size, figure(item) / by_hand[item.size, item.repetition])
        for item in select(measurements, subject, phase, COMPONENT)
        if item.size >= GROWTH_FROM and by_hand.get((item.size, item.repetition))
    ]
    return growth(points)

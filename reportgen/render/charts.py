"""Geometry of the charts; the templates write the SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportgen.report.position import TrendMonth

_Place = Callable[[int, float], tuple[float, float]]
# How far apart the labels at the right are kept, in units of the canvas.
LABEL_APART = 12


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line across, at a percentage."""

    y: float
    label: int


@dataclass(frozen=True, slots=True)
class MonthTick:
    """A month below the chart: its first three letters and the last two digits of its year."""

    x: float
    label: str
    year: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A month's score."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class LineEnds:
    """Heights of the labels at the ends of the lines; None where the last month has no figure."""

    score: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendChart:
    """The geometry of the trend; ``score`` and ``coverage`` are points of unbroken lines."""

    left: float
    right: float
    top: float
    bottom: float
    grid: tuple[GridLine, ...]
    target_y: float
    shade_x: float
    shade_width: float
    months: tuple[MonthTick, ...]
    score: tuple[str, ...]
    coverage: tuple[str, ...]
    dots: tuple[Dot, ...]
    ends: LineEnds


def trend(points: Sequence[TrendMonth], target: float, start: str) -> TrendChart:
    """Lay out the score and coverage lines of up to 13 months on a 640 by 163 canvas.

    ``points`` are the summary's trend entries; months without a score break the line. ``start``
    is the period's first day: months after it are shaded.
    """
    left, right, top, bottom = 30.0, 560.0, 12.0, 135.0
    values = [v for p in points for v in (p.score, p.coverage) if v is not None]
    low = max(0, min([*values, target, 90]) // 10 * 10 - 10)
    step = (right - left) / max(len(points) - 1, 1)

    def place(index: int, value: float) -> tuple[float, float]:
        x = right if len(points) == 1 else left + index * step
        return round(x, 1), round(bottom - (value - low) / (100 - low) * (bottom - top), 1)

    ticks = range(int(low), 101, 10 if 100 - low <= 50 else 20)
    inside = [i for i, p in enumerate(points) if p.day >= start]
    shade = left + (inside[0] - 0.5) * step if inside and inside[0] else left
    dots = [place(i, p.score) for i, p in enumerate(points) if p.score is not None]
    return TrendChart(
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        grid=tuple(GridLine(place(0, tick)[1], tick) for tick in ticks),
        target_y=place(0, target)[1],
        shade_x=round(shade, 1),
        shade_width=round(right - shade + step / 2, 1),
        months=tuple(
            MonthTick(place(i, low)[0], p.label[:3], p.label[-2:]) for i, p in enumerate(points)
        ),
        score=_lines([p.score for p in points], place),
        coverage=_lines([p.coverage for p in points], place),
        dots=tuple(Dot(x, y) for x, y in dots),
        ends=_ends(points, place),
    )


def _lines(values: Sequence[float | None], place: _Place) -> tuple[str, ...]:
    """Runs of months that have a value, as SVG points."""
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            x, y = place(index, value)
            runs[-1].append(f"{x},{y}")
    return tuple(" ".join(run) for run in runs if run)


def _ends(points: Sequence[TrendMonth], place: _Place) -> LineEnds:
    """Heights of the labels at the right, kept 12 apart."""
    last = len(points) - 1
    score, coverage = (
        None if value is None else place(last, value)[1]
        for value in (points[last].score, points[last].coverage)
    )
    if score is not None and coverage is not None and abs(score - coverage) < LABEL_APART:
        coverage = score + LABEL_APART if score <= coverage else score - LABEL_APART
    return LineEnds(score, coverage)


def heat_class(value: float | None) -> str:
    """The class of a heat map cell: bins at 95, 85, 70 and 50."""
    if value is None:
        return "h-none"
    for limit, name in ((95, "h-95"), (85, "h-85"), (70, "h-70"), (50, "h-50")):
        if value >= limit:
            return name
    return "h-0"

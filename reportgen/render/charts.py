"""Geometry of the charts; the templates write the SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def trend(points: Sequence[dict[str, Any]], target: float, start: str) -> dict[str, Any]:
    """Lay out the score and coverage lines of up to 13 months on a 640 by 163 canvas.

    ``points`` are the summary's trend entries; months without a score break the line. ``start``
    is the period's first day: months after it are shaded.
    """
    left, right, top, bottom = 30.0, 560.0, 12.0, 135.0
    values = [p[key] for p in points for key in ("score", "coverage") if p[key] is not None]
    low = max(0, min([*values, target, 90]) // 10 * 10 - 10)
    step = (right - left) / max(len(points) - 1, 1)

    def place(index: int, value: float) -> tuple[float, float]:
        x = right if len(points) == 1 else left + index * step
        return round(x, 1), round(bottom - (value - low) / (100 - low) * (bottom - top), 1)

    ticks = range(int(low), 101, 10 if 100 - low <= 50 else 20)
    inside = [i for i, p in enumerate(points) if p["day"] >= start]
    shade = left + (inside[0] - 0.5) * step if inside and inside[0] else left
    return {
        "left": left,
        "right": right,
        "top": top,
        "bottom": bottom,
        "grid": [{"y": place(0, t)[1], "label": t} for t in ticks],
        "target_y": place(0, target)[1],
        "shade_x": round(shade, 1),
        "shade_width": round(right - shade + step / 2, 1),
        "months": [
            {"x": place(i, low)[0], "label": p["label"][:3], "year": p["label"][-2:]}
            for i, p in enumerate(points)
        ],
        "score": _lines(points, "score", place),
        "coverage": _lines(points, "coverage", place),
        "dots": [
            {"x": x, "y": y}
            for i, p in enumerate(points)
            if p["score"] is not None
            for x, y in [place(i, p["score"])]
        ],
        "ends": _ends(points, place),
    }


def _lines(points: Sequence[dict[str, Any]], key: str, place: Any) -> list[str]:
    """Runs of months that have a value, as SVG points."""
    runs: list[list[str]] = [[]]
    for index, point in enumerate(points):
        if point[key] is None:
            runs.append([])
        else:
            x, y = place(index, point[key])
            runs[-1].append(f"{x},{y}")
    return [" ".join(run) for run in runs if run]


def _ends(points: Sequence[dict[str, Any]], place: Any) -> dict[str, float | None]:
    """Heights of the labels at the right, kept 12 apart."""
    last = points[-1]
    found: dict[str, float | None] = {"score": None, "coverage": None}
    for key in found:
        if last[key] is not None:
            found[key] = place(len(points) - 1, last[key])[1]
    score, coverage = found["score"], found["coverage"]
    if score is not None and coverage is not None and abs(score - coverage) < 12:
        upper = score <= coverage
        found["coverage"] = score + 12 if upper else score - 12
    return found


def heat_class(value: float | None) -> str:
    """The class of a heat map cell: bins at 95, 85, 70 and 50."""
    if value is None:
        return "h-none"
    for limit, name in ((95, "h-95"), (85, "h-85"), (70, "h-70"), (50, "h-50")):
        if value >= limit:
            return name
    return "h-0"

"""Two sentences about the score on one page never contradict each other, at the rounding too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reportgen.render.headlines import direction, trend_headline


@pytest.mark.parametrize(
    ("now", "before", "way"),
    [(88.4, 88.4, 0), (88.44, 88.36, 0), (88.46, 88.44, 1), (88.4, 88.5, -1), (88.5, 88.4, 1)],
)
def test_direction_is_of_the_figures_shown(now: float, before: float, way: int) -> None:
    assert direction(now, before) == way


def summary(first: float, last: float, previous: float | None) -> Any:
    months = [
        SimpleNamespace(score=first, label="Sep 2025"),
        SimpleNamespace(score=None, label="Oct 2025"),
        SimpleNamespace(score=last, label="Sep 2026"),
    ]
    return SimpleNamespace(trend=months, score=SimpleNamespace(now=last, previous=previous))


@pytest.mark.parametrize(
    ("first", "last", "previous", "ends"),
    [
        (88.4, 88.4, 89.8, "is 88.4 now, though it fell this quarter"),
        (88.4, 88.4, 88.3, "is 88.4 now, though it rose this quarter"),
        (88.4, 88.4, 88.4, "is 88.4 now"),
        (88.4, 88.5, 89.8, "is 88.5 now, though it fell this quarter"),
        (88.4, 88.3, 89.8, "is 88.3 now"),
        (88.4, 88.4, None, "is 88.4 now"),
    ],
)
def test_trend_beside_the_last_quarter(
    first: float, last: float, previous: float | None, ends: str
) -> None:
    assert trend_headline(summary(first, last, previous), "quarter").endswith(ends)


def test_one_month_has_no_trend() -> None:
    one = summary(88.4, 88.4, None)
    one.trend = one.trend[-1:]
    assert trend_headline(one, "month") == "The trend starts with this month"

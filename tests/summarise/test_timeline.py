"""Changes and time to fix: against cases worked out by hand."""

from __future__ import annotations

import pytest

from reportgen.model import Severity
from reportgen.report.findings import TimeToFix
from reportgen.summarise import timeline
from tests.models import closed


def test_time_to_fix() -> None:
    high = timeline.time_to_fix([closed(days_to_fix=days) for days in (10, 30, 80)])[1]
    assert high == TimeToFix(severity=Severity.HIGH, closed=3, median_days=30.0, longest_days=80)
    even = timeline.time_to_fix([closed(days_to_fix=days) for days in (10, 31)])[1]
    assert even.median_days == 20.5
    assert timeline.time_to_fix([])[0].median_days is None


@pytest.mark.parametrize(
    ("now", "previous", "points"),
    [
        (88.4, 89.8, -1.4),
        (88.4, 88.4, 0.0),
        (88.5, 88.4, 0.1),
        (None, 88.4, None),
        (88.4, None, None),
    ],
)
def test_change_in_points(now: float | None, previous: float | None, points: float | None) -> None:
    assert timeline.change(now, previous).change == points

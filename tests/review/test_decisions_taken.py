"""When a decision may come back; rows are made by hand here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from reportgen.review.campaign import Campaign
from reportgen.review.decisions import Decided, ReviewDecision, take
from reportgen.review.workbook import FROZEN, Returned, frozen_cells
from tests.review.test_campaign_rows import REST, of, opened, row


def returned(review: Campaign, on: Any = date(2026, 10, 14), **more: Any) -> list[Returned]:
    cells = dict(zip(FROZEN, frozen_cells(review.rows[0]), strict=True))
    answer = {"Decision": "keep", "Decided by": "Rest", "Decided on": on, "Note": ""}
    return [Returned(2, {**cells, **answer, **more})]


@pytest.mark.parametrize(
    ("imported", "late", "taken"),
    [
        # Due on 31 October: that day to its end.
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), None, True),
        (datetime(2026, 11, 1, tzinfo=UTC), None, False),
        (datetime(2026, 11, 1, tzinfo=UTC), False, False),
        (datetime(2026, 11, 1, tzinfo=UTC), True, True),
    ],
)
def test_what_is_late_is_taken_only_where_that_was_said(
    imported: datetime, late: bool | None, taken: bool
) -> None:
    review = opened(of("users", row()), reviewers=[REST])
    more: Any = {} if late is None else {"accept_late": late}
    batch = take(review, returned(review), "f", "d", imported, UTC, **more)
    assert bool(batch.accepted) is taken
    if taken:
        assert [d.late for d in batch.accepted] == [bool(late)]
    else:
        assert [r.why for r in batch.refused] == ["is late: the review was due on 2026-10-31"]


@pytest.mark.parametrize(
    ("on", "why"),
    [
        (date(2026, 10, 1), ""),
        (date(2026, 9, 30), "before the review was opened on 2026-10-01"),
        (date(2026, 10, 20), ""),
        (date(2026, 10, 21), "which is still to come"),
        ("soon", "write the day"),
        ("", "has no date"),
    ],
)
def test_a_decision_is_of_a_day_between_opening_and_return(on: Any, why: str) -> None:
    review = opened(of("users", row()), reviewers=[REST])
    at = datetime(2026, 10, 20, tzinfo=UTC)
    batch = take(review, returned(review, on), "f", "d", at, UTC)
    if why:
        assert why in batch.refused[0].why
    else:
        assert [d.decision for d in batch.accepted] == [ReviewDecision.KEEP]


def test_a_decision_is_not_late_unless_somebody_says_so() -> None:
    assert Decided("k", ReviewDecision.KEEP, "Rest", "2026-10-14", "").late is False

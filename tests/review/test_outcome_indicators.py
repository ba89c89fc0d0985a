"""What looks rushed in a review, to the row and to the second; reviews are made by hand here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reportgen.config import Reviewer
from reportgen.review.campaign import FORMAT, Campaign, ReviewRow
from reportgen.review.decisions import Batch, Decided, Refused, ReviewDecision
from reportgen.review.outcome import ReviewerStanding, ReviewStanding, outcome

START = datetime(2026, 10, 1, 9, 0)
KEEP, REVOKE, CHANGE = ReviewDecision.KEEP, ReviewDecision.REVOKE, ReviewDecision.CHANGE
# Long after the review was opened.
LATE = "2026-10-20T09:00:00Z"


def campaign(count: int, power: str = "below administrator") -> Campaign:
    rows = tuple(
        ReviewRow(f"q3/{n:03}", "users", f"u{n}", "1", "Lead", (), {"power": power}, {})
        for n in range(count)
    )
    reviewers = (Reviewer(name="Lead"), Reviewer(name="Nobody's"))
    opened = f"{START:%Y-%m-%dT%H:%M:%S}Z"
    return Campaign(FORMAT, "q3", opened, "2026-10-31", opened, "r", reviewers, (), rows)


def decided(
    number: int, decision: ReviewDecision = REVOKE, on: str = "", note: str = ""
) -> Decided:
    return Decided(f"q3/{number:03}", decision, "Lead", on or "2026-10-14", note)


def batch(*accepted: Decided, imported: str = LATE, refused: int = 0) -> Batch:
    no = tuple(Refused(n, "", "no") for n in range(refused))
    return Batch(imported, "f", "", ("Lead",), accepted, no, 0, "")


def standing(review: Campaign, *batches: Batch) -> tuple[ReviewStanding, ReviewerStanding]:
    found = outcome(review, batches, ())
    # Who has no row has no part in it.
    (reviewer,) = found.reviewers
    return found, reviewer


def told(review: Campaign, *batches: Batch) -> tuple[str, ...]:
    return standing(review, *batches)[1].indicators


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def test_shares_are_counted_by_decision() -> None:
    kinds = (KEEP, REVOKE, REVOKE, CHANGE, CHANGE, CHANGE)
    some = [replace(decided(n, kind), late=n < 4) for n, kind in enumerate(kinds)]
    found, reviewer = standing(campaign(10), batch(*some, refused=2), batch(refused=1))
    assert (reviewer.rows, reviewer.kept, reviewer.revoked, reviewer.changed) == (10, 1, 2, 3)
    assert (reviewer.open, reviewer.late, found.open, found.refused) == (4, 4, 4, 3)
    # No later snapshot shows any of them.
    assert len(found.followed) == len(found.unproved) == 5
    assert not found.complete


@pytest.mark.parametrize(
    ("count", "found"), [(19, ()), (20, ("all 20 rows were kept, without a note",))]
)
def test_twenty_rows_that_are_all_kept(count: int, found: tuple[str, ...]) -> None:
    kept = [decided(n, KEEP) for n in range(count)]
    assert told(campaign(40), batch(*kept)) == found
    if found:
        noted = [*kept[:-1], replace(kept[-1], note="needed")]
        assert told(campaign(40), batch(*noted)) == ("all 20 rows were kept",)
        assert told(campaign(40), batch(*kept[:-1], decided(19))) == ()


@pytest.mark.parametrize(("same", "found"), [(19, False), (20, True)])
def test_twenty_decisions_of_one_time(same: int, found: bool) -> None:
    """A day alone is no time: many are decided on one day."""
    at_once = [decided(n, on=at(0)) for n in range(same)]
    apart = [decided(n, on=at(1000 * n)) for n in range(same, 20)]
    said = f"20 decisions have the same time, {at(0)}"
    assert (said in told(campaign(20), batch(*at_once, *apart))) is found
    days = [decided(n, on="2026-10-14") for n in range(20)]
    assert told(campaign(20), batch(*days)) == ()


@pytest.mark.parametrize(
    ("timed", "each", "found"),
    [
        (20, 5.0, None),
        (20, 4.0, "4.0 seconds a decision, by the times stated"),
        # Times of nineteen of twenty are too few to judge by.
        (19, 4.0, None),
    ],
)
def test_the_pace_by_the_times_stated(timed: int, each: float, found: str | None) -> None:
    some = [decided(n, on=at(each * n)) for n in range(timed)]
    rest = [decided(n) for n in range(timed, 20)]
    assert told(campaign(20), batch(*some, *rest)) == ((found,) if found else ())


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(100, ()), (98, ("at most 4.9 seconds a decision, from opening to return",))],
)
def test_the_pace_from_opening_to_the_last_return(seconds: int, found: tuple[str, ...]) -> None:
    """A hundred seconds for twenty rows are five for each; the last of two files counts."""
    first, last = ([decided(n) for n in part] for part in (range(10), range(10, 20)))
    early, end = (f"{at(s)}Z" for s in (1, seconds))
    assert told(campaign(20), batch(*first, imported=early), batch(*last, imported=end)) == found


@pytest.mark.parametrize(
    ("power", "silent"),
    [
        ("administrator", True),
        ("administrator, on conditions", True),
        ("can become administrator", True),
        ("below administrator", False),
        ("not known", False),
    ],
)
def test_administrators_kept_without_a_word(power: str, silent: bool) -> None:
    some = [decided(0, KEEP), decided(1, KEEP), decided(2, KEEP, note="needed")]
    rest = [decided(n, REVOKE) for n in range(3, 20)]
    found = told(campaign(20, power), batch(*some, *rest))
    assert found == (("2 administrators were kept without a note",) if silent else ())


def test_the_later_of_two_decisions_counts() -> None:
    _, reviewer = standing(campaign(1), batch(decided(0, KEEP)), batch(decided(0, REVOKE)))
    assert (reviewer.kept, reviewer.revoked, reviewer.open) == (0, 1, 0)


def test_a_review_of_which_all_is_kept_is_complete() -> None:
    assert standing(campaign(1), batch(decided(0, KEEP)))[0].complete
    assert not standing(campaign(2), batch(decided(0, KEEP)))[0].complete
    assert not standing(campaign(1), batch(decided(0, REVOKE)))[0].complete

"""Reviews in the report: as they stood at the period's end, and never better than shown."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen import reporting
from reportgen.errors import IntegrityError
from reportgen.evidence.store import Store
from reportgen.render.look import load_look
from reportgen.render.report import render_html
from reportgen.render.tables import tables
from reportgen.report.reviews import ReviewHeld
from reportgen.report.summary import Summary, from_json, to_json
from reportgen.report.words import ReviewState
from reportgen.review.results import reviews_of
from reportgen.reviewing import Opened, close_review, import_decisions
from reportgen.summarise.periods import period_ending
from tests.review.conftest import Clock
from tests.review.filled import fill
from tests.review.given import DUE, OPENED, PEOPLE, ZERO, Place, later

KEEP: dict[str, Any] = {"Decision": "keep", "Decided on": date(2026, 10, 14)}
REVOKE = {**KEEP, "Decision": "revoke"}
QUARTER, BEFORE, AFTER = date(2026, 12, 31), date(2026, 9, 30), date(2027, 3, 31)
GONE = {"heron": REVOKE, "heron, key 1": REVOKE}


@pytest.fixture
def opened(place: Place, clock: Clock) -> Opened:
    """Four accesses: two users, a key, a role."""
    found = place.open()
    clock.moment = datetime(2026, 10, 20, 5, tzinfo=UTC)
    return found


def decide(place: Place, opened: Opened, decisions: dict[str, Any] | None = None) -> None:
    import_decisions(place.rules, "q3", [fill(opened, decisions, default=KEEP)])


def report(place: Place, ending: date = QUARTER, kind: str = "quarterly") -> Summary:
    return reporting.summary_of(place.store, place.rules, kind, ending)


def reviews(place: Place, ending: date = QUARTER, kind: str = "quarterly") -> list[ReviewHeld]:
    """As the report has them, without the rest of it."""
    rules, held = place.rules, Store.open(place.store).holdings()
    folder = rules.config.register_path / "reviews"
    return list(reviews_of(folder, held, rules, period_ending(kind, ending), {}))


def review(place: Place, ending: date = QUARTER) -> ReviewHeld:
    (found,) = reviews(place, ending)
    return found


def counts(one: ReviewHeld) -> tuple[int, ...]:
    return one.population, one.kept, one.revoked, one.changed, one.open, one.shown


def test_without_reviews_there_are_none(place: Place) -> None:
    place.collect(PEOPLE, at=later(20))
    assert report(place).reviews == ()
    assert reviews(place) == []


def test_a_review_that_goes_on(place: Place, opened: Opened) -> None:
    place.collect(PEOPLE, at=later(20))
    import_decisions(place.rules, "q3", [fill(opened, {"gull": KEEP})])
    one = review(place)
    assert counts(one) == (4, 1, 0, 0, 3, 0)
    assert (one.id, one.opened, one.due) == ("q3", f"{OPENED:%Y-%m-%dT%H:%M:%SZ}", str(DUE))
    assert (one.closed, one.closed_by, one.accounts) == ("", "", 1)
    assert one.root == opened.campaign.root
    (share,) = one.reviewers
    assert (share.name, share.rows, share.kept, share.open) == ("Team lead", 4, 1, 3)


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (date(2026, 10, 30), ReviewState.OPEN),
        (date(2026, 10, 31), ReviewState.OPEN),
        (date(2026, 11, 1), ReviewState.OVERDUE),
    ],
)
def test_it_is_overdue_once_its_due_day_is_over(
    ending: date, state: ReviewState, place: Place, opened: Opened
) -> None:
    place.collect(PEOPLE, at=later(20))
    assert review(place, ending).state is state


def test_a_revocation_counts_once_it_is_shown(place: Place, opened: Opened) -> None:
    decide(place, opened, GONE)
    place.collect(PEOPLE, at=later(20))
    one = review(place)
    assert counts(one) == (4, 2, 2, 0, 0, 0)
    assert {f.proof for f in one.followed} == {"still there"}
    place.collect({"gull": PEOPLE["gull"]}, at=later(40))
    one = review(place)
    assert counts(one) == (4, 2, 2, 0, 0, 2)
    shown = {f.name: f for f in one.followed}
    assert set(shown) == {"heron", "heron, key 1"}
    heron = shown["heron"]
    assert (heron.proof, heron.decision, heron.reviewer) == ("shown", "revoke", "Team lead")
    assert (heron.account_id, heron.collected[:10]) == (ZERO, "2026-11-09")
    assert heron.snapshot.startswith("20261109T")


def test_what_came_later_is_not_told(place: Place, opened: Opened, clock: Clock) -> None:
    """A report of October made again in December says what October knew."""
    place.collect(PEOPLE, at=later(10))
    place.collect(PEOPLE, at=later(25))
    early = review(place, date(2026, 10, 19))
    assert counts(early) == (4, 0, 0, 0, 4, 0)
    clock.moment = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)
    import_decisions(place.rules, "q3", [fill(opened, {"gull": KEEP})])
    assert counts(review(place, date(2026, 10, 31))) == (4, 1, 0, 0, 3, 0)
    before = [review(place, date(2026, 10, 31))]
    clock.moment = datetime(2026, 11, 1, 0, 0, 0, tzinfo=UTC)
    import_decisions(place.rules, "q3", [fill(opened, GONE, default=KEEP)], accept_late=True)
    place.collect({"gull": PEOPLE["gull"]}, at=later(50))
    close_review(place.store, place.rules, "q3", "Head of security")
    assert [review(place, date(2026, 10, 31))] == before
    one = review(place)
    assert counts(one) == (4, 2, 2, 0, 0, 2)
    assert one.state is ReviewState.CLOSED
    # The day is that of the organisation's clock.
    assert (one.closed, one.closed_by) == ("2026-11-01", "Head of security")
    (share,) = one.reviewers
    # The one that was decided in time was decided again.
    assert share.late == 4


def test_a_review_is_told_where_it_was_open_or_closed(
    place: Place, opened: Opened, clock: Clock
) -> None:
    decide(place, opened)
    place.collect(PEOPLE, at=later(20))
    place.collect(PEOPLE, at=later(150))
    assert reviews(place, BEFORE) == []
    assert review(place, QUARTER).state is ReviewState.OVERDUE
    # Nobody signed it off: it stays until somebody does.
    assert review(place, AFTER).state is ReviewState.OVERDUE
    close_review(place.store, place.rules, "q3", "Head of security")
    assert review(place, QUARTER).closed == "2026-10-20"
    assert reviews(place, AFTER) == []
    (of_the_year,) = reviews(place, date(2027, 6, 30), "annual")
    assert of_the_year.closed == "2026-10-20"


def test_damaged_evidence_shows_nothing(place: Place, opened: Opened) -> None:
    decide(place, opened, GONE)
    place.collect({"gull": PEOPLE["gull"]}, at=later(40))
    newest = Store.open(place.store).snapshots()[-1]
    digest = next(d for n, (d, _) in newest.files.items() if n.endswith("report.csv"))
    (place.store / "objects" / digest[:2] / digest).write_bytes(b"x")
    one = review(place)
    assert one.shown == 0
    assert {f.proof for f in one.followed} == {"no later snapshot"}


def test_an_altered_review_makes_no_report(place: Place, opened: Opened) -> None:
    decide(place, opened)
    place.collect(PEOPLE, at=later(20))
    path = opened.folder / "decisions.json"
    path.write_text(path.read_text().replace("keep", "KEEP", 1))
    with pytest.raises(IntegrityError):
        reviews(place)


def administers(details: dict[str, Any]) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    details["UserDetailList"][0]["UserPolicyList"] = [
        {"PolicyName": "all", "PolicyDocument": document}
    ]


@pytest.mark.parametrize("control", ["AUD-04", "E8-03"])
def test_a_control_rests_on_the_review_that_was_closed(
    control: str, place: Place, opened: Opened
) -> None:
    october = date(2026, 10, 31)
    decide(place, opened)
    place.collect(PEOPLE, at=later(20), damage=administers)
    (before,) = [c for c in report(place, october).controls if c.control_id == control]
    close_review(place.store, place.rules, "q3", "Head of security")
    summary = report(place, october)
    (after,) = [c for c in summary.controls if c.control_id == control]
    assert before.passed == 0 < after.passed
    (said,) = [a for a in summary.attestations if a.control_id == control]
    assert "4 rows decided by Team lead" in said.statement
    assert summary.reviews[0].state is ReviewState.CLOSED


def test_the_numbers_come_back_and_stand_in_tables_and_page(place: Place, opened: Opened) -> None:
    decide(place, opened, GONE)
    place.collect(PEOPLE, at=later(20))
    summary = report(place)
    assert from_json(to_json(summary)) == summary
    sheets = {table.title: table for table in tables(summary)}
    (row,) = sheets["Reviews"].rows
    told = dict(zip(sheets["Reviews"].columns, row, strict=True))
    assert (told["id"], told["population"], told["revoked"], told["shown"]) == ("q3", 4, 2, 0)
    (share,) = sheets["Reviewers"].rows
    assert share[:3] == ("q3", "Team lead", 4)
    assert [row[2] for row in sheets["Revocations"].rows] == ["heron, key 1", "heron"]
    html = render_html(summary, load_look(place.rules.config))
    assert "1 access review this quarter, 0 signed off" in html
    assert "2 revocations or changes are not shown" in html
    assert "0 of 2" in html


def test_names_are_hostile(place: Place, clock: Clock, tmp_path: Path) -> None:
    lead = {"name": "<b>Lead</b>", "email": "lead@example.org"}
    place.config.write_text(json.dumps({"reviewers": [lead], "timezone": "UTC"}))
    hostile = {"<script>x": PEOPLE["gull"]}
    place.collect(hostile, at=later(2))
    opened = place.open()
    clock.moment = datetime(2026, 10, 20, 5, tzinfo=UTC)
    returned = fill(opened, default=REVOKE, reviewer="<b>Lead</b>")
    import_decisions(place.rules, "q3", [returned])
    place.collect(hostile, at=later(30))
    html = render_html(report(place), load_look(place.rules.config))
    assert "<script>x" not in html
    assert "<b>Lead" not in html
    assert "&lt;script&gt;x" in html

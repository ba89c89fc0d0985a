"""What comes back: taken, refused with a reason, never forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reportgen.errors import IntegrityError
from reportgen.review.campaign import Campaign
from reportgen.review.decisions import Batch, read_batches, standing
from reportgen.reviewing import Opened, import_decisions
from tests.review.conftest import Clock
from tests.review.filled import Edit, fill
from tests.review.given import PEOPLE, Place

ON = date(2026, 10, 14)
KEEP = {"Decision": "keep", "Decided on": ON}


@pytest.fixture
def opened(place: Place, clock: Clock) -> Opened:
    found = place.open()
    clock.moment = datetime(2026, 10, 20, 2, 0, tzinfo=UTC)
    return found


def taken(place: Place, *files: Path, late: bool = False) -> Batch:
    return import_decisions(place.rules, "q3", files, accept_late=late)[-1]


def told(batch: Batch, opened: Opened) -> dict[str, str]:
    names = {row.key: row.shown["name"] for row in opened.campaign.rows}
    return {names.get(r.key, r.key): r.why for r in batch.refused}


def test_all_kept(place: Place, opened: Opened) -> None:
    batch = taken(place, fill(opened, default=KEEP))
    assert (len(batch.accepted), batch.open, batch.refused) == (4, 0, ())
    assert {d.on for d in batch.accepted} == {"2026-10-14"}
    assert batch.reviewers == ("Team lead",)


def test_rows_without_a_decision_stay_open(place: Place, opened: Opened) -> None:
    batch = taken(place, fill(opened, {"gull": KEEP}))
    assert (len(batch.accepted), batch.open, batch.refused) == (1, 3, ())


def set_cell(title: str, value: Any) -> Edit:
    def edit(sheet: Any, columns: dict[str, int]) -> None:
        sheet.cell(2, columns[title]).value = value

    return edit


@pytest.mark.parametrize(("title", "value", "why"), [
    ("Decision", "approve", "keep, revoke or change"), ("Decided by", "Second", "its reviewer is"),
    ("Decided by", None, "was decided by nobody"), ("Decided on", None, "has no date"),
    ("Decided on", "soon", "write the day"), ("Decided on", "14/10/2026", "write the day"),
    ("Decided on", 46024, "before the review"), ("Decision", "change", "no note says how"),
    ("Decided on", "2026-09-30", "before the review was opened"),
    ("Decided on", "2026-10-21", "still to come"),
    ("Name", "another", "was altered: Name"), ("May do", "nothing", "was altered: May do"),
    ("Account", 999, "was altered: Account"), ("Row", "R-000000000000", "no row of this review"),
])  # fmt: skip
def test_a_row_that_cannot_be_taken_is_refused_and_the_rest_is_kept(
    title: str, value: Any, why: str, place: Place, opened: Opened
) -> None:
    batch = taken(place, fill(opened, default=KEEP, edit=set_cell(title, value)))
    assert len(batch.accepted) == 3
    assert any(why in said for said in told(batch, opened).values()), batch.refused


@pytest.mark.parametrize(("title", "value"), [
    ("Decision", " KEEP "), ("Decided by", "LEAD@example.org"), ("Decided by", "wren"),
    ("Decided on", "2026-10-01"), ("Decided on", "2026-10-20"),
    ("Decided on", datetime(2026, 10, 14, 9, 30)), ("Account", 12345678901),
    ("Since", datetime(2026, 1, 2)),
])  # fmt: skip
def test_what_says_the_same_is_taken(title: str, value: Any, place: Place, opened: Opened) -> None:
    assert len(taken(place, fill(opened, default=KEEP, edit=set_cell(title, value))).accepted) == 4


def test_a_time_is_kept_where_it_is_stated(place: Place, opened: Opened) -> None:
    edit = set_cell("Decided on", datetime(2026, 10, 14, 9, 30))
    batch = taken(place, fill(opened, default=KEEP, edit=edit))
    assert batch.accepted[0].on == "2026-10-14T09:30:00"


def test_deleted_rows_are_named(place: Place, opened: Opened) -> None:
    batch = taken(place, fill(opened, default=KEEP, edit=lambda s, _: s.delete_rows(2)))
    (refused,) = batch.refused
    assert (refused.number, refused.key) == (0, opened.campaign.rows[0].key)
    assert "is missing from the file" in refused.why


def test_sorted_rows_are_the_same_rows(place: Place, opened: Opened) -> None:
    def turn(sheet: Any, _: dict[str, int]) -> None:
        rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=2)]
        for number, row in enumerate(reversed(rows), start=2):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column).value = value

    assert len(taken(place, fill(opened, default=KEEP, edit=turn)).accepted) == 4


@pytest.mark.parametrize(("decision", "accepted"), [("keep", 4), ("revoke", 3)])
def test_a_row_twice_counts_when_it_says_the_same(
    decision: str, accepted: int, place: Place, opened: Opened
) -> None:
    def again(sheet: Any, columns: dict[str, int]) -> None:
        row = [c.value for c in sheet[2]]
        row[columns["Decision"] - 1] = decision
        sheet.append(row)

    assert len(taken(place, fill(opened, default=KEEP, edit=again)).accepted) == accepted


@pytest.mark.parametrize(("day", "late"), [(31, False), (32, True)])
def test_what_arrives_after_the_due_day_is_late_whatever_its_date(
    day: int, late: bool, place: Place, opened: Opened, clock: Clock
) -> None:
    clock.moment = datetime(2026, 10, 31, 23, tzinfo=UTC)
    if day > 31:
        clock.moment = datetime(2026, 11, 1, tzinfo=UTC)
    file = fill(opened, default=KEEP)
    batch = taken(place, file)
    assert bool(batch.refused) is late
    if late:
        assert "is late: the review was due on 2026-10-31" in batch.refused[0].why
        batch = taken(place, file, late=True)
        assert all(decided.late for decided in batch.accepted)
    assert len(batch.accepted) == 4


@pytest.mark.parametrize(("day", "taken_rows"), [(29, 0), (30, 4)])
def test_days_are_those_of_the_organisation(
    day: int, taken_rows: int, tmp_path: Path, clock: Clock
) -> None:
    place = Place(tmp_path, timezone="America/Los_Angeles")
    place.collect(PEOPLE)
    clock.moment = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)  # there, 30 September
    opened = place.open()
    file = fill(opened, default={**KEEP, "Decided on": date(2026, 9, day)})
    assert len(taken(place, file).accepted) == taken_rows


def test_access_of_ones_own_is_refused_though_it_was_assigned(place: Place, opened: Opened) -> None:
    """Not through `open`, which never assigns it; through a workbook that says it is so."""
    from reportgen.review.decisions import take
    from reportgen.review.workbook import read

    rows = [r.model_copy(update={"identities": ("gull",)}) for r in opened.campaign.reviewers]
    campaign = Campaign(**{**vars_of(opened.campaign), "reviewers": tuple(rows)})
    returned = read(fill(opened, default=KEEP))
    moment = datetime(2026, 10, 20, tzinfo=UTC)
    batch = take(campaign, returned, "f", "0", moment, UTC)
    assert told(batch, opened) == {"gull": "is the access of Team lead, who decided on it"}


def vars_of(campaign: Campaign) -> dict[str, Any]:
    from dataclasses import fields

    return {field.name: getattr(campaign, field.name) for field in fields(campaign)}


def test_a_later_decision_counts_and_the_earlier_stays(place: Place, opened: Opened) -> None:
    taken(place, fill(opened, default=KEEP))
    taken(place, fill(opened, default={**KEEP, "Decision": "revoke"}))
    batches = read_batches(opened.folder / "decisions.json", opened.campaign)
    assert [b.accepted[0].decision for b in batches] == ["keep", "revoke"]
    assert {d.decision for d, _ in standing(batches).values()} == {"revoke"}


ALTERED: list[Callable[[list[Any]], object]] = [
    lambda b: b[0]["accepted"][0].update(decision="revoke"),
    lambda b: b[0].update(imported="2026-10-02T00:00:00Z"),
    lambda b: b.pop(0),
    lambda b: b.reverse(),
    lambda b: b.insert(0, b[0]),
    lambda b: b[0].pop("hash"),
    lambda b: b[0].pop("accepted"),
    lambda b: b.append(7),
    lambda b: b[0].update(more=1),
]


@pytest.mark.parametrize("change", ALTERED)
def test_batches_that_were_altered_are_refused(
    change: Callable[[list[Any]], object], place: Place, opened: Opened
) -> None:
    for _ in range(2):
        taken(place, fill(opened, default=KEEP))
    path = opened.folder / "decisions.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(IntegrityError):
        read_batches(path, opened.campaign)


def test_decisions_of_another_review_are_no_rows_of_this_one(place: Place, opened: Opened) -> None:
    other = place.open("q4")
    batch = taken(place, fill(other, default=KEEP))
    assert batch.accepted == ()
    assert {r.why for r in batch.refused} == {"is no row of this review"}
    assert len(batch.refused) == len(PEOPLE) + 2

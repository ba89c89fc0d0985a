"""The history of one account: against lives and counts worked out by hand, and as a file."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterable
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.catalogue import load_catalogue
from reportgen.model import AccountAssessment, AccountInfo, Result, Severity, Status, Verdict
from reportgen.report.words import Moved
from reportgen.summarise.account import (
    OPEN,
    AccountHistory,
    Course,
    Gap,
    Sighting,
    Timespan,
    account_history,
)
from reportgen.summarise.accountfile import (
    FORM,
    HistoryBasis,
    basis_of,
    decode_history,
    encode_history,
)
from reportgen.summarise.periods import Period, quarters_of
from reportgen.verdicts.basis import key_of
from reportgen.verdicts.form import DamagedError, decode, encode
from tests.collect.test_totals import item

WHOLE = load_catalogue()
CATALOGUE = dataclasses.replace(
    WHOLE, controls={c: WHOLE.controls[c] for c in ("MON-05", "MFA-01", "KEY-03")}
)
MAY, JUNE, JULY = date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31)
AUGUST, SEPTEMBER = date(2026, 8, 31), date(2026, 9, 30)
QUARTER = Period("quarterly", date(2026, 7, 1), SEPTEMBER)
SPAN = Timespan(QUARTER, (MAY, JUNE, JULY, AUGUST, SEPTEMBER))
BASIS: HistoryBasis = {"form": FORM, "account": "A", "period": [], "days": [], "verdicts": []}
WORDS = {"f": Verdict.FAIL, "p": Verdict.PASS, "?": Verdict.NOT_EVALUATED}


def row(control: str, resource: str, word: str, *, incomplete: bool = False) -> Result:
    return Result(
        control, "A", resource, "AWS::IAM::User", WORDS[word], Severity.HIGH, f"why {word}",
        ("E-1",), incomplete=incomplete, name=f"name of {resource}",
    )  # fmt: skip


def sighting(day: date, rows: Iterable[Result]) -> Sighting:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    info = AccountInfo("A", f"A in {day:%B}")
    found = AccountAssessment(info, moment, moment, "s", {}, tuple(rows), ())
    observed = day if day >= QUARTER.previous_end else None
    return Sighting(decode(encode(found, {})), day, True, None, observed)


def history_of(lives: dict[str, str], span: Timespan = SPAN) -> AccountHistory:
    """Of resources under KEY-03, a letter for each month end; a blank where it is not there."""
    sightings = [
        sighting(
            day,
            [
                *(row("KEY-03", r, life[n]) for r, life in lives.items() if life[n] != " "),
                row("KEY-03", "other", "p"),
                row("MON-05", "account", "?"),
            ],
        )
        for n, day in enumerate(span.days)
    ]
    return account_history("A", sightings, span, CATALOGUE, 45)


@pytest.mark.parametrize(
    ("life", "months", "first", "times", "closed", "moved"),
    [
        # May, June; July to September are the period.
        ("fffff", 0b11111, 0, 1, -1, Moved.REPEAT),
        ("ppfff", 0b11100, 2, 1, -1, Moved.NEW),
        ("fpppf", 0b10001, 4, 2, -1, Moved.REOPENED),
        ("fffpp", 0b00111, 0, 1, 3, Moved.CLOSED),
        ("ppfpp", 0b00100, 2, 1, 3, Moved.BRIEF),
        ("fpppp", 0b00001, 0, 1, 1, None),
        ("ff   ", 0b00011, 0, 1, 2, Moved.CLOSED),
        ("ff???", 0b11111, 0, 1, -1, Moved.REPEAT),
    ],
)
def test_a_finding_s_course(
    life: str, months: int, first: int, times: int, closed: int, moved: Moved | None
) -> None:
    (course,) = history_of({"r": life}).courses
    assert (course.control_id, course.resource) == ("KEY-03", "r")
    told = (course.months, course.first, course.times, course.closed, course.moved)
    assert told == (months, first, times, closed, moved)
    assert course.open is (closed < 0)
    assert course.confirmed is ("?" not in life)


def test_what_was_seen_last_is_told_of_what_is_open() -> None:
    history = history_of({"a": "fffff", "b": "ffff?", "c": "ffffp"})
    courses = {course.resource: course for course in history.courses}
    assert courses["a"][-4:] == ("why f", "E-1", "name of a", "AWS::IAM::User")
    # What could not be evaluated is known as failing from before, and its ARN names it.
    assert courses["b"][-4:] == (
        "Could not be evaluated since; last known as failing.", "E-1", "", "",
    )  # fmt: skip
    assert courses["c"][-4:] == ("", "", "", "")


def test_days_are_those_of_the_period() -> None:
    (course,) = history_of({"r": "fffpp"}).courses
    # It failed on 30 June and 31 July: known from the period's first day until 30 August.
    assert (course.days_in_violation, course.days_unknown) == (31 + 30, 0)
    assert history_of({"r": "fffpp"}).days.findings == {"KEY-03": 1}


def test_counts_are_kept_by_month_and_control() -> None:
    history = history_of({"r": "fppf?"})
    assert history.controls == ("KEY-03", "MFA-01", "MON-05")
    keys, mfa, totals = history.table.transpose(1, 0, 2).tolist()
    # Pass, fail, not evaluated, not applicable, incomplete, open findings.
    assert keys == [
        [1, 1, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 1],
        [1, 0, 1, 0, 0, 1],
    ]  # fmt: skip
    # Nothing was judged under it.
    assert {row[0] for row in mfa} == {-1}
    assert totals == [[0, 0, 1, 0, 0, 0]] * 5
    assert history.table[:, 0, OPEN].sum() == 3


def test_gaps_and_the_control_totals_are_those_of_the_end() -> None:
    history = history_of({"r": "ffff?", "s": "ffff?"})
    assert history.gaps == (Gap("why ?", ("KEY-03", "MON-05"), 3),)
    assert history.total == ("not-evaluated", "why ?")
    assert history.last.info.name == "A in September"


def test_envelopes_of_others_are_kept_apart_from_its_own() -> None:
    """Verdicts rest on the organisation too, which the management account reads."""
    own = dataclasses.replace(item("roles", "{}").envelope, account_id="A")
    other = dataclasses.replace(item("organization", "{}").envelope, account_id="B")
    moment = datetime(2026, 9, 30, tzinfo=UTC)
    found = AccountAssessment(AccountInfo("A", "A"), moment, moment, "s", {"roles": own}, (), ())
    last = Sighting(decode(encode(found, {}, [other])), SEPTEMBER, True, None, None)
    made = account_history("A", [last], SPAN, CATALOGUE, 45)
    assert (made.envelopes, made.others) == ((own,), (other,))


def test_a_finding_is_open_until_it_is_closed_at_some_month_s_end() -> None:
    opened = Course("KEY-03", "r", 1, 0, 1, -1, True, None, 0, 0)
    assert [opened._replace(closed=month).open for month in (-1, 0, 1)] == [True, False, False]


def test_an_account_that_came_later_has_no_months_before() -> None:
    made = account_history(
        "A", [sighting(AUGUST, []), sighting(SEPTEMBER, [])], SPAN, CATALOGUE, 45
    )
    assert [month is None for month in made.months] == [True, True, True, False, False]
    assert made.courses == ()
    assert (made.table[:, :, 0] == -1).all()


def test_a_year_has_the_moves_of_its_quarters() -> None:
    year = Period("annual", date(2025, 10, 1), SEPTEMBER)
    made = history_of({"r": "fffpp", "s": "pffff", "t": "fpppf"}, Timespan(year, SPAN.days))
    # No position at the ends of 2025 and of March. By June r and s are new, and t came and went;
    # by September r is closed, and t is back.
    assert made.quarters == (None, None, (2, 0, 0), (0, 1, 1))
    assert quarters_of(year) == [
        (date(2025, 10, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), SEPTEMBER),
    ]
    assert quarters_of(QUARTER) == []


lives = st.dictionaries(
    st.text(min_size=1, max_size=4), st.text("fp? ", min_size=5, max_size=5), max_size=3
)


@given(lives)
def test_a_file_gives_back_what_was_written(given_: dict[str, str]) -> None:
    history = history_of(given_)
    content = encode_history(history, BASIS)
    again = decode_history(content)
    assert np.array_equal(again.table, history.table)
    names = [f.name for f in dataclasses.fields(AccountHistory) if f.name != "table"]
    assert [n for n in names if getattr(again, n) != getattr(history, n)] == []
    assert all(isinstance(course, Course) for course in again.courses)
    assert basis_of(content) == BASIS
    assert encode_history(again, BASIS) == content


def test_what_there_may_not_be_comes_back_as_it_was() -> None:
    """Months before there was evidence, what was carried and not read, an account never counted."""
    later = account_history(
        "A", [sighting(AUGUST, []), sighting(SEPTEMBER, [])], SPAN, CATALOGUE, 45
    )
    august, september = later.months[-2:]
    assert august is not None
    assert september is not None
    carried = dataclasses.replace(
        august, carried=date(2026, 7, 3), unread=(("roles", Status.DENIED),)
    )
    year = Timespan(Period("annual", date(2025, 10, 1), SEPTEMBER), SPAN.days)
    whole = history_of({"r": "fffff"}, year)
    for history in (
        dataclasses.replace(later, months=(*later.months[:3], carried, september)),
        dataclasses.replace(later, collected_at=None),
        dataclasses.replace(whole, variants=(("KEY-03", (("days", "45"),), (1, 2, 3, 4, 5)),)),
    ):
        again = decode_history(encode_history(history, BASIS))
        assert np.array_equal(again.table, history.table)
        told = [dataclasses.replace(one, table=history.table) for one in (again, history)]
        assert told[0] == told[1]
    assert (later.total, whole.total) == (None, ("not-evaluated", "why ?"))


def test_a_file_must_rest_on_what_its_name_is_the_hash_of() -> None:
    content = encode_history(history_of({}), BASIS)
    assert decode_history(content, key_of({**BASIS})).account_id == "A"
    with pytest.raises(DamagedError, match="not what rests on"):
        decode_history(content, key_of({**BASIS, "account": "B"}))


def test_what_is_no_whole_file_is_damaged() -> None:
    whole = encode_history(history_of({"r": "fffff"}), BASIS)
    data = json.loads(zlib.decompress(whole))
    data["courses"][1].append("another")
    uneven = zlib.compress(json.dumps(data).encode())
    older = zlib.compress(zlib.decompress(whole).replace(b'"form":"1"', b'"form":"0"', 1))
    empty = [zlib.compress(content) for content in (b"{}", b"[1]", b"")]
    for content in (b"", whole[:-1], b"x" + whole, *empty, older, uneven):
        with pytest.raises(DamagedError):
            decode_history(content)

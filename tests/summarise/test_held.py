"""Days in violation: against cases worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reportgen.catalogue import load_catalogue
from reportgen.model import AccountAssessment, AccountInfo, Result, Severity, Verdict
from reportgen.summarise import held
from reportgen.summarise.held import DayRow, Observation, days_of, observation
from reportgen.summarise.periods import Period
from reportgen.verdicts.form import decode, encode

SEPTEMBER = Period("monthly", date(2026, 9, 1), date(2026, 9, 30))
KEY = ("A", "KEY-03", "r")


def seen(day: date, verdict: Verdict, *, kind: str = "AWS::IAM::User") -> Observation:
    result = Result("KEY-03", "A", "r", kind, verdict, Severity.MEDIUM, "said")
    return Observation("A", day, day, [result])


def days(*observations: Observation, age: int = 45) -> held.Days:
    return days_of(SEPTEMBER, observations, ["A"], ["KEY-03"], age)


@pytest.mark.parametrize(
    ("observations", "violated", "unknown"),
    [
        # Fails on the 11th, passes on the 21st: the 11th to the 20th, ten days.
        (
            [
                seen(date(2026, 8, 31), Verdict.PASS),
                seen(date(2026, 9, 11), Verdict.FAIL),
                seen(date(2026, 9, 21), Verdict.PASS),
            ],
            10,
            0,
        ),
        # What was seen before the period covers its first days.
        ([seen(date(2026, 8, 31), Verdict.FAIL), seen(date(2026, 9, 6), Verdict.PASS)], 5, 0),
        # First evidence on the 16th: fifteen days are not known.
        ([seen(date(2026, 9, 16), Verdict.FAIL)], 15, 15),
        # Evidence of 1 August holds for 45 days, to 15 September.
        ([seen(date(2026, 8, 1), Verdict.FAIL)], 15, 15),
        # Losing sight on the 11th neither ends nor prolongs it.
        (
            [seen(date(2026, 8, 31), Verdict.FAIL), seen(date(2026, 9, 11), Verdict.NOT_EVALUATED)],
            10,
            20,
        ),
    ],
)
def test_days_by_hand(observations: list[Observation], violated: int, unknown: int) -> None:
    found = days(*observations).of(KEY)
    assert found == {"days_in_violation": violated, "days_unknown": unknown}


@pytest.mark.parametrize(
    ("observations", "word"),
    [
        ([seen(date(2026, 8, 31), Verdict.PASS)], "held all the time"),
        ([seen(date(2026, 9, 2), Verdict.PASS)], "held whenever seen"),
        ([seen(date(2026, 9, 2), Verdict.FAIL), seen(date(2026, 9, 3), Verdict.PASS)],
         "did not hold all the time"),
        ([], "not shown"),
        ([seen(date(2026, 8, 31), Verdict.NOT_EVALUATED)], "not shown"),
    ],
)  # fmt: skip
def test_whether_a_control_held(observations: list[Observation], word: str) -> None:
    if observations == [] or observations[0].day < SEPTEMBER.start:
        # An evaluation within the month, of another control, so that there is one at all.
        other = Result("MFA-01", "A", "u", "AWS::IAM::User", Verdict.PASS, Severity.HIGH, "")
        last = observations[-1].results if observations else ()
        observations = [
            *observations,
            Observation("A", date(2026, 9, 30), date(2026, 9, 30), [*last, other]),
        ]
    holding = held.report(days(*observations).by_control(), load_catalogue())
    assert next(r for r in holding.controls if r.control_id == "KEY-03").held == word


def test_a_control_fails_on_the_days_on_which_it_fails_anywhere() -> None:
    first = Result("KEY-03", "A", "r1", "t", Verdict.FAIL, Severity.MEDIUM, "")
    other = Result("KEY-03", "B", "r2", "t", Verdict.FAIL, Severity.MEDIUM, "")
    fine = Result("KEY-03", "A", "r1", "t", Verdict.PASS, Severity.MEDIUM, "")
    found = days_of(
        SEPTEMBER,
        [
            Observation("A", date(2026, 9, 1), date(2026, 9, 1), [first]),
            Observation("A", date(2026, 9, 11), date(2026, 9, 11), [fine]),
            Observation("B", date(2026, 9, 6), date(2026, 9, 6), [other]),
        ],
        ["A", "B"],
        ["KEY-03"],
        45,
    )
    # A on 1 to 10, B on 6 to 30: every day. B is not known on 1 to 5.
    assert found.broken["KEY-03"].bit_count() == 30
    assert found.of(("B", "KEY-03", "r2")) == {"days_in_violation": 25, "days_unknown": 5}


def test_a_finding_that_was_never_seen_has_no_days() -> None:
    none = days()
    assert none.evaluations == 0
    assert none.of(("A", "KEY-03", "stranger")) == {"days_in_violation": 0, "days_unknown": 0}


@pytest.mark.parametrize(
    ("day", "counted"),
    [
        (date(2026, 8, 31), 0),
        (date(2026, 9, 1), 1),
        (date(2026, 9, 30), 1),
        (date(2026, 10, 1), 0),
    ],
)
def test_only_evaluations_within_the_period_are_counted(day: date, counted: int) -> None:
    assert days(seen(day, Verdict.PASS)).evaluations == counted


@pytest.mark.parametrize(("age", "violated"), [(9, 10), (10, 11), (11, 12)])
def test_evidence_speaks_to_the_last_day_of_its_age(age: int, violated: int) -> None:
    """Collected on the 1st and allowed to be n days old: the 1st and n days after it."""
    found = days(seen(date(2026, 9, 1), Verdict.FAIL), age=age).of(KEY)
    assert found["days_in_violation"] == violated
    assert found["days_unknown"] == 30 - violated


def result(resource: str, verdict: Verdict, *, incomplete: bool = False) -> Result:
    return Result("KEY-03", "A", resource, "t", verdict, Severity.MEDIUM, "", incomplete=incomplete)


def test_what_could_not_be_seen_blinds_every_finding_of_its_control_and_one_row_only_itself() -> (
    None
):
    first = Observation(
        "A", date(2026, 9, 1), date(2026, 9, 1),
        [result("r", Verdict.FAIL), result("other", Verdict.FAIL)],
    )  # fmt: skip
    row = result("other", Verdict.NOT_EVALUATED)
    # From the 11th one row is not read; from the 21st the list is not whole.
    second = Observation("A", date(2026, 9, 11), date(2026, 9, 11), [row])
    third = Observation(
        "A", date(2026, 9, 21), date(2026, 9, 21),
        [result("root", Verdict.NOT_EVALUATED, incomplete=True)],
    )  # fmt: skip
    found = days(first, second, third)
    assert found.of(KEY) == {"days_in_violation": 10, "days_unknown": 10}
    assert found.of(("A", "KEY-03", "other")) == {"days_in_violation": 10, "days_unknown": 20}


def test_the_report_of_a_control_by_hand() -> None:
    """Two resources fail, one for ten days and one for five of them; then nothing is seen."""
    observations = [
        Observation(
            "A", date(2026, 9, 1), date(2026, 9, 1),
            [result("long", Verdict.FAIL), result("short", Verdict.FAIL)],
        ),
        Observation(
            "A", date(2026, 9, 6), date(2026, 9, 6),
            [result("long", Verdict.FAIL), result("short", Verdict.PASS)],
        ),
        Observation(
            "A", date(2026, 9, 11), date(2026, 9, 11),
            [result("root", Verdict.NOT_EVALUATED, incomplete=True)],
        ),
    ]  # fmt: skip
    (control,) = [
        c
        for c in held.report(days(*observations).by_control(), load_catalogue()).controls
        if c.findings
    ]
    assert (control.control_id, control.findings, control.longest) == ("KEY-03", 2, 10)
    assert (control.days_in_violation, control.days_unknown) == (10, 20)


def test_days_on_which_a_control_failed_are_not_unknown_as_well() -> None:
    """One account fails while another is not read: the day is one in violation."""
    failing = seen(date(2026, 9, 1), Verdict.FAIL)
    found = days_of(SEPTEMBER, [failing], ["A", "B"], ["KEY-03"], 45).by_control()
    (control,) = [c for c in held.report(found, load_catalogue()).controls if c.findings]
    assert (control.days_in_violation, control.days_unknown) == (30, 0)


def test_a_control_that_nobody_ever_saw_has_no_days_in_violation() -> None:
    rows = held.report(days().by_control(), load_catalogue()).controls
    assert {(row.days_in_violation, row.findings, row.longest) for row in rows} == {(0, 0, 0)}
    unseen = {row.control_id: row.days_unknown for row in rows}
    # Only the control that was asked about is known to be unseen.
    assert unseen["KEY-03"] == 30
    assert unseen["MFA-01"] == 0


def test_an_observation_has_of_a_file_what_days_are_worked_out_from() -> None:
    """Every fail and gap, of the passes one for each control, nothing that does not apply."""
    names = ("r\\1", "r2", "half \ud800")
    rows = (
        result(names[0], Verdict.PASS),
        result(names[1], Verdict.PASS),
        result(names[2], Verdict.FAIL),
        result(names[0], Verdict.NOT_EVALUATED, incomplete=True),
        result(names[1], Verdict.NOT_APPLICABLE),
    )
    moment = datetime(2026, 9, 30, tzinfo=UTC)
    info = AccountInfo("A", "A", None, None, "")
    content = encode(AccountAssessment(info, moment, moment, "s", {}, rows, ()), {})
    known: dict[DayRow, DayRow] = {}
    day, before = date(2026, 9, 30), date(2026, 9, 29)
    found = observation(decode(content), day, before, known)
    assert (found.account_id, found.day, found.collected) == ("A", day, before)
    kept = [rows[0], rows[2], rows[3]]
    assert found.results == [
        DayRow("A", r.control_id, r.resource, r.verdict, r.incomplete) for r in kept
    ]
    again = observation(decode(content), day, before, known)
    assert all(one is other for one, other in zip(found.results, again.results, strict=True))
    nothing = encode(AccountAssessment(info, moment, moment, "s", {}, (), ()), {})
    assert observation(decode(nothing), day, before, {}).results == []

"""Filters: each keeps what it says, and together they narrow."""

from __future__ import annotations

import pytest

from reportgen.errors import UsageError
from reportgen.query.filters import COLUMNS, Filters, ask
from reportgen.query.history import Judgements
from reportgen.query.views import VERDICTS
from tests.query.conftest import ONE, TWO

BRIEF = ("month", "account_id", "name", "verdict")


def asked(history: Judgements, *controls: str, **given: object) -> list[tuple[object, ...]]:
    filters = Filters(controls, **{"columns": BRIEF, **given})  # type: ignore[arg-type]
    return [tuple(row) for row in ask(history, filters).rows]


def test_people_without_mfa_month_by_month(history: Judgements) -> None:
    found = asked(history, "MFA-01", columns=("month", "account_id", "resource", "verdict"))
    ann, bod = (f"arn:aws:iam::{ONE}:user/{name}" for name in ("ann", "bo\\d"))
    mine = [row for row in found if row[1] == ONE]
    assert mine == [
        ("2026-07", ONE, ann, "fail"),
        ("2026-07", ONE, bod, "fail"),
        ("2026-08", ONE, ann, "pass"),
        ("2026-08", ONE, bod, "fail"),
        ("2026-09", ONE, ann, "fail"),
        ("2026-09", ONE, bod, "fail"),
    ]
    # Carried forward, account two stands in August as it did in July.
    theirs = [row[0] for row in found if row[1] == TWO and row[3] == "fail"]
    assert theirs == ["2026-07", "2026-07", "2026-08", "2026-08", "2026-09", "2026-09"]
    assert [row[0] for row in found] == sorted(str(row[0]) for row in found)


def test_conditions_narrow(history: Judgements) -> None:
    failing = asked(history, "MFA-01", verdicts=("fail",))
    assert len(failing) == 11
    both = asked(history, "MFA-01", verdicts=("fail", "pass"))
    assert len(both) == 12
    assert len(asked(history, "MFA-01", resource="USER/ANN")) == 6
    # As an answer tells it, whatever way it is kept.
    assert len(asked(history, "MFA-01", resource="user/bo\\d")) == 6
    assert asked(history, "MFA-01", severities=("low",)) == []
    severity = history.rules.catalogue.controls["MFA-01"].severity.value
    assert len(asked(history, "MFA-01", severities=(severity,))) == 12


def test_several_controls_in_the_order_of_judging(history: Judgements) -> None:
    one = ask(history, Filters(("MFA-01", "KEY-02"), columns=("control_id", "month")))
    found = list(one.rows)
    assert {row[0] for row in found} == {"MFA-01", "KEY-02"}
    assert [row[1] for row in found] == sorted(str(row[1]) for row in found)


def test_all_columns_where_none_is_named(history: Judgements) -> None:
    answer = ask(history, Filters(("MFA-01",)))
    assert answer.columns == COLUMNS == tuple(c.name for c in VERDICTS.columns)
    row = dict(zip(answer.columns, next(answer.rows), strict=True))
    assert (row["month"], row["account"], row["carried"]) == ("2026-07", "One", False)
    assert str(row["collected_at"]) == "2026-07-20 00:00:00+00:00"
    assert row["evidence"]


def test_frameworks_own_thresholds_are_apart(history: Judgements) -> None:
    everything = history.rows().count_rows()
    own = sum(1 for _ in ask(history, Filters(columns=("month",))).rows)
    variants = history.rows().to_table(columns=["parameters"])["parameters"]
    assert own == everything - (len(variants) - variants.null_count)
    assert own < everything


def test_what_nobody_knows_is_said(history: Judgements) -> None:
    for given in (
        {"verdicts": ("failed",)},
        {"severities": ("worst",)},
        {"columns": ("month", "colour")},
    ):
        with pytest.raises(UsageError, match=r"failed|worst|colour"):
            Filters(**given)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="Unknown control 'KEY-99'"):
        ask(history, Filters(("MFA-01", "KEY-99")))

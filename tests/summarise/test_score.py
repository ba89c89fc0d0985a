"""Score, coverage and rating: against cases worked out by hand, and at the limits of the bands."""

from __future__ import annotations

import pandas as pd
import pytest

from reportgen.summarise import score
from tests.summarise.rows import frame


def test_score_by_hand() -> None:
    tests = score.tests(
        frame(
            [
                ("A", "C1", "r1", "pass", 8),
                ("A", "C1", "r2", "fail", 8),
                ("A", "C2", "r1", "pass", 2),
                ("A", "C3", "r1", "not-applicable", 4),
                ("A", "C4", "r1", "not-evaluated", 2),
            ]
        )
    )
    # (8 * 1/2 + 2 * 1 + 2 * 0) / (8 + 2 + 2) = 50 %; C3 is left out.
    assert score.overall(tests).score == 50.0
    # C1 and C2 wholly, C4 not at all: 2 of 3.
    assert score.overall(tests).coverage == 66.7


def test_resources_out_of_sight_never_raise_the_score() -> None:
    rows = [("A", "C", f"r{n}", verdict, 8) for n, verdict in enumerate(["pass", "fail", "fail"])]
    seen = frame(rows)
    # The two that fail cannot be listed any more: one row stands for them.
    lost = frame([rows[0], ("A", "C", "account", "not-evaluated", 8)])
    lost.loc[1, "whole"] = False
    assert score.overall(score.tests(seen)).score == 33.3
    assert score.overall(score.tests(lost)).score == 0.0
    # What was seen is still coverage, and another control of the account is not touched.
    assert score.overall(score.tests(lost)).coverage == 50.0
    both = pd.concat([lost, frame([("A", "D", "r", "pass", 8)])])
    assert score.overall(score.tests(both)).score == 50.0


def test_nothing_applies() -> None:
    tests = score.tests(frame([("A", "C1", "r1", "not-applicable", 8)]))
    assert score.overall(tests).score is None
    assert score.overall(tests).coverage is None
    assert score.overall(score.tests(frame([]))).score is None


@pytest.mark.parametrize(
    ("value", "critical", "high", "word"),
    [
        (100.0, 0, 0, "effective"),
        (95.0, 0, 0, "effective"),
        (94.9, 0, 0, "largely effective"),
        (95.0, 0, 1, "largely effective"),
        (95.0, 1, 0, "partly effective"),
        (85.0, 0, 0, "largely effective"),
        (85.0, 0, 99, "largely effective"),
        (84.9, 0, 0, "partly effective"),
        (85.0, 1, 0, "partly effective"),
        (60.0, 0, 0, "partly effective"),
        (60.0, 9, 9, "partly effective"),
        (59.9, 0, 0, "not effective"),
        (0.0, 0, 0, "not effective"),
        (None, 0, 0, "not tested"),
    ],
)
def test_rating_at_the_limits(value: float | None, critical: int, high: int, word: str) -> None:
    assert score.rating(value, critical, high) == word


def test_score_of_each_group_is_that_of_the_group_alone() -> None:
    rows = [
        ("A", "C1", "r1", "pass", 8),
        ("A", "C2", "r1", "fail", 2),
        ("B", "C1", "r1", "fail", 8),
        ("B", "C2", "r1", "pass", 2),
    ]
    groups = score.by(score.tests(frame(rows)), "account_id")
    # 8 of 10 by weight, and 2 of 10.
    assert (groups["A"].score, groups["B"].score) == (80.0, 20.0)
    assert score.overall(score.tests(frame(rows))).score == 50.0


def test_an_attested_control_counts_towards_coverage_alone() -> None:
    results = frame([("A", "C1", "r1", "pass", 8), ("A", "C2", "r1", "not-evaluated", 8)])
    results.loc[results["control_id"] == "C2", "scored"] = False
    assert score.overall(score.tests(results)) == score.Figures(100.0, 50.0)


def test_an_account_carried_forward_keeps_its_score_and_covers_nothing() -> None:
    results = frame([("A", "C1", "r1", "pass", 8)]).assign(carried=True)
    assert score.overall(score.tests(results)) == score.Figures(100.0, 0.0)


def test_what_does_not_apply_has_no_fraction() -> None:
    tests = score.tests(
        frame([("A", "C1", "r1", "not-applicable", 8), ("A", "C2", "r", "fail", 1)])
    )
    by_control = tests.set_index("control_id")
    assert by_control["fraction"].isna().to_dict() == {"C1": True, "C2": False}
    assert by_control["evaluated"].isna().to_dict() == {"C1": True, "C2": False}
    assert by_control["applicable"].to_dict() == {"C1": False, "C2": True}


def test_a_group_without_a_row_has_no_figures() -> None:
    """Categories that nothing falls into are no groups, or they would count as nothing passed."""
    rows = frame([("A", "C1", "r1", "pass", 8), ("B", "C1", "r1", "fail", 8)])
    kinds = rows.astype({"account_id": "category", "control_id": "category", "verdict": "category"})
    only = kinds[kinds["account_id"] == "A"]
    tests = score.tests(only)
    assert list(tests["account_id"]) == ["A"]
    assert set(score.by(tests, "account_id")) == {"A"}
    assert score.overall(tests).score == 100.0

"""Score and coverage, by one stated formula each.

A *test* is one control in one account. Its fraction is passes / (passes + fails + not evaluated)
over its resources; a test whose every resource is not applicable is left out.

Score: the mean of the fractions, weighted by severity (critical 8, high 4, medium 2, low 1), in
percent, over the controls that evidence tests (attested ones do not count). What could not be
evaluated counts as not passed, and a test whose resources could not all be listed has the fraction
0, since those out of sight may be the ones that failed: so losing sight of an account, or of a part
of it, never raises its score.

Coverage: the mean over tests, attested ones too, of the share of resources that got a verdict, in
percent. An account carried forward counts as nothing evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from reportgen.report.words import Rating

COUNTS = ["pass", "fail", "not-evaluated", "not-applicable"]


def tests(results: pd.DataFrame) -> pd.DataFrame:
    """One row for each account and control: counts by verdict, fraction, evaluated, applicable.

    ``results`` has the columns account_id, control_id, verdict, weight, scored, carried, whole
    (False for a row that stands for resources out of sight), and may have more. The result is
    sorted by account and control.
    """
    keys = ["account_id", "control_id"]
    if results.empty:
        empty = pd.DataFrame(columns=[*keys, *COUNTS, "weight", "scored", "carried", "whole"])
        return with_fractions(empty)
    counted = (
        results.groupby([*keys, "verdict"], observed=True).size().unstack("verdict", fill_value=0)
    )
    counted = counted.reindex(columns=COUNTS, fill_value=0)
    groups = results.groupby(keys, observed=True)
    about = groups[["weight", "scored", "carried"]].first().join(groups["whole"].all())
    return with_fractions(counted.join(about).reset_index())


def with_fractions(frame: pd.DataFrame) -> pd.DataFrame:
    """Add to counts by account and control the columns fraction, evaluated and applicable."""
    applicable = frame["pass"] + frame["fail"] + frame["not-evaluated"]
    frame["applicable"] = applicable > 0
    safe = applicable.where(applicable > 0)
    passes = frame["pass"].where(frame["whole"].astype(bool), 0)
    frame["fraction"] = (passes / safe).astype(float)
    seen = ((frame["pass"] + frame["fail"]) / safe).astype(float)
    frame["evaluated"] = seen.where(~frame["carried"].astype(bool), 0.0)
    return frame


@dataclass(frozen=True, slots=True)
class Figures:
    """Score and coverage of a group of tests, in percent with one decimal; None for nothing."""

    score: float | None
    coverage: float | None


NOTHING = Figures(None, None)


def percent(part: float, whole: float) -> float | None:
    """A share in percent, 0 to 100 with one decimal; None of nothing."""
    return round(float(part / whole * 100), 1) if whole else None


def by(frame: pd.DataFrame, key: str) -> dict[str, Figures]:
    """Score and coverage of each group of ``key`` in a frame of tests."""
    applicable = frame["applicable"].astype(bool)
    weight = frame["weight"].where(applicable & frame["scored"].astype(bool), 0)
    sums = (
        pd.DataFrame(
            {
                key: frame[key],
                "weight": weight,
                "weighted": (frame["fraction"] * weight).fillna(0.0),
                "seen": frame["evaluated"].where(applicable, 0.0).fillna(0.0),
                "applicable": applicable.astype(int),
            }
        )
        .groupby(key, observed=True)[["weight", "weighted", "seen", "applicable"]]
        .sum()
    )
    return {
        str(name): Figures(percent(weighted, weight), percent(seen, number))
        for name, weight, weighted, seen, number in sums.itertuples()
    }


def overall(frame: pd.DataFrame) -> Figures:
    """Score and coverage of a whole frame of tests."""
    return by(frame.assign(everything=""), "everything").get("", NOTHING)


# A rating needs at least this score.
EFFECTIVE_FROM, LARGELY_FROM, PARTLY_FROM = 95, 85, 60


def rating(value: float | None, critical: int, high: int) -> Rating:
    """The rating in the words of performance audits.

    Effective: score 95 or more, nothing critical or high open. Largely effective: 85 or more,
    nothing critical open. Partly effective: 60 or more. Otherwise not effective. Open means
    failed and not accepted.
    """
    if value is None:
        return Rating.NOT_TESTED
    if value >= EFFECTIVE_FROM and not critical and not high:
        return Rating.EFFECTIVE
    if value >= LARGELY_FROM and not critical:
        return Rating.LARGELY
    return Rating.PARTLY if value >= PARTLY_FROM else Rating.NOT_EFFECTIVE

"""Score and coverage, by one stated formula each.

A *test* is one control in one account. Its fraction is passes / (passes + fails + not evaluated)
over its resources; a test whose every resource is not applicable is left out.

Score: the mean of the fractions, weighted by severity (critical 8, high 4, medium 2, low 1), in
percent, over the controls that evidence tests (attested ones do not count). What could not be
evaluated counts as not passed, so losing sight of an account never raises its score.

Coverage: the mean over tests, attested ones too, of the share of resources that got a verdict, in
percent. An account carried forward counts as nothing evaluated.
"""

from __future__ import annotations

import pandas as pd

COUNTS = ["pass", "fail", "not-evaluated", "not-applicable"]


def tests(results: pd.DataFrame) -> pd.DataFrame:
    """One row for each account and control: counts by verdict, fraction, evaluated, applicable.

    ``results`` has the columns account_id, control_id, verdict, weight, scored, carried (and may
    have more). The result is sorted by account and control.
    """
    keys = ["account_id", "control_id"]
    if results.empty:
        empty = pd.DataFrame(columns=[*keys, *COUNTS, "weight", "scored", "carried"])
        return _with_fractions(empty)
    counted = (
        results.groupby([*keys, "verdict"], observed=True).size().unstack("verdict", fill_value=0)
    )
    counted = counted.reindex(columns=COUNTS, fill_value=0)
    about = results.groupby(keys, observed=True)[["weight", "scored", "carried"]].first()
    return _with_fractions(counted.join(about).reset_index())


def _with_fractions(frame: pd.DataFrame) -> pd.DataFrame:
    applicable = frame["pass"] + frame["fail"] + frame["not-evaluated"]
    frame["applicable"] = applicable > 0
    safe = applicable.where(applicable > 0)
    frame["fraction"] = (frame["pass"] / safe).astype(float)
    seen = ((frame["pass"] + frame["fail"]) / safe).astype(float)
    frame["evaluated"] = seen.where(~frame["carried"].astype(bool), 0.0)
    return frame


def score(frame: pd.DataFrame) -> float | None:
    """The score of a frame of tests, 0 to 100 with one decimal; None where nothing applies."""
    counted = frame[frame["applicable"].astype(bool) & frame["scored"].astype(bool)]
    weight = counted["weight"].sum()
    if not weight:
        return None
    return round(float((counted["fraction"] * counted["weight"]).sum() / weight * 100), 1)


def coverage(frame: pd.DataFrame) -> float | None:
    """The coverage of a frame of tests, 0 to 100 with one decimal; None where nothing applies."""
    counted = frame[frame["applicable"].astype(bool)]
    if counted.empty:
        return None
    return round(float(counted["evaluated"].mean() * 100), 1)


def by(frame: pd.DataFrame, key: str) -> dict[str, dict[str, float | None]]:
    """Score and coverage of each group of ``key``: what ``score`` and ``coverage`` say of it."""
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
        str(name): {
            "score": round(float(weighted / weight * 100), 1) if weight else None,
            "coverage": round(float(seen / number * 100), 1) if number else None,
        }
        for name, weight, weighted, seen, number in sums.itertuples()
    }


def rating(value: float | None, critical: int, high: int) -> str:
    """The rating in the four words of performance audits.

    Effective: score 95 or more, nothing critical or high open. Largely effective: 85 or more,
    nothing critical open. Partly effective: 60 or more. Otherwise not effective. Open means
    failed and not accepted.
    """
    if value is None:
        return "not tested"
    if value >= 95 and not critical and not high:
        return "effective"
    if value >= 85 and not critical:
        return "largely effective"
    return "partly effective" if value >= 60 else "not effective"

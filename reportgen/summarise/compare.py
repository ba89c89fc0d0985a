"""Comparisons: quarters beside each other, like for like, owners, and how long mending took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from reportgen.model import Severity
from reportgen.summarise import score
from reportgen.summarise.frames import MonthEnd
from reportgen.summarise.movement import History, Key, movement
from reportgen.summarise.periods import Period, month_end


def like_for_like(
    months: Sequence[MonthEnd], tests: Sequence[pd.DataFrame], period: Period
) -> dict[str, Any] | None:
    """The score of the accounts that were there both at the last period's end and at this one's.

    None where there was no position then, or where the accounts are the same, so that the plain
    comparison says it already. ``accounts`` counts those compared; ``joined`` and ``left`` are ids.
    """
    earlier = [i for i, month in enumerate(months) if month.day == period.previous_end]
    if not earlier:
        return None
    before = {a.info.account_id for a in months[earlier[0]].accounts}
    after = {a.info.account_id for a in months[-1].accounts} | set(months[-1].absent)
    both = before & after
    if before == after or not both:
        return None
    frames = [tests[earlier[0]], tests[-1]]
    then, now = (score.score(f[f["account_id"].isin(both)]) for f in frames)
    return {
        "accounts": len(both),
        "joined": sorted(after - before),
        "left": sorted(before - after),
        "previous": then,
        "now": now,
        "change": round(now - then, 1) if now is not None and then is not None else None,
    }


def quarters(
    period: Period,
    trend: Sequence[Mapping[str, Any]],
    months: Sequence[MonthEnd],
    states: Sequence[Mapping[Key, History]],
    families: Sequence[Mapping[str, float | None]],
) -> list[dict[str, Any]]:
    """The four quarters of a year beside each other, each as it stood at its end.

    ``families`` has the score of each control family at each month end. A quarter without a
    position at its end has None for its figures; the last may be a part.
    """
    found = []
    start = period.start
    days = [month.day for month in months]
    while start <= period.end:
        end = min(month_end(month_end(month_end(start) + _DAY) + _DAY), period.end)
        # Nothing can be said of a quarter that ended before the first evidence.
        index = days.index(end) if end in days else None
        entry: dict[str, Any] = {
            "label": f"{start:%b} to {end:%b %Y}",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "position": index is not None,
        }
        if index is not None:
            at = trend[index]
            moved = movement(_state_before(months, states, start), dict(states[index]), start)
            entry |= {k: at[k] for k in ("score", "coverage", "rating", "open", "accounts")}
            entry["open_by_severity"] = at["open_by_severity"]
            entry |= {k: len(moved[k]) for k in ("new", "closed", "reopened")}
            entry["families"] = dict(families[index])
        found.append(entry)
        start = end + _DAY
    return found


_DAY = timedelta(days=1)


def _state_before(
    months: Sequence[MonthEnd], states: Sequence[Mapping[Key, History]], start: date
) -> dict[Key, History]:
    found: dict[Key, History] = {}
    for month, state in zip(months, states, strict=True):
        if month.day < start:
            found = dict(state)
    return found


def owners(
    rows: Sequence[Mapping[str, Any]], accounts: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Owners of accounts, the one with most to do first: by critical, then high, then all open.

    ``rows`` are findings, ``accounts`` the summary's. An account without an owner is counted under
    "not stated". ``oldest_days`` is the age of the oldest open finding.
    """
    columns = ["account_id", "severity", "overdue", "age_days", "disposition"]
    frame = pd.DataFrame([[r[c] for c in columns] for r in rows], columns=columns)
    frame = frame[frame["disposition"] == "open"]
    names = {a["account_id"]: a["owner"] or "not stated" for a in accounts}
    frame["owner"] = frame["account_id"].map(names).fillna("not stated")
    found = []
    for owner in sorted(set(names.values())):
        mine = frame[frame["owner"] == owner]
        counts = {s.value: int((mine["severity"] == s.value).sum()) for s in Severity}
        found.append(
            {
                "owner": owner,
                "accounts": sum(name == owner for name in names.values()),
                "open": len(mine),
                "open_by_severity": counts,
                "overdue": int(mine["overdue"].sum()),
                "oldest_days": int(mine["age_days"].max()) if len(mine) else None,
            }
        )
    order = [s.value for s in Severity]
    return sorted(
        found, key=lambda o: ([-o["open_by_severity"][s] for s in order], -o["open"], o["owner"])
    )


def time_to_fix(closed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Days from first seen to closed with proof, by severity: count, median and longest."""
    frame = pd.DataFrame(
        [[r["severity"], r["days_to_fix"]] for r in closed], columns=["severity", "days"]
    )
    found = []
    for severity in Severity:
        days = frame[frame["severity"] == severity.value]["days"]
        found.append(
            {
                "severity": severity.value,
                "closed": len(days),
                "median_days": float(days.median()) if len(days) else None,
                "longest_days": int(days.max()) if len(days) else None,
            }
        )
    return found

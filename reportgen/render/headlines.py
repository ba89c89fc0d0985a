"""Sentences about the score: one place, so that two on a page never tell different stories.

Directions are those of the figures as shown, with one decimal: what reads "88.4 and 88.4" neither
rose nor fell, whatever lies behind the decimals.
"""

from __future__ import annotations

from reportgen.report.position import LikeForLike
from reportgen.report.summary import Summary


def shown(value: float) -> float:
    """A measure as it is printed: with one decimal."""
    return round(value, 1)


def points(now: float, before: float) -> float:
    """The change between two measures as they are printed."""
    return shown(shown(now) - shown(before))


def direction(now: float, before: float) -> int:
    """1 for risen, -1 for fallen, 0 for the same figure with one decimal."""
    return (points(now, before) > 0) - (points(now, before) < 0)


def moved(s: Summary, unit: str) -> str:
    """What became of the score since the last ``unit``."""
    now, before = s.score.now, s.score.previous
    if now is None:
        return "No control could be tested."
    if before is None:
        return f"This is the first {unit} on record: the score is {now:.1f}."
    way = direction(now, before)
    if not way:
        return f"The score stands at {now:.1f}, as last {unit}."
    verb = "rose" if way > 0 else "fell"
    return f"The score {verb} {abs(points(now, before)):.1f} points to {now:.1f}."


def like_for_like(change: LikeForLike) -> str:
    """The score of the accounts that were there both then and now."""
    accounts = "1 account" if change.accounts == 1 else f"{change.accounts:,} accounts"
    head = f"Like for like, in the {accounts} present both then and now"
    if change.previous is None or change.now is None:
        return f"{head}, there is no score to compare."
    if not direction(change.now, change.previous):
        return f"{head}, the score stands at {change.now:.1f}."
    return f"{head}, the score went from {change.previous:.1f} to {change.now:.1f}."


def trend_headline(s: Summary, unit: str) -> str:
    """What the chart of the trend shows, from its first month with a score to its last.

    Where the last ``unit`` went another way than the months together, it says so: "fell" on a page
    must not stand beside two equal figures without a word.
    """
    scored = [month for month in s.trend if month.score is not None]
    if len(scored) < 2 or scored[0].score is None or scored[-1].score is None:
        return f"The trend starts with this {unit}"
    first, now = scored[0].score, scored[-1].score
    line = f"The score was {first:.1f} in {scored[0].label} and is {now:.1f} now"
    if s.score.now is None or s.score.previous is None:
        return line
    lately = direction(s.score.now, s.score.previous)
    if lately == direction(now, first) or lately == 0:
        return line
    verb = "rose" if lately > 0 else "fell"
    return f"{line}, though it {verb} this {unit}"

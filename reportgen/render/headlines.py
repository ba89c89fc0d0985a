"""Sentences about the score: one place, so that two on a page never tell different stories.

Directions are those of the figures as shown, with one decimal: what reads "88.4 and 88.4" neither
rose nor fell, whatever lies behind the decimals.
"""

from __future__ import annotations

from reportgen.report.summary import Summary


def direction(now: float, before: float) -> int:
    """1 for risen, -1 for fallen, 0 for the same figure with one decimal."""
    shown_now, shown_before = (round(value, 1) for value in (now, before))
    return (shown_now > shown_before) - (shown_now < shown_before)


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

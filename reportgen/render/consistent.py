"""Whether the figures of a summary agree with one another, before a page shows them side by side.

A report that says "fell 1.4 points" beside "was 88.4 and is 88.4" is believed in nothing. Each rule
compares figures as they are printed; the first that fails stops the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reportgen.errors import RenderError
from reportgen.model import Severity
from reportgen.render.headlines import points, shown
from reportgen.report.position import LikeForLike, MeasureChange
from reportgen.report.summary import Summary
from reportgen.report.words import Disposition, Moved


def check(s: Summary) -> None:
    """Raises RenderError that names the first two figures which contradict each other."""
    for said in contradictions(s):
        raise RenderError(
            f"The report would contradict itself: {said}",
            "Nothing was written. Report this with the summary.json of the last good report.",
        )


def contradictions(s: Summary) -> Iterator[str]:
    """Every pair of figures that cannot both be right, as a sentence."""
    yield from _change("score", s.score)
    yield from _change("coverage", s.coverage)
    if s.like_for_like is not None:
        yield from _change("like for like", s.like_for_like)
    yield from _trend(s)
    yield from _findings(s)
    yield from _pages(s)


def _change(name: str, found: MeasureChange | LikeForLike) -> Iterator[str]:
    if found.now is None or found.previous is None:
        if found.change is not None:
            yield f"{name}: a change of {found.change}, and nothing to compare."
        return
    due = points(found.now, found.previous)
    if found.change is None or shown(found.change) != due:
        yield f"{name}: {found.previous:.1f} and {found.now:.1f} beside a change of {found.change}."


def _trend(s: Summary) -> Iterator[str]:
    by_day = {month.day: month for month in s.trend}
    ends = (
        (s.report.end, s.score.now, s.coverage.now, s.rating),
        (s.report.previous_end, s.score.previous, s.coverage.previous, s.rating_previous),
    )
    for day, score, coverage, rating in ends:
        month = by_day.get(day)
        if month is None:
            continue
        for name, here, there in (
            ("score", score, month.score),
            ("coverage", coverage, month.coverage),
            ("rating", rating, month.rating),
        ):
            if here != there:
                yield f"{name} of {day}: {here}, and {there} in the trend."
    for quarter in s.quarters:
        month = by_day.get(quarter.end)
        if quarter.position and month is not None and quarter.score != month.score:
            yield f"score of {quarter.end}: {quarter.score}, and {month.score} in the trend."


def _findings(s: Summary) -> Iterator[str]:
    found = s.findings
    open_rows = [row for row in s.register if row.disposition is Disposition.OPEN]
    by_severity = Counter(row.severity for row in open_rows)
    pairs = [
        ("open findings", found.open, len(open_rows)),
        ("accepted findings", found.accepted, len(s.register) - len(open_rows)),
        ("overdue findings", found.overdue, sum(row.overdue for row in s.register)),
        *(
            (f"{each} findings open", found.open_by_severity.of(each), by_severity[each])
            for each in Severity
        ),
    ]
    words = Counter(row.movement for row in s.register)
    pairs += [
        (f"{word} findings", getattr(s.movement, word.value), words[word])
        for word in (Moved.NEW, Moved.REPEAT, Moved.REOPENED)
    ]
    for name, told, listed in pairs:
        if told != listed:
            yield f"{name}: {told}, and {listed} in the register."


def _pages(s: Summary) -> Iterator[str]:
    listed = Counter(row.control_id for row in s.register)
    for page in s.finding_pages:
        if not page.failing == len(page.rows) == listed[page.control_id]:
            yield f"{page.number}: {page.failing} fail, and {listed[page.control_id]} are listed."
        if page.open + page.accepted != page.failing:
            yield f"{page.number}: {page.open} open, {page.accepted} accepted of {page.failing}."

"""The executive summary email: subject, HTML and plain text from a summary.

No picture is needed: bars are tables, so it reads the same with images off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from reportgen.model import Severity
from reportgen.render.consistent import check
from reportgen.render.look import Look
from reportgen.render.templates import UNITS, environment, number, plain, rendering, signed
from reportgen.render.templates import day as day_text
from reportgen.report.findings import FindingPage, FindingRow
from reportgen.report.summary import Summary
from reportgen.report.words import Disposition, Moved, WaiverState


@dataclass(frozen=True)
class Letter:
    """What is sent: subject, HTML, plain text."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Mine:
    """What a recipient is told of their own accounts, or of all where they are not ``limited``."""

    limited: bool
    scope: str
    open: int
    figures: tuple[tuple[str, str], ...]
    changes: list[str]
    decisions: list[str]
    where: str
    link: str


def subject(s: Summary) -> str:
    """Marking, period, rating, score and change, in one line."""
    score = "no score" if s.score.now is None else f"score {s.score.now:.1f}"
    change = s.score.change
    moved = "" if change is None else f" ({signed(change)})"
    marking = f"[{s.report.marking}] " if s.report.marking else ""
    line = f"{marking}IAM {s.report.label}: {s.rating}, {score}{moved}"
    return re.sub(r"\s+", " ", plain(line))[:200]


def letter(
    s: Summary,
    look: Look,
    *,
    attached: bool,
    link: str = "",
    accounts: Collection[str] | None = None,
) -> Letter:
    """Write the letter; with ``accounts`` its findings are those of these accounts alone.

    ``attached`` says whether the PDF comes with it, ``link`` where else it lies.
    """
    check(s)
    templates = environment(s, look)
    rows = [r for r in s.register if accounts is None or r.account_id in accounts]
    mine = _mine(s, rows, accounts, attached, link)
    line = subject(s)

    def make(name: str) -> str:
        return templates.get_template(f"email/{name}").render(
            s=s, look=look, unit=UNITS[s.report.kind], subject=line, mine=mine
        )

    html = rendering(lambda: make("summary.html"))
    # Nothing of a plain text is markup, so nothing of it is escaped.
    templates.autoescape = False
    text = re.sub(r"\n{3,}", "\n\n", rendering(lambda: make("summary.txt"))).strip() + "\n"
    return Letter(line, html, text)


def _mine(
    s: Summary,
    rows: Sequence[FindingRow],
    accounts: Collection[str] | None,
    attached: bool,
    link: str,
) -> Mine:
    open_rows = [r for r in rows if r.disposition is Disposition.OPEN]
    critical, high = (
        sum(r.severity is severity for r in open_rows)
        for severity in (Severity.CRITICAL, Severity.HIGH)
    )
    unit = UNITS[s.report.kind]
    change = s.score.change
    names = sorted({a.name for a in s.accounts if accounts and a.account_id in accounts})
    where = "The report is attached as a PDF." if attached else ""
    if link:
        where = f"{where} It also lies at" if attached else "The report lies at"
    return Mine(
        limited=accounts is not None,
        scope=", ".join(names) or "no account that was assessed",
        open=len(open_rows),
        figures=(
            (
                number(s.score.now),
                f"Score of 100{'' if change is None else f', {signed(change)} on last {unit}'}",
            ),
            (str(critical), "Critical findings open"),
            (str(high), "High findings open"),
        ),
        changes=_changes(s, rows, accounts),
        decisions=_decisions(s, open_rows, accounts),
        where=where or "The report is kept by those who prepared it.",
        link=link,
    )


def _changes(s: Summary, rows: Sequence[FindingRow], accounts: Collection[str] | None) -> list[str]:
    new = sum(r.movement is Moved.NEW for r in rows)
    back = sum(r.movement is Moved.REOPENED for r in rows)
    closed = sum(accounts is None or r.account_id in accounts for r in s.movement.closed_rows)
    changes = [
        f"{_count(new, 'finding is new', 'findings are new')}; "
        f"{_count(closed, 'was closed with proof', 'were closed with proof')}."
    ]
    if back:
        changes.append(f"{_count(back, 'closed finding came back', 'closed findings came back')}.")
    overdue = sum(r.overdue for r in rows)
    if overdue:
        changes.append(f"{_count(overdue, 'finding is', 'findings are')} past the date agreed.")
    changes += _reminders(s, rows, accounts)
    carried = [a.name for a in s.accounts if a.carried_from]
    if carried and accounts is None:
        changes.append(f"Not collected this time: {', '.join(carried[:5])}.")
    return changes


def _reminders(
    s: Summary, rows: Sequence[FindingRow], accounts: Collection[str] | None
) -> list[str]:
    """What ends soon: the first two; of some accounts only waivers of their own findings."""
    waived = {row.waiver for row in rows}
    mine = [r for r in s.reminders if accounts is None or r.entry in waived]
    told = [
        f"{r.kind.capitalize()}{f' {r.entry}' if r.entry else ''} ends or falls due on "
        f"{day_text(r.due)}: {r.what}."
        for r in mine[:2]
    ]
    more = len(mine) - len(told)
    return [*told, f"{more} more end or fall due soon."] if more else told


def _count(n: int, one: str, many: str) -> str:
    return f"{n if n else 'No'} {one if n == 1 else many}"


def _told(page: FindingPage, rows: Sequence[FindingRow], accounts: Collection[str] | None) -> str:
    """What is wrong; to whom is told of some accounts only, by the first finding there."""
    if accounts is None:
        return page.headline
    first, *more = [row for row in rows if row.control_id == page.control_id]
    return f"{first.finding} (and {len(more)} more)" if more else first.finding


def _decisions(
    s: Summary, rows: Sequence[FindingRow], accounts: Collection[str] | None
) -> list[str]:
    """Up to three: findings without an owner, lapsed waivers, dates that passed."""
    failing = {r.control_id for r in rows}
    pages = [
        p
        for p in s.finding_pages
        if p.severity.rank <= Severity.HIGH.rank and p.control_id in failing and p.open
    ]
    decisions = [
        f"Name an owner and a date for {p.number}: {_told(p, rows, accounts)}."
        for p in pages
        if not p.responses
    ][:2]
    decisions += [
        f"Renew or mend what waiver {w.id} covered until {day_text(w.expires)}: "
        f"{next(r.finding for r in rows if r.lapsed_waiver == w.id)}."
        for w in s.waivers
        if w.state is WaiverState.LAPSED and any(r.lapsed_waiver == w.id for r in rows)
    ][:1]
    decisions += [
        f"Set a new date for {p.number}, overdue since {day_text(p.responses[0].due)}: "
        f"{_told(p, rows, accounts)}."
        for p in pages
        if p.overdue
    ]
    if decisions:
        return decisions[:3]
    whose = "of these accounts " if accounts is not None else ""
    return [f"None: every critical and high finding {whose}has an owner and a date."]

"""The executive summary email: subject, HTML and plain text from a summary.

No picture is needed: bars are tables, so it reads the same with images off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.model import Severity
from reportgen.render.look import Look
from reportgen.render.templates import UNITS, environment, number, plain, rendering, signed
from reportgen.render.templates import day as day_text


@dataclass(frozen=True)
class Letter:
    """What is sent: subject, HTML, plain text."""

    subject: str
    html: str
    text: str


def subject(s: Mapping[str, Any]) -> str:
    """Marking, period, rating, score and change, in one line."""
    score = "no score" if s["score"]["now"] is None else f"score {s['score']['now']:.1f}"
    change = s["score"]["change"]
    moved = "" if change is None else f" ({signed(change)})"
    marking = f"[{s['report']['marking']}] " if s["report"]["marking"] else ""
    said = f"{marking}IAM {s['report']['label']}: {s['rating']}, {score}{moved}"
    return re.sub(r"\s+", " ", plain(said))[:200]


def letter(
    s: Mapping[str, Any],
    look: Look,
    *,
    attached: bool,
    link: str = "",
    accounts: Collection[str] | None = None,
) -> Letter:
    """Write the letter; with ``accounts`` its findings are those of these accounts alone.

    ``attached`` says whether the PDF comes with it, ``link`` where else it lies.
    """
    templates = environment(s, look)
    rows = [r for r in s["register"] if accounts is None or r["account_id"] in accounts]
    mine = _mine(s, rows, accounts, attached, link)
    line = subject(s)

    def make(name: str) -> str:
        return templates.get_template(f"email/{name}").render(
            s=s, look=look, unit=UNITS[s["report"]["kind"]], subject=line, mine=mine
        )

    html = rendering(lambda: make("summary.html"))
    # Nothing of a plain text is markup, so nothing of it is escaped.
    templates.autoescape = False
    text = re.sub(r"\n{3,}", "\n\n", rendering(lambda: make("summary.txt"))).strip() + "\n"
    return Letter(line, html, text)


def _mine(
    s: Mapping[str, Any],
    rows: list[dict[str, Any]],
    accounts: Collection[str] | None,
    attached: bool,
    link: str,
) -> dict[str, Any]:
    open_rows = [r for r in rows if r["disposition"] == "open"]
    counts = {v: sum(r["severity"] == v for r in open_rows) for v in ("critical", "high")}
    unit = UNITS[s["report"]["kind"]]
    change = s["score"]["change"]
    names = sorted({a["name"] for a in s["accounts"] if accounts and a["account_id"] in accounts})
    where = "The report is attached as a PDF." if attached else ""
    if link:
        where = f"{where} It also lies at" if attached else "The report lies at"
    return {
        "limited": accounts is not None,
        "scope": ", ".join(names) or "no account that was assessed",
        "open": len(open_rows),
        "figures": [
            (
                number(s["score"]["now"]),
                f"Score of 100{'' if change is None else f', {signed(change)} on last {unit}'}",
            ),
            (str(counts["critical"]), "Critical findings open"),
            (str(counts["high"]), "High findings open"),
        ],
        "changes": _changes(s, rows, accounts),
        "decisions": _decisions(s, open_rows, accounts),
        "where": where or "The report is kept by those who prepared it.",
        "link": link,
    }


def _changes(
    s: Mapping[str, Any], rows: list[dict[str, Any]], accounts: Collection[str] | None
) -> list[str]:
    new = sum(r["movement"] == "new" for r in rows)
    back = sum(r["movement"] == "reopened" for r in rows)
    closed = sum(
        accounts is None or r["account_id"] in accounts for r in s["movement"]["closed_rows"]
    )
    found = [
        f"{_count(new, 'finding is new', 'findings are new')}; "
        f"{_count(closed, 'was closed with proof', 'were closed with proof')}."
    ]
    if back:
        found.append(f"{_count(back, 'closed finding came back', 'closed findings came back')}.")
    overdue = sum(r["overdue"] for r in rows)
    if overdue:
        found.append(f"{_count(overdue, 'finding is', 'findings are')} past the date agreed.")
    carried = [a["name"] for a in s["accounts"] if a["carried_from"]]
    if carried and accounts is None:
        found.append(f"Not collected this time: {', '.join(carried[:5])}.")
    return found


def _count(n: int, one: str, many: str) -> str:
    return f"{n if n else 'No'} {one if n == 1 else many}"


def _decisions(
    s: Mapping[str, Any], rows: list[dict[str, Any]], accounts: Collection[str] | None
) -> list[str]:
    """Up to three: findings without an owner, lapsed waivers, dates that passed."""
    held = {r["control_id"] for r in rows}
    pages = [
        p
        for p in s["finding_pages"]
        if Severity(p["severity"]).rank <= 1 and p["control_id"] in held and p["open"]
    ]
    found = [
        f"Name an owner and a date for {p['number']}, “{p['title']}”."
        for p in pages
        if not p["responses"]
    ][:2]
    found += [
        f"Renew or mend what waiver {w['id']} covered until {day_text(w['expires'])}."
        for w in s["waivers"]
        if w["state"] == "lapsed" and any(r["lapsed_waiver"] == w["id"] for r in rows)
    ][:1]
    found += [
        f"Set a new date for {p['number']}, overdue since {day_text(p['responses'][0]['due'])}."
        for p in pages
        if p["overdue"]
    ]
    if found:
        return found[:3]
    whose = "of these accounts " if accounts is not None else ""
    return [f"None: every critical and high finding {whose}has an owner and a date."]

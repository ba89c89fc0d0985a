"""Turns a summary into the HTML that becomes the PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from reportgen.model import Severity
from reportgen.render import charts, registerlines
from reportgen.render.consistent import check
from reportgen.render.look import Look
from reportgen.render.templates import UNITS, environment, rendering, sections
from reportgen.report.bounds import LIST, LONG, NESTED
from reportgen.report.findings import FindingRow
from reportgen.report.summary import Summary
from reportgen.report.words import Disposition, Moved

# Rows that a register, the closed findings and the manifest show on paper, by cadence. Beyond
# them a list belongs in a file; the PDF says how many rows there are and where. On a screen the
# bounds are those of summary.json (report/bounds.py).
REGISTER_ROWS = {"monthly": 25, "quarterly": 500, "annual": 500}
LIST_ROWS = {"monthly": 10, "quarterly": 40, "annual": 100}
# Findings that get a page of their own, and the rows that such a page shows.
FULL_PAGES = {"monthly": 0, "quarterly": 4, "annual": 12}
PAGE_ROWS = 6
# Scripts beyond Latin-1 -> the characters whose presence makes a document link their fonts.
SCRIPTS = {
    "ext": "\u0100-\u02af\u1e00-\u1eff\u20a0-\u20cf",
    "vietnamese": "\u0102\u0103\u0110\u0111\u0128-\u01b0\u0300-\u0323\u1ea0-\u1ef9",
    "cyrillic": "\u0400-\u052f",
    "greek": "\u0370-\u03ff",
    "hebrew": "\u0590-\u05ff\ufb1d-\ufb4f",
    "arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "devanagari": "\u0900-\u097f",
    "thai": "\u0e00-\u0e7f",
    "japanese": "\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef",
    "chinese": "\u3400-\u9fff",
    "korean": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
}
_SCRIPT = {name: re.compile(f"[{span}]") for name, span in SCRIPTS.items()}
PAGES_FOR = (Severity.CRITICAL, Severity.HIGH)


def render_html(summary: Summary, look: Look | None = None) -> str:
    """Return the report as one HTML document. Raises RenderError for a template that is broken."""
    html = document("report/base.html", summary, look or Look())
    used = [name for name, letters in _SCRIPT.items() if letters.search(html)]
    files = [f"fonts-{name}" for name in used] + (["fallback"] if set(used) - {"ext"} else [])
    links = "".join(f'<link rel="stylesheet" href="styles/{name}.css">' for name in files)
    return html.replace("</head>", f"{links}</head>", 1)


def document(
    template: str, summary: Summary, look: Look, *, paper: bool = True, **more: str
) -> str:
    """Render a whole document of sections; off paper, lists are as long as in summary.json."""
    check(summary)
    kind = summary.report.kind
    templates = environment(summary, look)
    pages = [p for p in summary.finding_pages if p.severity in PAGES_FOR]
    full = pages[: FULL_PAGES[kind] if paper else None]
    told = {row.key for page in full for row in page.rows[:PAGE_ROWS]} if paper else set()
    return rendering(
        lambda: templates.get_template(template).render(
            s=summary,
            look=look,
            paper=paper,
            unit=UNITS[kind],
            sections=sections(templates, kind),
            chart=charts.trend(summary.trend, summary.target_score, summary.report.start),
            register=[row for row in summary.register if row.key not in told],
            gaps=registerlines.gaps(summary.not_evaluated, len(summary.accounts), together=paper),
            evidence_by_account=registerlines.evidence_by_account(summary.evidence),
            register_lines=partial(registerlines.lines, together=paper),
            register_rows=REGISTER_ROWS[kind] if paper else LONG,
            list_rows=LIST_ROWS[kind] if paper else LIST,
            pages=full,
            more_pages=pages[len(full) :],
            page_rows=PAGE_ROWS if paper else NESTED,
            nested_rows=PAGE_ROWS if paper else NESTED,
            data_rows=NESTED,
            data_long_rows=LONG,
            headlines={p.control_id: p.headline for p in summary.finding_pages},
            exceptions=exceptions(summary.register),
            held_by_control={row.control_id: row for row in summary.held.controls},
            **more,
        )
    )


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A finding that needs a look, and why: "new", "came back", "overdue", "waiver lapsed"."""

    finding: FindingRow
    why: tuple[str, ...]


def exceptions(register: Sequence[FindingRow]) -> list[Exceptional]:
    """Findings that need a look this time: new, come back, past their date, waiver lapsed."""
    rows = []
    for finding in register:
        why = (
            *(["new"] if finding.movement is Moved.NEW else []),
            *(["came back"] if finding.movement is Moved.REOPENED else []),
            *(["overdue"] if finding.overdue else []),
            *(["waiver lapsed"] if finding.lapsed_waiver else []),
        )
        if why and finding.disposition is Disposition.OPEN:
            rows.append(Exceptional(finding, why))
    return rows

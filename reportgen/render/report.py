"""Turns a summary into the HTML of the report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError

from reportgen.clock import parse_moment, zone_named
from reportgen.errors import RenderError
from reportgen.render import charts
from reportgen.resources import data_folder

# Beyond this a register belongs in a file, not on paper; the PDF says how many rows there are.
REGISTER_ROWS = 500
# Rows that a finding page shows; the register has those that no page shows.
PAGE_ROWS = 8
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
PAGES_FOR = ("critical", "high")


def render_html(summary: Mapping[str, Any], own_templates: Path | None = None) -> str:
    """Return the report as one HTML document.

    ``own_templates`` may hold files that replace those of ``templates/report``. Raises RenderError
    for a template that is broken.
    """
    folders = [data_folder("templates")]
    if own_templates is not None:
        folders.insert(0, own_templates)
    zone = zone_named(summary["report"]["timezone"])
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=_day,
        moment=lambda text: _moment(text, zone),
        number=_number,
        plain=_plain,
        link=_link,
        signed=_signed,
        heat=charts.heat_class,
        state_class=lambda state: "s-" + state.replace(" ", "-"),
        short_arn=_short_arn,
    )
    sections = sorted(
        name
        for name in environment.list_templates()
        if name.startswith("report/") and name.split("/")[-1][:2].isdigit()
    )
    pages = [p for p in summary["finding_pages"] if p["severity"] in PAGES_FOR]
    told = {_which(row) for page in pages for row in page["rows"][:PAGE_ROWS]}
    try:
        html = environment.get_template("report/base.html").render(
            s=summary,
            sections=sections,
            chart=charts.trend(
                summary["trend"], summary["target_score"], summary["report"]["start"]
            ),
            register=[row for row in summary["register"] if _which(row) not in told],
            register_rows=REGISTER_ROWS,
            pages=pages,
            page_rows=PAGE_ROWS,
        )
    except TemplateError as error:
        where = f"{getattr(error, 'name', None) or 'a template'}:{getattr(error, 'lineno', '?')}"
        raise RenderError(f"{where}: {error}", "Mend the template.") from error
    used = [name for name, letters in _SCRIPT.items() if letters.search(html)]
    links = "".join(f'<link rel="stylesheet" href="styles/fonts-{name}.css">' for name in used)
    return html.replace("</head>", f"{links}</head>", 1)


def _which(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """What tells one finding from another."""
    return row["control_id"], row["account_id"], row["resource"]


def _day(text: str | None) -> str:
    """2026-09-30 as 30 Sep 2026, its blanks unbreakable."""
    return f"{date.fromisoformat(text):%-d\u00a0%b\u00a0%Y}" if text else "–"


def _moment(text: str | None, zone: Any) -> str:
    if not text:
        return "–"
    moment: datetime = parse_moment(text).astimezone(zone)
    return f"{moment:%-d\u00a0%b\u00a0%Y\u00a0%H:%M}"


def _number(value: float | None, decimals: int = 1) -> str:
    """A measure with its decimals, or a dash where there is none."""
    return "–" if value is None else f"{value:.{decimals}f}"


def _signed(value: float | None) -> str:
    if value is None:
        return "no earlier figure"
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{abs(value):.1f}"


def _plain(value: Any) -> str:
    """Text from outside, with what would reorder or hide its neighbours made visible.

    Bidirectional overrides and control characters are replaced; letters of every script stay.
    """
    return "".join(
        "\ufffd" if unicodedata.category(letter) in ("Cc", "Cs", "Cf", "Co", "Cn") else letter
        for letter in str(value)
    )


def _short_arn(arn: str) -> str:
    """The part of an ARN after the account; the whole text when it is no ARN."""
    parts = arn.split(":", 5)
    return parts[5] if len(parts) == 6 else arn


def _link(url: str) -> str:
    """An address that may stand in an href: https only."""
    return url if url.startswith("https://") else "#"

"""The templates: where they are templates, which sections a report has, and their filters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
)
from jinja2.bccache import Bucket

from reportgen.clock import parse_moment, zone_named
from reportgen.errors import RenderError
from reportgen.render import charts, headlines
from reportgen.render.look import Look
from reportgen.report.summary import Summary
from reportgen.report.words import PeriodKind
from reportgen.resources import data_folder

UNITS = {
    PeriodKind.MONTHLY: "month",
    PeriodKind.QUARTERLY: "quarter",
    PeriodKind.ANNUAL: "year",
}
# The first line of a section: {# for: quarterly annual; contents: findings = Findings #}
_HEADER = re.compile(r"\{#\s*for:([a-z ]+)(?:;\s*contents:\s*([a-z-]+)\s*=([^#]+))?#\}")


@dataclass(frozen=True)
class Section:
    """A section's template, and its line in the contents (both empty for none)."""

    template: str
    anchor: str = ""
    title: str = ""


class _Compiled(BytecodeCache):
    """Templates compiled once for all that a process renders: the PDF, the page, the next report.

    Jinja names a template by its text and its file, so that one that changed is compiled anew.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of this text, if anything was."""
        code = self._codes.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._codes[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def environment(summary: Summary, look: Look) -> Environment:
    """Templates of ``look`` before our own; everything escaped; dates in the report's zone."""
    folders = [data_folder("templates")]
    if look.templates is not None:
        folders.insert(0, look.templates)
    zone = zone_named(summary.report.timezone)
    templates = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    templates.filters.update(
        day=day,
        moment=lambda text: moment(text, zone),
        number=number,
        plain=plain,
        link=_link,
        signed=signed,
        heat=charts.heat_class,
        trend_headline=headlines.trend_headline,
        moved=headlines.moved,
        like_for_like=headlines.like_for_like,
        state_class=lambda state: "s-" + state.replace(" ", "-"),
        short_arn=short_arn,
    )
    return templates


def sections(templates: Environment, kind: str) -> list[Section]:
    """The sections of a report of ``kind``, in the order of their numbers.

    A section says in its first line which reports it is for, and its line in the contents;
    without one it is in all of them.
    """
    chosen = []
    for name in sorted(templates.list_templates()):
        if not re.fullmatch(r"report/\d\d-[^/]+\.html", name) or templates.loader is None:
            continue
        source = templates.loader.get_source(templates, name)[0]
        header = _HEADER.match(source.partition("\n")[0])
        if header is None:
            chosen.append(Section(name))
        elif kind in header[1].split():
            chosen.append(Section(name, header[2] or "", (header[3] or "").strip()))
    return chosen


def rendering(work: Callable[[], str]) -> str:
    """Run ``work``; a broken template becomes a RenderError that names file and line."""
    try:
        return work()
    except TemplateError as error:
        name = getattr(error, "name", None)
        line = getattr(error, "lineno", None)
        if name is None:
            name, line = _last_template(error)
        raise RenderError(f"{name}:{line or '?'}: {error}", "Mend the template.") from error
    except (TypeError, ValueError, KeyError, AttributeError, ZeroDivisionError) as error:
        name, line = _last_template(error)
        if name == "a template":
            raise
        raise RenderError(f"{name}:{line}: {error}", "Mend the template.") from error


def _last_template(error: BaseException) -> tuple[str, int | None]:
    """The template and line in which an error arose, from its traceback."""
    place: tuple[str, int | None] = ("a template", None)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".html"):
            path = trace.tb_frame.f_code.co_filename
            place = ("/".join(path.rsplit("/", 2)[1:]), trace.tb_lineno)
        trace = trace.tb_next
    return place


def day(text: str | None) -> str:
    """2026-09-30 as 30 Sep 2026, its blanks unbreakable; what is no day stays as it is."""
    if not text:
        return "–"
    try:
        return f"{date.fromisoformat(text):%-d\u00a0%b\u00a0%Y}"
    except ValueError:
        return text


def moment(text: str | None, zone: tzinfo) -> str:
    """A moment in a zone, as 30 Sep 2026 12:10."""
    if not text:
        return "–"
    there: datetime = parse_moment(text).astimezone(zone)
    return f"{there:%-d\u00a0%b\u00a0%Y\u00a0%H:%M}"


def number(value: float | None, decimals: int = 1) -> str:
    """A measure with its decimals, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{decimals}f}"


def signed(value: float | None) -> str:
    """A change with its sign."""
    if value is None:
        return "no earlier figure"
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{abs(value):.1f}"


def plain(value: object) -> str:
    """Text from outside, with what would reorder or hide its neighbours made visible.

    Bidirectional overrides and control characters are replaced; letters of every script stay.
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\ufffd" if unicodedata.category(letter) in ("Cc", "Cs", "Cf", "Co", "Cn") else letter
        for letter in text
    )


def short_arn(arn: str) -> str:
    """The part of an ARN after the account; the whole text when it is no ARN."""
    parts = arn.split(":", 5)
    return parts[5] if len(parts) == 6 else arn


def _link(url: str) -> str:
    """An address that may stand in an href: https only."""
    return url if url.startswith("https://") else "#"

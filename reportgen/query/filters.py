"""Filters over verdicts: the questions of every day, without SQL and without its library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import pyarrow.compute as pc
import pyarrow.dataset as ds

from reportgen.errors import UsageError
from reportgen.model import Severity, Verdict
from reportgen.query.history import Judgements
from reportgen.query.selection import Selection, Value
from reportgen.query.views import VERDICTS
from reportgen.verdicts.text import escaped, plain

COLUMNS = tuple(column.name for column in VERDICTS.columns)
# Text that may hold what ``verdicts/text.py`` escapes.
_ESCAPED = ("resource", "name", "reason", "evidence", "control_id")


@dataclass(frozen=True)
class Filters:
    """Rows to keep: any of the values of each that has some. ``resource`` is a part of an ARN.

    ``columns`` are those to tell, all where none is named.
    """

    controls: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    resource: str = ""
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for word, known, given in (
            ("verdict", Verdict, self.verdicts),
            ("severity", Severity, self.severities),
        ):
            for value in given:
                if value not in set(known):
                    raise UsageError(
                        f"{value!r} is not a {word}.", f"Choose of {', '.join(known)}."
                    )

        for column in self.columns:
            if column not in COLUMNS:
                raise UsageError(f"Unknown column {column!r}.", f"Choose of {', '.join(COLUMNS)}.")


def ask(history: Judgements, filters: Filters) -> Selection:
    """The rows of ``verdicts`` that pass the filters, by day, account and as they were judged.

    Raises UsageError for a control that the catalogue does not have.
    """
    for control in filters.controls:
        if control not in history.rules.catalogue.controls:
            raise UsageError(f"Unknown control {control!r}.", "`reportgen controls` lists them.")
    columns = filters.columns or COLUMNS
    return Selection(columns, _rows(history.rows(), columns, _condition(filters)))


def _rows(
    rows: ds.Dataset, columns: Sequence[str], condition: pc.Expression
) -> Iterator[Sequence[Value]]:
    # File by file, for their order; each is small.
    for part in rows.get_fragments():
        table = ds.Scanner.from_fragment(
            part,
            schema=rows.schema,
            columns=["row", *columns],
            filter=condition,
        ).to_table()
        cells = table.sort_by("row").drop_columns("row").to_pydict()
        for name in set(_ESCAPED) & set(columns):
            cells[name] = [plain(text) for text in cells[name]]
        yield from zip(*(cells[name] for name in columns), strict=True)


def _condition(filters: Filters) -> pc.Expression:
    """Rows judged by the catalogue's own thresholds, and what the filters say."""
    found = [ds.field("parameters").is_null()]
    for name, values in (
        ("control_id", filters.controls),
        ("verdict", filters.verdicts),
        ("severity", filters.severities),
    ):
        if values:
            found.append(ds.field(name).isin(list(values)))
    if filters.resource:
        text = ds.field("resource").cast("string")
        found.append(pc.match_substring(text, escaped(filters.resource), ignore_case=True))
    return reduce(and_, found)

"""What came of a question: a table for people, CSV for spreadsheets, JSON for programs.

Rows are written as they come; a table has the first of them and counts the others.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from reportgen.clock import to_text
from reportgen.render.results import printable
from reportgen.render.tables import safe_cell, shown

FORMATS = ("table", "csv", "json")
# Rows of a table that people read on a terminal.
MOST = 200


def render_answer(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    output_format: str,
    width: int | None = None,
    most: int = MOST,
) -> Iterator[str]:
    """Pieces of text in one of ``FORMATS``; a table has ``most`` rows and is ``width`` wide
    (None: as the terminal).

    Moments are UTC with ``Z``; what is no Unicode stands as a question mark.
    """
    if output_format == "json":
        return map(_unicode, _as_json(columns, rows))
    if output_format == "csv":
        return map(_unicode, _as_csv(columns, rows))
    return _as_table(columns, iter(rows), width, most)


def _unicode(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _as_json(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f'{{"columns": {json.dumps(list(columns), ensure_ascii=False)}, "rows": ['
    start = "\n"
    for row in rows:
        yield start + json.dumps([_plain(v) for v in row], ensure_ascii=False)
        start = ",\n"
    yield "\n]}\n"


def _plain(value: object) -> object:
    """A value as JSON has it; what it has no form for as text."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return str(value)


def _moment(value: datetime) -> str:
    # A moment of SQL's that has no zone is in none.
    return to_text(value) if value.tzinfo else value.isoformat()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, (bool, str, int, float)):
        return str(shown(value))
    if isinstance(value, (date, Decimal)):
        return str(value)
    return json.dumps(_plain(value), ensure_ascii=False)


def _as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line(row)


def _csv_line(row: Sequence[object]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    # A number below zero is no formula; text that looks like one could be.
    writer.writerow([safe_cell(_cell(v)) if _is_text(v) else _cell(v) for v in row])
    return stream.getvalue()


def _is_text(value: object) -> bool:
    return not isinstance(value, (int, float, Decimal))


def _as_table(
    columns: Sequence[str], rows: Iterator[Sequence[object]], width: int | None, most: int
) -> Iterator[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(Text(printable(name.replace("_", " ").capitalize())), overflow="fold")
    told = 0
    for row in islice(rows, most):
        table.add_row(*(Text(printable(_cell(v))) for v in row))
        told += 1
    more = sum(1 for _ in rows)
    stream = io.StringIO()
    Console(file=stream, width=width or Console().width, force_terminal=False).print(table)
    yield stream.getvalue()
    count = told + more
    said = f"{count:,} row{'' if count == 1 else 's'}"
    yield f"{said}; the first {told:,} are shown, --format csv has all.\n" if more else f"{said}.\n"

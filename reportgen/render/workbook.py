"""The workbook: a sheet for each table, with frozen headers and filters, and safe cells.

It is written as a stream: one row is in memory at a time, whatever the length of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from reportgen.clock import parse_moment
from reportgen.render.cells import RowSheet, cell_text
from reportgen.render.tables import Cell, Table

# Excel's own limit (Microsoft, "Excel specifications and limits").
MOST_ROWS = 1_048_576
_WIDE = {"reason", "text", "statement", "what", "proposal", "document", "response", "resource"}


@dataclass(frozen=True)
class _Part:
    """A sheet that has so many rows of a table, after its row of heads."""

    title: str
    rows: int


def write_workbook(
    stream: BinaryIO,
    tables: Sequence[Table],
    title: str,
    created: str,
    most_rows: int = MOST_ROWS,
) -> None:
    """Write the workbook; ``created`` is the moment in its properties, so bytes repeat.

    Text is written as text, never as formula or link. A table of more rows than a sheet can hold
    (``most_rows``, the heads among them) goes on in further sheets, "Findings 2" after "Findings";
    the first sheet of the workbook says so below its own rows. Raises OSError.
    """
    moment = parse_moment(created)
    place = _Place(stream)
    book = xlsxwriter.Workbook(
        place,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": cell_text(title), "created": moment.replace(tzinfo=None)})
    head = book.add_format({"bold": True, "bottom": 1, "font_color": "#0B2545"})
    # The first sheet keeps room for a line about each table.
    spare = len(tables)
    parts = [
        _parts(table, most_rows - 1, spare if number == 0 else 0)
        for number, table in enumerate(tables)
    ]
    notes = [_note(table, of) for table, of in zip(tables, parts, strict=True) if len(of) > 1]
    for table, of in zip(tables, parts, strict=True):
        rows = iter(table.rows)
        for part in of:
            sheet = _sheet(book, table, part, head)
            last = _fill(sheet, islice(rows, part.rows))
            if last:
                sheet.autofilter(0, 0, last, len(table.columns) - 1)
            if notes:
                _fill(sheet, notes, last)
                notes = []
    try:
        book.close()
    except FileCreateError as error:
        # So the library calls what the system refuses: here its own files beside, of the sheets.
        place.refused = error.args[0]
    if place.refused is not None:
        raise place.refused


class _Place:
    """Where the workbook is written; ``refused`` is what the system says first against it.

    From then on it takes what comes and keeps nothing: where writing fails, the library leaves its
    archive open, which would write its end at some later moment and complain.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.refused: OSError | None = None

    def write(self, content: bytes) -> int:
        return self._asked(lambda: self._stream.write(content), len(content))

    def tell(self) -> int:
        return self._asked(self._stream.tell, 0)

    def seek(self, place: int, whence: int = 0) -> int:
        return self._asked(lambda: self._stream.seek(place, whence), 0)

    def flush(self) -> None:
        self._asked(lambda: self._stream.flush() or 0, 0)

    def _asked(self, call: Callable[[], int], otherwise: int) -> int:
        if self.refused is None:
            try:
                return call()
            except OSError as error:
                self.refused = error
        return otherwise


def _parts(table: Table, most: int, spare: int) -> list[_Part]:
    """The sheets of a table, of at most ``most`` rows each; the first leaves ``spare`` free."""
    left = len(table.rows)
    found = [_Part(table.title, min(left, most - spare))]
    left -= found[0].rows
    while left:
        found.append(_Part(f"{table.title} {len(found) + 1}", min(left, most)))
        left -= found[-1].rows
    return found


def _note(table: Table, parts: Sequence[_Part]) -> tuple[Cell, Cell]:
    names = ", ".join(part.title for part in parts)
    said = f"{len(table.rows):,} rows in {len(parts)} sheets: {names}"
    return f"Rows of {table.title}", said


def _sheet(book: Any, table: Table, part: _Part, head: Any) -> Any:
    sheet = book.add_worksheet(part.title, RowSheet)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(table.columns):
        wide = 60 if name in _WIDE else max(12, len(name) + 4)
        sheet.set_column(column, column, wide)
    sheet.write_row(0, 0, [name.capitalize() for name in table.columns], head)
    return sheet


def _fill(sheet: Any, rows: Iterator[tuple[Cell, ...]] | Sequence[Any], after: int = 0) -> int:
    """Write rows below row ``after``; returns the number of the last one written."""
    for row in rows:
        after += 1
        sheet.write_cells(after, row)
    return after

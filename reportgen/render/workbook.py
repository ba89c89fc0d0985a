"""The workbook: a sheet for each table, with frozen headers and filters, and safe cells."""

from __future__ import annotations

import io
import re
from typing import Any

import xlsxwriter

from reportgen.clock import parse_moment
from reportgen.render.tables import Cell, Table, shown

# Excel's own limits (Microsoft, "Excel specifications and limits").
_MOST_CHARACTERS = 32_767
_MOST_ROWS = 1_048_575
# What XML 1.0 cannot carry, and what would reorder the text around it.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_WIDE = {"reason", "text", "statement", "what", "proposal", "document", "response", "resource"}


def workbook(tables: list[Table], title: str, created: str) -> bytes:
    """Return the workbook; ``created`` is the moment in its properties, so bytes repeat.

    Text is written as text, never as formula or link. A sheet of more rows than Excel can hold
    ends with a row that says so.
    """
    moment = parse_moment(created)
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": cell_text(title), "created": moment.replace(tzinfo=None)})
    head = book.add_format({"bold": True, "bottom": 1, "font_color": "#0B2545"})
    for table in tables:
        sheet = book.add_worksheet(table.title)
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(table.columns):
            wide = 60 if name in _WIDE else max(12, len(name) + 4)
            sheet.set_column(column, column, wide)
        sheet.write_row(0, 0, [name.capitalize() for name in table.columns], head)
        for number, row in enumerate(table.rows[: _MOST_ROWS - 1], start=1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value)
        if len(table.rows) >= _MOST_ROWS:
            note = f"{len(table.rows) - _MOST_ROWS + 1} more rows are in the CSV file."
            sheet.write_string(_MOST_ROWS, 0, note)
        if table.rows:
            last = min(len(table.rows), _MOST_ROWS - 1)
            sheet.autofilter(0, 0, last, len(table.columns) - 1)
    book.close()
    return stream.getvalue()


def _write(sheet: Any, row: int, column: int, value: Cell) -> None:
    value = shown(value)
    if isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    elif value is not None and value != "":
        sheet.write_string(row, column, cell_text(str(value)))


def cell_text(text: str) -> str:
    """Text as a cell can hold it: no character that XML lacks, and at most 32,767 of them."""
    text = _FORBIDDEN.sub("\ufffd", text)
    if len(text) > _MOST_CHARACTERS:
        note = "… (cut: a cell holds 32,767 characters; the CSV file has all)"
        text = text[: _MOST_CHARACTERS - len(note)] + note
    return text

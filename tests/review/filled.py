"""A reviewer at work: opens the workbook that was sent, fills it in, and saves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl

from reportgen.reviewing import Opened

Edit = Callable[[Any, dict[str, int]], None]


def fill(
    opened: Opened,
    decisions: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    reviewer: str = "Team lead",
    default: Mapping[str, Any] | None = None,
    edit: Edit | None = None,
) -> Path:
    """Fill in by the name shown; ``default`` for the other rows; ``edit`` may do anything."""
    path = opened.workbooks[reviewer]
    book = openpyxl.load_workbook(path)
    sheet = book["Review"]
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    for number in range(2, sheet.max_row + 1):
        name = str(sheet.cell(number, columns["Name"]).value)
        for title, value in ((decisions or {}).get(name) or default or {}).items():
            sheet.cell(number, columns[title]).value = value
    if edit is not None:
        edit(sheet, columns)
    returned = path.with_name(f"returned-{path.name}")
    book.save(returned)
    return returned

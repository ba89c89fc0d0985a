"""The register as a workbook: a sheet for each list, out to people and back.

What comes back went through Excel or LibreOffice: account numbers became numbers, dates became
dates of the spreadsheet. A cell is read by what its column holds, never by how it looks; a date in
another spelling than 2026-10-31 is refused, since nobody can say which part is the month.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter

from reportgen.clock import parse_moment
from reportgen.errors import UsageError
from reportgen.render.cells import cell_text

# Columns of each list; those of NESTED hold a list of parts, a line each, its fields apart by "|".
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "waivers": (
        "id", "control", "accounts", "resources", "reason", "compensating_control", "owner",
        "requested_by", "approved_by", "granted", "expires",
    ),
    "severities": (
        "id", "control", "accounts", "resources", "severity", "reason", "requested_by",
        "approved_by", "granted", "expires",
    ),
    "attestations": (
        "id", "control", "accounts", "statement", "by", "signed", "expires", "attachments",
    ),
    "responses": ("control", "accounts", "resources", "response", "owner", "due", "actions"),
}  # fmt: skip
DATES = {"granted", "expires", "signed", "due"}
LISTS = {"accounts", "resources"}
NESTED: Mapping[str, tuple[str, ...]] = {
    "attachments": ("file", "reference", "sha256", "grade"),
    "actions": ("what", "due", "owner", "done"),
}
_MOST_BYTES = 100_000_000
# Not the clock's: the same entries are the same bytes.
_CREATED = parse_moment("2000-01-01T00:00:00Z").replace(tzinfo=None)
_WIDTHS = {"statement": 60, "reason": 50, "response": 50, "compensating_control": 40, "actions": 50}


@dataclass(frozen=True)
class SheetRow:
    """One row that came back: its list, its line in the file, and its entry as data."""

    name: str
    number: int
    item: Mapping[str, Any]


def write(lists: Mapping[str, Sequence[Mapping[str, Any]]], guide: Sequence[str] = ()) -> bytes:
    """The workbook of some lists of entries (as data of the YAML files), with a guide first."""
    stream = io.BytesIO()
    text_only = {"strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, {**text_only, "strings_to_numbers": False})
    book.set_properties({"title": "Register", "created": _CREATED})
    head = book.add_format({"bold": True, "bottom": 1, "font_color": "#0B2545"})
    text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
    for name, entries in lists.items():
        sheet = book.add_worksheet(name.capitalize())
        sheet.freeze_panes(1, 1)
        for column, title in enumerate(COLUMNS[name]):
            sheet.write_string(0, column, title, head)
            sheet.set_column(column, column, _WIDTHS.get(title, 18), None)
        for number, entry in enumerate(entries, start=1):
            for column, title in enumerate(COLUMNS[name]):
                value = entry.get(title)
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif title in DATES and not value:
                    sheet.write_blank(number, column, None, day)
                else:
                    sheet.write_string(number, column, cell_text(_shown(title, value)), text)
    if guide:
        sheet = book.add_worksheet("How to")
        sheet.set_column(0, 0, 110)
        for number, line in enumerate(guide):
            sheet.write_string(number, 0, cell_text(line))
    book.close()
    return stream.getvalue()


def _shown(title: str, value: Any) -> str:
    if value is None:
        return ""
    if title in LISTS:
        return "; ".join(value)
    if title in NESTED:
        lines = []
        for part in value:
            fields = {"file": part} if isinstance(part, str) else part
            lines.append(" | ".join(str(fields.get(f) or "") for f in NESTED[title]).rstrip(" |"))
        return "\n".join(lines)
    return str(value)


def read(path: Path) -> list[SheetRow]:
    """The rows of a workbook's sheets. Raises UsageError for what is none of the register."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        found = list(_rows(content))
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from error
    except Exception as error:  # openpyxl raises of every kind
        raise UsageError(
            f"{path}: is not a workbook of the register: {type(error).__name__}.",
            "Return the .xlsx file that `reportgen register export` wrote.",
        ) from error
    return found


def _rows(content: bytes) -> Iterator[SheetRow]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
            raise UsageError("is too large for a register.")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        names = {n.capitalize(): n for n in COLUMNS}
        known = [title for title in book.sheetnames if title in names]
        if not known:
            raise UsageError(f"has no sheet named {', '.join(names)}.")
        for title in known:
            sheet = book[title]
            # What LibreOffice and others write of the sheet's size need not be true.
            sheet.reset_dimensions()
            yield from _entries(names[title], sheet.iter_rows(values_only=True))
    finally:
        book.close()


def _entries(name: str, rows: Iterator[Sequence[Any]]) -> Iterator[SheetRow]:
    titles = [str(cell).strip() if cell is not None else "" for cell in next(rows, ())]
    lacking = [title for title in COLUMNS[name] if titles.count(title) != 1]
    if lacking:
        said = f"sheet {name.capitalize()}: these columns are not there once: {', '.join(lacking)}."
        raise UsageError(said)
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(titles, row, strict=False))
        given = {t: _value(t, cells.get(t)) for t in COLUMNS[name]}
        item = {t: v for t, v in given.items() if v not in ("", [], None)}
        if item:
            yield SheetRow(name, number, item)


def _value(title: str, cell: Any) -> Any:
    """What a cell holds, in the form of the YAML files; empty for nothing."""
    if title in DATES:
        return _day(cell)
    text = _text(cell)
    if title in LISTS:
        parts = [part.strip() for part in text.replace("\n", ";").split(";") if part.strip()]
        # A spreadsheet drops the leading zeros of an account's twelve digits.
        return [p.zfill(12) if title == "accounts" and p.isdecimal() else p for p in parts]
    if title in NESTED:
        return [_part(NESTED[title], line) for line in text.splitlines() if line.strip()]
    return text


def _part(fields: Sequence[str], line: str) -> dict[str, Any]:
    values = [value.strip() for value in line.split("|")]
    return {
        field: _day(value) if field in ("due", "done") else value
        for field, value in zip(fields, values, strict=False)
        if value
    }


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    return str(cell).strip()


def _day(cell: Any) -> Any:
    """A date; what is none stays as it is, and is refused with its row."""
    if isinstance(cell, datetime):
        return cell.date()
    text = _text(cell)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text

"""The review as a workbook, out to its reviewer and back.

What comes back went through Excel or LibreOffice: account numbers became numbers, dates became
dates of any kind, rows were sorted. ``same`` tells such a change of form from a change of content.
"""

from __future__ import annotations

import csv
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
from reportgen.review.campaign import Campaign, ReviewRow

SHEET = "Review"
# Column titles: what was frozen, and what the reviewer fills in.
FROZEN = (
    "Row",
    "Population",
    "Account",
    "Name",
    "May do",
    "Grants",
    "Since",
    "Last used",
    "Detail",
)
FILLED = ("Decision", "Decided by", "Decided on", "Note")
_WIDTHS = (16, 14, 15, 30, 24, 46, 12, 12, 46, 11, 22, 13, 40)
# A workbook of 100,000 rows has about 40 MB in its parts; what is far over is no review.
_MOST_BYTES = 400_000_000
_RETURN = "Return the .xlsx file that was sent, or the same saved as CSV."


@dataclass(frozen=True)
class Returned:
    """One row as it came back: its place in the file, and its cells by column title."""

    number: int
    cells: Mapping[str, Any]


def frozen_cells(row: ReviewRow) -> tuple[str, ...]:
    """What a row shows under ``FROZEN``."""
    shown = row.shown
    return (
        row.key,
        row.kind,
        row.account_id,
        shown["name"],
        shown["power"],
        shown["grants"],
        shown["since"],
        shown["last used"],
        shown["detail"],
    )


def write(campaign: Campaign, reviewer: str) -> bytes:
    """The workbook of one reviewer: how to fill it in, and a sheet with a line for each row."""
    stream = io.BytesIO()
    text_only = {"strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, {**text_only, "strings_to_numbers": False})
    opened = parse_moment(campaign.opened).replace(tzinfo=None)
    book.set_properties({"title": f"{campaign.id}: {reviewer}", "created": opened})
    head = book.add_format({"bold": True, "bottom": 1, "font_color": "#0B2545"})
    plain = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    fill = book.add_format({"bg_color": "#FFF8E1", "valign": "top", "text_wrap": True})
    day = book.add_format({"bg_color": "#FFF8E1", "valign": "top", "num_format": "yyyy-mm-dd"})
    rows = [row for row in campaign.rows if row.reviewer == reviewer]
    sheet = book.add_worksheet(SHEET)
    sheet.freeze_panes(1, 4)
    sheet.write_row(0, 0, [*FROZEN, *FILLED], head)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    first = len(FROZEN)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(frozen_cells(row)):
            sheet.write_string(number, column, cell_text(value), plain)
        sheet.write_blank(number, first, None, fill)
        sheet.write_string(number, first + 1, cell_text(reviewer), fill)
        sheet.write_blank(number, first + 2, None, day)
        sheet.write_blank(number, first + 3, None, fill)
    if rows:
        sheet.data_validation(
            1, first, len(rows), first, {"validate": "list", "source": ["keep", "revoke", "change"]}
        )
        sheet.autofilter(0, 0, len(rows), len(FROZEN) + len(FILLED) - 1)
    guide = book.add_worksheet("How to")
    guide.set_column(0, 0, 110)
    for number, line in enumerate(_guide(campaign, reviewer, len(rows))):
        guide.write_string(number, 0, cell_text(line), head if number == 0 else None)
    book.close()
    return stream.getvalue()


def _guide(campaign: Campaign, reviewer: str, rows: int) -> list[str]:
    return [
        f"{campaign.id}, for {reviewer}",
        f"{rows} rows as AWS showed them at {campaign.as_of}. Please return this file by "
        f"{campaign.due}.",
        "Decision: keep, revoke or change. A change needs a note that says what changes.",
        "Decided on: the day of the decision, such as 2026-10-14; with the time if you like.",
        "Decided by: you. Nobody decides on access of their own.",
        "The white columns are what was frozen: sort and filter them, but leave them as they are.",
        f"The review is sealed under {campaign.root}.",
    ]


def read(path: Path) -> list[Returned]:
    """The rows of a workbook or a CSV file. Raises UsageError for what is neither."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        rows = _sheet(content) if zipfile.is_zipfile(io.BytesIO(content)) else _csv(content)
        listed = list(rows)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from error
    except Exception as error:  # openpyxl raises of every kind
        raise UsageError(
            f"{path}: is not a workbook or CSV file of a review: {type(error).__name__}.", _RETURN
        ) from error
    head = next((n for n, row in enumerate(listed) if "Row" in row), None)
    if head is None:
        raise UsageError(f"{path}: has no column named Row.", "Leave the first line as it was.")
    titles = [str(title).strip() if title is not None else "" for title in listed[head]]
    lacking = [title for title in (*FROZEN, *FILLED) if titles.count(title) != 1]
    if lacking:
        raise UsageError(f"{path}: these columns are not there once: {', '.join(lacking)}.")
    return [
        Returned(number, dict(zip(titles, row, strict=False)))
        for number, row in enumerate(listed[head + 1 :], start=head + 2)
        if any(value not in (None, "") for value in row)
    ]


def _sheet(content: bytes) -> Iterator[Sequence[Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
            raise UsageError("is too large for a review.")
        # The first part of an OpenDocument file (OpenDocument 1.3, part 2, 3.3).
        if archive.namelist()[:1] == ["mimetype"]:
            raise UsageError("is an OpenDocument file, not a workbook of Excel's form.", _RETURN)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        if SHEET not in book.sheetnames:
            raise UsageError(f"has no sheet named {SHEET}.")
        sheet = book[SHEET]
        # What LibreOffice and others write of the sheet's size need not be true.
        sheet.reset_dimensions()
        yield from sheet.iter_rows(values_only=True)
    finally:
        book.close()


def _csv(content: bytes) -> Iterator[Sequence[Any]]:
    text = content.decode("utf-8-sig")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def same(frozen: str, returned: Any) -> bool:
    """Whether a cell still says what was frozen, whatever a spreadsheet made of its form."""
    if isinstance(returned, bool):
        return frozen.casefold() in (("yes", "true") if returned else ("no", "false"))
    if isinstance(returned, (int, float)):
        # Excel keeps 15 digits: an account number of 12 survives, its leading zeros do not.
        return frozen.isdecimal() and len(frozen) <= 15 and float(int(frozen)) == float(returned)
    if isinstance(returned, datetime):
        return frozen in (returned.date().isoformat(), returned.isoformat(sep=" "))
    if isinstance(returned, date):
        return frozen == returned.isoformat()
    text = "" if returned is None else str(returned)
    if _plain(cell_text(frozen)) == _plain(text):
        return True
    numbers = f"{text}{frozen}".isascii() and text.isdecimal() and frozen.isdecimal()
    return (numbers and int(text) == int(frozen)) or _date(frozen, text)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _date(frozen: str, text: str) -> bool:
    """A date in another spelling; which part is the day is settled by what was frozen."""
    try:
        day = date.fromisoformat(frozen)
    except ValueError:
        return False
    forms = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%m/%d/%y")
    return any(_is(day, text.strip(), form) for form in forms)


def _is(day: date, text: str, form: str) -> bool:
    try:
        return datetime.strptime(text, form).date() == day  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False

"""The workbook as a stream: parts over Excel's rows, and memory that does not grow."""

from __future__ import annotations

import errno
import gc
import io
import tempfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from reportgen.render.cells import cell_text
from reportgen.render.tables import Cell, Table, as_csv
from reportgen.render.workbook import MOST_ROWS, write_workbook

CREATED = "2026-09-30T00:00:00Z"


def book_of(tables: list[Table], most_rows: int) -> openpyxl.Workbook:
    stream = io.BytesIO()
    write_workbook(stream, tables, "t", CREATED, most_rows)
    return openpyxl.load_workbook(stream)


def numbers(title: str, count: int) -> Table:
    return Table(title, ("number", "text"), [(n, f"row {n}") for n in range(count)])


def figures(count: int = 2) -> Table:
    return Table("Summary", ("figure", "value"), [(f"f{n}", n) for n in range(count)])


def test_limit_is_excels_own() -> None:
    # Microsoft, "Excel specifications and limits": total number of rows on a worksheet.
    assert MOST_ROWS == 1_048_576


# Ten rows on a sheet: the heads and nine rows.
@pytest.mark.parametrize(
    ("count", "sheets"),
    [
        (0, {"Many": 0}),
        (8, {"Many": 8}),
        (9, {"Many": 9}),
        (10, {"Many": 9, "Many 2": 1}),
        (18, {"Many": 9, "Many 2": 9}),
        (19, {"Many": 9, "Many 2": 9, "Many 3": 1}),
    ],
)
def test_table_goes_on_in_further_sheets(count: int, sheets: dict[str, int]) -> None:
    book = book_of([figures(), numbers("Many", count), numbers("Few", 1)], 10)
    assert book.sheetnames == ["Summary", *sheets, "Few"]
    found = []
    for title, rows in sheets.items():
        sheet = book[title]
        assert sheet.max_row == rows + 1 <= 10
        assert [cell.value for cell in sheet[1]] == ["Number", "Text"]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == (f"A1:B{rows + 1}" if rows else None)
        found += [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert found == list(range(count))
    said = list(book["Summary"].iter_rows(min_row=4, values_only=True))
    if len(sheets) == 1:
        assert said == []
    else:
        names = ", ".join(sheets)
        assert said == [("Rows of Many", f"{count} rows in {len(sheets)} sheets: {names}")]
    assert book["Few"].max_row == 2


def test_first_sheet_keeps_room_for_what_it_says() -> None:
    # Of nine rows one is kept for each table.
    book = book_of([figures(8), numbers("Many", 10)], 10)
    assert book.sheetnames == ["Summary", "Summary 2", "Many", "Many 2"]
    told = [row[0] for row in book["Summary"].iter_rows(min_row=9, values_only=True)]
    assert told == ["Rows of Summary", "Rows of Many"]
    assert book["Summary"].auto_filter.ref == "A1:B8"
    assert book["Summary"].max_row == 10
    assert book["Summary 2"]["A2"].value == "f7"
    assert book_of([figures(7), numbers("Many", 9)], 10).sheetnames == ["Summary", "Many"]


@dataclass(frozen=True)
class Endless:
    """Rows that are made as they are read; how many were alive at once shows in memory."""

    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        for number in range(self.count):
            yield number, f"{number:06}" * 20


def test_memory_does_not_grow_with_rows() -> None:
    peaks = []
    for count in (1_000, 8_000):
        with open("/dev/null", "wb") as nowhere:
            tracemalloc.start()
            write_workbook(nowhere, [Table("Many", ("n", "t"), Endless(count))], "t", CREATED)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    # Eight times the rows: less than a tenth of what their text alone would take.
    assert peaks[1] - peaks[0] < 7_000 * 120 / 10


class Full(io.BytesIO):
    """A file on a disk that is full after so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, content: Any) -> int:
        if self.tell() + len(content) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


@pytest.mark.parametrize("room", [0, 2_000])
def test_a_disk_that_is_full_is_an_error_of_the_system(room: int) -> None:
    with Full(room) as stream, pytest.raises(OSError, match="No space left"):
        write_workbook(stream, [numbers("Many", 1000)], "t", CREATED)
    # Nothing is left that would write to it later.
    gc.collect()


def test_so_is_one_under_the_files_of_the_sheets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with io.BytesIO() as stream, pytest.raises(FileNotFoundError):
        write_workbook(stream, [numbers("Many", 3)], "t", CREATED)
    gc.collect()


def test_workbook_cells_are_safe() -> None:
    nasty = [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "https://a.example",
        "\x00\x1b",
        "a\u202eb",
        "\ud800",
        "x" * 40_000,
    ]
    table = Table(
        "Nasty", ("text", "number", "flag", "none"), [(t, 1.5, True, None) for t in nasty]
    )
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        write_workbook(stream, [table], "t", "2026-09-30T00:00:00Z")
    assert streams[0].getvalue() == streams[1].getvalue()
    sheet = openpyxl.load_workbook(streams[0])["Nasty"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:D{len(nasty) + 1}"
    values = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in values)
    assert [c.value for c in values[:5]] == nasty[:5]
    assert len(values[-1].value) == 32_767
    assert "CSV file has all" in values[-1].value
    rows = as_csv(table).decode("utf-8-sig").split("\r\n")
    assert rows[1] == "'=1+1,1.5,yes,"
    assert rows[3].startswith("'-1")


def test_heads_stand_out_and_columns_are_as_wide_as_what_they_hold() -> None:
    table = Table("T", ("id", "reason", "a rather long name"), [("1", "x", "y")])
    book = book_of([table], MOST_ROWS)
    sheet = book["T"]
    assert [cell.value for cell in sheet[1]] == ["Id", "Reason", "A rather long name"]
    for cell in sheet[1]:
        assert cell.font.bold
        assert cell.border.bottom.style == "thin"
        assert not sheet.cell(2, cell.column).font.bold
    # Excel keeps a width with the room around it, which openpyxl reads back.
    widths = [round(sheet.column_dimensions[name].width) for name in "ABC"]
    assert widths == [13, 61, 23]
    assert (book.properties.title, str(book.properties.created)) == ("t", "2026-09-30 00:00:00")


@pytest.mark.parametrize(("length", "cut"), [(32_766, False), (32_767, False), (32_768, True)])
def test_text_that_no_cell_can_hold_is_cut_and_says_so(length: int, cut: bool) -> None:
    # Microsoft: total number of characters that a cell can contain, 32,767.
    text = cell_text("x" * length)
    assert (text != "x" * length) is cut
    assert len(text) == min(length, 32_767)
    assert text.endswith("the CSV file has all)") is cut


def test_empty_text_and_nothing_leave_a_cell_empty() -> None:
    book = book_of([Table("T", ("a", "b", "c", "d"), [("", None, 0, False)])], MOST_ROWS)
    assert [cell.value for cell in book["T"][2]] == [None, None, 0, "no"]


def test_a_file_beside_that_the_system_refuses_is_its_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library wraps it in an error of its own."""
    said = OSError(28, "No space left on device")

    def close(_: object) -> None:
        raise FileCreateError(said)

    monkeypatch.setattr(xlsxwriter.Workbook, "close", close)
    with pytest.raises(OSError, match="No space left") as raised:
        write_workbook(io.BytesIO(), [figures()], "t", CREATED)
    assert raised.value is said

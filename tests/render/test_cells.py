"""Rows as XML: what the workbook's library writes for the same cells, and nothing that harms."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from reportgen.render.cells import RowSheet, cell_text
from reportgen.render.tables import Cell

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(-1e12, 1e12),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["_x0041_", "a_x000D_b", " ", "a ", "\ta", "a\r\nb", "&lt;", "<b>", "=1+1"]),
)


def sheet_of(rows: list[list[Cell]], *, whole: bool) -> bytes:
    """The XML of a sheet, written by whole rows or by the library a cell at a time."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("S", RowSheet)
        sheet.write_row(0, 0, ["a", "b", "c"])
        for number, row in enumerate(rows, start=1):
            if whole:
                sheet.write_cells(number, row)
                continue
            for column, value in enumerate(row):
                said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
                if isinstance(said, (int, float)):
                    sheet.write_number(number, column, said)
                elif said:
                    sheet.write_string(number, column, cell_text(said))
    return zipfile.ZipFile(stream).read("xl/worksheets/sheet1.xml")


@given(st.lists(st.lists(CELLS, max_size=5), max_size=4))
@example([["\r"], ["\ra"], ["a\r"], [" \r"]])
def test_whole_rows_are_what_the_library_writes(rows: list[list[Cell]]) -> None:
    assert sheet_of(rows, whole=True) == sheet_of(rows, whole=False)


@pytest.mark.parametrize("column", [0, 25, 26, 701, 702])
def test_cells_stand_in_the_columns_that_a_spreadsheet_names(column: int) -> None:
    name = {0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA"}[column]
    xml = sheet_of([[None] * column + ["x"]], whole=True).decode()
    assert f'<row r="2"><c r="{name}2" t="inlineStr"><is><t>x</t></is></c></row>' in xml


def test_markup_in_a_name_stays_text() -> None:
    # The library takes a text that looks like its own rich strings for one.
    stream = io.BytesIO()
    nasty = "<r><t>x</t></r>"
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        book.add_worksheet("S", RowSheet).write_cells(0, [nasty])
    assert openpyxl.load_workbook(stream)["S"]["A1"].value == nasty


@pytest.mark.parametrize(("length", "cut"), [(16_383, False), (16_384, True)])
def test_a_cell_counts_utf_16_units(length: int, cut: bool) -> None:
    # A character beyond the first plane takes two of the 32,767 units.
    text = cell_text("\U0001f511" * length)
    assert text.endswith("the CSV file has all)") is cut
    assert len(text.encode("utf-16-le")) // 2 <= 32_767
    assert "\ufffd" not in text

"""How the workbook looks to its reviewer, and which lines of a file are rows that came back."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reportgen.errors import UsageError
from reportgen.review import workbook
from reportgen.review.campaign import Campaign
from reportgen.review.workbook import FILLED, FROZEN, read, same, write
from tests.review.test_campaign_rows import KEY, LEAD, ONE, REST, USER, of, opened, row

TITLES = [*FROZEN, *FILLED]


def campaign() -> Campaign:
    """Two users are Lead's, and a key is Rest's."""
    users = [row("a", ONE, {**USER, "name": "=1+1"}), row("b", ONE, {**USER, "name": "+7"})]
    return opened(
        of("users", *users), of("access-keys", row("k", ONE, KEY)), reviewers=[LEAD, REST]
    )


def book_of(review: Campaign, reviewer: str = "Lead") -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(write(review, reviewer)))


def test_head_and_whose_access_it_is_stay_in_sight() -> None:
    sheet = book_of(campaign())["Review"]
    # Below the first line, and right of row, population, account and name.
    assert sheet.freeze_panes == "E2"
    assert [cell.value for cell in sheet[1]] == TITLES
    assert all(cell.font.bold and cell.border.bottom.style == "thin" for cell in sheet[1])
    assert not sheet["A2"].font.bold


def test_every_column_and_row_can_be_filtered_and_a_decision_be_chosen() -> None:
    sheet = book_of(campaign())["Review"]
    assert sheet.auto_filter.ref == "A1:M3"
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("J2:J3", '"keep,revoke,change"')
    assert (sheet["J1"].value, sheet.max_row, sheet.max_column) == ("Decision", 3, 13)


def test_what_was_frozen_is_text_and_what_is_to_be_filled_in_stands_out() -> None:
    sheet = book_of(campaign())["Review"]
    for number in (2, 3):
        frozen, filled = sheet[number][:9], sheet[number][9:]
        assert {cell.number_format for cell in frozen} == {"@"}
        assert {cell.fill.fill_type for cell in frozen} == {None}
        assert {cell.fill.fgColor.rgb for cell in filled} == {"FFFFF8E1"}
        assert [cell.value for cell in filled] == [None, "Lead", None, None]
        assert filled[2].number_format == "yyyy-mm-dd"
        assert all(cell.alignment.wrap_text for cell in (*frozen, *filled[:2], filled[3]))
        assert all(cell.alignment.vertical == "top" for cell in sheet[number])
    names = [cell for (cell,) in sheet["D2:D3"]]
    assert [(cell.value, cell.data_type) for cell in names] == [("=1+1", "s"), ("+7", "s")]


@pytest.mark.parametrize("text", ["=1+1", "012345678901", "https://a.example"])
def test_nothing_becomes_a_formula_a_number_or_a_link(text: str) -> None:
    review = opened(of("users", row("a", ONE, {**USER, "name": text})), reviewers=[REST])
    cell = book_of(review, "Rest")["Review"]["D2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_the_guide_says_how_many_rows_until_when_and_under_which_seal() -> None:
    review = campaign()
    guide = book_of(review)["How to"]
    lines = [cell.value for (cell,) in guide.iter_rows()]
    assert lines[0] == "q3, for Lead"
    assert lines[1].startswith("2 rows as AWS showed them at 2026-09-30T00:00:00Z.")
    assert lines[1].endswith("by 2026-10-31.")
    assert lines[-1] == f"The review is sealed under {review.root}."
    assert [cell.font.bold for (cell,) in guide.iter_rows()] == [True, *[False] * (len(lines) - 1)]


def test_whose_it_is_and_when_it_was_opened_stand_in_its_properties() -> None:
    book = book_of(campaign(), "Rest")
    assert book["Review"].max_row == 2
    assert book.properties.title == "q3: Rest"
    assert book.properties.created == datetime(2026, 10, 1)
    assert write(campaign(), "Rest") == write(campaign(), "Rest")


def test_who_has_no_row_gets_the_head_alone() -> None:
    sheet = book_of(opened(of("users", row()), reviewers=[LEAD, REST]), "Rest")["Review"]
    assert sheet.max_row == 1
    assert sheet.auto_filter.ref is None
    assert not sheet.data_validations.dataValidation


def returned(folder: Path, lines: list[list[Any]]) -> list[tuple[int, dict[str, Any]]]:
    stream = io.StringIO()
    csv.writer(stream).writerows(lines)
    path = folder / "r.csv"
    path.write_text(stream.getvalue())
    return [(one.number, dict(one.cells)) for one in read(path)]


def test_lines_before_the_head_and_empty_ones_are_no_rows(tmp_path: Path) -> None:
    """The number is that of the line in the file, as a spreadsheet shows it."""
    first, second = (dict.fromkeys(TITLES, value) for value in ("x", "y"))
    blank = [""] * len(TITLES)
    lines = [["Access review q3"], TITLES, [*first.values()], blank, [*second.values()], []]
    assert returned(tmp_path, lines) == [(3, first), (5, second)]
    # A line may be shorter or longer than the head.
    assert returned(tmp_path, [TITLES, ["x"]]) == [(2, {"Row": "x"})]
    assert returned(tmp_path, [TITLES, [*first.values(), "beside"]]) == [(2, first)]
    # One cell makes a row, and blanks around a title are none of it.
    padded = [TITLES[0], *(f" {title} " for title in TITLES[1:])]
    (only,) = returned(tmp_path, [padded, ["", *blank[1:-1], "n"]])
    assert (only[0], only[1]["Note"]) == (2, "n")


@pytest.mark.parametrize("change", ["gone", "twice"])
@pytest.mark.parametrize("title", ["Decision", "Detail"])
def test_each_column_is_there_once(change: str, title: str, tmp_path: Path) -> None:
    titles = [t for t in TITLES if t != title] if change == "gone" else [*TITLES, title]
    with pytest.raises(UsageError, match=f"these columns are not there once: {title}\\."):
        returned(tmp_path, [titles])
    # A column of the reviewer's own does no harm.
    assert returned(tmp_path, [[*TITLES, "Mine", ""]]) == []


@pytest.mark.parametrize(("less", "taken"), [(0, True), (1, False)])
def test_a_workbook_may_be_as_large_as_the_limit(
    less: int, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(write(campaign(), "Lead"))
    with zipfile.ZipFile(path) as archive:
        size = sum(part.file_size for part in archive.infolist())
    monkeypatch.setattr(workbook, "_MOST_BYTES", size - less)
    if taken:
        assert [one.number for one in read(path)] == [2, 3]
    else:
        with pytest.raises(UsageError, match="too large for a review"):
            read(path)


def test_an_opendocument_file_is_told_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "r.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content/>")
    with pytest.raises(UsageError, match="is an OpenDocument file") as refused:
        read(path)
    assert "Return the .xlsx file" in refused.value.hint


@pytest.mark.parametrize(
    ("frozen", "returned", "expected"),
    [
        # Excel keeps fifteen digits of a number.
        ("123456789012345", 123456789012345.0, True),
        ("1234567890123456", 1234567890123456, False),
        ("7", 7, True),
        ("7", 8, False),
        ("7.5", 7.5, False),
        ("true", True, True),
        ("true", False, False),
        ("false", False, True),
        ("2026-01-02 09:30:00", datetime(2026, 1, 2, 9, 30), True),
        ("2026-01-02 09:30:00", datetime(2026, 1, 2, 9, 31), False),
        ("007", "7", True),
        ("007", "8", False),
        ("7", "x", False),
        ("x", "7", False),
        ("2026-12-31", "12/31/26", True),
        ("2026-12-31", "31-12-2026", True),
        ("2026-12-31", "2026/12/31", False),
        ("soon", "31/12/2026", False),
    ],
)
def test_form_and_content_at_their_border(frozen: str, returned: Any, expected: bool) -> None:
    assert bool(same(frozen, returned)) is expected

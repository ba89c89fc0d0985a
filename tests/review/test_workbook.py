"""Out and back: what a spreadsheet makes of a cell is told from what a person changed."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from reportgen.errors import UsageError
from reportgen.review import workbook
from reportgen.review.workbook import FILLED, FROZEN, read, same
from tests.review.given import Place


@pytest.mark.parametrize(("frozen", "returned"), [
    ("012345678901", 12345678901), ("012345678901", 12345678901.0), ("012345678901", "12345678901"),
    ("210000000001", 2.10000000001e11), ("2026-01-02", datetime(2026, 1, 2)),
    ("2026-01-02", date(2026, 1, 2)), ("2026-01-02", "02/01/2026"), ("2026-01-02", "1/2/2026"),
    ("2026-01-31", "31.01.2026"), ("a  b", "a b"), ("a\nb", "a b"), ("", None), ("yes", True),
    ("no", False), ("", "  "), ("a\x07b", "a\ufffdb"),
])  # fmt: skip
def test_a_change_of_form_is_none(frozen: str, returned: Any) -> None:
    assert same(frozen, returned)


@pytest.mark.parametrize(("frozen", "returned"), [
    ("012345678901", 12345678902), ("012345678901", "112345678901"), ("a", "b"), ("a", ""),
    ("a", None), ("", "a"), ("2026-01-02", datetime(2026, 1, 3)), ("2026-01-02", "03/01/2026"),
    ("no", True), ("yes", False), ("x", 1), ("x", 1.5), ("2026-01-02", 46024), ("A", "a"),
    ("1234567890123456", 1234567890123456.0), ("²", "2"), ("12", "1²"), ("5", float("nan")),
])  # fmt: skip
def test_a_change_of_content_is_one(frozen: str, returned: Any) -> None:
    assert not same(frozen, returned)


def test_a_workbook_has_its_reviewers_rows_and_three_choices(place: Place) -> None:
    opened = place.open()
    book = openpyxl.load_workbook(opened.workbooks["Team lead"])
    sheet = book["Review"]
    assert [cell.value for cell in sheet[1]] == [*FROZEN, *FILLED]
    assert sheet.max_row == 1 + len(opened.campaign.rows)
    assert sheet.data_validations.dataValidation[0].formula1 == '"keep,revoke,change"'
    assert sheet["C2"].value == "012345678901"
    assert opened.campaign.root in " ".join(str(c.value) for (c,) in book["How to"].iter_rows())


def test_it_reads_what_it_wrote(place: Place) -> None:
    opened = place.open()
    rows = read(opened.workbooks["Team lead"])
    assert [row.cells["Row"] for row in rows] == [row.key for row in opened.campaign.rows]
    assert [row.number for row in rows] == list(range(2, 2 + len(rows)))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_it_reads_a_csv_file_of_any_delimiter(delimiter: str, tmp_path: Path) -> None:
    titles = [*FROZEN, *FILLED]
    lines = [delimiter.join(titles), delimiter.join(f'"{t}"' for t in titles), ""]
    (tmp_path / "r.csv").write_text("\r\n".join(lines), encoding="utf-8-sig")
    (row,) = read(tmp_path / "r.csv")
    assert row.cells == {title: title for title in titles}


def _zip(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _other_sheet() -> bytes:
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("content", "wrong"), [
    (b"", "no column named Row"), (b"a,b\n1,2\n", "no column named Row"),
    (b"\xff\xfe\x00", "is not a workbook"), (b'"open', "is not a workbook"),
    (_zip({"x": b""}), "is not a workbook"), (_zip({"x": b"0" * 1001}), "is too large"),
    (_other_sheet(), "no sheet named Review"), (_other_sheet()[:500], "no column named Row|is not"),
    (b"Row,Row\n", "these columns are not there once: Row"),
], ids=range(9))  # fmt: skip
def test_what_is_no_review_is_refused(
    content: bytes, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if wrong == "is too large":
        monkeypatch.setattr(workbook, "_MOST_BYTES", 1000)
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(UsageError, match=wrong):
        read(tmp_path / "r")

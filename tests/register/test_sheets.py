"""The register as a workbook and back: the same, through Excel's types and LibreOffice."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reportgen.errors import UsageError
from reportgen.register.sheets import COLUMNS, read, write

SOFFICE = shutil.which("soffice")
DAY = date(2026, 9, 30)
WAIVER = {
    "id": "W-1",
    "control": "KEY-03",
    "accounts": ["012345678901", "*"],
    "resources": ["*:user/a b", "*:user/c"],
    "reason": "=HYPERLINK(1)",
    "compensating_control": "Two lines,\nof text",
    "owner": "Platform",
    "requested_by": "Platform lead",
    "approved_by": "CISO",
    "granted": date(2026, 2, 1),
    "expires": DAY,
}
ATTESTATION = {
    "id": "A-1",
    "control": "E8-06",
    "accounts": ["012345678901"],
    "statement": "שלום, 田中",
    "by": "CISO",
    "signed": date(2026, 3, 4),
    "expires": DAY,
    "attachments": [
        {"file": "log.pdf", "sha256": "a" * 64, "grade": "fair"},
        {"reference": "https://example.com/x", "sha256": "b" * 64},
    ],
}
RESPONSE = {
    "control": "KEY-03",
    "response": "Keys go.",
    "owner": "Head of Engineering",
    "due": DAY,
    "actions": [
        {"what": "Sign-in for all", "due": date(2026, 7, 31), "done": date(2026, 7, 29)},
        {"what": "Delete the keys", "due": DAY, "owner": "Platform"},
    ],
}
LISTS: dict[str, list[dict[str, Any]]] = {
    "waivers": [WAIVER],
    "attestations": [ATTESTATION],
    "responses": [RESPONSE],
}


def back(folder: Path, content: bytes) -> dict[str, list[dict[str, Any]]]:
    path = folder / "register.xlsx"
    path.write_bytes(content)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in read(path):
        found.setdefault(row.name, []).append(dict(row.item))
    return found


def test_what_goes_out_comes_back(tmp_path: Path) -> None:
    assert back(tmp_path, write(LISTS, ["How to"])) == LISTS


def test_the_same_entries_are_the_same_bytes() -> None:
    assert write(LISTS) == write(LISTS)


WORD = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters=";|\ufffe\uffff"), min_size=1
)
ENTRIES = st.fixed_dictionaries(
    {"id": WORD, "control": WORD, "reason": WORD, "granted": st.dates(date(1900, 3, 1))},
    optional={"accounts": st.lists(st.from_regex(r"\d{12}", fullmatch=True), min_size=1)},
)


@given(ENTRIES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_entry_comes_back(tmp_path: Path, entry: dict[str, Any]) -> None:
    assert back(tmp_path, write({"waivers": [entry]})) == {"waivers": [entry]}


def mended(name: str, column: str, value: Any) -> bytes:
    """The workbook with one cell typed over, as somebody would in Excel."""
    book = openpyxl.load_workbook(io.BytesIO(write(LISTS)))
    sheet = book[name.capitalize()]
    sheet.cell(2, COLUMNS[name].index(column) + 1).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("column", "typed", "read_as"),
    [
        ("expires", datetime(2026, 10, 31), date(2026, 10, 31)),
        ("expires", date(2026, 10, 31), date(2026, 10, 31)),
        ("expires", "2026-10-31", date(2026, 10, 31)),
        ("expires", " 2026-10-31 ", date(2026, 10, 31)),
        # Nobody can say which part is the month: it stays text, and is refused with its row.
        ("expires", "10/11/2026", "10/11/2026"),
        ("accounts", 12345678901, ["012345678901"]),
        ("accounts", 12345678901.0, ["012345678901"]),
        ("accounts", "210000000001;\n 210000000002", ["210000000001", "210000000002"]),
        ("reason", 42, "42"),
        ("owner", "  Platform  ", "Platform"),
    ],
)
def test_cells_that_excel_typed(tmp_path: Path, column: str, typed: Any, read_as: Any) -> None:
    (row,) = back(tmp_path, mended("waivers", column, typed))["waivers"]
    assert row[column] == read_as


def test_an_empty_cell_is_a_key_that_is_not_there(tmp_path: Path) -> None:
    (row,) = back(tmp_path, mended("waivers", "expires", None))["waivers"]
    assert "expires" not in row


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"id,control\n", b"\0" * 100])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match="is not a workbook of the register"):
        back(tmp_path, content)


def test_another_workbook_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(UsageError, match="has no sheet named"):
        back(tmp_path, stream.getvalue())


def test_a_column_that_is_gone_is_named(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write(LISTS)))
    book["Waivers"].cell(1, 2).value = "contorl"
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(UsageError, match="not there once: control"):
        back(tmp_path, stream.getvalue())


@pytest.mark.skipif(not SOFFICE, reason="LibreOffice is not installed")
def test_it_comes_back_through_libreoffice(tmp_path: Path) -> None:
    """Saved as OpenDocument, which is refused, and that as a workbook again."""
    (tmp_path / "sent.xlsx").write_bytes(write(LISTS, ["How to"]))
    for form, name in (("ods", "sent.xlsx"), ("xlsx", "saved/sent.ods")):
        subprocess.run(
            [
                str(SOFFICE),
                f"-env:UserInstallation=file://{tmp_path / 'profile'}",
                "--headless",
                "--convert-to",
                form,
                "--outdir",
                str(tmp_path / "saved"),
                str(tmp_path / name),
            ],
            check=True,
            capture_output=True,
            timeout=180,
        )
    with pytest.raises(UsageError, match="is not a workbook of the register"):
        back(tmp_path, (tmp_path / "saved" / "sent.ods").read_bytes())
    assert back(tmp_path, (tmp_path / "saved" / "sent.xlsx").read_bytes()) == LISTS

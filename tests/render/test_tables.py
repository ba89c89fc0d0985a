"""Tables make their cells as they are read, and CSV is written as a stream."""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pytest

from reportgen.model import Severity
from reportgen.render.tables import Table, _table, as_csv, findings_table, safe_cell, write_csv
from tests.models import finding


def test_rows_can_be_read_more_than_once() -> None:
    table = findings_table([finding(resource="a"), finding(resource="b")])
    where = table.columns.index("resource")
    for _ in range(2):
        assert [row[where] for row in table.rows] == ["a", "b"]
    assert len(table.rows) == 2


def test_table_without_rows_has_its_heads() -> None:
    table = findings_table([])
    assert list(table.rows) == []
    assert as_csv(table).decode("utf-8-sig") == ",".join(table.columns) + "\r\n"


def test_columns_come_from_the_first_model_that_has_them() -> None:
    row = next(iter(findings_table([finding(name="n", reason="why")]).rows))
    cells = dict(zip(findings_table([]).columns, row, strict=True))
    assert (cells["name"], cells["reason"], cells["console"]) == ("n", "why", "Assign MFA.")
    assert (cells["severity"], cells["confirmed"]) == ("high", True)


def test_column_that_nothing_has_is_an_error() -> None:
    @dataclass
    class Row:
        name: str

    with pytest.raises(AttributeError, match="absent"):
        list(_table("T", [(Row("a"), Row("b"))], "name absent").rows)


def test_csv_leaves_the_stream_open_and_writes_one_mark() -> None:
    stream = io.BytesIO()
    write_csv(Table("T", ("a", "b"), [("x,y", None), ("\ud800", False), (1, True)]), stream)
    assert stream.getvalue() == b'\xef\xbb\xbfa,b\r\n"x,y",\r\n?,no\r\n1,yes\r\n'


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra", "\na", "＝1", "＠a"])
def test_formula_is_quoted(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(f"a{text}") == f"a{text}"


@dataclass
class Pair:
    first: str
    second: int | None


class Level(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("a", "a"),
        (0, 0),
        (1.5, 1.5),
        (True, True),
        (None, None),
        (Severity.HIGH, "high"),
        (Level.ONE, 1),
        ((), ""),
        (("a", 1, None), "a; 1; None"),
        (Pair("a", 0), "first: a, second: 0"),
        # What is not there is not told.
        (Pair("", None), ""),
        ((Pair("a", None), Pair("", 2)), "first: a; second: 2"),
    ],
)
def test_a_cell_is_a_text_or_a_number(value: Any, cell: Any) -> None:
    @dataclass
    class Row:
        thing: Any

    (row,) = _table("T", [(Row(value),)], "thing").rows
    assert row == (cell,)

"""Answers as a table, CSV and JSON, whatever the values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from reportgen.render.answers import MOST, render_answer

MOMENT = datetime(2026, 9, 30, 1, 2, 3, tzinfo=UTC)
VALUES: list[tuple[object, object, str]] = [
    ("text", "text", "text"),
    ("a,\"b\"\nü", "a,\"b\"\nü", "a,\"b\"\nü"),
    ("half \ud800", "half ?", "half ?"),
    ("=1+1", "=1+1", "'=1+1"),
    (None, None, ""),
    (True, True, "yes"),
    (False, False, "no"),
    (0, 0, "0"),
    (-5, -5, "-5"),
    (1.5, 1.5, "1.5"),
    (float("nan"), None, "nan"),
    (float("inf"), None, "inf"),
    (Decimal("-0.10"), -0.1, "-0.10"),
    (date(2026, 9, 30), "2026-09-30", "2026-09-30"),
    (MOMENT, "2026-09-30T01:02:03Z", "2026-09-30T01:02:03Z"),
    (MOMENT.replace(tzinfo=None), "2026-09-30T01:02:03", "2026-09-30T01:02:03"),
    (["ü", MOMENT], ["ü", "2026-09-30T01:02:03Z"], '["ü", "2026-09-30T01:02:03Z"]'),
    (("a", 1), ["a", 1], '["a", 1]'),
    ({"a": Decimal(1), 2: None}, {"a": 1.0, "2": None}, '{"a": 1.0, "2": null}'),
    (b"\x00a", "b'\\x00a'", '"b\'\\\\x00a\'"'),
]  # fmt: skip


def text_of(rows: Sequence[Sequence[object]], output_format: str, **more: int) -> str:
    columns = [f"c_{n}" for n in range(len(rows[0]))] if rows else ["c_0"]
    return "".join(render_answer(columns, rows, output_format, **more))


@pytest.mark.parametrize(("value", "as_json", "as_csv"), VALUES)
def test_values(value: object, as_json: object, as_csv: str) -> None:
    data = json.loads(text_of([(value, 1)], "json"))
    assert data == {"columns": ["c_0", "c_1"], "rows": [[as_json, 1]]}
    text = text_of([(value, 1)], "csv")
    assert list(csv.reader(io.StringIO(text))) == [["c_0", "c_1"], [as_csv, "1"]]
    assert "\ud800" not in text_of([(value,)], "table", width=80)


def test_text_stands_as_it_is_written() -> None:
    assert "".join(render_answer(["ü"], [("ü",)], "json")) == (
        '{"columns": ["ü"], "rows": [\n["ü"]\n]}\n'
    )
    assert "".join(render_answer(["ü"], [(["ü"],)], "csv")) == 'ü\n"[""ü""]"\n'


def test_json_of_none_one_and_several() -> None:
    for rows in ([], [(1,)], [(1,), (2,), (3,)]):
        assert json.loads(text_of(rows, "json"))["rows"] == [list(row) for row in rows]


def test_csv_of_none_has_its_heads() -> None:
    assert text_of([], "csv") == "c_0\n"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 rows."),
        (1, "1 row."),
        (3, "3 rows."),
        (4, "4 rows; the first 3 are shown, --format csv has all."),
        (2000, "2,000 rows; the first 3 are shown, --format csv has all."),
    ],
)
def test_table_counts_what_it_does_not_show(count: int, said: str) -> None:
    text = text_of([(f"row {n}",) for n in range(count)], "table", width=60, most=3)
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines == ["C 0", *(f"row {n}" for n in range(min(count, 3))), said]


def test_table_shows_so_many_rows() -> None:
    docs = Path(__file__).parents[2] / "docs" / "query.md"
    assert "shows 200 rows" in docs.read_text()
    assert MOST == 200
    assert len(text_of([(n,) for n in range(MOST + 1)], "table", width=60).splitlines()) == MOST + 2


def test_table_lets_no_control_character_through() -> None:
    text = text_of([("\x1b[31mred\u202e",)], "table", width=60)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_rows_are_written_as_they_come() -> None:
    seen = []

    def rows() -> object:
        for number in range(3):
            seen.append(number)
            yield (number,)

    pieces = render_answer(["n"], rows(), "csv")  # type: ignore[arg-type]
    next(pieces)
    assert seen == []
    next(pieces)
    assert seen == [0]

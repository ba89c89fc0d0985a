"""findings.parquet: the rows of findings.csv, with types, the same bytes each time."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reportgen.render import parquet
from reportgen.render.parquet import SCHEMA, findings_file, write_findings
from reportgen.render.tables import Told, as_csv, findings_table
from reportgen.report.findings import FindingRow
from reportgen.report.words import Disposition
from tests.models import finding

ROWS = [
    finding(resource="a", due="2026-10-31", owner="Lead", overdue=True, evidence=("E-1", "E-2")),
    finding(resource="b", disposition=Disposition.ACCEPTED, accepted_until="2027-01-01"),
    finding(resource="c", reason="half \ud800 a pair, a line\nand ü", days_unknown=3),
    finding(resource="d", account="half \udfff", waiver="\ud800"),
]
DOCS = Path(__file__).parents[2] / "docs" / "findings.md"


def written(rows: list[FindingRow]) -> bytes:
    stream = io.BytesIO()
    write_findings(rows, stream)
    return stream.getvalue()


def table_of(rows: list[FindingRow]) -> pa.Table:
    return pq.read_table(pa.BufferReader(written(rows)))


def as_shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def test_rows_are_those_of_the_csv() -> None:
    text = as_csv(findings_table(ROWS)).decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text, newline=""))
    table = table_of(ROWS)
    assert [name.replace("_", " ") for name in table.column_names] == heads
    assert [[as_shown(v) for v in row.values()] for row in table.to_pylist()] == rows


def test_told_while_the_csv_is_written_both_are_the_same() -> None:
    table, stream = findings_table(ROWS), io.BytesIO()
    with findings_file(stream) as add:
        told = Told(table.rows, add)
        assert len(told) == len(ROWS)
        assert as_csv(replace(table, rows=told)) == as_csv(table)
    assert stream.getvalue() == written(ROWS)


def test_columns_have_types() -> None:
    table = table_of(ROWS)
    assert table.schema.equals(SCHEMA)
    first = table.to_pylist()[0]
    assert (first["first_seen"], first["due"]) == (date(2026, 9, 20), date(2026, 10, 31))
    assert (first["age_days"], first["overdue"], first["severity"]) == (10, True, "high")
    assert table["evidence"].to_pylist() == ["E-1; E-2", "", "", ""]
    assert table["due"].to_pylist()[1:] == [None, None, None]
    assert table["accepted_until"].to_pylist() == [None, date(2027, 1, 1), None, None]
    assert table["account"].to_pylist() == ["One", "One", "One", "half ?"]


def test_formula_stays_as_it_is() -> None:
    # Only a spreadsheet takes text for a formula.
    assert table_of([finding(name="=1+1")])["name"].to_pylist() == ["=1+1"]


def test_same_findings_give_the_same_bytes() -> None:
    assert written(ROWS) == written(ROWS)


def test_without_findings_there_is_the_schema() -> None:
    table = table_of([])
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)


@pytest.mark.parametrize(("count", "groups"), [(2, 1), (3, 1), (4, 2)])
def test_groups_of_rows(count: int, groups: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_GROUP", 3)
    rows = [finding(resource=f"r{n}") for n in range(count)]
    file = pq.ParquetFile(pa.BufferReader(written(rows)))
    assert file.metadata.num_row_groups == groups
    assert file.read()["resource"].to_pylist() == [f"r{n}" for n in range(count)]


def test_every_column_is_documented() -> None:
    documented = [line.split("|") for line in DOCS.read_text().splitlines() if line[:3] == "| `"]
    said = {cells[1].strip(" `"): cells[2].strip() for cells in documented}
    words = {"date32[day]": "date", "bool": "boolean", "int32": "int32", "string": "text"}
    kinds = {
        f.name: "text" if pa.types.is_dictionary(f.type) else words[str(f.type)]
        + (", may be empty" if f.nullable else "")
        for f in SCHEMA
    }  # fmt: skip
    assert said == kinds

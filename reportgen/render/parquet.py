"""findings.parquet: the findings with types, for whoever reads them with a program.

The rows are those of findings.csv in the same order, the columns the same by name with an
underscore for each blank (docs/findings.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from reportgen.render.tables import Cell, findings_table
from reportgen.report.findings import FindingRow

# Rows that are in memory at a time; a group of the file.
_GROUP = 20_000
Row = tuple[Cell, ...]
_WORD = pa.dictionary(pa.int32(), pa.string())


def _field(name: str, kind: pa.DataType, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable)


SCHEMA = pa.schema(
    [
        _field("severity", _WORD),
        _field("control_id", _WORD),
        _field("finding", pa.string()),
        _field("account", _WORD),
        _field("account_id", _WORD),
        _field("name", pa.string()),
        _field("kind", _WORD),
        _field("resource", pa.string()),
        _field("reason", pa.string()),
        _field("movement", _WORD),
        _field("disposition", _WORD),
        _field("confirmed", pa.bool_()),
        _field("first_seen", pa.date32()),
        _field("age_days", pa.int32()),
        _field("days_in_violation", pa.int32()),
        _field("days_unknown", pa.int32()),
        _field("owner", _WORD),
        _field("due", pa.date32(), nullable=True),
        _field("overdue", pa.bool_()),
        _field("waiver", _WORD),
        _field("accepted_until", pa.date32(), nullable=True),
        _field("lapsed_waiver", _WORD),
        _field("consequence", pa.string()),
        _field("console", pa.string()),
        _field("cli", pa.string()),
        _field("terraform", pa.string()),
        _field("evidence", pa.string()),
    ]
)


def write_findings(register: Sequence[FindingRow], stream: BinaryIO) -> None:
    """Write findings as Parquet; the same findings give the same bytes.

    What is no Unicode in a text stands as a question mark, as in the CSV.
    """
    with findings_file(stream) as add:
        for row in findings_table(register).rows:
            add(row)


@contextmanager
def findings_file(stream: BinaryIO) -> Iterator[Callable[[Row], None]]:
    """The file of ``write_findings`` under way: gives what adds a row of the findings' table."""
    group: list[Row] = []
    with pq.ParquetWriter(stream, SCHEMA, compression="zstd", version="2.6") as writer:

        def write() -> None:
            columns = zip(*group, strict=True)
            arrays = [_array(f, cells) for f, cells in zip(SCHEMA, columns, strict=True)]
            writer.write_table(pa.table(arrays, schema=SCHEMA))
            group.clear()

        def add(row: Row) -> None:
            group.append(row)
            if len(group) == _GROUP:
                write()

        yield add
        if group:
            write()


def _array(field: pa.Field, cells: Sequence[Cell]) -> pa.Array:
    if pa.types.is_date(field.type):
        return pa.array([date.fromisoformat(str(c)) if c else None for c in cells], field.type)
    if pa.types.is_dictionary(field.type):
        # Words in the order in which they come, not as a library happens to sort them.
        texts = {cell: _text(cell) for cell in dict.fromkeys(cells)}
        index = {word: number for number, word in enumerate(dict.fromkeys(texts.values()))}
        codes = {cell: index[text] for cell, text in texts.items()}
        numbers = pa.array(list(map(codes.__getitem__, cells)), pa.int32())
        return pa.DictionaryArray.from_arrays(numbers, pa.array(list(index), pa.string()))
    if pa.types.is_string(field.type):
        try:
            return pa.array(cells, field.type)
        except (UnicodeEncodeError, pa.ArrowException):
            return pa.array([_text(c) for c in cells], field.type)
    return pa.array(cells, field.type)


def _text(cell: Cell) -> str:
    return str(cell).encode("utf-8", "replace").decode()


def column_texts(content: bytes) -> Iterator[str]:
    """The values of each column of a file, a line each, as text."""
    for column in pq.read_table(pa.BufferReader(content)).columns:
        yield "\n".join(str(value) for value in column.to_pylist())

"""What came of a question: columns, and rows that are read once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

# Of SQL also numbers of other kinds, lists and structures.
Value = str | int | float | bool | date | datetime | None | Any


@dataclass(frozen=True)
class Selection:
    """Rows have a value for each column, in their order."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Value]]

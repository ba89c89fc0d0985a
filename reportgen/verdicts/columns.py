"""Rows of verdicts turned into columns, and what is counted of them: column by column, in C.

An account has thousands of rows, nearly all of them passes; a loop over their fields in Python
takes longer than judging some of them did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from reportgen.model import AccountAssessment, Result, Verdict
from reportgen.verdicts.text import escaped

# The order in which verdicts are counted.
COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_EVALUATED, Verdict.NOT_APPLICABLE)
# Last, how many of the rows stand for resources that could not be seen.
Counts: TypeAlias = "tuple[int, int, int, int, int]"
Parameters: TypeAlias = "tuple[tuple[str, str], ...]"
_WORD = pa.dictionary(pa.int32(), pa.string())
_MOMENT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),
        pa.field("account_id", _WORD, nullable=False),
        pa.field("as_of", _MOMENT, nullable=False),
        pa.field("collected_at", _MOMENT),
        pa.field("control_id", _WORD, nullable=False),
        pa.field("resource", _WORD, nullable=False),
        pa.field("resource_type", _WORD, nullable=False),
        pa.field("verdict", _WORD, nullable=False),
        pa.field("severity", _WORD, nullable=False),
        pa.field("reason", _WORD, nullable=False),
        pa.field("evidence", _WORD, nullable=False),
        pa.field("name", _WORD, nullable=False),
        pa.field("parameters", _WORD),
        pa.field("incomplete", pa.bool_(), nullable=False),
        pa.field("superseded", pa.bool_(), nullable=False),
    ]
)
# As a row has them; ``parameters`` is written for variants alone.
_FIELDS = Result._fields


class Columns:
    """The rows of one account, results first, then variants."""

    def __init__(self, found: AccountAssessment) -> None:
        self._found = found
        self._results = len(found.results)
        self._escaped: set[str] = set()
        rows = (*found.results, *found.variants)
        self.size = len(rows)
        given = zip(*rows, strict=True) if rows else (() for _ in _FIELDS)
        self._of: Mapping[str, Sequence[Any]] = dict(zip(_FIELDS, given, strict=True))

    @cached_property
    def _by_control(self) -> dict[str, list[int]]:
        """The numbers of the results of each control."""
        return _placed(self._of["control_id"][: self._results])

    def counts(self) -> dict[str, Counts]:
        """Results by control."""
        return {control: self._counted(at) for control, at in self._by_control.items()}

    def variant_counts(self) -> dict[tuple[str, Parameters], Counts]:
        """Variants by control and parameters."""
        after = self._results
        keys = list(
            zip(self._of["control_id"][after:], self._of["parameters"][after:], strict=True)
        )
        return {
            key: self._counted([after + n for n in numbers])
            for key, numbers in _placed(keys).items()
        }

    def _counted(self, numbers: Sequence[int]) -> Counts:
        verdicts = self._cells("verdict", numbers)
        passed, failed, unknown, nothing = (verdicts.count(verdict) for verdict in COUNTED)
        return passed, failed, unknown, nothing, sum(self._cells("incomplete", numbers))

    def _cells(self, column: str, numbers: Sequence[int]) -> Sequence[Any]:
        """Some rows' cells of a column; nearly always the rows follow each other."""
        cells, first = self._of[column], numbers[0]
        if numbers[-1] - first + 1 == len(numbers):
            return cells[first : first + len(numbers)]
        return [cells[n] for n in numbers]

    def at_hand(self) -> list[int]:
        """The rows from which a summary works out what happened to each finding, in order.

        Every fail and every not-evaluated row, every row of a control whose list may not be
        whole, and the first row of each control and verdict.
        """
        found: list[int] = []
        for numbers in self._by_control.values():
            if True in self._cells("incomplete", numbers):
                found += numbers
                continue
            seen: set[Verdict] = set()
            for n, verdict in zip(numbers, self._cells("verdict", numbers), strict=True):
                if verdict not in seen:
                    seen.add(verdict)
                    found.append(n)
                elif verdict is Verdict.FAIL or verdict is Verdict.NOT_EVALUATED:
                    found.append(n)
        return sorted(found)

    def _superseded(self) -> list[bool]:
        """Of each row, whether another after it speaks of the same under the same control."""
        found = [False] * self.size
        for numbers in self._by_control.values():
            named = self._cells("resource", numbers)
            if len(set(named)) < len(named):
                last = dict(zip(named, numbers, strict=True))
                for n, resource in zip(numbers, named, strict=True):
                    found[n] = last[resource] != n
        return found

    def tables(self, groups: Iterable[Sequence[int]], schema: pa.Schema) -> Iterable[pa.Table]:
        """A table of each group of rows, its texts as words of a dictionary of its own."""
        whole = self._plain()
        for numbers in groups:
            taken = whole.take(pa.array(numbers, pa.int64())).combine_chunks()
            columns = []
            for field, column in zip(schema, taken.columns, strict=True):
                (found,) = column.chunks or (pa.array([], column.type),)
                columns.append(self._worded(field, found) if field.type == _WORD else found)
            yield pa.table(columns, schema=schema)

    def _worded(self, field: pa.Field, texts: pa.Array) -> pa.DictionaryArray:
        """Texts as words, in the form in which they are kept, see ``text.py``."""
        found = texts.dictionary_encode()
        words = found.dictionary
        if field.name in self._escaped or not pc.any(pc.match_substring(words, "\\")).as_py():
            return found
        kept = pa.array([escaped(word) for word in words.to_pylist()], pa.string())
        return pa.DictionaryArray.from_arrays(found.indices, kept)

    def _plain(self) -> pa.Table:
        found, size = self._found, self.size
        columns = {
            "row": pa.array(range(size), pa.int32()),
            "account_id": pa.repeat(pa.scalar(found.info.account_id), size),
            "as_of": _moments(found.as_of, size),
            "collected_at": _moments(found.collected_at, size),
            "verdict": pa.array(self._of["verdict"], pa.string()),
            "severity": pa.array(self._of["severity"], pa.string()),
            "resource_type": pa.array(self._of["resource_type"], pa.string()),
            "evidence": self._texts("evidence", self._evidence()),
            "parameters": self._parameters(),
            "incomplete": pa.array(self._of["incomplete"], pa.bool_()),
            "superseded": pa.array(self._superseded(), pa.bool_()),
        }
        return pa.table(
            {
                name: columns[name] if name in columns else self._texts(name, self._of[name])
                for name in SCHEMA.names
            }
        )

    def _evidence(self) -> list[str]:
        joined: dict[tuple[str, ...], str] = {}
        for ids in self._of["evidence"]:
            if ids not in joined:
                joined[ids] = " ".join(ids)
        return [joined[ids] for ids in self._of["evidence"]]

    def _parameters(self) -> pa.Array:
        written: dict[Parameters, str] = {}
        given = self._of["parameters"][self._results :]
        for parameters in given:
            if parameters not in written:
                written[parameters] = json.dumps(parameters)
        nothing: list[str | None] = [None] * self._results
        return pa.array([*nothing, *(written[parameters] for parameters in given)], pa.string())

    def _texts(self, name: str, values: Sequence[str]) -> pa.Array:
        """Texts as they are; where Parquet cannot hold them, in the form in which they are kept."""
        try:
            return pa.array(values, pa.string())
        except UnicodeEncodeError:
            self._escaped.add(name)
            return pa.array([escaped(value) for value in values], pa.string())


def _placed(keys: Sequence[Any]) -> dict[Any, list[int]]:
    """Where each key stands; mostly its places follow each other."""
    found: dict[Any, list[int]] = {}
    for key, numbers in groupby(range(len(keys)), keys.__getitem__):
        if key in found:
            found[key].extend(numbers)
        else:
            found[key] = list(numbers)
    return found


def _moments(moment: datetime | None, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(moment, _MOMENT), size)

"""Rows of verdicts turned into columns, and what is counted of them: column by column, in C.

An account has thousands of rows, nearly all of them passes; a loop over their fields in Python
takes longer than judging some of them did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, groupby
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from reportgen.model import AccountAssessment, Result, Severity, Verdict
from reportgen.verdicts.text import escaped

# The order in which verdicts are counted.
COUNTED = (Verdict.PASS, Verdict.FAIL, Verdict.NOT_EVALUATED, Verdict.NOT_APPLICABLE)
# Last, how many of the rows stand for resources that could not be seen.
Counts: TypeAlias = "tuple[int, int, int, int, int]"
Parameters: TypeAlias = "tuple[tuple[str, str], ...]"
Codes: TypeAlias = "np.ndarray[Any, np.dtype[np.int32]]"
Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
_FAIL, _UNKNOWN = COUNTED.index(Verdict.FAIL), COUNTED.index(Verdict.NOT_EVALUATED)
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
        self.size = len(found.results) + len(found.variants)
        cells = list(chain.from_iterable(chain(found.results, found.variants)))
        self._of: Mapping[str, Sequence[Any]] = {
            name: cells[place :: len(_FIELDS)] for place, name in enumerate(_FIELDS)
        }
        self._controls = CodedColumn.of(self._of["control_id"])
        # Of the results alone, the number of each one's control.
        self._control = self._controls.codes[: self._results]
        self._verdict = _numbers(self._of["verdict"], COUNTED)
        self._incomplete = np.array(self._of["incomplete"], bool)

    def counts(self) -> dict[str, Counts]:
        """Results by control."""
        kinds, many = len(COUNTED), len(self._controls.words)
        cells = self._control * kinds + self._verdict[: self._results]
        counted = np.bincount(cells, minlength=kinds * many).reshape(many, kinds)
        unseen = self._control[self._incomplete[: self._results]]
        gaps = np.bincount(unseen, minlength=many)
        rows = zip(self._controls.words, counted.tolist(), gaps.tolist(), strict=True)
        return {control: (*each, gap) for control, each, gap in rows if any(each)}

    def variant_counts(self) -> dict[tuple[str, Parameters], Counts]:
        """Variants by control and parameters."""
        after = self._results
        keys = list(
            zip(self._of["control_id"][after:], self._of["parameters"][after:], strict=True)
        )
        return {key: self._counted(after, numbers) for key, numbers in _placed(keys).items()}

    def _counted(self, after: int, numbers: Sequence[int]) -> Counts:
        places = np.array(numbers) + after
        counted = np.bincount(self._verdict[places], minlength=len(COUNTED)).tolist()
        return (*counted, int(self._incomplete[places].sum()))

    def at_hand(self) -> Flags:
        """Of each row, whether a summary works out from it what happened to a finding.

        Those are every fail and every not-evaluated row, every row of a control whose list may not
        be whole, and the first row of each control and verdict.
        """
        verdict, control = self._verdict[: self._results], self._control
        gaps = np.zeros(len(self._controls.words), bool)
        gaps[control[self._incomplete[: self._results]]] = True
        found = np.zeros(self.size, bool)
        found[: self._results] = gaps[control] | (verdict == _FAIL) | (verdict == _UNKNOWN)
        _, first = np.unique(control * len(COUNTED) + verdict, return_index=True)
        found[first] = True
        return found

    def _superseded(self, resources: CodedColumn) -> Flags:
        """Of each row, whether another after it speaks of the same under the same control."""
        found = np.zeros(self.size, bool)
        about = self._control.astype(np.int64) * max(len(resources.words), 1)
        about += resources.codes[: self._results]
        found[: self._results] = True
        _, last = np.unique(about[::-1], return_index=True)
        found[self._results - 1 - last] = False
        return found

    def tables(self, groups: Iterable[Flags], schema: pa.Schema) -> Iterator[pa.Table]:
        """A table of each group of rows, its texts as words of a dictionary of its own."""
        found, resources = self._found, CodedColumn.of(self._of["resource"])
        words = {
            "account_id": CodedColumn([found.info.account_id], np.zeros(self.size, np.int32)),
            "control_id": self._controls,
            "resource": resources,
            "resource_type": CodedColumn.of(self._of["resource_type"]),
            "verdict": CodedColumn([v.value for v in COUNTED], self._verdict),
            "severity": CodedColumn([s.value for s in Severity], self._severities()),
            "reason": CodedColumn.of(self._of["reason"]),
            "evidence": self._evidence(),
            "name": CodedColumn.of(self._of["name"]),
            "parameters": self._parameters(),
        }
        flags = {"incomplete": self._incomplete, "superseded": self._superseded(resources)}
        moments = {"as_of": found.as_of, "collected_at": found.collected_at}
        for group in groups:
            rows = np.flatnonzero(group)
            columns = []
            for name in schema.names:
                if name in words:
                    columns.append(words[name].column(rows))
                elif name in flags:
                    columns.append(pa.array(flags[name][rows]))
                elif name in moments:
                    columns.append(_moments(moments[name], len(rows)))
                else:
                    columns.append(pa.array(rows.astype(np.int32)))
            yield pa.table(columns, schema=schema)

    def _severities(self) -> Codes:
        return _numbers(self._of["severity"], tuple(Severity))

    def _evidence(self) -> CodedColumn:
        ids = CodedColumn.of(self._of["evidence"])
        return CodedColumn([" ".join(each) for each in ids.words], ids.codes)

    def _parameters(self) -> CodedColumn:
        """Those of variants; none of results, which have their control's own."""
        own = CodedColumn.of(self._of["parameters"][self._results :])
        nothing = np.full(self._results, -1, np.int32)
        return CodedColumn(
            [json.dumps(each) for each in own.words], np.concatenate([nothing, own.codes])
        )


class WordNumbers(dict[Any, int]):
    """A number for each word, given when it is first asked for."""

    def __missing__(self, word: Any) -> int:
        number = self[word] = len(self)
        return number


class CodedColumn:
    """A column of texts as numbers of its different words; -1 stands for none."""

    def __init__(self, words: list[Any], codes: Codes) -> None:
        self.words = words
        self.codes = codes

    @classmethod
    def of(cls, values: Sequence[Any]) -> CodedColumn:
        """The words of a column, in the order in which they come first."""
        found = WordNumbers()
        codes = np.fromiter(map(found.__getitem__, values), np.int32, len(values))
        return cls(list(found), codes)

    def values(self) -> list[Any]:
        """The word of each row."""
        # A number of -1 finds what stands last.
        words = [*self.words, None]
        return [words[code] for code in self.codes.tolist()]

    def column(self, rows: np.ndarray[Any, np.dtype[np.intp]]) -> pa.DictionaryArray:
        """Some rows, with those words alone that they use."""
        codes = self.codes[rows]
        none = codes < 0
        used = np.zeros(len(self.words), bool)
        used[codes[~none]] = True
        place = np.cumsum(used, dtype=np.int32) - 1
        if none.any():
            codes = np.where(none, 0, codes)
            numbers = pa.array(place[codes] if len(place) else codes, pa.int32(), mask=none)
        else:
            numbers = pa.array(place[codes] if len(place) else codes, pa.int32())
        words = [word for word, wanted in zip(self.words, used.tolist(), strict=True) if wanted]
        return pa.DictionaryArray.from_arrays(numbers, pa.array(_kept(words), pa.string()))


def _kept(words: list[str]) -> list[str]:
    """Words in the form in which they are kept, see ``text.py``; most are that already."""
    together = "".join(words)
    if "\\" not in together and (together.isascii() or _is_unicode(together)):
        return words
    return [escaped(word) for word in words]


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _numbers(members: Sequence[Any], order: Sequence[Any]) -> Codes:
    """The place of each member of an enumeration; its own hash is slow, its identity is not."""
    places = {id(member): number for number, member in enumerate(order)}
    return np.fromiter(map(places.__getitem__, map(id, members)), np.int32, len(members))


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

"""Counts of verdicts by control, and a digest over them, of as many rows as there may be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypedDict

import numpy as np

from reportgen.model import Verdict
from reportgen.verdicts.columns import CodedColumn

# Control, resource, kind, parameters, verdict, and whether by the catalogue's own thresholds.
Row = tuple[str, str, str, tuple[tuple[str, str], ...], str, bool]


# Of a control: how many of each verdict, and the digest.
Counted = dict[str, int | str]
_ByName = dict[str, Counted]
Grid: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"


class Evaluation(TypedDict):
    """An account judged on one day: ``not_passed`` has control, resource, verdict and reason.

    ``carried_from`` is the day of an earlier snapshot that it stands on, if so.
    """

    day: str
    as_of: str
    snapshot: str
    carried_from: str | None
    controls: dict[str, Counted]
    not_passed: list[list[str]]


_Verdicts = list[tuple[str, str, tuple[tuple[str, str], ...], str]]


def by_control(rows: Iterable[Row]) -> dict[str, Counted]:
    """Counts of verdicts by control, and the SHA-256 over the verdicts of its resources.

    The digest is over the canonical JSON of the sorted [resource, kind, parameters, verdict];
    those of a framework's own thresholds are in it, but not in the counts.
    """
    told: dict[str, _Verdicts] = {}
    counts: dict[str, dict[str, int]] = {}
    for control, resource, kind, parameters, verdict, own in rows:
        if control not in told:
            told[control] = []
            counts[control] = {v.value: 0 for v in Verdict}
        told[control].append((resource, kind, parameters, verdict))
        if own:
            counts[control][verdict] += 1
    words = _Words()
    return {c: {**counts[c], "sha256": _digest(told[c], words)} for c in told}


class DaysByControl:
    """Counts one day of an account after the other, as ``by_control`` does of its rows.

    By numbers of words, which stay the same from day to day, as nearly all verdicts do: a control
    whose rows are those of the day before keeps its digest.
    """

    def __init__(self) -> None:
        self._known = [_Numbers() for _ in COLUMNS]
        self._words = _Words()
        self._before: dict[str, tuple[Grid, str]] = {}

    def of(self, controls: CodedColumn, columns: Sequence[CodedColumn], own: int) -> _ByName:
        """The counts and digests of one day.

        ``columns`` are resource, kind, parameters and verdict; the first ``own`` rows are by the
        catalogue's own thresholds.
        """
        numbers = [known.of(column) for known, column in zip(self._known, columns, strict=True)]
        order = np.argsort(controls.codes, kind="stable")
        grid = np.stack(numbers)[:, order]
        ends = np.cumsum(np.bincount(controls.codes, minlength=len(controls.words))).tolist()
        before, self._before = self._before, {}
        found: _ByName = {}
        for control, start, end, counts in zip(
            controls.words, [0, *ends], ends, self._counts(controls, numbers[-1], own), strict=False
        ):
            if start < end:
                digest = self._of_control(control, grid[:, start:end], before.get(control))
                found[control] = {**counts, "sha256": digest}
        return found

    def _counts(self, controls: CodedColumn, verdicts: Grid, own: int) -> Iterator[dict[str, int]]:
        known = self._known[-1]
        cells = controls.codes[:own].astype(np.int64) * len(known) + verdicts[:own]
        size = len(controls.words) * len(known)
        counted = np.bincount(cells, minlength=size).reshape(len(controls.words), len(known))
        for row in counted.tolist():
            yield {v.value: 0 for v in Verdict} | dict(zip(known, row, strict=True))

    def _of_control(self, control: str, rows: Grid, before: tuple[Grid, str] | None) -> str:
        if before is not None and np.array_equal(before[0], rows):
            digest = before[1]
        else:
            words = [list(known) for known in self._known]
            cells = ([of[n] for n in row] for of, row in zip(words, rows.tolist(), strict=True))
            digest = _digest(list(zip(*cells, strict=True)), self._words)
        self._before[control] = rows, digest
        return digest


# What a digest is over.
COLUMNS = ("resource", "resource_type", "parameters", "verdict")


class _Numbers(dict[Any, int]):
    """A number for each word, in the order in which they come."""

    def of(self, column: CodedColumn) -> Grid:
        """The numbers of a column's words."""
        for word in column.words:
            self.setdefault(word, len(self))
        numbers = np.array([self[word] for word in column.words], np.int64)
        return numbers[column.codes] if len(column.codes) else np.zeros(0, np.int64)


class _Words(dict[str, str]):
    """Texts as JSON has them, each made once: a resource stands under many controls."""

    def __missing__(self, text: str) -> str:
        found = self[text] = json.dumps(text)
        return found


def _digest(rows: _Verdicts, words: _Words) -> str:
    pairs: dict[tuple[tuple[str, str], ...], str] = {}
    for _, _, parameters, _ in rows:
        if parameters not in pairs:
            pairs[parameters] = json.dumps(parameters, separators=(",", ":"))
    text = ",".join(
        f'[{words[resource]},{words[kind]},{pairs[parameters]},"{verdict}"]'
        for resource, kind, parameters, verdict in sorted(rows)
    )
    return hashlib.sha256(f"[{text}]".encode()).hexdigest()

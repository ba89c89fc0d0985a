"""Counts of verdicts by control, and a digest over them, of as many rows as there may be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TypedDict

from reportgen.model import Verdict

# Control, resource, kind, parameters, verdict, and whether by the catalogue's own thresholds.
Row = tuple[str, str, str, tuple[tuple[str, str], ...], str, bool]


# Of a control: how many of each verdict, and the digest.
Counted = dict[str, int | str]


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
    return ByControl().of(rows)


class ByControl:
    """Counts one set of rows after the other, as ``by_control``.

    A control whose rows are those of the set before keeps its digest: from day to day of an account
    most are.
    """

    def __init__(self) -> None:
        self._before: dict[str, tuple[_Verdicts, str]] = {}

    def of(self, rows: Iterable[Row]) -> dict[str, Counted]:
        """The counts and digests of these rows."""
        told: dict[str, _Told] = {}
        for control, resource, kind, parameters, verdict, own in rows:
            one = told.get(control)
            if one is None:
                one = told[control] = _Told()
            one.rows.append((resource, kind, parameters, verdict))
            if own:
                one.counts[verdict] += 1
        words = _Words()
        before, self._before = self._before, {}
        found: dict[str, Counted] = {}
        for control, one in told.items():
            rows_before, digest = before.get(control, ([], ""))
            if not digest or rows_before != one.rows:
                digest = _digest(one.rows, words)
            self._before[control] = one.rows, digest
            found[control] = {**one.counts, "sha256": digest}
        return found


class _Words(dict[str, str]):
    """Texts as JSON has them, each made once: a resource stands under many controls."""

    def __missing__(self, text: str) -> str:
        found = self[text] = json.dumps(text)
        return found


class _Told:
    """What is said under one control."""

    def __init__(self) -> None:
        self.counts = {v.value: 0 for v in Verdict}
        self.rows: _Verdicts = []


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

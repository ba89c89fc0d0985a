"""Judges every account at every day that the period rests on, and keeps the rows on disk.

An account is judged by one process and its rows are written before the next one is, so memory is
that of the largest account. What was judged before a run was killed is not judged again.

    evaluations/<account>.json       each day: snapshot, counts by control, what did not pass
    rows/<control>/<account>.jsonl   every row at the period's end, passes too
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from reportgen.clock import to_text
from reportgen.evidence.seal import canonical
from reportgen.files import write_private
from reportgen.history import Point, PointJudge
from reportgen.model import AccountAssessment, Result, Verdict, canonical_json
from reportgen.pack.forked import each

_CLEAR = (Verdict.PASS, Verdict.NOT_APPLICABLE)


def judge_all(history: PointJudge, folder: Path) -> None:
    """Judge every account of ``history`` into ``folder``, those that are not there yet."""
    accounts = [a for a in history.within() if not (folder / "judged" / a).exists()]
    for _ in each(partial(_judge, history, folder), accounts):
        pass


def _judge(history: PointJudge, folder: Path, account: str) -> None:
    points = history.within()[account]
    days = []
    for number, point in enumerate(points, start=1):
        found = history.judge(point)
        days.append(evaluation(point, found))
        if number == len(points):
            _write_rows(folder, account, found)
    write_private(folder / "evaluations" / f"{account}.json", canonical_json(days))
    write_private(folder / "judged" / account, b"")


def evaluation(point: Point, found: AccountAssessment) -> dict[str, Any]:
    """What a pack keeps of one account judged on one day."""
    return {
        "day": point.day.isoformat(),
        "as_of": to_text(point.as_of),
        "snapshot": point.snapshot.id,
        "carried_from": point.carried.isoformat() if point.carried else None,
        "controls": by_control(found.results, found.variants),
        "not_passed": not_passed(found),
    }


def not_passed(found: AccountAssessment) -> list[list[str]]:
    """Control, resource, verdict and reason of what neither passed nor is not applicable."""
    return [
        [r.control_id, r.resource, r.verdict.value, r.reason]
        for r in found.results
        if r.verdict not in _CLEAR
    ]


def by_control(results: Sequence[Result], variants: Sequence[Result]) -> dict[str, dict[str, Any]]:
    """Counts of verdicts by control, and the SHA-256 over the verdicts of its resources.

    The digest is over the canonical JSON of the sorted [resource, kind, parameters, verdict];
    those of a framework's own thresholds are in it, but not in the counts.
    """
    rows: dict[str, list[list[Any]]] = {}
    counts: dict[str, Counter[str]] = {}
    for result in results:
        counts.setdefault(result.control_id, Counter())[result.verdict.value] += 1
    for result in (*results, *variants):
        rows.setdefault(result.control_id, []).append(_key(result))
    return {
        control: {
            **{v.value: counts.get(control, Counter())[v.value] for v in Verdict},
            "sha256": hashlib.sha256(canonical(sorted(found))).hexdigest(),
        }
        for control, found in rows.items()
    }


def _key(result: Result) -> list[Any]:
    parameters = [list(pair) for pair in result.parameters]
    return [result.resource, result.resource_type, parameters, result.verdict.value]


def row_json(result: Result, variant: bool) -> dict[str, Any]:
    """A row of ``results.jsonl``; ``variant``: under a framework's own thresholds."""
    said: dict[str, Any] = dict(result.to_json())
    return {**said, "parameters": dict(result.parameters), "variant": variant}


def _write_rows(folder: Path, account: str, found: AccountAssessment) -> None:
    for control, rows in _grouped(found):
        content = b"".join(canonical(row) + b"\n" for row in rows)
        write_private(folder / "rows" / control / f"{account}.jsonl", content)


def _grouped(found: AccountAssessment) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    by: dict[str, list[dict[str, Any]]] = {}
    for result in found.results:
        by.setdefault(result.control_id, []).append(row_json(result, False))
    for result in found.variants:
        by.setdefault(result.control_id, []).append(row_json(result, True))
    yield from by.items()

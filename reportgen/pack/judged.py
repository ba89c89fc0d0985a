"""What a pack says of every account on every day that the period rests on.

Accounts are worked on side by side, one at a time in each process, and what was written before a
run was killed is not made again.

    evaluations/<account>.json       each day: snapshot, counts by control, what did not pass
    rows/<control>/<account>.jsonl   every row at the period's end, passes too
    machine/<account>/               the same for other programs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from reportgen.clock import to_text
from reportgen.errors import IntegrityError
from reportgen.evidence.seal import canonical
from reportgen.files import write_private
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Point
from reportgen.history.points import Keyed, PeriodPoints
from reportgen.model import AccountAssessment, Result, Verdict, list_json
from reportgen.pack.digests import ByControl, Evaluation, Row
from reportgen.pack.forked import each
from reportgen.pack.machine import write_machine
from reportgen.pipeline import Judging, Rules
from reportgen.verdicts.form import JudgedFile, load_reader

_CLEAR = (Verdict.PASS, Verdict.NOT_APPLICABLE)


def judge_all(
    points: PeriodPoints, once: JudgedOnce, rules: Rules, folder: Path, judging: Judging
) -> None:
    """Judge what is not kept of every account, and write it into ``folder``.

    Raises IntegrityError for evidence that is not what was stored: a pack is whole or is none.
    """
    once.make((one.todo for one in points.every()), judging.workers, judging.progress)
    for said in once.damaged.values():
        raise IntegrityError(said, "A pack is made of a whole store only.")
    within = points.within()
    left = {a: keyed for a, keyed in within.items() if not (folder / "judged" / a).exists()}
    load_reader()
    for _ in each(partial(_write, left, once, rules, folder), list(left)):
        pass


def _write(
    left: Mapping[str, Sequence[Keyed]], once: JudgedOnce, rules: Rules, folder: Path, who: str
) -> None:
    keyed = left[who]
    counted = ByControl()

    def days() -> Iterator[Evaluation]:
        for one, judged in zip(keyed, once.read([k.todo for k in keyed]), strict=True):
            yield _evaluation(one.point, judged, counted)
            if one is keyed[-1]:
                found = judged.assessment()
                _write_rows(folder, who, found)
                write_machine(rules, found, folder / "machine")

    write_private(folder / "evaluations" / f"{who}.json", list_json(days(), 3))
    write_private(folder / "judged" / who, b"")


def _evaluation(point: Point, judged: JudgedFile, counted: ByControl) -> Evaluation:
    """What a pack keeps of one account judged on one day."""
    controls, resources, kinds, verdicts, reasons, parameters = judged.columns(
        "control_id", "resource", "resource_type", "verdict", "reason", "parameters"
    )
    own = judged.results
    rows = zip(
        controls, resources, kinds, parameters, verdicts, map(own.__gt__, count()), strict=False
    )
    return {
        "day": point.day.isoformat(),
        "as_of": to_text(point.as_of),
        "snapshot": point.snapshot.id,
        "carried_from": point.carried.isoformat() if point.carried else None,
        "controls": counted.of(rows),
        "not_passed": [
            [controls[n], resources[n], verdicts[n], reasons[n]]
            for n in range(own)
            if verdicts[n] not in _CLEAR
        ],
    }


def rows_of(assessment: AccountAssessment) -> Iterator[Row]:
    """The rows of an account that was judged just now."""
    for results, own in ((assessment.results, True), (assessment.variants, False)):
        for r in results:
            yield r.control_id, r.resource, r.resource_type, r.parameters, r.verdict.value, own


def not_passed(assessment: AccountAssessment) -> list[list[str]]:
    """Control, resource, verdict and reason of what neither passed nor is not applicable."""
    return [
        [r.control_id, r.resource, r.verdict.value, r.reason]
        for r in assessment.results
        if r.verdict not in _CLEAR
    ]


def row_json(result: Result, variant: bool) -> dict[str, Any]:
    """A row of ``results.jsonl``; ``variant``: under a framework's own thresholds."""
    said: dict[str, Any] = dict(result.to_json())
    return {**said, "parameters": dict(result.parameters), "variant": variant}


def _write_rows(folder: Path, account: str, found: AccountAssessment) -> None:
    for control, results in _grouped(found).items():
        rows = (canonical(row_json(result, variant)) + b"\n" for result, variant in results)
        write_private(folder / "rows" / control / f"{account}.jsonl", rows)


def _grouped(found: AccountAssessment) -> dict[str, list[tuple[Result, bool]]]:
    by: dict[str, list[tuple[Result, bool]]] = {}
    for results, variant in ((found.results, False), (found.variants, True)):
        for result in results:
            by.setdefault(result.control_id, []).append((result, variant))
    return by

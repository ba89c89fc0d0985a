"""What a pack says of every account on every day that the period rests on.

Accounts are worked on side by side, one at a time in each process, and what was written before a
run was killed is not made again.

    evaluations/<account>.json       each day: snapshot, counts by control, what did not pass
    rows/<account>/                  every row at the period's end, passes too (``rows.py``)
    machine/<account>/               the same for other programs
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from reportgen.clock import to_text
from reportgen.errors import IntegrityError
from reportgen.files import write_private
from reportgen.history.once import JudgedOnce
from reportgen.history.plan import Point
from reportgen.history.points import Keyed, PeriodPoints
from reportgen.history.worker import Todo
from reportgen.model import AccountAssessment, Verdict, list_json
from reportgen.pack.digests import COLUMNS, DaysByControl, Evaluation, Row
from reportgen.pack.forked import each
from reportgen.pack.machine import write_machine
from reportgen.pack.rows import write_rows
from reportgen.pipeline import Judging, Rules
from reportgen.verdicts.columns import CodedColumn
from reportgen.verdicts.form import JudgedFile, load_reader

_CLEAR = (Verdict.PASS, Verdict.NOT_APPLICABLE)


def judge_all(points: PeriodPoints, once: JudgedOnce, judging: Judging) -> None:
    """Judge what is not kept of every account.

    Raises IntegrityError for evidence that is not what was stored: a pack is whole or is none.
    """
    once.make((one.todo for one in points.every()), judging.workers, judging.progress)
    for said in once.damaged.values():
        raise IntegrityError(said, "A pack is made of a whole store only.")


def write_accounts(
    points: PeriodPoints, once: JudgedOnce, rules: Rules, names: Mapping[str, str], folder: Path
) -> None:
    """Write what was judged of every account, called by its name in ``names``, into ``folder``."""
    within = points.within()
    load_reader()
    before = _rows_before(once, {a: within[a][-1].todo for a in sorted(within)})
    work = partial(_write, within, once, rules, folder, names, before)
    for _ in each(work, [a for a in within if not (folder / "judged" / a).exists()]):
        pass


def _rows_before(once: JudgedOnce, last: Mapping[str, Todo]) -> dict[str, dict[str, int]]:
    """Of each account, how many rows under each control those before it have."""
    found: dict[str, dict[str, int]] = {}
    total: Counter[str] = Counter()
    for account, judged in zip(last, once.read(list(last.values())), strict=True):
        found[account] = dict(total)
        total.update({control: sum(counts[:-1]) for control, counts in judged.counts.items()})
    return found


def _write(
    within: Mapping[str, Sequence[Keyed]],
    once: JudgedOnce,
    rules: Rules,
    folder: Path,
    names: Mapping[str, str],
    before: Mapping[str, Mapping[str, int]],
    who: str,
) -> None:
    keyed = within[who]
    counted = DaysByControl()

    def days() -> Iterator[Evaluation]:
        for one, judged in zip(keyed, once.read([k.todo for k in keyed]), strict=True):
            yield _evaluation(one.point, judged, counted)
            if one is keyed[-1]:
                found = judged.assessment()
                write_rows(found, names[who], before[who], folder)
                write_machine(rules, found, folder / "machine")

    write_private(folder / "evaluations" / f"{who}.json", list_json(days(), 3))
    write_private(folder / "judged" / who, b"")


def _evaluation(point: Point, judged: JudgedFile, counted: DaysByControl) -> Evaluation:
    """What a pack keeps of one account judged on one day."""
    controls, *columns, reasons = judged.coded("control_id", *COLUMNS, "reason")
    own = judged.results
    return {
        "day": point.day.isoformat(),
        "as_of": to_text(point.as_of),
        "snapshot": point.snapshot.id,
        "carried_from": point.carried.isoformat() if point.carried else None,
        "controls": counted.of(controls, columns, own),
        "not_passed": _not_passed(controls, columns[0], columns[-1], reasons, own=own),
    }


def _not_passed(*columns: CodedColumn, own: int) -> list[list[str]]:
    """The words of some columns, of the rows whose third column is no verdict in the clear."""
    verdicts = columns[2]
    clear = np.array([word in _CLEAR for word in verdicts.words], bool)
    rows = np.flatnonzero(~clear[verdicts.codes[:own]])
    cells = ([c.words[n] for n in c.codes[rows].tolist()] for c in columns)
    return list(map(list, zip(*cells, strict=True)))


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

"""What the tests say of each framework, requirement by requirement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

import pandas as pd

from reportgen.catalogue import Catalogue, Framework, Requirement
from reportgen.catalogue.thresholds import Threshold, Thresholds
from reportgen.report.frameworks import (
    CountedRequirement,
    CrosswalkRow,
    MaturityLevel,
    RequirementResult,
    Scorecard,
    States,
)
from reportgen.report.words import State
from reportgen.summarise import score
from reportgen.summarise.conclusions import RULES, conclusion
from reportgen.summarise.frames import columns


def scorecard(framework: Framework, lookup: TestsByControl) -> Scorecard:
    """Score, coverage and counts of one framework, of each of its levels, and every requirement.

    A requirement is effective when every applicable test that supports it passed for every
    resource; not effective when the weighted share that passed is under half; not tested when
    nothing that supports it could be evaluated; out of reach when the catalogue has no control for
    it. Otherwise it is partly effective.
    """
    rows = [_requirement(framework, requirement, lookup) for requirement in framework.requirements]
    return Scorecard(
        id=framework.id,
        title=framework.title,
        short=framework.short,
        version=framework.version,
        publisher=framework.publisher,
        scope=framework.scope,
        caveat=framework.caveat,
        basis=framework.basis,
        rule=RULES[framework.basis],
        attribution=framework.attribution,
        unit=framework.unit,
        counted=framework.counted_total,
        **_measures(rows, lookup.tests_for(framework.requirements)),
        levels=tuple(_level(framework, level, rows, lookup) for level in framework.levels),
        requirements=tuple(rows),
        counted_requirements=tuple(
            CountedRequirement(
                id=own_id,
                group=row.group,
                text=row.text,
                levels=tuple(row.levels),
                change=row.change,
            )
            for row in framework.counted
            for own_id in row.ids
        ),
    )


def crosswalk(lookup: TestsByControl) -> tuple[CrosswalkRow, ...]:
    """What the same evidence shows under each of a control's thresholds."""
    rows = []
    for threshold in lookup.thresholds.crosswalk:
        tests = lookup.tests_under(threshold)
        rows.append(
            CrosswalkRow(
                control_id=threshold.control_id,
                title=threshold.title,
                limit=threshold.said,
                own=threshold.own,
                asked_by=tuple(str(who) for who in threshold.asked_by),
                passed=int(sum(t.passed for t in tests)),
                fail=int(sum(t.failed for t in tests)),
                not_evaluated=int(sum(t.not_evaluated for t in tests)),
            )
        )
    return tuple(rows)


def _level(
    framework: Framework,
    level: str,
    rows: Sequence[RequirementResult],
    lookup: TestsByControl,
) -> MaturityLevel:
    mine = [row for row in rows if level in row.levels]
    tests = lookup.tests_for([r for r in framework.requirements if level in r.levels])
    return MaturityLevel(level=level, **_measures(mine, tests))


class TestsByControl:
    """Tests by control, under the thresholds that a framework sets."""

    def __init__(
        self,
        catalogue: Catalogue,
        tests: pd.DataFrame,
        variants: Mapping[tuple[str, Any], pd.DataFrame],
        thresholds: Thresholds,
    ) -> None:
        self._catalogue = catalogue
        self.thresholds = thresholds
        self._tests: dict[tuple[str, Any], list[ControlTest]] = {}
        for control, test in _applicable(tests):
            self._tests.setdefault((control, None), []).append(test)
        for key, frame in variants.items():
            self._tests[key] = [test for _, test in _applicable(frame)]

    def tests_for(self, requirements: list[Requirement]) -> list[ControlTest]:
        """Every test that supports any of the requirements, each once."""
        wanted: dict[Any, list[ControlTest]] = {}
        for requirement in requirements:
            for support in requirement.controls:
                key = self._key(support.control, self._catalogue.effective(support))
                wanted[key] = self._tests.get(key, [])
        return [test for tests in wanted.values() for test in tests]

    def tests_under(self, threshold: Threshold) -> list[ControlTest]:
        """The tests of one control under one of its thresholds."""
        return self._tests.get(self._key(threshold.control_id, threshold.parameters), [])

    def _key(self, control_id: str, parameters: Mapping[str, Any]) -> tuple[str, Any]:
        if parameters == self._catalogue.controls[control_id].parameters:
            return control_id, None
        return control_id, tuple(sorted((key, str(value)) for key, value in parameters.items()))


class ControlTest(NamedTuple):
    """A row of ``score.tests`` of which something applies."""

    weight: int
    scored: bool
    fraction: float
    passed: int
    failed: int
    not_evaluated: int


def _applicable(tests: pd.DataFrame) -> Iterator[tuple[str, ControlTest]]:
    """The tests of which something applies, each with its control."""
    names = ("control_id", "applicable", "weight", "scored", "fraction", "pass", "fail")
    for control, applies, *row in columns(tests, *names, "not-evaluated"):
        if applies:
            yield control, ControlTest(*row)


def _requirement(
    framework: Framework, requirement: Requirement, lookup: TestsByControl
) -> RequirementResult:
    tests = lookup.tests_for([requirement])
    state = _state(requirement, tests)
    loosened = lookup.thresholds.loosened
    return RequirementResult(
        id=requirement.id,
        group=requirement.group,
        text=requirement.text,
        levels=tuple(requirement.levels),
        confidence=requirement.confidence,
        change=requirement.change,
        reach=requirement.reach,
        note=requirement.note,
        why=framework.why(requirement),
        controls=tuple(support.control for support in requirement.controls),
        loosened=tuple(
            f"{support.control}: {said}"
            for support in requirement.controls
            if (said := loosened.get((framework.id, requirement.id, support.control)))
        ),
        state=state,
        conclusion=conclusion(framework.basis, requirement.reach, state),
        tests=len(tests),
        passed_percent=_passed(tests),
        passed=int(sum(t.passed for t in tests)),
        fail=int(sum(t.failed for t in tests)),
        not_evaluated=int(sum(t.not_evaluated for t in tests)),
    )


def _passed(tests: Sequence[ControlTest]) -> float | None:
    """The weighted share that passed, in percent; None where nothing applies."""
    return score.percent(sum(t.fraction * t.weight for t in tests), sum(t.weight for t in tests))


# The weighted share, in percent, under which a requirement is not effective.
PARTLY_FROM = 50


def _state(requirement: Requirement, tests: Sequence[ControlTest]) -> State:
    if not requirement.controls:
        return State.OUT_OF_REACH
    if not any(t.passed + t.failed for t in tests):
        return State.NOT_TESTED
    if all(t.fraction == 1 for t in tests):
        return State.EFFECTIVE
    return State.NOT_EFFECTIVE if (_passed(tests) or 0) < PARTLY_FROM else State.PARTLY


class _Measures(TypedDict):
    score: float | None
    requirements_total: int
    requirements_reached: int
    requirements_tested: int
    coverage: float | None
    states: States


def _measures(rows: Sequence[RequirementResult], tests: Sequence[ControlTest]) -> _Measures:
    counts = Counter(row.state for row in rows)
    reached = len(rows) - counts[State.OUT_OF_REACH]
    tested = reached - counts[State.NOT_TESTED]
    return {
        "score": _passed([t for t in tests if t.scored]),
        "requirements_total": len(rows),
        "requirements_reached": reached,
        "requirements_tested": tested,
        "coverage": score.percent(tested, len(rows)),
        "states": States(
            effective=counts[State.EFFECTIVE],
            partly_effective=counts[State.PARTLY],
            not_effective=counts[State.NOT_EFFECTIVE],
            not_tested=counts[State.NOT_TESTED],
            out_of_reach=counts[State.OUT_OF_REACH],
        ),
    }

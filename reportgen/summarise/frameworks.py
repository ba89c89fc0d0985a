"""What the tests say of each framework, requirement by requirement."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from reportgen.catalogue import Catalogue, Framework, Requirement
from reportgen.summarise import score

STATES = ("effective", "partly effective", "not effective", "not tested", "out of reach")


def scorecard(framework: Framework, lookup: TestsByControl) -> dict[str, Any]:
    """Score, coverage and counts of one framework, of each of its levels, and every requirement.

    A requirement is effective when every applicable test that supports it passed for every
    resource; not effective when the weighted share that passed is under half; not tested when
    nothing that supports it could be evaluated; out of reach when the catalogue has no control for
    it. Otherwise it is partly effective.
    """
    rows = [_requirement(framework, requirement, lookup) for requirement in framework.requirements]
    every = lookup.tests_for(framework.requirements)
    return {
        "id": framework.id,
        "title": framework.title,
        "short": framework.short,
        "version": framework.version,
        "publisher": framework.publisher,
        "scope": framework.scope,
        "caveat": framework.caveat,
        "unit": framework.unit,
        **_measures(rows, every),
        "levels": [
            {
                "level": level,
                **_measures(
                    [row for row in rows if level in row["levels"]],
                    lookup.tests_for([r for r in framework.requirements if level in r.levels]),
                ),
            }
            for level in framework.levels
        ],
        "requirements": rows,
    }


class TestsByControl:
    """Tests by control, under the thresholds that a framework sets."""

    def __init__(self, catalogue: Catalogue, tests: pd.DataFrame, variants: pd.DataFrame) -> None:
        self._catalogue = catalogue
        self._tests: dict[tuple[str, Any], list[Test]] = {
            (str(key), None): _rows(group) for key, group in tests.groupby("control_id")
        }
        for (control, parameters), group in variants.groupby(["control_id", "parameters"]):
            self._tests[(str(control), parameters)] = _rows(score.tests(group))

    def tests_for(self, requirements: list[Requirement]) -> list[Test]:
        """Every test that supports any of the requirements, each once."""
        wanted: dict[Any, list[Test]] = {}
        for requirement in requirements:
            for support in requirement.controls:
                parameters = self._catalogue.effective(support)
                own = self._catalogue.controls[support.control].parameters
                frozen = tuple(sorted((key, str(value)) for key, value in parameters.items()))
                key = (support.control, None if parameters == own else frozen)
                wanted[key] = self._tests.get(key, [])
        return [test for tests in wanted.values() for test in tests]


class Test(NamedTuple):
    """A row of ``score.tests`` of which something applies."""

    weight: int
    scored: bool
    fraction: float
    passed: int
    failed: int
    not_evaluated: int


def _rows(tests: pd.DataFrame) -> list[Test]:
    columns = ["weight", "scored", "fraction", "pass", "fail", "not-evaluated"]
    applicable = tests[tests["applicable"].astype(bool)]
    return [Test(*row) for row in applicable[columns].itertuples(index=False, name=None)]


def _requirement(
    framework: Framework, requirement: Requirement, lookup: TestsByControl
) -> dict[str, Any]:
    found = lookup.tests_for([requirement])
    return {
        "id": requirement.id,
        "group": requirement.group,
        "text": requirement.text,
        "levels": requirement.levels,
        "confidence": requirement.confidence,
        "reach": requirement.reach,
        "note": requirement.note,
        "controls": [support.control for support in requirement.controls],
        "state": _state(requirement, found),
        "tests": len(found),
        "passed_percent": _passed(found),
        "pass": int(sum(t.passed for t in found)),
        "fail": int(sum(t.failed for t in found)),
        "not_evaluated": int(sum(t.not_evaluated for t in found)),
    }


def _passed(tests: list[Test]) -> float | None:
    """The weighted share that passed, in percent; None where nothing applies."""
    weight = sum(t.weight for t in tests)
    if not weight:
        return None
    return round(float(sum(t.fraction * t.weight for t in tests) / weight * 100), 1)


def _state(requirement: Requirement, tests: list[Test]) -> str:
    if not requirement.controls:
        return "out of reach"
    if not any(t.passed + t.failed for t in tests):
        return "not tested"
    if all(t.fraction == 1 for t in tests):
        return "effective"
    return "not effective" if (_passed(tests) or 0) < 50 else "partly effective"


def _measures(rows: list[dict[str, Any]], tests: list[Test]) -> dict[str, Any]:
    counts = {state: sum(row["state"] == state for row in rows) for state in STATES}
    reached = len(rows) - counts["out of reach"]
    tested = reached - counts["not tested"]
    return {
        "score": _passed([t for t in tests if t.scored]),
        "requirements_total": len(rows),
        "requirements_reached": reached,
        "requirements_tested": tested,
        "coverage": round(100 * tested / len(rows), 1) if rows else None,
        "states": counts,
    }

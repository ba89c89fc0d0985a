"""What the tests say of each framework, requirement by requirement."""

from __future__ import annotations

from typing import Any

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
        self._tests = {str(key): group for key, group in tests.groupby("control_id")}
        self._variants = {
            (str(key[0]), key[1]): score.tests(group)
            for key, group in variants.groupby(["control_id", "parameters"])
        }
        self._empty = tests.iloc[0:0]

    def tests_for(self, requirements: list[Requirement]) -> pd.DataFrame:
        """Every test that supports any of the requirements, each once."""
        wanted: dict[Any, pd.DataFrame] = {}
        for requirement in requirements:
            for support in requirement.controls:
                parameters = self._catalogue.effective(support)
                own = self._catalogue.controls[support.control].parameters
                frozen = tuple(sorted((key, str(value)) for key, value in parameters.items()))
                if parameters == own:
                    wanted[support.control] = self._tests.get(support.control, self._empty)
                else:
                    key = (support.control, frozen)
                    wanted[key] = self._variants.get(key, self._empty)
        frames = [frame for frame in wanted.values() if not frame.empty]
        return pd.concat(frames, ignore_index=True) if frames else self._empty


def _requirement(
    framework: Framework, requirement: Requirement, lookup: TestsByControl
) -> dict[str, Any]:
    found = lookup.tests_for([requirement])
    applicable = found[found["applicable"].astype(bool)]
    return {
        "id": requirement.id,
        "group": requirement.group,
        "text": requirement.text,
        "levels": requirement.levels,
        "confidence": requirement.confidence,
        "reach": requirement.reach,
        "note": requirement.note,
        "controls": [support.control for support in requirement.controls],
        "state": _state(requirement, applicable),
        "tests": len(applicable),
        "passed_percent": _passed(applicable),
        "pass": int(applicable["pass"].sum()),
        "fail": int(applicable["fail"].sum()),
        "not_evaluated": int(applicable["not-evaluated"].sum()),
    }


def _passed(applicable: pd.DataFrame) -> float | None:
    weight = applicable["weight"].sum()
    if not weight:
        return None
    return round(float((applicable["fraction"] * applicable["weight"]).sum() / weight * 100), 1)


def _state(requirement: Requirement, applicable: pd.DataFrame) -> str:
    if not requirement.controls:
        return "out of reach"
    if applicable.empty or not (applicable["pass"] + applicable["fail"]).sum():
        return "not tested"
    if (applicable["fraction"] == 1).all():
        return "effective"
    return "not effective" if (_passed(applicable) or 0) < 50 else "partly effective"


def _measures(rows: list[dict[str, Any]], tests: pd.DataFrame) -> dict[str, Any]:
    counts = {state: sum(row["state"] == state for row in rows) for state in STATES}
    reached = len(rows) - counts["out of reach"]
    tested = reached - counts["not tested"]
    return {
        "score": score.score(tests) if not tests.empty else None,
        "requirements_total": len(rows),
        "requirements_reached": reached,
        "requirements_tested": tested,
        "coverage": round(100 * tested / len(rows), 1) if rows else None,
        "states": counts,
    }

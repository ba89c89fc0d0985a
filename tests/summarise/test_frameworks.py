"""A framework's scorecard: what tests show of each requirement, what is counted, the crosswalk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from reportgen import pipeline, reporting
from reportgen.catalogue import Catalogue, Framework, load_catalogue
from reportgen.catalogue.thresholds import Asking, Threshold, Thresholds
from reportgen.report.frameworks import Scorecard
from reportgen.summarise.frameworks import TestsByControl as Lookup
from reportgen.summarise.frameworks import crosswalk, scorecard

CONTROL = load_catalogue().controls["KEY-03"]
YEAR = {"maximum_days": 365}


def framework(**given: object) -> Framework:
    requirement = {"group": "g", "text": "t", "reach": "tested"}
    data = {
        "id": "f", "title": "F", "short": "F", "version": "1", "publisher": "p", "scope": "s",
        "caveat": "c", "levels": ["L1", "L2"],
        "requirements": [
            {**requirement, "id": "1", "levels": ["L1", "L2"], "controls": ["KEY-03"]},
            {**requirement, "id": "2", "levels": ["L2"],
             "controls": [{"control": "KEY-03", "parameters": YEAR}]},
            {"id": "3", "group": "g", "text": "t", "levels": ["L2"]},
        ],
        "outside": {"g": "Needs a visit."},
    }  # fmt: skip
    return Framework.model_validate({**data, **given})


def rows(**counts: int) -> pd.DataFrame:
    """One row for each resource of one account, by verdict."""
    about = {"account_id": "1", "control_id": "KEY-03", "weight": 2, "scored": True, "whole": True}
    verdicts = [v for v, n in counts.items() for _ in range(n)]
    return pd.DataFrame(
        [
            {**about, "carried": False, "resource": str(n), "verdict": v.replace("_", "-")}
            for n, v in enumerate(verdicts)
        ]
    )


def lookup(thresholds: Thresholds | None = None) -> tuple[Lookup, Catalogue]:
    """Ten keys, six young enough for 90 days and nine for 365."""
    from reportgen.summarise import score

    found = framework()
    catalogue = Catalogue({"KEY-03": CONTROL}, {"f": found}, "0")
    longer = ("KEY-03", (("maximum_days", "365"),))
    variants = {longer: score.tests(rows(**{"pass": 9, "fail": 1}))}
    tests = score.tests(rows(**{"pass": 6, "fail": 4}))
    return Lookup(catalogue, tests, variants, thresholds or Thresholds()), catalogue


def card(**given: object) -> Scorecard:
    return scorecard(framework(**given), lookup()[0])


def test_each_requirement_is_judged_by_its_own_threshold() -> None:
    one, two, three = card().requirements
    assert (one.passed, one.fail, one.passed_percent) == (6, 4, 60.0)
    assert (two.passed, two.fail, two.passed_percent) == (9, 1, 90.0)
    assert (three.state, three.why) == ("out of reach", "Needs a visit.")


def test_levels_count_their_own_requirements() -> None:
    first, second = card().levels
    assert (first.requirements_total, first.requirements_reached) == (1, 1)
    assert (second.requirements_total, second.requirements_reached) == (3, 2)
    assert (first.score, second.score) == (60.0, 75.0)


def test_what_is_not_shown_is_counted() -> None:
    counted = [{"group": "h", "text": "Fax", "levels": ["L1"], "ids": ["8", "9"]}]
    found = card(counted=counted)
    assert [(r.id, r.text) for r in found.counted_requirements] == [("8", "Fax"), ("9", "Fax")]
    assert (found.counted, found.requirements_total) == (2, 3)
    found = card(counted=counted, unlisted={"count": 5, "why": "w"})
    assert found.counted == 7
    # Those that were removed since are listed, and are no part of the whole.
    assert card(counted=counted, unlisted={"of": 12, "why": "w"}).counted == 9


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ("measures", "partly effective"),
        ("maturity", "partly effective"),
        ("principles", "evidence supports it in part"),
    ],
)
def test_conclusions_follow_the_basis(basis: str, said: str) -> None:
    found = card(basis=basis)
    assert found.requirements[0].conclusion == said
    assert found.rule


def test_the_crosswalk_has_the_results_of_each_threshold() -> None:
    who = (Asking("f", "F", "2"),)
    thresholds = Thresholds(
        (
            Threshold("KEY-03", "Keys", CONTROL.parameters, {}, "90 days", True, ()),
            Threshold("KEY-03", "Keys", YEAR, YEAR, "365 days", False, who),
        )
    )
    found, _ = lookup(thresholds)
    own, year = crosswalk(found)
    assert (own.limit, own.own, own.passed, own.fail, own.asked_by) == ("90 days", True, 6, 4, ())
    assert (year.limit, year.own, year.passed, year.fail) == ("365 days", False, 9, 1)
    assert year.asked_by == ("F 2",)


def test_a_threshold_that_nothing_was_judged_by_has_no_counts() -> None:
    other = {"maximum_days": 7}
    threshold = Threshold("KEY-03", "Keys", other, other, "7 days", False, ())
    (row,) = crosswalk(lookup(Thresholds((threshold,)))[0])
    assert (row.passed, row.fail, row.not_evaluated) == (0, 0, 0)


def test_the_sample_shows_four_frameworks_and_has_all_twelve(sample: Path) -> None:
    judged = pipeline.prepare(sample / "reportgen.yaml")
    made = reporting.summary_of(sample / "store", judged, "quarterly", date(2026, 9, 30))
    shown = [f.id for f in made.frameworks]
    assert shown == ["essential-eight", "ism", "privacy-act", "cis-aws-v7"]
    others = {f.id for f in made.other_frameworks}
    assert len(others) == 8
    assert not others & set(shown)
    ism = made.frameworks[1]
    # 1,143 controls in September 2026.
    assert ism.requirements_total + ism.counted == 1143
    for found in (*made.frameworks, *made.other_frameworks):
        states = found.states
        told = (states.effective, states.partly_effective, states.not_effective)
        assert sum(told) + states.not_tested + states.out_of_reach == found.requirements_total
        if found.basis == "principles":
            assert not [r.id for r in found.requirements if "effective" in r.conclusion]
    # Findings name the frameworks that are shown, not all twelve.
    criteria = {c for page in made.finding_pages for c in page.criteria}
    assert not [c for c in criteria if c.startswith(("SOC 2", "NIST", "PCI"))]

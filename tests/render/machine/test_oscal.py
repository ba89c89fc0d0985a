"""OSCAL: every reference leads somewhere, and a state follows from the verdicts.

``make formats`` holds the same files against NIST's metaschema.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reportgen.audit.register import Register, Waiver
from reportgen.render.machine.oscal import as_assessment_results, as_poam
from tests.render.machine.given import judged

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture
def assessed(sample: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_assessment_results(judged(sample)))
    return found["assessment-results"]


@pytest.fixture
def poam(sample: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(as_poam(judged(sample)))
    return found["plan-of-action-and-milestones"]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


@pytest.mark.parametrize("name", ["assessed", "poam"])
def test_every_reference_leads_to_one_thing(name: str, request: pytest.FixtureRequest) -> None:
    document = request.getfixturevalue(name)
    all_nodes = list(nodes(document))
    own = Counter(node["uuid"] for node in all_nodes if "uuid" in node)
    assert own.most_common(1)[0][1] == 1
    assert all(UUID.fullmatch(uuid) for uuid in own)
    for node in all_nodes:
        for key, value in node.items():
            if key.endswith("-uuid"):
                assert value in own, f"{key} {value}"
            if key == "party-uuids":
                assert set(value) <= set(own)
        if str(node.get("href", "")).startswith("#"):
            assert node["href"][1:] in own


@pytest.mark.parametrize("name", ["assessed", "poam"])
def test_nothing_is_empty(name: str, request: pytest.FixtureRequest) -> None:
    # Arrays of OSCAL have one member at least, and text has a character that is none of a blank.
    for node in nodes(request.getfixturevalue(name)):
        for key, value in node.items():
            assert value not in ("", [], {}, None), key
            assert not isinstance(value, str) or value.strip(), key


def test_a_finding_for_each_control_with_the_state_of_its_results(
    assessed: dict[str, Any], sample: Path
) -> None:
    told: dict[str, set[str]] = {}
    for row in judged(sample).results["results"]:
        if row["verdict"] != "not-applicable":
            told.setdefault(row["control_id"], set()).add(row["verdict"])
    (result,) = assessed["results"]
    states = {
        f["target"]["target-id"]: (f["target"]["status"]["state"], f["target"]["status"]["reason"])
        for f in result["findings"]
    }
    assert set(states) == set(told)
    for control, verdicts in told.items():
        wanted = ("satisfied", "pass")
        if "fail" in verdicts:
            wanted = ("not-satisfied", "fail")
        elif "not-evaluated" in verdicts:
            wanted = ("not-satisfied", "other")
        assert states[control] == wanted, control


def test_subjects_are_all_the_resources(assessed: dict[str, Any], sample: Path) -> None:
    rows = [r for r in judged(sample).results["results"] if r["verdict"] != "not-applicable"]
    (result,) = assessed["results"]
    assert sum(len(o["subjects"]) for o in result["observations"]) == len(rows)
    items = result["local-definitions"]["inventory-items"]
    assert len(items) == len({(r["account_id"], r["resource"]) for r in rows})


def test_an_attested_control_was_examined_and_not_tested(assessed: dict[str, Any]) -> None:
    methods = {
        prop["value"]: o["methods"]
        for o in assessed["results"][0]["observations"]
        for prop in o["props"]
        if prop["name"] == "control-id"
    }
    assert methods["LP-02"] == ["EXAMINE"]
    assert methods["MFA-01"] == ["TEST"]


def test_the_plan_has_an_item_and_a_risk_for_each_control_that_fails(
    poam: dict[str, Any], sample: Path
) -> None:
    rows = [r for r in judged(sample).results["results"] if r["verdict"] == "fail"]
    pairs = {(r["control_id"], r["account_id"]) for r in rows}
    assert len(poam["poam-items"]) == len(poam["risks"]) == len(pairs)


def test_a_response_is_planned_with_its_milestones_and_a_deadline(
    poam: dict[str, Any], sample: Path
) -> None:
    held = judged(sample)
    given = [
        a for r in held.results["results"] if r["verdict"] == "fail" and (a := held.response(r))
    ]
    risks = [risk for risk in poam["risks"] if "deadline" in risk]
    assert given
    assert {risk["deadline"][:10] for risk in risks} <= {str(answer.due) for answer in given}
    tasks = {t["title"] for r in risks for m in r["remediations"] for t in m.get("tasks", [])}
    assert tasks == {action.what for answer in given for action in answer.actions}


@pytest.mark.parametrize(("resources", "status"), [("all", "deviation-approved"), ("one", "open")])
def test_only_what_is_wholly_accepted_is_a_deviation(
    resources: str, status: str, sample: Path
) -> None:
    held = judged(sample)
    failed = [r for r in held.results["results"] if r["verdict"] == "fail"]
    pairs = Counter((r["control_id"], r["account_id"]) for r in failed)
    control, account = next(pair for pair, count in pairs.items() if count > 1)
    first = next(r for r in failed if (r["control_id"], r["account_id"]) == (control, account))
    waiver = Waiver(
        id="W-1",
        control=control,
        accounts=[account],
        resources=["*"] if resources == "all" else [first["resource"]],
        reason="r",
        compensating_control="c",
        owner="o",
        requested_by="a",
        approved_by="b",
        granted=held.day,
        expires=held.day,
    )
    poam = json.loads(as_poam(replace(held, register=Register(waivers=(waiver,)))))
    risks = poam["plan-of-action-and-milestones"]["risks"]
    told = [r for r in risks if "mitigating-factors" in r]
    assert [r["status"] for r in told] == [status]
    assert Counter(r["status"] for r in risks)["open"] == len(pairs) - (status != "open")

"""Access Analyzer: analyzers of every kind, their findings and archive rules, in each region."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from reportgen.model import Status
from tests.collect.account import collected
from tests.conftest import Front
from tests.shapes import Asked

MADE = datetime(2026, 9, 1, tzinfo=UTC)
FINDINGS, RULES = "access-analyzer-findings", "access-analyzer-archive-rules"
HOME = "ap-southeast-2"


def arn(region: str, name: str) -> str:
    return f"arn:aws:access-analyzer:{region}:123456789012:analyzer/{name}"


def analyzer(region: str, name: str, kind: str, status: str = "ACTIVE") -> dict[str, Any]:
    about = {"arn": arn(region, name), "name": name, "type": kind, "createdAt": MADE}
    return {**about, "status": status}


def finding(name: str, status: str = "ACTIVE") -> dict[str, Any]:
    return {
        "id": name,
        "status": status,
        "findingType": "ExternalAccess",
        "resourceType": "AWS::IAM::Role",
        "resourceOwnerAccount": "123456789012",
        "analyzedAt": MADE,
        "createdAt": MADE,
        "updatedAt": MADE,
    }


@pytest.fixture
def analysed(front: Front) -> Front:
    """Three analyzers in one region, of which one is switched off, and none in another."""

    def analyzers(asked: Asked) -> dict[str, Any]:
        if asked.region != HOME:
            return {"analyzers": []}
        kinds = {"out": "ACCOUNT", "unused": "ACCOUNT_UNUSED_ACCESS"}
        found = [analyzer(HOME, name, kind) for name, kind in kinds.items()]
        return {"analyzers": [*found, analyzer(HOME, "off", "ACCOUNT_INTERNAL_ACCESS", "DISABLED")]}

    def findings(asked: Asked) -> dict[str, Any]:
        name = asked.parameters["analyzerArn"].split("/")[-1]
        assert asked.parameters["filter"] == {"status": {"eq": ["ACTIVE", "ARCHIVED"]}}
        if asked.parameters.get("nextToken"):
            return {"findings": [finding(f"{name}-2", "ARCHIVED")]}
        return {"findings": [finding(f"{name}-1")], "nextToken": "more"}

    def rules(asked: Asked) -> dict[str, Any]:
        name = asked.parameters["analyzerName"]
        rule = {"ruleName": f"of-{name}", "filter": {"isPublic": {"eq": ["false"]}}}
        return {"archiveRules": [{**rule, "createdAt": MADE, "updatedAt": MADE}]}

    front.answers["accessanalyzer:ListAnalyzers"] = analyzers
    front.answers["accessanalyzer:ListFindingsV2"] = findings
    front.answers["accessanalyzer:ListArchiveRules"] = rules
    return front


def of(items: dict[str, Any], source: str, key: str, region: str = HOME) -> list[dict[str, Any]]:
    item = items[f"{source}@{region}"]
    assert item.envelope.status is Status.COLLECTED
    found: list[dict[str, Any]] = json.loads(item.content)[key]
    return found


@pytest.mark.usefixtures("analysed")
def test_each_record_says_of_which_analyzer_it_is() -> None:
    items = collected(FINDINGS, RULES, regions=(HOME, "us-east-1"))
    assert len(of(items, "access-analyzers", "analyzers")) == 3
    rows = {(row["id"], row["analyzerArn"]) for row in of(items, FINDINGS, "findings")}
    expected = {(f"{n}-{page}", arn(HOME, n)) for n in ("out", "unused") for page in (1, 2)}
    assert rows == expected
    rules = {(row["ruleName"], row["analyzerArn"]) for row in of(items, RULES, "archiveRules")}
    assert rules == {(f"of-{n}", arn(HOME, n)) for n in ("out", "unused", "off")}
    # No analyzer, no finding: what that means is for the checks to say.
    assert of(items, FINDINGS, "findings", "us-east-1") == []
    assert items[f"{FINDINGS}@us-east-1"].envelope.requests == []


def test_findings_of_one_analyzer_alone_are_not_all(analysed: Front) -> None:
    analysed.faults["ListFindingsV2?analyzer/unused"] = "deny"
    items = collected(FINDINGS, RULES)
    assert items[f"{FINDINGS}@{HOME}"].envelope.status is Status.DENIED
    assert items[f"{RULES}@{HOME}"].envelope.status is Status.COLLECTED


def test_without_analyzers_nothing_is_known(analysed: Front) -> None:
    analysed.faults["ListAnalyzers"] = "deny"
    items = collected(FINDINGS, RULES)
    assert items[f"access-analyzers@{HOME}"].envelope.status is Status.DENIED
    assert {items[f"{s}@{HOME}"].envelope.status for s in (FINDINGS, RULES)} == {Status.FAILED}


def test_an_analyzer_without_its_arn_is_no_answer(analysed: Front) -> None:
    analysed.faults["ListAnalyzers"] = "missing"
    items = collected(FINDINGS, RULES)
    assert items[f"access-analyzers@{HOME}"].envelope.status is Status.FAILED

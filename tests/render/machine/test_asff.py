"""ASFF as BatchImportFindings takes it: botocore's own shapes, and the lengths of the guide."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from reportgen.render.machine.asff import as_asff
from tests.render.machine.given import judged


@pytest.fixture
def findings(sample: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(b"".join(as_asff(judged(sample))))
    return found


def test_it_is_what_the_operation_takes(findings: list[dict[str, Any]]) -> None:
    model = botocore.session.get_session().get_service_model("securityhub")
    shape = model.operation_model("BatchImportFindings").input_shape
    report = ParamValidator().validate({"Findings": findings}, shape)
    assert not report.has_errors(), report.generate_report()[:2000]


def test_lengths_are_within_the_guide(findings: list[dict[str, Any]]) -> None:
    for finding in findings:
        assert 1 <= len(finding["Title"]) <= 256
        assert 1 <= len(finding["Description"]) <= 1024
        assert 1 <= len(finding["Remediation"]["Recommendation"]["Text"]) <= 512
        assert len(finding["Resources"][0]["Id"]) <= 512
        assert len(finding["Compliance"].get("RelatedRequirements", [])) <= 32


def test_an_id_is_of_one_finding_and_stays(findings: list[dict[str, Any]], sample: Path) -> None:
    ids = [finding["Id"] for finding in findings]
    assert len(set(ids)) == len(ids)
    assert list(as_asff(judged(sample))) == list(as_asff(judged(sample)))


def test_every_applicable_result_is_there_with_its_status(
    findings: list[dict[str, Any]], sample: Path
) -> None:
    rows = judged(sample).results["results"]
    wanted = {"pass": "PASSED", "fail": "FAILED", "not-evaluated": "NOT_AVAILABLE"}
    assert [f["Compliance"]["Status"] for f in findings] == [
        wanted[row["verdict"]] for row in rows if row["verdict"] != "not-applicable"
    ]


def test_what_is_waived_is_suppressed_and_stays_failed(
    findings: list[dict[str, Any]], sample: Path
) -> None:
    held = judged(sample)
    waived = sum(held.waiver(row) is not None for row in held.results["results"])
    suppressed = [f for f in findings if f["Workflow"]["Status"] == "SUPPRESSED"]
    assert len(suppressed) == waived > 0
    assert {f["Compliance"]["Status"] for f in suppressed} == {"FAILED"}


def test_what_could_not_be_evaluated_is_no_pass(findings: list[dict[str, Any]]) -> None:
    for finding in findings:
        unknown = finding["Compliance"]["Status"] == "NOT_AVAILABLE"
        assert unknown is (finding["ProductFields"]["reportgen/Verdict"] == "not-evaluated")


@pytest.mark.parametrize(("part", "where"), [
    ("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"),
])  # fmt: skip
def test_a_finding_lies_in_a_region_of_its_partition(part: str, where: str, sample: Path) -> None:
    held = judged(sample)
    row = next(r for r in held.results["results"] if r["verdict"] == "fail")
    there = {**row, "resource": row["resource"].replace("arn:aws:", f"arn:{part}:")}
    results = {**held.results, "results": [there]}
    (finding,) = json.loads(b"".join(as_asff(replace(held, results=results))))
    assert finding["ProductArn"].startswith(f"arn:{part}:securityhub:{where}:")
    assert finding["Resources"][0]["Region"] == where

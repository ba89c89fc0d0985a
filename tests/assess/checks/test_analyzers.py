"""Access Analyzer and last accessed data."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.analyzers import last_accessed_reviewed
from reportgen.catalogue import Control, Example
from reportgen.clock import to_text
from tests.assess.checks.cases import examples_of, hold
from tests.assess.facts.holding import facts_of
from tests.given import ACCOUNT, AS_OF, authorization_details


@pytest.mark.parametrize(("control", "example"), examples_of("analyzers"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def reviewed(tmp_path: Path, users: list[str], reports: list[dict[str, Any]]) -> str:
    files = {
        "authorization-details": authorization_details({"users": [{"UserName": n} for n in users]}),
        "last-accessed": {"LastAccessed": reports},
    }
    facts = facts_of(tmp_path, files, attestations={"KEY-10": "Attested."})
    (row,) = last_accessed_reviewed(facts, control="KEY-10", maximum_days=30)
    return f"{row.verdict.value}: {row.reason}"


def test_where_nobody_is_no_report_is_old(tmp_path: Path) -> None:
    said = reviewed(tmp_path, [], [])
    assert said.startswith("pass: ")
    assert "on 0 principals, the oldest of 0 days" in said


def test_a_report_without_its_day_is_named(tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/ann"
    said = reviewed(tmp_path, ["ann"], [{"Arn": arn, "JobCompletionDate": "soon"}])
    assert said.startswith("not-evaluated: ")
    assert "the report on ann is was not read" in said


@pytest.mark.parametrize(("days", "verdict"), [(30, "pass"), (31, "fail")])
def test_the_oldest_of_several_reports_counts(tmp_path: Path, days: int, verdict: str) -> None:
    reports = [
        {
            "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
            "JobCompletionDate": to_text(AS_OF - timedelta(days=age)),
        }
        for name, age in (("ann", 0), ("bea", days), ("cyd", 1))
    ]
    said = reviewed(tmp_path, ["ann", "bea", "cyd"], reports)
    assert said.startswith(f"{verdict}: ")
    assert f"{days} days" in said

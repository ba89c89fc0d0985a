"""Privileged access that is validated again each year."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, verdicts
from tests.given import AS_OF


@pytest.mark.parametrize(("control", "example"), examples_of("privileged"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def boss(**tags: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    return {
        "UserName": "boss",
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": document}],
        "Tags": [{"Key": k.replace("_", "-"), "Value": v} for k, v in tags.items()],
    }


@pytest.mark.parametrize(("seconds", "expected"), [(-1, "pass"), (0, "pass"), (1, "not-evaluated")])
def test_a_review_is_not_of_the_future(tmp_path: Path, seconds: int, expected: str) -> None:
    moment = (AS_OF + timedelta(seconds=seconds)).isoformat()
    given = {"authorization-details": {"users": [boss(reviewed_on=moment)]}}
    assert verdicts(tmp_path, "E8-03", given) == {"boss": expected}


def test_of_two_tags_the_later_review_counts(tmp_path: Path) -> None:
    tags = {"reviewed_on": "2020-01-01", "last_reviewed": "2026-09-01"}
    given = {"authorization-details": {"users": [boss(**tags)]}}
    assert verdicts(tmp_path, "E8-03", given) == {"boss": "pass"}

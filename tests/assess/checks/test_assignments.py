"""Assignments of Identity Center: to whom, how long, whether they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.assignments import sessions_short, to_groups
from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold
from tests.assess.facts.holding import facts_of


@pytest.mark.parametrize(("control", "example"), examples_of("assignments"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def of_set(tmp_path: Path, **more: Any) -> Any:
    arn = "arn:aws:sso:::permissionSet/ssoins-1/ps-1"
    record = {"Name": "Admin", "PermissionSetArn": arn, **more}
    instance = {"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "PermissionSets": [record]}
    return facts_of(tmp_path, {"identity-center": {"Instances": [instance]}})


@pytest.mark.parametrize(
    ("length", "verdict"),
    [
        ("PT1H", "pass"),
        ("PT60M", "pass"),
        ("PT59M59S", "pass"),
        ("PT1H0S", "pass"),
        # A minute that has begun counts.
        ("PT1H1S", "fail"),
        ("PT1H1M", "fail"),
        ("PT", "not-evaluated"),
        ("1 hour", "not-evaluated"),
    ],
)
def test_sessions_to_the_second(tmp_path: Path, length: str, verdict: str) -> None:
    (row,) = sessions_short(of_set(tmp_path, SessionDuration=length), maximum_hours=1)
    assert row.verdict == verdict


def test_assignments_that_were_not_read_are_not_none(tmp_path: Path) -> None:
    (row,) = to_groups(of_set(tmp_path / "a"), excepted=())
    assert row.verdict == "not-evaluated"
    (row,) = to_groups(of_set(tmp_path / "b", Assignments=[]), excepted=())
    assert row.verdict == "not-applicable"

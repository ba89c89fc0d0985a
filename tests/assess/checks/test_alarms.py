"""Alarms: who hears of what an intruder does first."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons


@pytest.mark.parametrize(("control", "example"), examples_of("alarms"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


def test_an_activity_that_nobody_knows_is_not_evaluated(tmp_path: Path) -> None:
    said = reasons(
        tmp_path, "MON-06", {"account-summary": {}}, parameters={"activities": ["dancing"]}
    )
    assert said["account"].startswith("not-evaluated: There is no activity 'dancing'")

"""Access Analyzer and last accessed data."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold


@pytest.mark.parametrize(("control", "example"), examples_of("analyzers"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)

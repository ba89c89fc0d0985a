"""The sample's reports, each made once in every format: a test reads them, and changes a copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.once import once

if TYPE_CHECKING:
    from reportgen.reporting import Written

ENDS = {
    "monthly": date(2026, 9, 30),
    "quarterly": date(2026, 9, 30),
    "annual": date(2026, 6, 30),
}
Reports = Callable[[str], "Written"]


@pytest.fixture(scope="session")
def sample_report(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """The report of a kind (a key of ``ENDS``)."""

    def of(kind: str) -> Written:
        from reportgen import pipeline, reporting

        def make(folder: Path) -> Written:
            rules = pipeline.prepare(sample / "reportgen.yaml")
            return reporting.write_report(sample / "store", rules, kind, ENDS[kind], folder)

        return once(tmp_path_factory, f"report-{kind}", make)

    return of

"""``export``: a file in each format, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.mark.parametrize(("name", "key"), [
    ("oscal-ar", "assessment-results"), ("oscal-poam", "plan-of-action-and-milestones"),
])  # fmt: skip
def test_oscal_is_written(name: str, key: str, run: Run, sample: Path, tmp_path: Path) -> None:
    of = ("--store", sample / "store", "--config", sample / "reportgen.yaml")
    assert run("export", *of, "--format", name, "-o", "out.json").returncode == 0
    assert json.loads((tmp_path / "out.json").read_text())[key]["metadata"]["oscal-version"]


def test_what_is_wrong_is_refused(run: Run, sample: Path) -> None:
    done = run("export", "--store", sample / "store", "--format", "sarif")
    assert done.returncode == 2
    assert "Choose oscal-ar, oscal-poam, ocsf, asff." in done.stderr

"""The sample organisation: the same twice, only where nothing lies yet, and rich enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.catalogue import load_catalogue
from reportgen.errors import UsageError
from reportgen.samples import write_sample
from reportgen.verdicts.columns import COUNTED
from reportgen.verdicts.form import decode
from tests.reports import Reports


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        write_sample(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_takes_the_same_sample(tmp_path: Path, sample: Path) -> None:
    assert write_sample(tmp_path) == tmp_path / "reportgen.yaml"
    files = [p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()]
    assert len([name for name in files if name.parts[0] == "store"]) > 100
    # The other one may have been reported on: verdicts lie in its store then.
    for name in files:
        assert (tmp_path / name).read_bytes() == (sample / name).read_bytes(), name


def test_each_control_is_evaluated_and_most_fail_at_some_time(
    sample: Path, sample_report: Reports
) -> None:
    """The year to June and the quarter to September: every month of the sample is judged."""
    for kind in ("annual", "quarterly"):
        sample_report(kind)
    files = sorted((sample / "store" / "judged").rglob("*.parquet"))
    judged = [decode(path.read_bytes()) for path in files]
    # Five accounts for 15 months, and the sandbox for 7 of them.
    assert len({(j.info.account_id, j.as_of.date()) for j in judged}) >= 5 * 15 + 7
    verdicts: dict[str, set[str]] = {control: set() for control in load_catalogue().controls}
    for one in judged:
        for control, counts in one.counts.items():
            told = zip(COUNTED, counts, strict=False)
            verdicts[control] |= {verdict.value for verdict, number in told if number}
    never = [c for c, seen in verdicts.items() if not seen & {"pass", "fail"}]
    assert never == []
    assert sum("fail" in seen for seen in verdicts.values()) >= 60

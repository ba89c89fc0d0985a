"""The table of assess: laid out for a terminal, or a line for each of very many rows."""

from __future__ import annotations

import pytest

from reportgen.model import ResultRow, ResultsFile
from reportgen.render.results import MOST_LAID_OUT, render_results

REASON = "word " * 40 + "end\x1b[2J."


def results(failed: int) -> ResultsFile:
    def row(number: int, verdict: str) -> ResultRow:
        return {
            "control_id": "MFA-01",
            "account_id": "111122223333",
            "resource": f"arn:aws:iam::111122223333:user/u{number:04}",
            "resource_type": "AWS::IAM::User",
            "verdict": verdict,
            "severity": "high",
            "reason": REASON,
            "evidence": [],
            "incomplete": False,
        }

    return {
        "schema_version": "1",
        "as_of": "2026-09-30T00:00:00Z",
        "catalogue": {"version": "1", "sha256": "ab"},
        "accounts": [],
        "results": [row(9999, "pass"), *(row(n, "fail") for n in range(failed))],
        "framework_results": [],
        "coverage": {
            "pass": 1,
            "fail": failed,
            "not-evaluated": 0,
            "not-applicable": 0,
            "evaluated_percent": 100.0,
        },
    }


@pytest.mark.parametrize(
    ("failed", "each"),
    [(MOST_LAID_OUT - 1, False), (MOST_LAID_OUT, False), (MOST_LAID_OUT + 1, True)],
)
def test_of_very_many_rows_each_is_one_whole_line(failed: int, each: bool) -> None:
    lines = render_results(results(failed), "table", 200).splitlines()
    assert (len(lines) == failed + 2) is each
    # Every row is there, the passes are counted alone, and nothing obeys a terminal.
    assert sum("user/u" in line for line in lines) == failed
    assert not any("u9999" in line or "\x1b" in line for line in lines)
    assert lines[0].split() == ["Verdict", "Severity", "Control", "Resource", "Reason"]
    assert lines[-1].startswith(f"As of 2026-09-30T00:00:00Z: 1 pass, {failed} fail")
    if each:
        assert lines[1].endswith("user/u0000  " + REASON.replace("\x1b", "\ufffd"))

"""What no API shows: an attestation on the register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons, verdicts


@pytest.mark.parametrize(("control", "example"), examples_of("attest"))
def test_examples(control: Control, example: Example, tmp_path: Path) -> None:
    hold(control, example, tmp_path)


NONE = {
    "AccountPasswordPresent": 0,
    "AccountAccessKeysPresent": 0,
    "AccountSigningCertificatesPresent": 0,
}


@pytest.mark.parametrize("control", ["ROOT-12", "ROOT-03"])
@pytest.mark.parametrize(
    ("summary", "attested", "expected"),
    [
        ({**NONE, "AccountPasswordPresent": 1}, "", "not-evaluated"),
        ({**NONE, "AccountPasswordPresent": 1}, "Said so.", "pass: Said so."),
        # What was not read does not show that root has none: the statement has to do.
        (None, "", "not-evaluated"),
        (None, "Said so.", "pass: Said so."),
    ],
)
def test_only_a_statement_passes(
    tmp_path: Path, control: str, summary: Any, attested: str, expected: str
) -> None:
    given = {"account-summary": summary} if summary else {"credential-report": []}
    found = reasons(tmp_path, control, given, attested=attested)
    assert found["account"].startswith(expected)


@pytest.mark.parametrize("attested", ["", "Said so."])
def test_root_without_credentials_needs_none_where_root_is_meant(
    tmp_path: Path, attested: str
) -> None:
    given = {"account-summary": NONE}
    about_root = verdicts(tmp_path / "a", "ROOT-03", given, attested=attested)
    about_all = verdicts(tmp_path / "b", "ROOT-12", given, attested=attested)
    assert about_root == {"account": "not-applicable"}
    assert about_all == {"account": "pass" if attested else "not-evaluated"}

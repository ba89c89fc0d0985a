"""What no API shows: an attestation on the register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reportgen.assess.checks.attest import completed
from reportgen.assess.judge import failed, passed, unknown
from reportgen.catalogue import Control, Example
from tests.assess.checks.cases import examples_of, hold, reasons, verdicts
from tests.assess.facts.holding import facts_of


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


@pytest.mark.parametrize("attested", [True, False])
def test_a_statement_completes_a_pass_and_mends_nothing(tmp_path: Path, attested: bool) -> None:
    said = {"X-01": "Somebody said so."} if attested else {}
    facts = facts_of(tmp_path, {"account-summary": {"SummaryMap": {}}}, attestations=said)
    for shown in (failed("It is open."), unknown("It was not read.")):
        assert completed(facts, "X-01", shown, "somebody looks") == shown
    whole = completed(facts, "X-01", passed("It is shut."), "somebody looks")
    if attested:
        assert whole == passed("AWS shows: It is shut. Somebody said so.")
    else:
        assert whole == unknown("AWS shows: It is shut. Nobody attests that somebody looks.")

"""Which statements are due: never made, ended, or about to end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reportgen.audit.register import Attestation, Register
from reportgen.catalogue import load_catalogue
from reportgen.pipeline import answered_by_api
from reportgen.register.forms import due, guide

CATALOGUE = load_catalogue()
DAY = date(2026, 9, 30)
ONE, TWO = "111122223333", "444455556666"


def register(expires: int, *accounts: str) -> Register:
    entry = Attestation(
        id="A-1",
        control="ROOT-13",
        accounts=list(accounts) or ["*"],
        statement="s",
        by="CISO",
        signed=DAY - timedelta(days=200),
        expires=DAY + timedelta(days=expires),
    )
    return Register(attestations=(entry,))


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (-1, "The last statement ended on 2026-09-29."),
        (0, "The statement ends on 2026-09-30."),
        (31, "The statement ends on 2026-10-31."),
        (32, ""),
    ],
)
def test_a_statement_is_due_before_it_ends(left: int, why: str) -> None:
    forms = due(CATALOGUE, register(left), [ONE], DAY, 31, {})
    assert [f.why for f in forms if f.control_id == "ROOT-13"] == ([why] if why else [])


def test_accounts_with_the_same_reason_share_a_form() -> None:
    forms = due(CATALOGUE, register(100, ONE), [TWO, ONE, "777788889999"], DAY, 31, {})
    (form,) = [f for f in forms if f.control_id == "ROOT-13"]
    assert form.accounts == (TWO, "777788889999")
    assert form.why == "Nobody has stated it."
    entry = form.entry(DAY)
    assert (entry["id"], entry["by"], entry["signed"]) == ("ROOT-13-2026-09-30", "", None)
    assert any("ROOT-13" in line and TWO in line for line in guide(forms))


def test_what_does_not_concern_an_account_is_not_asked() -> None:
    forms = due(CATALOGUE, Register(), [ONE], DAY, 31, {"ROOT-13": {ONE}})
    assert "ROOT-13" not in {f.control_id for f in forms}


def test_what_an_api_answers_is_never_asked() -> None:
    asked = {f.control_id for f in due(CATALOGUE, Register(), [ONE], DAY, 31, {})}
    assert not asked & answered_by_api(CATALOGUE)
    attested = {c.id for c in CATALOGUE.controls.values() if c.observability == "attestation"}
    assert attested <= asked
    # What AWS answers in part takes a statement for the rest.
    assert {"AUD-01", "ROOT-13"} <= asked
    assert "KEY-03" not in asked

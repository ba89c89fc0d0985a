"""What a check may ask of the past; that each question is noted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from reportgen.assess.facts import AccountFacts
from reportgen.assess.past import Past
from reportgen.audit.register import Attestation, Register
from reportgen.model import HISTORY, REGISTER, AccountInfo
from tests.given import ACCOUNT, AS_OF, store_with

DAY = date(2026, 9, 30)


def entry(name: str, signed: date, *accounts: str) -> Attestation:
    return Attestation(
        id=name,
        control="AUD-01",
        accounts=list(accounts) or ["*"],
        statement="s",
        by="CISO",
        signed=signed,
        expires=date(2027, 1, 1),
    )


def test_each_question_is_noted(tmp_path: Path) -> None:
    _, snapshot = store_with(tmp_path, {"account-aliases": '{"AccountAliases": []}'})
    past = Past(DAY, (DAY,), {"AUD-01": (entry("A", DAY),)})
    view = AccountFacts(AccountInfo(ACCOUNT, "x"), snapshot, AS_OF, 45, {}, past=past).opened()
    assert view.today == DAY
    assert view.noted == frozenset()
    assert view.collected_days == (DAY,)
    assert view.noted == {HISTORY}
    assert [e.id for e in view.signed("AUD-01")] == ["A"]
    assert view.noted == {HISTORY, REGISTER}


def test_statements_come_by_their_date_up_to_the_day() -> None:
    rows = (
        entry("late", DAY),
        entry("early", date(2026, 1, 1)),
        entry("tomorrow", date(2026, 10, 1)),
        entry("elsewhere", DAY, "999988887777"),
    )
    found = Register(attestations=rows).signed("111122223333", DAY)
    assert [e.id for e in found["AUD-01"]] == ["early", "late"]

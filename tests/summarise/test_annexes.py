"""The register in the report: what is current, expired, replaced."""

from __future__ import annotations

from datetime import date

import pytest

from reportgen.audit.register import Attestation, Register
from reportgen.summarise.annexes import attestations

DAY = date(2026, 9, 30)


def entry(name: str, signed: date, expires: date, *accounts: str) -> Attestation:
    return Attestation(
        id=name,
        control="AUD-01",
        accounts=list(accounts) or ["*"],
        statement="s",
        by="CISO",
        signed=signed,
        expires=expires,
    )


def states(*entries: Attestation) -> dict[str, str]:
    return {a.id: a.state.value for a in attestations(Register(attestations=entries), DAY)}


@pytest.mark.parametrize(
    ("expires", "state"),
    [(date(2026, 9, 29), "expired"), (DAY, "current"), (date(2026, 10, 1), "current")],
)
def test_the_last_day_counts(expires: date, state: str) -> None:
    assert states(entry("A", date(2026, 1, 1), expires)) == {"A": state}


def test_a_later_one_for_the_same_replaces() -> None:
    early = entry("early", date(2026, 8, 1), date(2026, 12, 1))
    late = entry("late", date(2026, 9, 1), date(2026, 10, 1))
    assert states(late, early) == {"early": "replaced", "late": "current"}


def test_one_of_the_future_replaces_nothing_yet() -> None:
    now = entry("now", date(2026, 8, 1), date(2026, 12, 1))
    assert states(now, entry("next", date(2026, 10, 1), date(2026, 12, 1))) == {"now": "current"}


def test_one_for_fewer_accounts_replaces_no_wider_one() -> None:
    wide = entry("wide", date(2026, 8, 1), date(2026, 12, 1))
    narrow = entry("narrow", date(2026, 9, 1), date(2026, 12, 1), "111122223333")
    assert states(wide, narrow) == {"wide": "current", "narrow": "current"}
    assert states(narrow, entry("all", date(2026, 9, 2), date(2026, 12, 1)))["narrow"] == "replaced"

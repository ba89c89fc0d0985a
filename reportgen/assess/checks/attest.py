"""What no API shows: a statement by a named role, with a date and an expiry."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.assess.checks.root import credentials_absent
from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    not_applicable,
    on_account,
    passed,
    unknown,
)
from reportgen.assess.parameters import YesNo
from reportgen.assess.records import Unavailable
from reportgen.model import Verdict


def attested(facts: AccountFacts, *, control: str, needs_root: YesNo) -> Iterator[Judgement]:
    """A current attestation exists; with ``needs_root`` only where root has credentials."""
    statement = facts.attestation(control)
    if needs_root and _no_credentials(facts):
        opinion = not_applicable("The root user has no credentials.")
    elif statement is not None:
        opinion = passed(statement)
    else:
        opinion = unknown("No current attestation is on the register for this account.")
    yield on_account(facts, opinion)


def completed(facts: AccountFacts, control: str, shown: Opinion, attests: str) -> Opinion:
    """What AWS shows, completed by what somebody attests: ``attests`` says what that has to be.

    Only what AWS shows can fail; without a current attestation a pass is none. The reason says
    which part is which.
    """
    statement = facts.attestation(control)
    verdict, reason = shown
    if verdict is not Verdict.PASS:
        return shown
    if statement is None:
        return unknown(f"AWS shows: {reason} Nobody attests that {attests}.")
    return passed(f"AWS shows: {reason} {statement}")


def _no_credentials(facts: AccountFacts) -> bool:
    """Whether root is shown to have none; where that was not read, the statement has to do."""
    try:
        return credentials_absent(facts)
    except Unavailable:
        return False

"""What no API shows: a statement by a named role, with a date and an expiry."""

from __future__ import annotations

from collections.abc import Iterator

from reportgen.assess.checks.root import credentials_absent
from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import Judgement, not_applicable, on_account, passed, unknown
from reportgen.assess.parameters import YesNo
from reportgen.assess.records import Unavailable


def attested(facts: AccountFacts, *, control: str, needs_root: YesNo) -> Iterator[Judgement]:
    """A current attestation exists; with ``needs_root`` only where root has credentials."""
    absent = False
    if needs_root:
        try:
            absent = credentials_absent(facts)
        except Unavailable:
            absent = False
    if absent:
        opinion = not_applicable("The root user has no credentials.")
    elif control in facts.attestations:
        opinion = passed(facts.attestations[control])
    else:
        opinion = unknown("No current attestation is on the register for this account.")
    yield on_account(facts, opinion)

"""Whom AWS reaches: root's address, the contacts of the account.

Source: AWS Account Management Reference, "Update contacts"; CIS AWS Foundations, 2.2 and 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from reportgen.assess.checks.attest import completed
from reportgen.assess.checks.organisation import in_management
from reportgen.assess.facts import AccountFacts
from reportgen.assess.judge import (
    MEMBER,
    Judgement,
    Opinion,
    failed,
    judged,
    on_account,
    or_none,
    passed,
)
from reportgen.assess.organisation import Organisation
from reportgen.assess.parameters import Texts
from reportgen.assess.records import Unreadable

# What AWS needs to write, and to call.
_NEEDED = ("FullName", "AddressLine1", "City", "CountryCode", "PhoneNumber")
_REACHED = ("Name", "EmailAddress", "PhoneNumber")


def root_address(
    facts: AccountFacts, *, control: str, public_domains: Texts
) -> Iterator[Judgement]:
    """Root's address is of no public mail provider; that its mailbox is read is attested."""

    def opinion(account: Mapping[str, Any]) -> Opinion:
        text = account.get("Email")
        if not isinstance(text, str) or "@" not in text:
            raise Unreadable("the evidence has no address of this account")
        domain = text.rpartition("@")[2].casefold()
        if domain in {public.casefold() for public in public_domains}:
            shown = failed(f"Root's address is at {domain}, a public mail provider.")
        else:
            shown = passed(f"root's address is at {domain}.")
        attests = f"the organisation owns {domain} and somebody reads that mailbox"
        return completed(facts, control, shown, attests)

    def judge(found: Organisation) -> Iterator[Judgement]:
        head = f"arn:{facts.partition}:organizations::{found.management}:account/{found.id}"
        rows = (
            judged(
                facts,
                f"{head}/{account.get('Id')}",
                MEMBER,
                partial(opinion, account),
                str(account.get("Name") or ""),
            )
            for account in facts.organisation_accounts()
        )
        yield from or_none(facts, rows, "The organisation has no accounts.", found.problems)

    return in_management(facts, judge)


def contacts_current(facts: AccountFacts, *, control: str) -> Iterator[Judgement]:
    """A primary contact and one for security are registered; that they are current is attested."""
    contact = facts.primary_contact()
    security = facts.alternate_contacts().get("SECURITY")
    wrong = []
    if contact is None:
        wrong.append("no primary contact is registered")
    elif lacking := [key for key in _NEEDED if not contact.get(key)]:
        wrong.append(f"the primary contact has no {', '.join(lacking)}")
    if security is None:
        wrong.append("no security contact is registered")
    elif lacking := [key for key in _REACHED if not security.get(key)]:
        wrong.append(f"the security contact has no {', '.join(lacking)}")
    said = " and ".join(wrong)
    shown = (
        failed(f"{said[:1].upper()}{said[1:]}.")
        if wrong
        else passed("a primary contact and a security contact are registered.")
    )
    yield on_account(facts, completed(facts, control, shown, "both are current"))

"""What every check shares: one judgement for each resource, and the loops that make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import CredentialRow, Entity, Listing, Unreadable
from reportgen.model import Verdict

USER = "AWS::IAM::User"
GROUP = "AWS::IAM::Group"
ROLE = "AWS::IAM::Role"
POLICY = "AWS::IAM::ManagedPolicy"
CERTIFICATE = "AWS::IAM::ServerCertificate"
ACCOUNT = "AWS::::Account"

Opinion = tuple[Verdict, str]


@dataclass(frozen=True)
class Judgement:
    """A verdict on one resource with its reason in one sentence."""

    resource: str
    resource_type: str
    verdict: Verdict
    reason: str


def passed(reason: str) -> Opinion:
    """The resource meets the control."""
    return Verdict.PASS, reason


def failed(reason: str) -> Opinion:
    """The resource does not meet the control."""
    return Verdict.FAIL, reason


def not_applicable(reason: str) -> Opinion:
    """The control does not concern the resource."""
    return Verdict.NOT_APPLICABLE, reason


def unknown(reason: str) -> Opinion:
    """The evidence does not tell."""
    return Verdict.NOT_EVALUATED, reason


def on_account(facts: AccountFacts, opinion: Opinion) -> Judgement:
    """A judgement on the account as a whole."""
    return Judgement(facts.account_arn, ACCOUNT, *opinion)


def each_user(
    facts: AccountFacts, opinion: Callable[[CredentialRow], Opinion]
) -> Iterator[Judgement]:
    """Judge every line of the credential report but root's.

    A line that cannot be read, a user listed twice and a user that the report lacks each give
    not-evaluated; a list that cannot be shown to be complete gives one such row for the account.
    """
    rows = facts.credential_rows()
    times = Counter(row.arn for row in rows)
    for row in rows:
        arn = row.arn or f"arn:{facts.partition}:iam::{facts.account_id}:user/{row.user}"
        try:
            if times[row.arn] > 1 and row.arn:
                raise Unreadable("the credential report lists this user more than once")
            yield Judgement(arn, USER, *opinion(row))
        except Unreadable as reason:
            yield Judgement(arn, USER, *unknown(_sentence(str(reason))))
        if times[row.arn] > 1:
            times[row.arn] = -1
    missing, gap = facts.users_missing_from_report()
    for user in missing:
        said = "The credential report does not list this user; it may be older than the user."
        yield Judgement(user.arn, USER, *unknown(said))
    if gap:
        said = f"The list of users may not be complete: {gap}."
        yield on_account(facts, unknown(said))


def each_entity(
    facts: AccountFacts, listing: Listing, kind: str, opinion: Callable[[Entity], Opinion]
) -> Iterator[Judgement]:
    """Judge every user, group, role or policy of a listing; gaps give a row for the account."""
    for entity in listing.records:
        try:
            yield Judgement(entity.arn, kind, *opinion(entity))
        except Unreadable as reason:
            yield Judgement(entity.arn, kind, *unknown(_sentence(str(reason))))
    for gap in listing.gaps:
        yield on_account(facts, unknown(f"The list is not complete: {gap}."))


def or_none(facts: AccountFacts, found: Iterable[Judgement], nothing: str) -> Iterator[Judgement]:
    """Pass the judgements on; where there are none, one not-applicable row for the account."""
    empty = True
    for judgement in found:
        empty = False
        yield judgement
    if empty:
        yield on_account(facts, not_applicable(nothing))


def days(count: int) -> str:
    """Write a number of days."""
    return "1 day" if count == 1 else f"{count} days"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

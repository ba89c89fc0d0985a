"""What every check shares: one judgement for each resource, and the loops that make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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
PERMISSION_SET = "AWS::SSO::PermissionSet"
MEMBER = "AWS::Organizations::Account"
ORGANISATION_POLICY = "AWS::Organizations::Policy"

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
    named = [(_user_arn(facts, row), row) for row in facts.credential_rows()]
    times = Counter(arn for arn, _ in named)
    for arn, row in dict(named).items():
        try:
            if times[arn] > 1:
                raise Unreadable("the credential report lists this user more than once")
            yield Judgement(arn, USER, *opinion(row))
        except Unreadable as reason:
            yield Judgement(arn, USER, *unknown(_sentence(str(reason))))
    missing, gap = facts.users_missing_from_report()
    for user in missing:
        said = "The credential report does not list this user; it may be older than the user."
        yield Judgement(user.arn, USER, *unknown(said))
    if gap:
        said = f"The list of users may not be complete: {gap}."
        yield on_account(facts, unknown(said))


def _user_arn(facts: AccountFacts, row: CredentialRow) -> str:
    return row.arn or f"arn:{facts.partition}:iam::{facts.account_id}:user/{row.user}"


def each_entity(
    facts: AccountFacts, listing: Listing, kind: str, opinion: Callable[[Entity], Opinion]
) -> Iterator[Judgement]:
    """Judge every user, group, role or policy of a listing."""
    for entity in listing.records:
        try:
            yield Judgement(entity.arn, kind, *opinion(entity))
        except Unreadable as reason:
            yield Judgement(entity.arn, kind, *unknown(_sentence(str(reason))))


def or_none(
    facts: AccountFacts, found: Iterable[Judgement], nothing: str, gaps: Sequence[str] = ()
) -> Iterator[Judgement]:
    """Pass the judgements on, with one row for the account where there is more to say.

    ``gaps`` of the lists judged make it not-evaluated; without any judgement it is
    not-applicable.
    """
    empty = True
    for judgement in found:
        empty = False
        yield judgement
    if gaps:
        said = "; ".join(dict.fromkeys(gaps))
        yield on_account(facts, unknown(f"The list is not complete: {said}."))
    elif empty:
        yield on_account(facts, not_applicable(nothing))


def days(count: int) -> str:
    """Write a number of days."""
    return counted(count, "day")


def counted(count: int, noun: str) -> str:
    """Write a number of things."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

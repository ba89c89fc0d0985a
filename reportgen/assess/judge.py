"""What every check shares: one judgement for each resource, and the loops that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from itertools import repeat
from typing import NamedTuple, TypeVar

from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import CredentialRow, Entity, Listing, Unreadable
from reportgen.model import Verdict


class ResourceType(StrEnum):
    """What a judgement is of, in the words of CloudFormation and Security Hub."""

    USER = "AWS::IAM::User"
    GROUP = "AWS::IAM::Group"
    ROLE = "AWS::IAM::Role"
    POLICY = "AWS::IAM::ManagedPolicy"
    CERTIFICATE = "AWS::IAM::ServerCertificate"
    ACCOUNT = "AWS::::Account"
    PERMISSION_SET = "AWS::SSO::PermissionSet"
    MEMBER = "AWS::Organizations::Account"
    ORGANISATION_POLICY = "AWS::Organizations::Policy"
    TRAIL = "AWS::CloudTrail::Trail"
    INSTANCE = "AWS::EC2::Instance"
    FUNCTION = "AWS::Lambda::Function"
    TASK_DEFINITION = "AWS::ECS::TaskDefinition"
    PROJECT = "AWS::CodeBuild::Project"
    SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a kind of resource
    VAULT = "AWS::Backup::BackupVault"


USER = ResourceType.USER
GROUP = ResourceType.GROUP
ROLE = ResourceType.ROLE
POLICY = ResourceType.POLICY
CERTIFICATE = ResourceType.CERTIFICATE
ACCOUNT = ResourceType.ACCOUNT
PERMISSION_SET = ResourceType.PERMISSION_SET
MEMBER = ResourceType.MEMBER
ORGANISATION_POLICY = ResourceType.ORGANISATION_POLICY
TRAIL = ResourceType.TRAIL
INSTANCE = ResourceType.INSTANCE
FUNCTION = ResourceType.FUNCTION
TASK_DEFINITION = ResourceType.TASK_DEFINITION
PROJECT = ResourceType.PROJECT
SECRET = ResourceType.SECRET
VAULT = ResourceType.VAULT

Opinion = tuple[Verdict, str]
Thing = TypeVar("Thing")
_NOTHING: frozenset[str] = frozenset()


class Judgement(NamedTuple):
    """A verdict on one resource with its reason in one sentence.

    ``evidence``: what was asked for this resource alone; what the check asked before it comes on
    top (``AccountFacts.noting``). ``incomplete``: see ``Result``. ``name`` is what people call
    the resource, where its ARN does not say it.
    """

    resource: str
    resource_type: ResourceType
    verdict: Verdict
    reason: str
    evidence: frozenset[str] = _NOTHING
    incomplete: bool = False
    name: str = ""


def judged(
    facts: AccountFacts,
    resource: str,
    kind: ResourceType,
    opinion: Callable[[], Opinion],
    name: str = "",
) -> Judgement:
    """Judge one resource, noting apart what that asks; an Unreadable gives not-evaluated."""
    own: set[str] = set()
    notes = facts.notes
    notes.append(own)
    try:
        verdict, reason = opinion()
    except Unreadable as error:
        verdict, reason = unknown(_sentence(str(error)))
    finally:
        notes.pop()
    rests = frozenset(own) if own else _NOTHING
    return _tuple(Judgement, (resource, kind, verdict, reason, rests, False, name))


# Millions are made: the constructor of a named tuple takes three times as long.
_tuple = tuple.__new__


def each(
    facts: AccountFacts,
    things: Iterable[tuple[str, ResourceType, Thing]],
    opinion: Callable[[Thing], Opinion],
) -> Iterator[Judgement]:
    """Judge things, each given after its ARN and what it is, as ``judged`` does."""
    own: set[str] = set()
    notes = facts.notes
    for resource, kind, thing in things:
        notes.append(own)
        try:
            verdict, reason = opinion(thing)
        except Unreadable as error:
            verdict, reason = unknown(_sentence(str(error)))
        finally:
            notes.pop()
        rests = _NOTHING
        if own:
            rests = frozenset(own)
            own = set()
        yield _tuple(Judgement, (resource, kind, verdict, reason, rests, False, ""))


def unseen(facts: AccountFacts, reason: str) -> Judgement:
    """The row for resources that could not be seen."""
    row = on_account(facts, unknown(reason))
    return row._replace(incomplete=True)


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
    # That these are all the users is part of what every row says.
    people = facts.people()
    faults = people.faults
    if not faults:
        yield from each(facts, zip(people.rows, repeat(USER), people.rows.values()), opinion)
    for arn, row in people.rows.items() if faults else ():
        if arn in faults:
            yield Judgement(arn, USER, *unknown(_sentence(faults[arn])))
        else:
            yield judged(facts, arn, USER, partial(opinion, row))
    for user in people.missing:
        said = "The credential report does not list this user; it may be older than the user."
        yield Judgement(user.arn, USER, *unknown(said))
    if people.gap:
        yield unseen(facts, f"The list of users may not be complete: {people.gap}.")


def each_entity(
    facts: AccountFacts, listing: Listing, kind: ResourceType, opinion: Callable[[Entity], Opinion]
) -> Iterator[Judgement]:
    """Judge every user, group, role or policy of a listing."""
    return each(facts, ((entity.arn, kind, entity) for entity in listing.records), opinion)


def or_none(
    facts: AccountFacts, rows: Iterable[Judgement], nothing: str, gaps: Sequence[str] = ()
) -> Iterator[Judgement]:
    """Pass the judgements on, with one row for the account where there is more to say.

    ``gaps`` of the lists judged make it not-evaluated; without any judgement it is
    not-applicable.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is not None:
        yield first
        yield from rows
    if gaps:
        yield unseen(facts, f"The list is not complete: {'; '.join(dict.fromkeys(gaps))}.")
    elif first is None:
        yield on_account(facts, not_applicable(nothing))


def days(count: int) -> str:
    """Write a number of days."""
    return counted(count, "day")


def counted(count: int, noun: str) -> str:
    """Write a number of things."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

"""Permission sets of IAM Identity Center, judged where it is managed.

Source: IAM Identity Center User Guide, "Permission sets".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    PERMISSION_SET,
    Judgement,
    failed,
    not_applicable,
    on_account,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.parameters import MaximumCount, Texts
from reportgen.assess.principals import named
from reportgen.assess.records import Unavailable, records
from reportgen.model import Status
from reportgen.policy.account import PolicySource, Subject, document, well_known
from reportgen.policy.administrator import is_administrator
from reportgen.policy.effective import Reach


def narrow(
    facts: AccountFacts, *, approved: Texts, maximum_assignments: MaximumCount
) -> Iterator[Judgement]:
    """Permission sets are no administrators, save approved ones with few assignments."""
    elsewhere = not_here(facts, "identity-center", "IAM Identity Center is not managed here.")
    if elsewhere is not None:
        yield elsewhere
        return
    found = (_permission_set(facts, s, approved, maximum_assignments) for s in _sets(facts))
    yield from or_none(facts, found, "Identity Center has no permission sets.")


def not_here(facts: AccountFacts, source: str, reason: str) -> Judgement | None:
    """A not-applicable judgement where a source is managed from another account; else None."""
    status = facts.status_of(source)
    if status is Status.NOT_ENABLED or (status is None and facts.is_management is False):
        return on_account(facts, not_applicable(reason))
    return None


# Lists that a permission set has even when they are empty; without one, it was not read whole.
_SET_LISTS = ("AttachedManagedPolicies", "CustomerManagedPolicyReferences")


def _sets(facts: AccountFacts) -> Iterator[tuple[str, str, Subject, int | None]]:
    """Name, ARN, the principal it makes, and the number of its assignments (None: not read)."""
    try:
        policies = facts.iam().policies
    except Unavailable:
        policies = {}
    for record in facts.permission_sets():
        sources = []
        missing = [
            f"it has no {key}" for key in _SET_LISTS if not isinstance(record.get(key), list)
        ]
        if not isinstance(record.get("InlinePolicy"), str):
            missing.append("it has no InlinePolicy")
        for item in records(record.get("AttachedManagedPolicies")):
            arn = str(item.get("Arn", ""))
            known = policies.get(arn)
            read = known.document if known else well_known(arn)
            if read is None:
                missing.append(f"{arn} is not in the evidence")
            else:
                sources.append(PolicySource(f"policy {item.get('Name', arn)}", read, arn))
        if record.get("InlinePolicy"):
            sources.append(
                PolicySource("inline policy", document(record["InlinePolicy"]), inline=True)
            )
        for item in records(record.get("CustomerManagedPolicyReferences")):
            missing.append(f"customer policy {item.get('Name')} lies in the accounts")
        for source in sources:
            missing += [f"{source.label}: {said}" for said in source.document.unjudged]
        limit = record.get("PermissionsBoundary")
        boundary, arn = None, ""
        if isinstance(limit, dict):
            arn = str(limit.get("ManagedPolicyArn") or "a customer policy of the accounts")
            known = policies.get(arn)
            boundary = known.document if known else well_known(arn)
            if boundary is None:
                missing.append(f"its boundary {arn} is not in the evidence")
        name = str(record.get("Name", ""))
        role = f"arn:{facts.partition}:iam::{facts.account_id}:role/{name}"
        subject = Subject(role, "role", facts.account_id, name, "/", tuple(sources), boundary, arn)
        subject.missing = tuple(missing)
        assigned = record.get("Assignments")
        count = len(assigned) if isinstance(assigned, list) else None
        yield name, str(record.get("PermissionSetArn", "")), subject, count


def _permission_set(
    facts: AccountFacts,
    found: tuple[str, str, Subject, int | None],
    approved: Sequence[str],
    maximum: int,
) -> Judgement:
    name, arn, subject, count = found
    reach = Reach(subject)
    if subject.boundary_unread or not is_administrator(reach.broad[1]):
        if subject.missing:
            opinion = unknown(f"{name} could not be judged: {first_reason(subject.missing)}.")
        else:
            opinion = passed(f"{name} is no administrator's.")
    elif not named(name, approved):
        held = "assignments unread" if count is None else f"with {count} assignments"
        said = f"{name} is an administrator's, {held}, and is not approved."
        opinion = failed(f"{said} Give the set the actions of its purpose.")
    elif count is None:
        opinion = unknown(f"{name} is an approved administrator's set; its assignments are unread.")
    elif count > maximum:
        opinion = failed(f"{name} has {count} assignments, more than {maximum}.")
    else:
        opinion = passed(f"{name} is an approved administrator's set with {count} assignments.")
    return Judgement(arn, PERMISSION_SET, *opinion, name=name)


def administrators(
    facts: AccountFacts,
) -> Iterator[tuple[str, Mapping[str, Any], bool | str]]:
    """Each set's ARN and record, and whether it makes administrators, or why that is not known."""
    by_arn = {str(r.get("PermissionSetArn", "")): r for r in facts.permission_sets()}
    for _, arn, subject, _ in _sets(facts):
        answer: bool | str = is_administrator(Reach(subject).broad[1])
        if subject.boundary_unread or (not answer and subject.missing):
            answer = first_reason(subject.missing)
        yield arn, by_arn[arn], answer

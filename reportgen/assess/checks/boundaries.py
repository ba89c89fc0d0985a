"""Permissions boundaries: on whom they are, that they limit, and that they are passed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    POLICY,
    Judgement,
    Opinion,
    counted,
    failed,
    not_applicable,
    or_none,
    passed,
    unknown,
)
from reportgen.assess.parameters import Texts
from reportgen.assess.principals import each_principal, named, of_policies
from reportgen.policy.account import Subject
from reportgen.policy.administrator import no_limit
from reportgen.policy.effective import Reach
from reportgen.policy.standing import Standing

_CREATES = (
    "iam:CreateUser",
    "iam:CreateRole",
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutRolePolicy",
)
_EDITS_POLICY = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")


def _under_one(standing: Standing, approved: Sequence[str]) -> Opinion:
    free = Reach(standing.subject)
    can = [action for action in _CREATES if free.can(action)]
    if not can:
        return not_applicable("Cannot create or change users or roles.")
    if standing.subject.boundary_arn:
        return passed(f"Is under the boundary {standing.subject.boundary_arn}.")
    if named(standing.subject.name, approved):
        return passed("Has no boundary; its name is on the list of approved administrators.")
    return failed(f"Has no boundary and can call {first_reason(can)}. Set one.")


def on_creators(facts: AccountFacts, *, approved: Texts) -> Iterator[Judgement]:
    """Principals that can create or change users and roles are under a permissions boundary."""

    return each_principal(facts, of_policies(_under_one, approved))


def are_limits(facts: AccountFacts) -> Iterator[Judgement]:
    """Each boundary in use is a real ceiling."""
    account = facts.iam()

    def judgements() -> Iterator[Judgement]:
        used: dict[str, list[Subject]] = {}
        for subject in account.subjects.values():
            if subject.boundary_arn:
                used.setdefault(subject.boundary_arn, []).append(subject)
        for arn, subjects in used.items():
            limit = subjects[0].boundary
            held = f"the boundary of {counted(len(subjects), 'principal')}"
            if limit is None:
                opinion = unknown(f"Is {held}, but its document is not in the evidence.")
            elif no_limit(limit):
                said = f"Is {held} and allows an administrator's rights, so it limits nothing."
                opinion = failed(f"{said} Allow only the services that the work needs.")
            elif limit.unjudged:
                said = f"Is {held}; not all of it could be judged"
                opinion = unknown(f"{said}: {first_reason(limit.unjudged)}.")
            else:
                opinion = passed(f"Is {held} and limits what they can have.")
            yield Judgement(arn, POLICY, *opinion)

    nothing = "No principal has a permissions boundary."
    return or_none(facts, judgements(), nothing, account.problems)


def _passes_it_on(standing: Standing) -> Opinion:
    subject, reach = standing.subject, standing.reach
    if standing.admin in ("full", "conditional"):
        return not_applicable("Is an administrator; delegation does not apply.")
    creates = [a for a in ("iam:CreateUser", "iam:CreateRole") if reach.can(a)]
    if not creates:
        return not_applicable("Cannot create users or roles.")
    wrong = []
    # A boundary that is none: AWS's own policy for administrators.
    other = f"arn:{subject.partition}:iam::aws:policy/AdministratorAccess"
    instead = {"iam:permissionsboundary": other}
    for action in creates:
        kind = action.removeprefix("iam:Create")
        # On any name at all: rights over names of one kind make unbounded ones of that kind.
        if reach.can(action, absent=["iam:permissionsboundary"]):
            wrong.append(f"{action} without iam:PermissionsBoundary")
        elif reach.can(action, known=instead):
            wrong.append(f"{action} with any other boundary")
        removes = f"iam:Delete{kind}PermissionsBoundary"
        if reach.can(removes):
            wrong.append(removes)
        replaces = f"iam:Put{kind}PermissionsBoundary"
        if reach.can(replaces, known=instead):
            wrong.append(f"{replaces} with any other boundary")
    limit = subject.boundary_arn
    if limit:
        edits = [a for a in _EDITS_POLICY if reach.can(a, limit)]
        wrong += [f"{a} on its boundary {limit}" for a in edits]
    if wrong:
        said = f"Can call {first_reason(wrong)}."
        fix = "Condition creation on StringEquals iam:PermissionsBoundary; deny the rest."
        return failed(f"{said} {fix}")
    return passed("What it creates must carry the boundary, and it cannot take that away.")


def passed_on(facts: AccountFacts) -> Iterator[Judgement]:
    """Delegated administrators must attach the boundary, and cannot remove or edit it."""

    return each_principal(facts, of_policies(_passes_it_on))


def _has_one_if_due(standing: Standing, names: Sequence[str]) -> Opinion:
    if not named(standing.subject.name, names):
        return not_applicable("Is not of a kind that needs a boundary.")
    if standing.subject.boundary_arn:
        return passed(f"Has the boundary {standing.subject.boundary_arn}.")
    return failed("Has no boundary.")


def where_due(facts: AccountFacts, *, names: Texts) -> Iterator[Judgement]:
    """Principals of the kinds that the organisation names have a boundary."""

    return each_principal(facts, of_policies(_has_one_if_due, names))

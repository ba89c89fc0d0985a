"""Guardrails of the organisation, judged once, in its management account.

Source: AWS Organizations User Guide, "Service control policies" and "SCP evaluation".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    MEMBER,
    ORGANISATION_POLICY,
    ROLE,
    Judgement,
    Opinion,
    failed,
    not_applicable,
    on_account,
    or_none,
    passed,
    unknown,
    unseen,
)
from reportgen.assess.organisation import Organisation, OrganisationPolicy, PolicyType
from reportgen.assess.parameters import Text, Texts
from reportgen.model import Status
from reportgen.policy.account import PolicySource, Subject, document
from reportgen.policy.conditions import Condition, Context, evaluate
from reportgen.policy.document import Document, Statement
from reportgen.policy.effective import Level, Reach
from reportgen.policy.lint import lint

_ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_MFA = "aws:multifactorauthpresent"
_COMPUTE = ("ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com")


def in_management(
    facts: AccountFacts, judge: Callable[[Organisation], Iterator[Judgement]]
) -> Iterator[Judgement]:
    """Judge the organisation in its management account; elsewhere the control does not apply."""
    if facts.status_of("organization") is Status.NOT_ENABLED:
        yield on_account(facts, not_applicable("The account is in no organisation."))
    elif facts.is_management is False:
        yield on_account(facts, not_applicable("Judged in the organisation's management account."))
    elif facts.is_management is None:
        said = (
            "Nothing tells whether this is the management account (management in reportgen.yaml)."
        )
        yield unseen(facts, said)
    else:
        yield from judge(facts.organisation())


def _each_member(
    facts: AccountFacts, opinion: Callable[[Organisation, str], Opinion]
) -> Iterator[Judgement]:
    def judge(found: Organisation) -> Iterator[Judgement]:
        def members() -> Iterator[Judgement]:
            for account in found.accounts:
                if account != found.management:
                    head = f"arn:{facts.partition}:organizations::{found.management}"
                    arn = f"{head}:account/{found.id}/{account}"
                    yield Judgement(arn, MEMBER, *opinion(found, account))

        nothing = "The organisation has no member accounts."
        yield from or_none(facts, members(), nothing, found.problems)

    return in_management(facts, judge)


def _anyone(facts: AccountFacts, found: Organisation, account: str) -> Reach:
    """A principal of a member account that may do anything that the SCPs leave open."""
    everything = document({"Version": "2012-10-17", "Statement": [_ANYTHING]})
    arn = f"arn:{facts.partition}:iam::{account}:role/anyone-in-the-account"
    source = PolicySource("everything", everything)
    subject = Subject(arn, "role", account, "anyone-in-the-account", "/", (source,))
    return Reach(subject, found.scps(account), organisation=found.id)


def guardrails_attached(facts: AccountFacts) -> Iterator[Judgement]:
    """Every member account has an SCP above it that forbids something."""

    def judge(found: Organisation, account: str) -> Opinion:
        if PolicyType.SCP not in found.enabled:
            return failed("Service control policies are not enabled in the organisation.")
        levels = [found.attached(target) for target in found.chain(account)]
        own = [policy for level in levels for policy in level if not policy.aws_managed]
        binding = [policy.name for level in levels for policy in _forbidding(level)]
        unread = [policy.name for level in levels for policy in _unread(level)]
        if binding:
            return passed(f"Under {first_reason(dict.fromkeys(binding))}.")
        if unread:
            return unknown(f"Whether {first_reason(unread)} forbids anything could not be judged.")
        if own:
            names = first_reason(dict.fromkeys(policy.name for policy in own))
            said = f"No SCP above the account forbids anything: {names} only allows."
            return failed(f"{said} Attach one that denies.")
        return failed("No SCP but AWS's own FullAWSAccess is above the account. Attach one.")

    return _each_member(facts, judge)


def _forbidding(level: Sequence[OrganisationPolicy]) -> list[OrganisationPolicy]:
    """Those of the SCPs of one level that forbid something.

    A Deny does, and so do Allows where none of the level allows everything ("SCP evaluation"): what
    could not be read might.
    """
    denying = [p for p in level if any(s.effect == "Deny" for s in p.document.usable)]
    everything = any(_allows_everything(s) for p in level for s in p.document.usable)
    if denying or everything or any(p.document.unjudged for p in level):
        return denying
    return [p for p in level if not p.aws_managed]


def _unread(level: Sequence[OrganisationPolicy]) -> list[OrganisationPolicy]:
    """SCPs of a level on which it hangs whether the organisation's own there forbid anything."""
    if all(policy.aws_managed for policy in level):
        return []
    return [policy for policy in level if policy.document.unjudged]


def _allows_everything(statement: Statement) -> bool:
    return (
        statement.effect == "Allow"
        and not statement.not_action
        and any(not pattern.strip("*:") for pattern in statement.lowered)
        and not statement.not_resource
        and "*" in (statement.resources or ())
        and not statement.conditions
    )


def cannot_leave(facts: AccountFacts) -> Iterator[Judgement]:
    """No member account can leave the organisation."""
    action = "organizations:LeaveOrganization"

    def judge(found: Organisation, account: str) -> Opinion:
        access = _anyone(facts, found, account).can(action, "*")
        if access.level is Level.NO:
            return passed("SCPs deny organizations:LeaveOrganization.")
        tail = f" {first_reason(access.hurdles)}" if access.hurdles else ""
        return failed(f"Nothing denies {action}{tail}. Deny it at the root.")

    return _each_member(facts, judge)


def mfa_for_sensitive(facts: AccountFacts) -> Iterator[Judgement]:
    """Some SCP asks for MFA on named actions, and none locks roles out."""

    def judge(found: Organisation) -> Iterator[Judgement]:
        scps = [p for p in found.policies if p.type == PolicyType.SCP and p.targets]
        locks = [p.name for p in scps if _has(p.document, "DENY_WITHOUT_MFA_LOCKS_OUT_ROLES")]
        weak = [p.name for p in scps if _has(p.document, "MFA_DENY_WITHOUT_IF_EXISTS")]
        asking = [
            p.name
            for p in scps
            for s in p.document.usable
            if s.effect == "Deny" and any(map(_asks_for_mfa, s.conditions))
        ]
        if locks:
            said = f"{locks[0]} denies everything without MFA, roles and services' roles too."
            opinion = failed(f"{said} Deny named actions only.")
        elif weak:
            said = f"{weak[0]} tests MFA with Bool, which access keys escape."
            opinion = failed(f"{said} Write BoolIfExists.")
        elif asking:
            opinion = passed(f"{first_reason(dict.fromkeys(asking))} asks for MFA.")
        else:
            opinion = failed("No SCP asks for MFA on sensitive actions.")
        yield on_account(facts, opinion)

    return in_management(facts, judge)


def _asks_for_mfa(condition: Condition) -> bool:
    """Whether a condition holds without MFA and not with it."""
    if condition.lowered != _MFA:
        return False
    without, with_it = (evaluate(condition, Context({_MFA: there})) for there in ("false", "true"))
    return without is True and with_it is False


def _has(given: Document, code: str) -> bool:
    return any(finding.code == code for finding in lint(given, "scp"))


def regions_restricted(
    facts: AccountFacts, *, regions: Texts, probes: Texts, action: Text
) -> Iterator[Judgement]:
    """Member accounts can work in the approved regions and in no other."""

    def judge(found: Organisation, account: str) -> Opinion:
        reach = _anyone(facts, found, account)
        open_ = [
            region
            for region in probes
            if region not in regions and reach.can(action, known={"aws:requestedregion": region})
        ]
        closed = [r for r in regions if not reach.can(action, known={"aws:requestedregion": r})]
        if open_:
            return failed(f"{action} is open in {first_reason(open_)}. Deny other regions.")
        if closed:
            return failed(f"{action} is closed in {first_reason(closed)}, an approved region.")
        return passed(f"{action} is open in {', '.join(regions)} and in no region probed.")

    return _each_member(facts, judge)


def management_empty(facts: AccountFacts) -> Iterator[Judgement]:
    """The management account, which no SCP binds, runs no workloads."""
    if facts.is_management is False:
        yield on_account(facts, not_applicable("Is not the management account."))
        return
    if facts.is_management is None:
        yield unseen(facts, "Nothing tells whether this is the management account.")
        return

    account = facts.iam()

    def judgements() -> Iterator[Judgement]:
        for role in account.roles:
            services = sorted(
                {
                    value
                    for statement in (role.trust.usable if role.trust else ())
                    for _, value in statement.principals or ()
                    if value in _COMPUTE
                }
            )
            if role.aws_managed:
                continue
            if services:
                said = f"Is there for {', '.join(services)} to use, in the account no SCP binds."
                yield Judgement(role.arn, ROLE, *failed(f"{said} Move the workload to a member."))
            elif role.trust is None or role.trust.unjudged:
                said = "Not all of its trust policy could be read."
                yield Judgement(role.arn, ROLE, *unknown(said))

    rows = list(judgements())
    if not rows and not account.problems:
        rows = [on_account(facts, passed("No role here is for compute services to use."))]
    yield from or_none(facts, rows, "The account has no roles.", account.problems)


def policies_valid(facts: AccountFacts) -> Iterator[Judgement]:
    """SCPs and RCPs do what they say: lint finds no error."""

    def judge(found: Organisation) -> Iterator[Judgement]:
        def rows() -> Iterator[Judgement]:
            for policy in found.policies:
                head = f"arn:{facts.partition}:organizations::{found.management}"
                arn = f"{head}:policy/{found.id}/{policy.id}"
                kind = "scp" if policy.type == PolicyType.SCP else "rcp"
                if policy.aws_managed:
                    opinion = not_applicable("AWS maintains it.")
                else:
                    wrong = [
                        f"{f.code}: {f.message.rstrip('.')}"
                        for f in lint(policy.document, kind)
                        if f.severity in ("error", "security-warning")
                        or f.code.startswith("REGION_DENY")
                    ]
                    opinion = (
                        failed(f"{policy.name}: {first_reason(wrong)}.")
                        if wrong
                        else passed(f"{policy.name}: lint finds no error.")
                    )
                yield Judgement(arn, ORGANISATION_POLICY, *opinion, name=policy.name)

        nothing = "The organisation has no SCPs or RCPs."
        yield from or_none(facts, rows(), nothing)

    return in_management(facts, judge)


def chains_known(facts: AccountFacts) -> Iterator[Judgement]:
    """Each account's chain of SCPs is known, and no level of it leaves nothing allowed."""

    def judge(found: Organisation, account: str) -> Opinion:
        chain = found.chain(account)
        if not chain:
            return unknown("The account's place in the organisation is not in the evidence.")
        if PolicyType.SCP not in found.enabled:
            return failed("Service control policies are not enabled in the organisation.")
        bare = [found.names.get(t) or t for t in chain if not found.attached(t)]
        if bare:
            return failed(f"No SCP is attached at {first_reason(bare)}, so nothing is allowed.")
        told = [
            f"{found.names.get(t) or t}: {', '.join(p.name for p in found.attached(t))}"
            for t in chain
        ]
        return passed(f"{'; '.join(told)}.")

    return _each_member(facts, judge)

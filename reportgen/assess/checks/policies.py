"""Policy documents: customer managed policies, and the inline policies of each principal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    GROUP,
    POLICY,
    ROLE,
    USER,
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
from reportgen.assess.records import Entity
from reportgen.model import Verdict
from reportgen.policy.account import PolicySource, Subject
from reportgen.policy.actions import database
from reportgen.policy.document import Document, Statement
from reportgen.policy.lint import lint
from reportgen.policy.memory import ByIdentity

_KINDS = {"user": USER, "group": GROUP, "role": ROLE}


def _each_document(
    facts: AccountFacts, wrong: Callable[[Document], list[str]], fine: str, fix: str
) -> Iterator[Judgement]:
    """Judge each customer managed policy, and the inline policies of each principal together.

    ``wrong`` says what is amiss in a document, statement by statement.
    """
    account = facts.iam()

    def opinion(sources: Sequence[PolicySource]) -> Opinion:
        faults = [
            f"{source.label}, {said}" if source.inline else said
            for source in sources
            for said in wrong(source.document)
        ]
        unread = [said for source in sources for said in source.document.unjudged]
        if faults:
            said = first_reason(faults)
            return failed(f"{said[:1].upper()}{said[1:]}. {fix}")
        if unread:
            return unknown(f"Not all of it could be judged: {first_reason(unread)}.")
        return passed(fine)

    def judgements() -> Iterator[Judgement]:
        for policy in facts.policies().records:
            known = account.policies.get(policy.arn)
            if policy.arn.split(":")[4:5] != [facts.account_id]:
                continue
            if known is None:
                found = unknown("The version in force is not in the evidence.")
            elif _only_boundary(policy):
                found = not_applicable("Is used as a permissions boundary only.")
            else:
                found = opinion([PolicySource(known.name, known.document, known.arn)])
            yield Judgement(policy.arn, POLICY, *found)
        unread = facts.unread_inline()
        for subject in (*account.subjects.values(), *account.groups.values()):
            inline = _inline(subject)
            if subject.aws_managed or not (inline or subject.arn in unread):
                continue
            found = opinion(inline)
            if subject.arn in unread and found[0] is not Verdict.FAIL:
                found = unknown(f"Not all of it could be judged: {unread[subject.arn]}.")
            yield Judgement(subject.arn, _KINDS[subject.kind], *found)

    nothing = "The account has no customer managed and no inline policies."
    gaps = [*facts.policies().gaps, *account.problems]
    return or_none(facts, judgements(), nothing, gaps)


def _only_boundary(policy: Entity) -> bool:
    """Whether a policy is attached to nothing and is somebody's boundary."""
    uses = policy.detail.get("PermissionsBoundaryUsageCount", 0)
    return policy.detail.get("AttachmentCount") == 0 and isinstance(uses, int) and uses > 0


def _inline_of(subject: Subject) -> list[PolicySource]:
    return [s for s in subject.sources if s.inline and not s.group]


# Every control of documents asks, month after month.
_inline = ByIdentity(_inline_of)


def _allows(document: Document) -> Iterator[Statement]:
    return (s for s in document.usable if s.effect == "Allow")


def _on_everything(statement: Statement) -> bool:
    return statement.not_resource or "*" in (statement.resources or ())


def specific_resources(facts: AccountFacts) -> Iterator[Judgement]:
    """No Allow combines Resource * with changes that could name their resource."""
    db = database()
    changes = db.level_bits("Write", "Permissions management") & ~db.needs_star

    def wrong(document: Document) -> list[str]:
        found = []
        for statement in _allows(document):
            bits = db.of(statement) & changes
            if bits and _on_everything(statement) and not statement.conditions:
                first = next(iter(db.list(bits)))
                found.append(
                    f"{statement.name} allows {counted(bits.bit_count(), 'change')} on every "
                    f"resource, such as {first}"
                )
        return found

    fix = "Name the resources, or add a condition that binds them."
    return _each_document(facts, wrong, "Changes name their resources.", fix)


def no_service_wildcards(facts: AccountFacts) -> Iterator[Judgement]:
    """No Allow names a whole service, or every action."""

    def wrong(document: Document) -> list[str]:
        found = []
        for statement in _allows(document):
            wide = [a for a in statement.actions if a == "*" or a.endswith(":*")]
            if wide and not statement.not_action:
                found.append(f"{statement.name} allows {first_reason(wide)}")
        return found

    fix = "List the actions that are needed."
    return _each_document(facts, wrong, "Names its actions.", fix)


def sensitive_conditioned(facts: AccountFacts, *, actions: Texts) -> Iterator[Judgement]:
    """Sensitive actions on every resource carry a condition."""
    db = database()
    sensitive = 0
    for action in actions:
        sensitive |= db.expand(action)

    def wrong(document: Document) -> list[str]:
        found = []
        for statement in _allows(document):
            bits = db.of(statement) & sensitive
            if bits and _on_everything(statement) and not statement.conditions:
                names = list(db.list(bits))
                found.append(f"{statement.name} allows {first_reason(names)} without condition")
        return found

    fix = "Name the resources, or say from where, for whom or for which service."
    return _each_document(facts, wrong, "Sensitive actions are bound.", fix)


def no_not_with_allow(facts: AccountFacts) -> Iterator[Judgement]:
    """Allow is not combined with NotAction, NotResource or NotPrincipal; Deny may be."""

    def wrong(document: Document) -> list[str]:
        found = []
        for statement in _allows(document):
            used = [
                name
                for name, has in (
                    ("NotAction", statement.not_action),
                    ("NotResource", statement.not_resource),
                    ("NotPrincipal", statement.not_principal),
                )
                if has
            ]
            if used:
                found.append(f"{statement.name} allows by {' and '.join(used)}")
        return found

    fix = "List what is allowed."
    return _each_document(facts, wrong, "Allows by naming what is allowed.", fix)


def well_formed(facts: AccountFacts) -> Iterator[Judgement]:
    """Documents have no error that lint knows, the current version, and no placeholders.

    RESOURCE_NOT_IN_ACTION is left to lint: AWS's reference does not list every resource of every
    action, and 59 of AWS's own managed policies have it.
    """
    graver = {"MISSING_VERSION", "PLACEHOLDER_VALUE"}

    def wrong(document: Document) -> list[str]:
        return [
            f"{finding.code}: {finding.message.rstrip('.')}"
            for finding in lint(document, "identity", facts.account_id)
            if finding.severity == "error" or finding.code in graver
        ]

    return _each_document(facts, wrong, "Lint finds no error.", "See reportgen policy lint.")


def documented(facts: AccountFacts, *, owner: Texts, purpose: Texts) -> Iterator[Judgement]:
    """Roles and customer managed policies say whose they are and what for."""

    def opinion(entity: Entity, description: str) -> Opinion:
        tags = {
            str(t.get("Key", "")).casefold()
            for t in entity.detail.get("Tags") or []
            if isinstance(t, dict) and t.get("Value")
        }
        lacks = []
        if not tags & {name.casefold() for name in owner}:
            lacks.append(f"an owner (tag {' or '.join(owner)})")
        if not description and not tags & {name.casefold() for name in purpose}:
            lacks.append(f"a purpose (description, or tag {' or '.join(purpose)})")
        if lacks:
            return failed(f"Lacks {' and '.join(lacks)}.")
        return passed("Says whose it is and what for.")

    def judgements() -> Iterator[Judgement]:
        details = facts.role_details()
        for role in facts.roles().records:
            about = details.get(role.arn, {})
            if role.aws_managed:
                found = not_applicable("AWS manages this role.")
            else:
                found = opinion(role, str(about.get("Description") or ""))
            yield Judgement(role.arn, ROLE, *found)
        for policy in facts.policies().records:
            if policy.arn.split(":")[4:5] == [facts.account_id]:
                text = str(policy.detail.get("Description") or "")
                yield Judgement(policy.arn, POLICY, *opinion(policy, text))

    gaps = [*facts.roles().gaps, *facts.policies().gaps]
    return or_none(facts, judgements(), "The account has no roles or policies of its own.", gaps)

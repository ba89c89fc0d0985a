"""Policy optimisation: what to remove, merge or narrow, each with the concrete change.

A proposal follows from the policies themselves; whether a grant is used is known of roles and
keys as a whole only, so nothing here says that an action is unused.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Container, Iterator
from shlex import quote
from typing import Any

from reportgen.assess.facts import AccountFacts
from reportgen.assess.records import Unavailable
from reportgen.lists import ListedProposal, ProposalAct
from reportgen.policy.account import Account, PolicySource, Subject
from reportgen.policy.actions import database
from reportgen.policy.document import Document, Statement
from reportgen.policy.effective import arn_templates
from reportgen.policy.glob import covers

KINDS: tuple[ProposalAct, ...] = ("remove", "merge", "narrow")
# A statement that allows more changes than this is better rewritten from what the workload does.
_NAMED = 12


def of_account(facts: AccountFacts) -> list[ListedProposal] | None:
    """Return the proposals of an account, or None where its policies were not read.

    Each has: kind (remove, merge or narrow), resource (ARN), what (why, one sentence), proposal
    (what to do), document (the new statement or policy as JSON text, or empty).
    """
    try:
        account = facts.iam()
        listed = facts.policies().records
    except Unavailable:
        return None
    idle = list(_unattached(listed, facts.account_id))
    found = [
        *idle,
        *_contained(account),
        *_same_content(account, {p["resource"] for p in idle}),
        *_mergeable(account),
        *_narrower(account),
    ]
    return sorted(found, key=lambda p: (KINDS.index(p["kind"]), p["resource"], p["what"]))


def _proposal(
    kind: ProposalAct, resource: str, what: str, proposal: str, document: Any = None
) -> ListedProposal:
    text = "" if document is None else json.dumps(document, ensure_ascii=False)
    return {
        "kind": kind,
        "resource": resource,
        "what": what,
        "proposal": proposal,
        "document": text,
    }


def _own(account: Account, arn: str) -> bool:
    return arn.split(":")[4:5] == [account.id]


def _unattached(listed: list[Any], account_id: str) -> Iterator[ListedProposal]:
    """Customer managed policies that nobody has, as policy or as boundary."""
    for policy in listed:
        uses = [policy.detail.get(k) for k in ("AttachmentCount", "PermissionsBoundaryUsageCount")]
        mine = policy.arn.split(":")[4:5] == [account_id]
        # A count that is not there may be anything.
        if mine and uses[0] == 0 and uses[1] in (0, None) and "AttachmentCount" in policy.detail:
            yield _proposal(
                "remove",
                policy.arn,
                "The policy is attached to nothing and is nobody's boundary.",
                f"Delete it: aws iam delete-policy --policy-arn {quote(policy.arn)}",
            )


def _whole(document: Document) -> bool:
    return bool(document.usable) and not document.unjudged


def _contained(account: Account) -> Iterator[ListedProposal]:
    """Policies whose every grant another policy of the same principal gives as well."""
    for subject in (*account.subjects.values(), *account.groups.values()):
        if subject.aws_managed:
            continue
        sources = list(subject.sources)
        kept = [*sources]
        for small in sources:
            # What a group gives is judged at the group.
            if small.group:
                continue
            wide = next((big for big in kept if big is not small and _within(small, big)), None)
            if wide is not None:
                kept.remove(small)
                same = small.document.digest == wide.document.digest
                yield _proposal(
                    "remove",
                    subject.arn,
                    f"All that its {small.label} allows, {wide.label} allows "
                    f"{'too: they say the same' if same else 'as well'}.",
                    _detach(subject, small),
                )


def _detach(subject: Subject, source: PolicySource) -> str:
    kind = "role" if subject.kind.endswith("role") else subject.kind
    who = f"--{kind}-name {quote(subject.name)}"
    if source.inline:
        name = source.label.removeprefix("inline policy ")
        return f"Delete it: aws iam delete-{kind}-policy {who} --policy-name {quote(name)}"
    return f"Detach it: aws iam detach-{kind}-policy {who} --policy-arn {quote(source.arn)}"


def _within(small: PolicySource, big: PolicySource) -> bool:
    """Whether ``big`` allows all that ``small`` does; never wrongly yes."""
    if not _whole(small.document) or not _whole(big.document):
        return False
    if any(s.effect != "Allow" for s in (*small.document.usable, *big.document.usable)):
        return False
    return all(
        any(_statement_within(s, wide) for wide in big.document.usable)
        for s in small.document.usable
    )


def _statement_within(small: Statement, big: Statement) -> bool:
    db = database()
    unknown = any(not db.expand(a) for a in small.actions)
    if unknown or small.not_resource or big.not_resource or not small.resources:
        return "*" in big.actions and big.resources == ("*",) and not big.conditions
    if db.of(small) & ~db.of(big):
        return False
    if big.conditions and set(big.conditions) - set(small.conditions):
        return False
    return all(any(covers(w, r) for w in big.resources or ()) for r in small.resources)


def _same_content(account: Account, idle: Container[str]) -> Iterator[ListedProposal]:
    """Documents that several policies hold, inline ones too, but those to delete anyway."""
    holders: dict[str, list[tuple[str, str]]] = defaultdict(list)
    documents: dict[str, Document] = {}
    for policy in account.policies.values():
        mine = _own(account, policy.arn) and policy.arn not in idle
        if mine and _whole(policy.document):
            holders[policy.document.digest].append((policy.arn, f"policy {policy.name}"))
            documents[policy.document.digest] = policy.document
    for subject in (*account.subjects.values(), *account.groups.values()):
        for source in subject.sources:
            if (
                source.inline
                and not source.group
                and not subject.aws_managed
                and _whole(source.document)
            ):
                label = f"{source.label} of {subject.kind} {subject.name}"
                holders[source.document.digest].append((subject.arn, label))
                documents[source.document.digest] = source.document
    for digest, places in holders.items():
        if len(places) > 1:
            labels = sorted({label for _, label in places})
            shown = ", ".join(labels[:4]) + (
                f" and {len(labels) - 4} more" if len(labels) > 4 else ""
            )
            managed = next((label for arn, label in places if ":policy/" in arn), "")
            keep = f"Keep {managed}" if managed else "Make one customer managed policy of it"
            yield _proposal(
                "merge",
                min(places)[0],
                f"{len(places)} policies say the same: {shown}.",
                f"{keep}, attach it in the places of the others, then delete those.",
                documents[digest].to_json(),
            )


def _each(account: Account) -> Iterator[tuple[str, str, Document]]:
    """Every document that the account can edit: ARN of its holder, label, document."""
    for policy in account.policies.values():
        if _own(account, policy.arn):
            yield policy.arn, "It", policy.document
    for subject in (*account.subjects.values(), *account.groups.values()):
        for source in subject.sources:
            if source.inline and not source.group and not subject.aws_managed:
                yield subject.arn, f"Its {source.label}", source.document


def _mergeable(account: Account) -> Iterator[ListedProposal]:
    """Statements of one policy that differ in their actions only."""
    for arn, label, document in _each(account):
        groups: dict[Any, list[Statement]] = defaultdict(list)
        for s in document.usable:
            if not s.not_action and s.resources is not None:
                key = (s.effect, frozenset(s.resources), s.not_resource, s.conditions)
                groups[key].append(s)
        for alike in groups.values():
            if len(alike) > 1:
                actions = sorted({a for s in alike for a in s.actions})
                merged = {**alike[0].to_json(), "Action": actions}
                yield _proposal(
                    "merge",
                    arn,
                    f"{label} has {len(alike)} statements for the same resources under the same "
                    f"conditions: {', '.join(s.name for s in alike)}.",
                    "Put one statement in their place.",
                    merged,
                )


def _narrower(account: Account) -> Iterator[ListedProposal]:
    """Statements that could name what they are for: roles to pass, resources to change."""
    for arn, label, document in _each(account):
        for s in document.usable:
            open_ended = s.effect == "Allow" and not s.conditions and not s.not_action
            if open_ended and s.resources is not None and not s.not_resource and "*" in s.resources:
                yield from _narrowed(account, arn, label, s)


def _narrowed(account: Account, arn: str, label: str, s: Statement) -> Iterator[ListedProposal]:
    db = database()
    bits = db.of(s)
    pass_role = db.bit("iam:PassRole")
    sid = {"Sid": s.sid} if s.sid else {}
    if bits & pass_role and not any(a in ("*", "iam:*") for a in s.lowered):
        services = sorted({p for r in account.roles if not r.aws_managed for p in _services(r)})
        roles = [r for r in account.roles if not r.aws_managed and _services(r)]
        yield _proposal(
            "narrow",
            arn,
            f"{label}, {s.name}, may pass any role; {len(roles)} roles here trust a service.",
            "Keep of these the roles and services that its holder starts work with.",
            {
                **sid,
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": sorted(r.arn for r in roles),
                "Condition": {"StringEquals": {"iam:PassedToService": services}},
            },
        )
    changes = bits & db.level_bits("Write", "Permissions management") & ~db.needs_star & ~pass_role
    if not changes:
        return
    wide = [a for a in s.actions if a == "*" or a.endswith(":*")]
    named = list(db.list(changes))
    if wide or len(named) > _NAMED:
        what = ", ".join(wide) if wide else f"{len(named)} changes"
        yield _proposal(
            "narrow",
            arn,
            f"{label}, {s.name}, allows {what} on every resource: {len(named)} "
            "actions that change something and could name it.",
            "Let the workload run under Access Analyzer's policy generation, then keep the actions "
            "that it used and the resources that it touched.",
        )
        return
    partition = arn.split(":")[1]
    targets = sorted({t for a in named for t in arn_templates(a, partition, account.id)})
    rest = [a for a in s.actions if db.expand(a) & ~changes or not db.expand(a)]
    yield _proposal(
        "narrow",
        arn,
        f"{label}, {s.name}, allows {', '.join(named)} on every resource.",
        "Name the resources in these patterns"
        + (f"; leave {', '.join(rest)} in a statement of their own." if rest else "."),
        {**sid, "Effect": "Allow", "Action": named, "Resource": targets},
    )


def _services(role: Subject) -> set[str]:
    """The services that a role trusts."""
    statements = role.trust.usable if role.trust else ()
    return {
        value
        for s in statements
        if s.effect == "Allow"
        for kind, value in s.principals or ()
        if kind == "Service"
    }

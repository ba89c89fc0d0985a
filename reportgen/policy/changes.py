"""What a principal can change of itself, other than to give itself rights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reportgen.policy.access import Access
from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.administrator import no_limit
from reportgen.policy.conditions import Condition
from reportgen.policy.effective import Reach
from reportgen.policy.ground import (
    Ground,
    bounded,
    editable_policy,
    everything,
    rewritten,
    tagged,
    without,
)
from reportgen.policy.paths import short
from reportgen.policy.values import telling_values

_PRINCIPAL_TAG = "aws:principaltag/"
# Values of one tag that are tried, one for each way in which the conditions on it can turn out.
_MOST_VALUES = 100


@dataclass(frozen=True)
class Change:
    """A change that a principal can make to itself: which path it is, and what it is afterwards."""

    id: str
    action: str
    via: str
    step: str
    access: Access
    after: Subject


class Changes:
    """The changes that principals can make to themselves."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def of(self, reach: Reach) -> Iterator[Change]:
        """What a principal can change of itself, other than to give itself rights."""
        yield from self._past_boundary(reach)
        yield from self._past_deny(reach)
        yield from self._tags(reach)

    def _past_boundary(self, reach: Reach) -> Iterator[Change]:
        """Ways to be rid of the boundary, where it is the boundary that holds."""
        subject = reach.subject
        if subject.boundary is None or no_limit(subject.boundary):
            return
        kind = "User" if subject.kind == "user" else "Role"
        path_id = "extra-010" if kind == "User" else "extra-009"
        # Put carries the new boundary, which need not be the old; Delete carries the old.
        own = subject.boundary_arn
        ways: list[tuple[str, str, str, Subject]] = [
            ("Delete", own, "", bounded(subject, "", None)),
            *(
                ("Put", arn, arn, bounded(subject, arn, text))
                for arn, text in self._ground.open_boundaries(subject)
            ),
        ]
        for verb, carried, _, after in ways:
            action = f"iam:{verb}{kind}PermissionsBoundary"
            access = reach.can(action, subject.arn, known={"iam:permissionsboundary": carried})
            if access:
                step = f"{action} on itself takes its boundary away"
                yield Change(path_id, action, "self", step, access, after)
                break
        if editable_policy(own):
            action = "iam:CreatePolicyVersion"
            access = reach.can(action, own)
            if access:
                after = rewritten(subject, own, everything().document)
                yield Change(
                    "boundary-001", action, own, f"{action} rewrites its boundary", access, after
                )

    def _past_deny(self, reach: Reach) -> Iterator[Change]:
        """Detach or delete the policy whose Deny is what holds the principal."""
        subject = reach.subject
        for source in subject.sources:
            if not any(t.effect == "Deny" for t in source.document.usable):
                continue
            # A policy of a group is taken from the group, whoever its members are.
            holder, kind = subject.arn, "User" if subject.kind == "user" else "Role"
            if source.group:
                found = [g for g in self._ground.groups_of(subject) if g.name == source.group]
                if not found:
                    continue
                holder, kind = found[0].arn, "Group"
            action = f"iam:{'Delete' if source.inline else 'Detach'}{kind}Policy"
            access = reach.can(action, holder, known={"iam:policyarn": source.arn})
            if access:
                step = f"{action} on {short(holder)} takes away {source.label}, whose Deny holds it"
                via = holder if source.group else "self"
                yield Change("deny-001", action, via, step, access, without(subject, source))

    def _tags(self, reach: Reach) -> Iterator[Change]:
        """Tags of its own that conditions on aws:PrincipalTag ask for (IAM User Guide, "ABAC")."""
        subject = reach.subject
        kind = "User" if subject.kind == "user" else "Role"
        present = {k.casefold(): v for k, v in subject.tags.items()}
        if not reach.mask & _any_bit(f"iam:Tag{kind}", f"iam:Untag{kind}"):
            return
        conditions = [c for s in reach.statements() for c in s.conditions]
        conditions += self._ground.trust_conditions
        for key in sorted({c.lowered for c in conditions if c.lowered.startswith(_PRINCIPAL_TAG)}):
            name = key.removeprefix(_PRINCIPAL_TAG)
            for value in telling(key, conditions):
                if present.get(name) == value:
                    continue
                known = {f"aws:requesttag/{name}": value, "aws:tagkeys": name}
                access = reach.can(f"iam:Tag{kind}", subject.arn, known=known)
                if access:
                    step = f"iam:Tag{kind} on itself sets the tag {name} to {value}"
                    after = tagged(subject, name, value)
                    yield Change("tag-001", f"iam:Tag{kind}", "self", step, access, after)
            if name in present:
                action = f"iam:Untag{kind}"
                access = reach.can(action, subject.arn, known={"aws:tagkeys": name})
                if access:
                    step = f"{action} on itself removes the tag {name}"
                    after = tagged(subject, name, None)
                    yield Change("tag-001", action, "self", step, access, after)


def telling(key: str, conditions: Sequence[Condition]) -> list[str]:
    """The values of a tag that could turn a condition."""
    asked = tuple(_plain(c) for c in dict.fromkeys(conditions) if c.lowered == key)
    return list(telling_values(key, asked).values)[:_MOST_VALUES]


def _plain(condition: Condition) -> Condition:
    return replace(condition, values=tuple(v for v in condition.values if "${" not in v))


def _any_bit(*actions: str) -> int:
    bits = 0
    for action in actions:
        bits |= database().bit(action)
    return bits

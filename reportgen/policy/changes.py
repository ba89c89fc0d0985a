"""What a principal can change of itself, other than to give itself rights."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from reportgen.policy import paths
from reportgen.policy.access import Access, Level
from reportgen.policy.account import PolicySource, Subject
from reportgen.policy.actions import database
from reportgen.policy.administrator import no_limit
from reportgen.policy.conditions import Condition
from reportgen.policy.document import Document
from reportgen.policy.effective import Reach
from reportgen.policy.ground import (
    Ground,
    bounded,
    editable_policy,
    everything,
    joined,
    left,
    rewritten,
    tagged,
    with_policy,
    without,
)
from reportgen.policy.memory import ByIdentity
from reportgen.policy.paths import short
from reportgen.policy.values import telling_values

_PRINCIPAL_TAG = "aws:principaltag/"
# Values of one tag that are tried, one for each way in which the conditions on it can turn out.
_MOST_VALUES = 100
# Groups, policies or versions that a principal might take for itself, each judged as it is then.
_MOST_RIGHTS = 50
_TO_ONES_OWN = (
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
)
_UNTRIED = "if one of very many that were not tried leads on"


@dataclass(frozen=True)
class Change:
    """A change that a principal can make to itself: which path it is, and what it is afterwards."""

    id: str
    action: str
    via: str
    step: str
    access: Access
    after: Subject
    # Whatever it leads to is told as this path, which is a known one.
    names_route: bool = False
    # The actions that it adds, where it does no more than add some; what needs none of them is as
    # it was before.
    adds: int | None = None


class Changes:
    """The changes that principals can make to themselves."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def of(self, reach: Reach) -> Iterator[Change]:
        """What a principal can change of itself, other than to give itself rights."""
        yield from self._past_boundary(reach)
        yield from self._past_deny(reach)
        yield from self._tags(reach)

    def rights(self, reach: Reach, told: Collection[str]) -> Iterator[Change]:
        """Rights that a principal can take which are not an administrator's, but may lead on.

        ``told`` are the paths that it has already.
        """
        subject = reach.subject
        kind = "User" if subject.kind == "user" else "Role"
        attach, attach_id = f"iam:Attach{kind}Policy", "iam-008" if kind == "User" else "iam-009"
        limit_id = "extra-010" if kind == "User" else "extra-009"
        ways = (
            ("iam-013", "iam:AddUserToGroup", self._groups),
            (attach_id, attach, self._policies),
            ("extra-014", "iam:SetDefaultPolicyVersion", self._versions),
            (limit_id, f"iam:Put{kind}PermissionsBoundary", self._boundaries),
        )
        for path_id, action, found in ways:
            if path_id in told or not reach.mask & database().bit(action):
                continue
            tried = 0
            for step, access, after in found(reach, action):
                if not access:
                    continue
                tried += 1
                if tried > _MOST_RIGHTS:
                    hurdles = (*access.hurdles, _UNTRIED)
                    access = Access(Level.MAYBE, hurdles, access.calls)
                    after = with_policy(subject, everything())
                adds = None if tried > _MOST_RIGHTS else _added(subject, after)
                yield Change(path_id, action, "self", step, access, after, True, adds)
                if tried > _MOST_RIGHTS:
                    break

    def _groups(self, reach: Reach, action: str) -> Iterator[tuple[str, Access, Subject]]:
        subject = reach.subject
        for group in self._ground.groups(subject) if subject.kind == "user" else ():
            if group.name not in subject.groups:
                after = joined(subject, group)
                yield f"{action} puts it in {short(group.arn)}", reach.can(action, group.arn), after

    def _policies(self, reach: Reach, action: str) -> Iterator[tuple[str, Access, Subject]]:
        subject = reach.subject
        held = {source.arn for source in subject.sources}
        seen: set[int] = set()
        known: dict[str, str] = {}
        if subject.boundary_arn:
            known["iam:permissionsboundary"] = subject.boundary_arn
        for policy in self._ground.policies(subject):
            writes = editable_policy(policy.arn) and reach.can(_TO_ONES_OWN[0], policy.arn)
            # Policies of one content lead to one place, unless they can be written.
            if policy.arn in held or not (writes or leads_on(policy.document)):
                continue
            if id(policy.document) in seen and not writes:
                continue
            source = PolicySource(f"policy {policy.name}", policy.document, policy.arn)
            access = reach.can(action, subject.arn, known={**known, "iam:policyarn": policy.arn})
            if access:
                seen.add(id(policy.document))
                step = f"{action} of {short(policy.arn)} on itself"
                yield step, access, with_policy(subject, source)

    def _versions(self, reach: Reach, action: str) -> Iterator[tuple[str, Access, Subject]]:
        subject = reach.subject
        others = {policy.arn: policy.others for policy in self._ground.policies(subject)}
        for source in subject.sources:
            for version, document in others.get(source.arn, ()):
                opens = leads_on(document) or _denies_something(source)
                if editable_policy(source.arn) and opens:
                    step = f"{action} restores version {version} of {short(source.arn)}"
                    after = rewritten(subject, source.arn, document)
                    yield step, reach.can(action, source.arn), after

    def _boundaries(self, reach: Reach, action: str) -> Iterator[tuple[str, Access, Subject]]:
        """Boundaries that limit otherwise; those that limit nothing are told elsewhere."""
        subject = reach.subject
        for policy in self._ground.policies(subject) if subject.boundary is not None else ():
            if policy.arn != subject.boundary_arn and leads_on(policy.document):
                known = {"iam:permissionsboundary": policy.arn}
                step = f"{action} on itself puts {short(policy.arn)} in place of its boundary"
                after = bounded(subject, policy.arn, policy.document)
                yield step, reach.can(action, subject.arn, known=known), after

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
        """Detach or delete the policy whose Deny holds the principal, or leave its group."""
        subject = reach.subject
        for source in subject.sources:
            if not _denies_something(source):
                continue
            # A policy of a group is taken from the group, whoever its members are.
            holder, kind = subject.arn, "User" if subject.kind == "user" else "Role"
            if source.group:
                found = [g for g in self._ground.groups_of(subject) if g.name == source.group]
                if not found:
                    continue
                holder, kind = found[0].arn, "Group"
                yield from self._leaves(reach, found[0])
            action = f"iam:{'Delete' if source.inline else 'Detach'}{kind}Policy"
            access = reach.can(action, holder, known={"iam:policyarn": source.arn})
            if access:
                step = f"{action} on {short(holder)} takes away {source.label}, whose Deny holds it"
                via = holder if source.group else "self"
                yield Change("deny-001", action, via, step, access, without(subject, source))

    def _leaves(self, reach: Reach, group: Subject) -> Iterator[Change]:
        action = "iam:RemoveUserFromGroup"
        access = reach.can(action, group.arn)
        if access:
            step = f"{action} takes it out of {short(group.arn)}, whose Deny holds it"
            after = left(reach.subject, group)
            yield Change("deny-001", action, group.arn, step, access, after)

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


def _added(before: Subject, after: Subject) -> int | None:
    """The actions that more documents allow; None where anything else is another too."""
    count = len(before.sources)
    # What it could not do to a policy or group that was not its own, it can do to one that is.
    bits = _any_bit(*_TO_ONES_OWN)
    if after.sources[:count] != before.sources or after.boundary is not before.boundary:
        return None
    for source in after.sources[count:]:
        for statement in source.document.usable:
            if statement.effect == "Allow":
                bits |= database().of(statement)
    return bits


def _denies_something(source: PolicySource) -> bool:
    return any(t.effect == "Deny" for t in source.document.usable)


def _leads_on(document: Document) -> bool:
    return any(s.effect == "Allow" and database().of(s) & paths.telling() for s in document.usable)


# Whether a document allows anything that some known path takes.
leads_on = ByIdentity(_leads_on)


def _any_bit(*actions: str) -> int:
    bits = 0
    for action in actions:
        bits |= database().bit(action)
    return bits

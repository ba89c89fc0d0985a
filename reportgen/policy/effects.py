"""What calls of IAM do to a principal, and what it is afterwards: each change is judged again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reportgen.policy.access import NONE, Access, Level, together
from reportgen.policy.account import Source, Subject
from reportgen.policy.actions import database
from reportgen.policy.administrator import no_limit, strength
from reportgen.policy.conditions import Condition
from reportgen.policy.effective import Reach
from reportgen.policy.ground import (
    Ground,
    assume,
    bounded,
    editable_policy,
    everything,
    newcomer,
    rewritten,
    tagged,
    unlisted,
    with_policy,
    without,
)
from reportgen.policy.paths import ASSUME, short
from reportgen.policy.values import telling_values

_TARGET = {
    "iam:createaccesskey": "user",
    "iam:deleteaccesskey": "user",
    "iam:createloginprofile": "user",
    "iam:updateloginprofile": "user",
    "iam:putuserpolicy": "user",
    "iam:attachuserpolicy": "user",
    "iam:putrolepolicy": "role",
    "iam:attachrolepolicy": "role",
    "iam:updateassumerolepolicy": "role",
    "sts:assumerole": "role",
    "iam:putgrouppolicy": "group",
    "iam:attachgrouppolicy": "group",
    "iam:addusertogroup": "group",
    "iam:createpolicyversion": "policy",
    "iam:setdefaultpolicyversion": "policy",
}
_PRINCIPAL_TAG = "aws:principaltag/"
_RESOURCE_TAGS = ("aws:resourcetag/", "iam:resourcetag/")
# Values of one tag that are tried; those that conditions name come first.
_MOST_VALUES = 20


def target_kind(action: str) -> str:
    """The kind of thing that an action of IAM changes: user, role, group or policy."""
    return _TARGET[action.lower()]


def gives_rights(action: str) -> bool:
    """Whether an action gives rights to somebody: a policy attached, put or rewritten."""
    lowered = action.lower()
    return lowered.startswith(("iam:attach", "iam:put", "iam:createpolicyversion"))


@dataclass(frozen=True)
class Change:
    """A change that a principal can make to itself: which path it is, and what it is afterwards."""

    id: str
    action: str
    via: str
    step: str
    access: Access
    after: Subject


class Effects:
    """Changes of a state and what they lead to."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._becomes: dict[tuple[Any, ...], Access] = {}

    # -- what a call needs ------------------------------------------------------------------

    def can(self, reach: Reach, action: str, target: Subject | None, arn: str) -> Access:
        """Whether a principal can do to a target what makes that an administrator.

        ``target`` is None where it is of no special kind: unbounded, and in nobody's mind.
        """
        if action == ASSUME and target is not None:
            return assume(reach, target)
        if action.startswith("iam:Attach"):
            return self._attach(reach, action, target, arn)
        access = self._call(reach, action, target, arn, {})
        if not access or not gives_rights(action):
            return access
        return together([access, self.becomes(reach.subject, target, action, arn, everything())])

    def _attach(self, reach: Reach, action: str, target: Subject | None, arn: str) -> Access:
        best = NONE
        for payload in self._ground.payloads(reach.subject):
            access = self._call(reach, action, target, arn, {"iam:policyarn": payload.arn})
            if access:
                after = self.becomes(reach.subject, target, action, arn, payload)
                access = together([access, after])
            if access.level > best.level:
                best = access
            if best.level is Level.YES:
                break
        return best

    def _call(
        self, reach: Reach, action: str, target: Subject | None, arn: str, known: dict[str, Any]
    ) -> Access:
        """Whether a call goes through, if need be after tagging its target as conditions ask."""
        absent: list[str] = ["iam:permissionsboundary"]
        if target is not None and target.boundary_arn:
            known = {**known, "iam:permissionsboundary": target.boundary_arn}
            absent = []
        access = reach.can(action, arn, known=known, absent=absent)
        if access.level is Level.YES or target is None or target.kind not in ("user", "role"):
            return access
        for key in sorted(k for k in reach.keys if k.startswith(_RESOURCE_TAGS)):
            for call, tags in self._tag_calls(reach, target, key):
                after = reach.can(action, arn, known={**known, **tags}, absent=absent)
                found = together([call, after])
                if found.level > access.level:
                    access = found
        return access

    def _tag_calls(
        self, reach: Reach, target: Subject, key: str
    ) -> Iterator[tuple[Access, dict[str, Any]]]:
        """Tags that a principal can put on a target so that conditions on it may turn."""
        kind = "User" if target.kind == "user" else "Role"
        name = key.split("/", 1)[1]
        present = {
            f"{head}{k.casefold()}": v for k, v in target.tags.items() for head in _RESOURCE_TAGS
        }
        conditions = [c for s in reach.statements() for c in s.conditions]
        for value in _telling(key, conditions):
            known = {f"aws:requesttag/{name}": value, "aws:tagkeys": name}
            call = reach.can(f"iam:Tag{kind}", target.arn, known=known)
            if call:
                yield call, present | {f"{head}{name}": value for head in _RESOURCE_TAGS}

    # -- what comes of it -------------------------------------------------------------------

    def becomes(
        self, giver: Subject, target: Subject | None, action: str, arn: str, payload: Source
    ) -> Access:
        """Whether somebody who is given a policy is an administrator, or can then become one.

        A policy of a group counts for the giver, if it is a member.
        """
        kind = target_kind(action)
        if kind == "group" and any(g.arn == arn for g in self._ground.groups_of(giver)):
            target = giver
        key = (target.arn if target else kind, giver.account, payload.arn or payload.label)
        # A target that is no more in the account's hands than now, such as one just bounded.
        key = (*key, target.boundary_arn if target else "")
        found = self._becomes.get(key)
        if found is None:
            made = "role" if kind == "role" else "user"
            whose = target or newcomer(giver, made, unlisted(giver, made))
            found = self._becomes[key] = self.rises(with_policy(whose, payload))
        return found

    def rewrites(self, reach: Reach, holder: Subject, arn: str) -> Access:
        """Whether a new version of a policy makes an administrator of somebody who has it."""
        access = reach.can("iam:CreatePolicyVersion", arn)
        if not access:
            return access
        key = (holder.arn, arn)
        found = self._becomes.get(key)
        if found is None:
            after = rewritten(holder, arn, everything().document)
            found = self._becomes[key] = self.rises(after)
        return together([access, found])

    def rises(self, subject: Subject) -> Access:
        """Whether a principal is an administrator, or can make itself one by a change or two."""
        reach = self._ground.reach(subject)
        access = as_state(strength(reach))
        if access:
            return access
        own = "User" if subject.kind == "user" else "Role"
        for change in self.changes(reach):
            after = together([change.access, strength(self._ground.reach(change.after))])
            if after:
                return as_state(after)
        for action in (f"iam:Put{own}Policy", f"iam:Attach{own}Policy"):
            known = {
                "iam:policyarn": f"arn:{subject.partition}:iam::aws:policy/AdministratorAccess"
            }
            given = self._call(reach, action, subject, subject.arn, known)
            if given:
                then = self._ground.reach(with_policy(subject, everything()))
                after = together([given, self._then(then)])
                if after:
                    return as_state(after)
        return NONE

    def _then(self, reach: Reach) -> Access:
        access = strength(reach)
        if access:
            return access
        for change in self.changes(reach):
            after = together([change.access, strength(self._ground.reach(change.after))])
            if after:
                return after
        return NONE

    def changes(self, reach: Reach) -> Iterator[Change]:
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
            for value in _telling(key, conditions):
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


def _telling(key: str, conditions: Sequence[Condition]) -> list[str]:
    """The values of a tag that could turn a condition."""
    return telling_values(key, [c for c in conditions if c.lowered == key])[:_MOST_VALUES]


def _any_bit(*actions: str) -> int:
    bits = 0
    for action in actions:
        bits |= database().bit(action)
    return bits


def as_state(access: Access) -> Access:
    """What a principal would be: the calls that would show it are not yet its own to make."""
    return Access(access.level, access.hurdles)
